package discord

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"testigo/adapters/discord/discordtest"
	"testigo/bot"
	"testigo/facts"
)

var update = flag.Bool("update", false, "write the golden files anew")

func newLibraryBot(t testing.TB) *bot.Bot {
	t.Helper()
	pack, err := facts.Load("../../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	return bot.New(facts.NewEngine(pack), bot.Options{Clock: func() time.Time { return time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC) }})
}

// longAnswer is a contested fact with more quotes than a message holds.
func longAnswer() bot.Reply {
	r := bot.Reply{Lang: bot.English, Answered: "flood-blame", Blocks: []bot.Block{
		{Kind: bot.Heading, Text: "Who left the sluice open before the flood?"}, {Kind: bot.Standing, Text: "Contested: named sources disagree"},
		{Kind: bot.Paragraph, Text: "The council said that the lock keeper had. He denied it."},
	}}
	for i := range 6 {
		r.Blocks = append(r.Blocks,
			bot.Block{Kind: bot.Position, Text: fmt.Sprintf("Witness %d (1964) — asserts: somebody else had", i+1)},
			bot.Block{Kind: bot.Quote, Text: strings.Repeat(fmt.Sprintf("what witness %d remembers of it, ", i+1), 8), Cite: "Chronicle of Arroyo, 1980", Link: "https://example.org/chronicle#:~:text=what%20witness", LinkText: "read it there"})
	}
	r.Blocks = append(r.Blocks, bot.Block{Kind: bot.Footer, Text: "as of June 1965 · flood-blame"})
	r.Choices = []bot.Choice{{Label: "When did the library of Arroyo open?", Command: "/fact opened"}}
	return r
}

// The golden file shows every kind of answer as it is sent, its buttons with what they do.
func TestRendered(t *testing.T) {
	t.Parallel()
	b := newLibraryBot(t)
	a, _ := adapterOn(t, discordtest.New(t), b, Options{}, quick())
	var out strings.Builder
	show := func(title string, r bot.Reply, whole bool) {
		fmt.Fprintf(&out, "======== %s\n", title)
		for _, m := range a.compose(r, whole) {
			if n := units(m.Content); n > maxContent {
				t.Errorf("%s: %d units", title, n)
			}
			out.WriteString(m.Content + "\n")
			for _, f := range m.files {
				fmt.Fprintf(&out, "(file %s, %d bytes)\n", f.name, len(f.data))
			}
			body, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			labels, ids := discordtest.Buttons(body)
			for i, label := range labels {
				p, ok := a.signer.read(ids[i])
				if !ok {
					t.Errorf("%s: the button %q cannot be read", title, label)
				}
				fmt.Fprintf(&out, "[%s]  %c %s\n", label, p.kind, p.command)
			}
			out.WriteString("--------\n")
		}
	}
	for _, text := range []string{
		"when was the library opened", "¿quién fue la primera bibliotecaria?", "/fact flood-blame", "/dato flood-blame", "was the mill the laras'", "whose was the mill",
		"/dato mill-owner", "names of the readers who wrote the letter", "is tomas vega guilty", "how do I bake bread without yeast", "did elena ruiz open the library in 1950?",
		"/ask", "/nonsense *x*", "/topics", "/temas", "/topic people", "/sources", "/today", "/about", "/privacy", "/help", "/language es",
	} {
		r, err := b.Handle(context.Background(), bot.Message{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		show(text, r, isWhole(text))
	}
	show("(an answer with more quotes than a message holds)", longAnswer(), false)
	show("(the same with all its sources)", longAnswer(), true)
	form := &bot.Form{Title: "A new fact", Command: "/draft page text", Open: "/draft open text", Fields: []bot.Field{{Key: "question", Label: "Question", Problem: "longer than 140 characters"}}}
	show("(a form, where it cannot be shown at once)", bot.Reply{Lang: bot.Spanish, Form: form}, false)
	show("(a file)", bot.Reply{File: &bot.File{Name: "pack.jsonl", Data: []byte("{}\n")}}, false)
	show("(a review card)", bot.Reply{Blocks: []bot.Block{{Kind: bot.Heading, Text: "Proposal 12"}, {Kind: bot.Item, Text: "answer: “612 books” → “613 books”"}},
		Choices: []bot.Choice{{Label: "Approve", Command: "/approve 12", Look: bot.Primary}, {Label: "Reject", Command: "/reject 12", Look: bot.Danger}}}, false)

	name := filepath.Join("testdata", "rendered.golden")
	if *update {
		if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != out.String() {
		t.Errorf("got\n%s\n(go test ./adapters/discord -run TestRendered -update writes it anew)", out.String())
	}
}

// The answer, its standing and its first quote are never cut, nor is any position.
func TestNeverCut(t *testing.T) {
	r := longAnswer()
	d := draw(r, false)
	if len(d.texts) != 1 {
		t.Fatalf("%d messages", len(d.texts))
	}
	for _, b := range r.Blocks {
		if b.Kind != bot.Quote && !strings.Contains(d.texts[0], block(&b)) {
			t.Errorf("%q is missing", b.Text)
		}
	}
	if n := strings.Count(d.texts[0], "> “"); !strings.Contains(d.texts[0], block(&r.Blocks[4])) || n != 4 {
		t.Errorf("the first quote is missing, or %d are there", n)
	}
	if last := d.choices[len(d.choices)-1]; last.Command != "/fact flood-blame all" {
		t.Errorf("no button for the rest: %+v", d.choices)
	}
	whole := strings.Join(draw(r, true).texts, "\n")
	for _, b := range r.Blocks {
		if !strings.Contains(whole, block(&b)) {
			t.Errorf("of the whole, %q is missing", b.Text)
		}
	}
}

// Where the positions alone are longer than a message there are two, and the second is filled.
func TestManyPositions(t *testing.T) {
	r := longAnswer()
	for i := range r.Blocks {
		if r.Blocks[i].Kind == bot.Position {
			r.Blocks[i].Text += strings.Repeat(", and more of it", 20)
		}
	}
	d := draw(r, false)
	all := strings.Join(d.texts, "\n")
	for _, b := range r.Blocks {
		if b.Kind != bot.Quote && !strings.Contains(all, block(&b)) {
			t.Errorf("%q is missing", b.Text)
		}
	}
	if n := strings.Count(all, "> “"); len(d.texts) != 2 || n < 2 {
		t.Errorf("%d messages with %d quotes", len(d.texts), n)
	}
}

func TestVeryLongRepliesGoIntoAFile(t *testing.T) {
	r := bot.Reply{Lang: bot.English}
	for i := range 400 {
		r.Blocks = append(r.Blocks, bot.Block{Kind: bot.Item, Text: fmt.Sprintf("line %d of a long list", i)})
	}
	r.Blocks = append(r.Blocks, bot.Block{Kind: bot.Paragraph, Text: strings.Repeat("word ", 2000)})
	d := draw(r, false)
	if len(d.texts) != 2 || d.file == nil || !strings.Contains(string(d.file.Data), "line 399 of") {
		t.Errorf("%d messages, file %+v", len(d.texts), d.file != nil)
	}
}

func TestEscape(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain words stay", "43 students, 26 to 27 September", "43 students, 26 to 27 September"},
		{"a list is none", "1. one\n- two\n2) three", "1\\. one\n\\- two\n2\\) three"},
		{"a heading is none", "# title\n  -# small", "\\# title\n  \\-# small"},
		{"a quote is none", "> said", "\\> said"},
		{"emphasis and spoilers are none", "*a* _b_ ~~c~~ `d` ||e||", "\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\` \\|\\|e\\|\\|"},
		{"a mention is none", "<@123> <@&4> <#5> <:x:6> </ask:7>", "\\<@123\\> \\<@&4\\> \\<#5\\> \\<:x:6\\> \\</ask:7\\>"},
		{"a link is none", "[here](https://example.org)", "\\[here\\](<https://example.org>)"},
		{"an address stays one, without a preview", "see https://example.org/a_b_c.", "see <https://example.org/a_b_c>."},
		{"a backslash is one", `\*`, `\\\*`},
		{"what cannot be seen is left out", "a\u202eb\u0007c\td", "abc d"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := escape(tt.in); got != tt.want {
				t.Errorf("%q is sent as %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// unescape is what Discord makes of a text without addresses.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\\*_~`|<>[]#-+.)", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "plain", "1. x\n# y", `a\*b`, "<@1> https://x.y/(z)_", "\\", "12) 3.", "-#", "https://\n#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := escape(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is sent as %q", s, got)
		}
		if !strings.Contains(visible(s), "http") {
			if back := unescape(got); back != visible(s) {
				t.Fatalf("%q is sent as %q, which shows %q", s, got, back)
			}
		}
		// Nothing that Discord reads stands without a backslash, outside of addresses.
		outside := address.ReplaceAllString(got, "")
		for i, r := range outside {
			if strings.ContainsRune("*_~`|[]", r) && !escaped(outside, i) {
				t.Fatalf("%q is sent as %q: %q is markup", s, got, r)
			}
		}
	})
}

// escaped reports whether an odd number of backslashes stands before s[i].
func escaped(s string, i int) bool {
	n := 0
	for i--; i >= 0 && s[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// An answer of which quotes are left out until it fits is drawn once: some 100 allocations, where it was over 1,000.
func TestDrawingAllocatesLittle(t *testing.T) {
	r := longAnswer()
	const most = 250
	got := testing.AllocsPerRun(20, func() { draw(r, false) })
	t.Logf("%.0f allocations", got)
	if got > most {
		t.Errorf("that is more than %d", most)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(strings.Repeat("a", 5000), 1)
	f.Add(strings.Repeat("📚*", 1500), 3)
	f.Add(strings.Repeat("one two\n", 600), 2)
	f.Fuzz(func(t *testing.T, s string, n int) {
		var blocks []bot.Block
		for i := range n & 7 {
			blocks = append(blocks, bot.Block{Kind: bot.BlockKind(i), Text: s})
		}
		for _, text := range split(lines(blocks)) {
			if units(text) > maxContent || text == "" || !utf8.ValidString(text) {
				t.Fatalf("a message of %d units: %q", units(text), text)
			}
		}
	})
}

func TestUnits(t *testing.T) {
	for s, want := range map[string]int{"": 0, "año": 3, "📚": 2, "👩‍👩‍👧": 8} {
		if got := units(s); got != want {
			t.Errorf("%q has %d", s, got)
		}
	}
	if got := cut("a📚b", 2); got != "a" {
		t.Errorf("cut inside of a character: %q", got)
	}
	if got := shorten("one two three four", 15); got != "one two three…" {
		t.Errorf("shortened to %q", got)
	}
}

func TestLink(t *testing.T) {
	if got, want := link("read (it)", "https://example.org/a_(b)#:~:text=x y>"), "[read (it)](<https://example.org/a_%28b%29#:~:text=x%20y%3E>)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := link("x", "https://example.org/#"+strings.Repeat("a", maxLink)); got != "[x](<https://example.org/>)" {
		t.Errorf("a long address became %s", got)
	}
}
