package bot

import (
	"slices"
	"strings"

	"testigo/facts"
)

// Commands returns the rows of the command table that people type, for adapters that register commands with their platform.
func (b *Bot) Commands() []Command {
	return slices.DeleteFunc(slices.Clone(b.commands), func(c Command) bool { return c.internal })
}

// Facts returns the facts of a space, in the order of the set.
func (b *Bot) Facts(space SpaceID) []*facts.Fact { return b.engine.Facts(string(space), "") }

// Complete returns up to n completions of what is being typed for an argument of a kind.
func (b *Bot) Complete(m Message, kind ArgKind, typed string, n int) []Completion {
	lang := b.lang(m, "")
	var out []Completion
	switch kind {
	case QuestionArg, FactArg:
		for _, h := range b.engine.Complete(string(m.Space), lang, typed, n) {
			command := "/fact " + h.ID()
			if kind == FactArg {
				command = h.ID()
			}
			out = append(out, Completion{shorten(h.Text(lang).Question, maxCompletion), command})
		}
	case TopicArg:
		key := facts.Fold(typed)
		for _, t := range b.engine.Pack(string(m.Space)).Topics {
			if name := facts.Fold(t.Name.In(lang)); len(out) < n && (key == "" || strings.Contains(name, key) || strings.Contains(t.ID, key)) {
				out = append(out, Completion{shorten(t.Name.In(lang), maxCompletion), t.ID})
			}
		}
	}
	return out
}

// maxCompletion is how many characters a completion may have (Discord: name of an autocomplete choice).
const maxCompletion = 100

// maxPreview is how many characters of an answer a preview shows.
const maxPreview = 120

// Find returns up to n facts for a text, the one that answers first, each ready to send; none where the question is refused for what it
// takes for granted or for the verdict it asks.
func (b *Bot) Find(m Message, n int) []Found {
	r := b.engine.Ask(facts.Query{Text: m.Text, Lang: m.Lang, Prior: m.Locale, Space: string(m.Space)})
	hits := slices.Concat(r.Hits, r.Choices)
	switch r.Kind {
	case facts.Premise, facts.Verdict, facts.NoFact:
		hits = r.Choices
	case facts.Choices:
		hits = r.Choices
	}
	var out []Found
	seen := map[string]bool{}
	for _, h := range hits {
		if len(out) == n {
			break
		}
		if h.Fact == nil || seen[h.ID()] {
			continue
		}
		seen[h.ID()] = true
		t := h.Fact.In(r.Lang)
		out = append(out, Found{
			ID: h.ID(), Question: t.Question, Standing: say(r.Lang, "standing_"+string(h.Fact.Standing)),
			Preview: shorten(t.Answer, maxPreview), Reply: b.Fact(m.Space, h.Fact, r.Lang, false),
		})
	}
	return out
}

// shorten cuts a text to at most n characters, at a word where it can, and shows that it did.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	cut := n - 1
	for i := cut; i > n*2/3; i-- {
		if r[i] == ' ' {
			cut = i
			break
		}
	}
	return string(r[:cut]) + "…"
}
