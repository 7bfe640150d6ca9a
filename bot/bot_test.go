package bot

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"testigo/facts"
)

func newBot(t *testing.T) *Bot {
	t.Helper()
	pack, err := facts.Load("../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	return New(facts.NewEngine(pack), Options{Clock: func() time.Time { return time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC) }})
}

func handle(t *testing.T, b *Bot, text string) Reply {
	t.Helper()
	r, err := b.Handle(context.Background(), Message{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The design's second promise, on every path: the standing comes right after the heading, before anything that claims something.
func TestStandingComesFirst(t *testing.T) {
	b := newBot(t)
	for _, text := range []string{"when was the library opened", "/ask whose was the mill", "/fact flood-blame", "/fact flood-blame all", "/dato mill-owner-old"} {
		r := handle(t, b, text)
		if len(r.Blocks) < 3 || r.Blocks[0].Kind != Heading || r.Blocks[1].Kind != Standing || r.Blocks[1].Text == "" {
			t.Errorf("%s: %+v", text, r.Blocks)
		}
		if !slices.ContainsFunc(r.Blocks, func(b Block) bool { return b.Kind == Quote }) {
			t.Errorf("%s: an answer without a quote", text)
		}
		for _, block := range r.Blocks {
			if block.Kind == Quote && (block.Link == "" || block.Cite == "") {
				t.Errorf("%s: a quote without its source: %+v", text, block)
			}
		}
	}
}

// The third promise: a refusal claims nothing and shows no source.
func TestRefusalsShowNoSource(t *testing.T) {
	b := newBot(t)
	tests := []struct {
		text string
		kind facts.Kind
	}{
		{"is tomas vega guilty", facts.Verdict},
		{"how do I bake bread without yeast", facts.NoFact},
		{"did elena ruiz open the library in 1950?", facts.Premise},
	}
	for _, tt := range tests {
		r := handle(t, b, tt.text)
		if r.Refusal != tt.kind || r.Answered != "" {
			t.Errorf("%q is refused as %v, want %v", tt.text, r.Refusal, tt.kind)
		}
		for _, block := range r.Blocks {
			if block.Kind == Quote || block.Kind == Document || block.Link != "" {
				t.Errorf("%q: a refusal shows %+v", tt.text, block)
			}
		}
	}
}

func TestChoicesLeadToAnswers(t *testing.T) {
	b := newBot(t)
	for _, text := range []string{"is tomas vega guilty", "when was the library opened", "/today", "/topics", "/fact flood-blame"} {
		for _, c := range handle(t, b, text).Choices {
			if r := handle(t, b, c.Command); len(r.Blocks) < 2 {
				t.Errorf("%q offers %q, which gives %+v", text, c.Command, r.Blocks)
			}
		}
	}
}

func TestChoicesSayTheirStanding(t *testing.T) {
	r := handle(t, newBot(t), "is tomas vega guilty")
	if len(r.Choices) == 0 || !strings.HasSuffix(r.Choices[0].Label, "(contested)") {
		t.Errorf("%+v", r.Choices)
	}
}

func TestCommandsWorkInBothLanguages(t *testing.T) {
	b := newBot(t)
	seen := map[string]bool{}
	for _, c := range b.commands {
		if seen[c.Name] || seen[c.Spanish] || c.Name == "" || c.Spanish == "" || c.run == nil {
			t.Errorf("the row of %q is incomplete or stands twice", c.Name)
		}
		seen[c.Name], seen[c.Spanish] = true, true
		for _, lang := range facts.Langs {
			if !strings.HasPrefix(c.Usage(lang), "/") || c.Help.In(lang) == "" {
				t.Errorf("%s lacks usage or help in %s", c.Name, lang)
			}
		}
		for _, name := range []string{c.Name, c.Spanish} {
			if r := handle(t, b, "/"+name); len(r.Blocks) == 0 || r.Blocks[0].Text == "" {
				t.Errorf("/%s says nothing", name)
			}
		}
	}
}

// Every sentence exists in both languages, with the same blanks, and every one the code asks for by a computed name exists.
func TestCatalogue(t *testing.T) {
	blanks := regexp.MustCompile(`%(\[\d\])?[a-z]`)
	for name, w := range catalogue {
		if one, ok := catalogue[name+"_one"]; ok && len(blanks.FindAllString(one.En, -1)) != len(blanks.FindAllString(w.En, -1)) {
			t.Errorf("%s_one has other blanks than %s", name, name)
		}
		if w.En == "" || w.Es == "" {
			t.Errorf("%s is missing in a language", name)
		}
		if en, es := blanks.FindAllString(w.En, -1), blanks.FindAllString(w.Es, -1); strings.Join(en, "") != strings.Join(es, "") {
			t.Errorf("%s has the blanks %v in English and %v in Spanish", name, en, es)
		}
	}
	for _, s := range []facts.Standing{facts.Established, facts.Contested, facts.Superseded, facts.Alleged, facts.Unknown} {
		say(facts.English, "standing_"+string(s))
		if s != facts.Established {
			say(facts.English, "label_"+string(s))
		}
	}
	for _, s := range []facts.Stance{facts.Asserts, facts.Denies, facts.Qualifies, facts.Withdrew, facts.Decided, facts.Unreported} {
		say(facts.English, "stance_"+string(s))
	}
	for _, k := range []facts.Kind{facts.Choices, facts.NoFact, facts.Premise, facts.Verdict, facts.Pointing} {
		say(facts.English, "refused_"+string(k))
	}
}

func TestDateText(t *testing.T) {
	tests := []struct{ date, en, es string }{
		{"2014", "2014", "2014"}, {"2014-09", "September 2014", "septiembre de 2014"},
		{"2014-09-06", "6 September 2014", "6 de septiembre de 2014"},
	}
	for _, tt := range tests {
		d, err := facts.ParseDate(tt.date)
		if err != nil {
			t.Fatal(err)
		}
		if en, es := dateText(d, facts.English), dateText(d, facts.Spanish); en != tt.en || es != tt.es {
			t.Errorf("%s is %q and %q", tt.date, en, es)
		}
	}
}

// Every sentence the code asks for by its name exists, and none stands there that nothing asks for.
func TestEverySentenceIsThereAndUsed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	named := regexp.MustCompile(`"([a-z_]+)"`)
	var source strings.Builder
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "words") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(data)
	}
	for _, m := range named.FindAllStringSubmatch(source.String(), -1) {
		asked[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:say|count)\([a-zA-Z.]+, "([a-z_]+[a-z])"`).FindAllStringSubmatch(source.String(), -1) {
		if _, ok := catalogue[m[1]]; !ok {
			t.Errorf("no sentence is named %q", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`count\([a-zA-Z.]+, "([a-z_]+)"`).FindAllStringSubmatch(source.String(), -1) {
		if _, ok := catalogue[m[1]+"_one"]; !ok {
			t.Errorf("%q has no form for one", m[1])
		}
	}
	for _, steps := range [][]step{factSteps(), reportSteps()} {
		for _, s := range steps {
			asked["page_"+s.name], asked["page_about_"+s.name] = true, true
			say(English, "page_"+s.name)
			say(English, "page_about_"+s.name)
			if len(s.fields) > MaxFields {
				t.Errorf("the page %s has %d fields", s.name, len(s.fields))
			}
			for _, f := range s.fields {
				asked["field_"+f.key], asked["hint_"+f.key] = true, true
				for _, l := range facts.Langs {
					if n := utf8.RuneCountInString(say(l, "field_"+f.key)); n > 45 {
						t.Errorf("field_%s has %d characters in %s, a label has 45 at most", f.key, n, l)
					}
					if n := utf8.RuneCountInString(say(l, "hint_"+f.key)); n > 100 {
						t.Errorf("hint_%s has %d characters in %s, a hint has 100 at most", f.key, n, l)
					}
				}
			}
		}
	}
	computed := regexp.MustCompile(`^(standing|stance|label|refused|did|report|field|kind|language|post)_`)
	for name := range catalogue {
		if base := strings.TrimSuffix(name, "_one"); !asked[base] && !computed.MatchString(name) {
			t.Errorf("nothing says %q", name)
		}
	}
}

func TestRandomShowsAFact(t *testing.T) {
	if r := handle(t, newBot(t), "/random"); r.Answered == "" {
		t.Errorf("%+v", r)
	}
}

func TestASpanishCommandIsAnsweredInSpanish(t *testing.T) {
	b := newBot(t)
	for text, want := range map[string]Lang{"/temas": Spanish, "/topics": English, "/dato opened": Spanish, "/preguntar when was the library opened": English} {
		if r := handle(t, b, text); r.Lang != want {
			t.Errorf("%q is answered in %q, want %q", text, r.Lang, want)
		}
	}
}
