package bot

import (
	"fmt"
	"slices"
	"strings"

	"testigo/facts"
)

// maxShown is how much of an old or new text a diff shows, in characters.
const maxShown = 160

// diff says what differs between two texts of a fact, a line each, for a person to read; old may be nil.
func (b *Bot) diff(old, changed *facts.Fact, lang Lang) []Block {
	if old == nil {
		return nil
	}
	var lines []Block
	add := func(what, from, to string) {
		if from != to {
			from, to = apart(from, to)
			lines = append(lines, Block{Kind: Item, Text: say(lang, "diff", say(lang, what), orNone(from, lang), orNone(to, lang))})
		}
	}
	add("field_standing", standingLabel(old, lang), standingLabel(changed, lang))
	for _, l := range facts.Langs {
		x, y := textOf(old, l), textOf(changed, l)
		add("field_question", x.Question, y.Question)
		add("field_answer", x.Answer, y.Answer)
		if more, less := missing(y.Phrasings, x.Phrasings), missing(x.Phrasings, y.Phrasings); len(more)+len(less) > 0 {
			lines = append(lines, Block{Kind: Item, Text: say(lang, "diff_phrasings", len(more), len(less), strings.Join(slices.Concat(more, less), "; "))})
		}
	}
	add("field_topics", strings.Join(old.Topics, ", "), strings.Join(changed.Topics, ", "))
	add("field_dates", dateList(old.Dates), dateList(changed.Dates))
	add("field_people", strings.Join(old.People, ", "), strings.Join(changed.People, ", "))
	add("field_as_of", old.AsOf.String(), changed.AsOf.String())
	add("field_quote", quoteList(old.Quotes), quoteList(changed.Quotes))
	add("field_claims", positionList(old, lang), positionList(changed, lang))
	return lines
}

// apart returns what is shown of two texts: of long ones what stands from a little before the place where they begin to differ, so that it is seen.
func apart(from, to string) (string, string) {
	const before = 40
	x, y := []rune(from), []rune(to)
	if max(len(x), len(y)) <= maxShown {
		return from, to
	}
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] {
		same++
	}
	begin := max(0, same-before)
	for begin > 0 && begin < same && x[begin-1] != ' ' {
		begin++
	}
	if begin == 0 {
		return from, to
	}
	return "…" + string(x[begin:]), "…" + string(y[begin:])
}

func orNone(s string, lang Lang) string {
	if s == "" {
		return say(lang, "nothing")
	}
	return "«" + clipTo(s, maxShown) + "»"
}

func standingLabel(f *facts.Fact, lang Lang) string { return say(lang, "standing_"+string(f.Standing)) }

func textOf(f *facts.Fact, l Lang) facts.Text {
	if !f.Has(l) {
		return facts.Text{}
	}
	return *f.In(l)
}

// missing returns what of list is not in other.
func missing(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

func dateList(dates []facts.Date) string {
	var out []string
	for _, d := range dates {
		out = append(out, d.String())
	}
	return strings.Join(out, ", ")
}

func quoteList(quotes []facts.Quote) string {
	var out []string
	for _, q := range quotes {
		out = append(out, fmt.Sprintf("%s: %s", q.Source, q.Exact))
	}
	return strings.Join(out, " / ")
}

func positionList(f *facts.Fact, lang Lang) string {
	var out []string
	for i := range f.Positions {
		out = append(out, positionLine(&f.Positions[i], lang)+" "+quoteList(f.Positions[i].Quotes))
	}
	return strings.Join(out, " / ")
}

// material reports whether a change alters what a reader of the answer was told.
func material(old, changed *facts.Fact) bool {
	return old == nil || changed == nil || fingerprint(old) != fingerprint(changed)
}
