package bot

import (
	"slices"
	"strings"
	"unicode/utf8"

	"testigo/facts"
)

// step is one page of the form for a fact.
type step struct {
	name   string
	fields []field
	// wanted says whether the draft needs the page; one that it does not may still be opened from the preview.
	wanted func(*draft) bool
}

// field is one line of a page. Its key names its sentences in the catalogue: field_KEY and hint_KEY.
type field struct {
	key      string
	max      int
	long     bool
	wanted   func(*draft) bool // nil: always
	required func(*draft) bool
	options  func(*Bot, *draft) []Option
	check    func(*Bot, *draft, string) string // what is wrong with a value, "" if nothing; never asked of an empty one
}

func always(*draft) bool { return true }

func superseded(d *draft) bool { return d.value("standing") == string(facts.Superseded) }

// The names of pages, in their order.
const (
	stepText   = "text"
	stepClaim  = "claim"
	stepSource = "source"
	stepAsked  = "asked"
	stepOther  = "other"
	stepMore   = "more"   // one more position; only from the preview
	stepReport = "report" // of a report
)

// factSteps is the form for a fact.
func factSteps() []step {
	claimed := func(d *draft) bool { return needsClaim(facts.Standing(d.value("standing"))) }
	return []step{
		{stepText, []field{
			{key: "question", max: facts.MaxQuestion, required: always},
			{key: "answer", max: facts.MaxAnswer, long: true, required: always},
			{key: "standing", max: 20, required: always, options: standingOptions},
			{key: "topics", max: 200, check: checkTopics},
			{key: "as_of", max: 10, check: checkDate},
		}, always},
		{stepClaim, []field{
			{key: "holder", max: facts.MaxName, required: claimed},
			{key: "says", max: facts.MaxSays, long: true, required: claimed},
			{key: "stance", max: 20, options: stanceOptions},
			{key: "claimed", max: 10, check: checkDate},
			{key: "replaced", max: facts.MaxID, check: checkFactID, required: superseded, wanted: superseded},
		}, claimed},
		{stepSource, []field{
			{key: "quote", max: facts.MaxQuote, long: true, required: always, check: checkQuoteLength},
			{key: "source", max: facts.MaxAddress, required: always, check: checkSource},
			{key: "title", max: facts.MaxSays, required: newSource},
			{key: "publisher", max: facts.MaxSays, required: newSource},
			{key: "published", max: 10, check: checkDate},
		}, always},
		{stepAsked, []field{
			{key: "phrasings", max: 4000, long: true, check: checkPhrasings},
			{key: "dates", max: 200, check: checkDates},
			{key: "people", max: 300, check: checkPeople},
			{key: "rendering", max: 2 * facts.MaxQuote, long: true, wanted: func(d *draft) bool { return facts.DetectLang(d.value("quote"), d.textLang()) != d.textLang() }},
		}, always},
		{stepOther, []field{
			{key: "other_question", max: facts.MaxQuestion, required: func(d *draft) bool { return d.value("other_answer") != "" }},
			{key: "other_answer", max: facts.MaxAnswer, long: true, required: func(d *draft) bool { return d.value("other_question") != "" }},
			{key: "other_phrasings", max: 4000, long: true, check: checkPhrasings},
			{key: "other_holder", max: facts.MaxName, wanted: claimed},
			{key: "other_says", max: facts.MaxSays, long: true, wanted: claimed},
		}, always},
		{stepMore, []field{
			{key: "more_holder", max: facts.MaxName, required: always},
			{key: "more_says", max: facts.MaxSays, long: true, required: always},
			{key: "more_stance", max: 20, required: always, options: stanceOptions},
			{key: "more_date", max: 10, check: checkDate},
			{key: "more_source", max: facts.MaxQuote + facts.MaxID + 2, long: true, check: checkMoreSource, required: func(d *draft) bool { return d.value("more_stance") != string(facts.Unreported) }},
		}, func(*draft) bool { return false }},
	}
}

// reportSteps is the form for a report.
func reportSteps() []step {
	return []step{{stepReport, []field{
		{key: "kind", max: 20, required: always, options: reportOptions},
		{key: "note", max: maxReason, long: true},
	}, always}}
}

func (d *draft) steps() []step {
	if d.Kind == draftReport {
		return reportSteps()
	}
	return factSteps()
}

// step returns a page with the fields that the draft needs of it, or nil.
func (d *draft) step(name string) *step {
	steps := d.steps()
	i := slices.IndexFunc(steps, func(s step) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	s := &steps[i]
	s.fields = slices.DeleteFunc(s.fields, func(f field) bool { return f.wanted != nil && !f.wanted(d) })
	return s
}

// after returns the page that follows one, "" for the preview.
func (d *draft) after(name string) string {
	steps := d.steps()
	i := slices.IndexFunc(steps, func(s step) bool { return s.name == name })
	for i++; i < len(steps); i++ {
		if steps[i].wanted(d) {
			return steps[i].name
		}
	}
	return ""
}

func (d *draft) value(key string) string { return d.Values[key] }

func needsClaim(s facts.Standing) bool {
	return s == facts.Contested || s == facts.Superseded || s == facts.Alleged
}

func (f *field) isRequired(d *draft) bool { return f.required != nil && f.required(d) }

// problem says what is wrong with what was typed into a field, "" if nothing.
func (f *field) problem(b *Bot, d *draft, lang Lang) string {
	value := d.value(f.key)
	switch n := utf8.RuneCountInString(value); {
	case value == "" && f.isRequired(d):
		return say(lang, "field_missing")
	case value == "":
		return ""
	case n > f.max:
		return say(lang, "field_long", n, f.max)
	}
	if f.options != nil && !slices.ContainsFunc(f.options(b, d), func(o Option) bool { return o.Value == value }) {
		return say(lang, "field_option", clip(value))
	}
	if f.check != nil {
		return f.check(b, d, value)
	}
	return ""
}

// tidy brings what was typed to one form: trimmed, without control characters; an option by its label is that option.
func (f *field) tidy(b *Bot, d *draft, typed string) string {
	typed = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && f.long:
			return r
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, strings.ToValidUTF8(typed, "")))
	if !f.long {
		typed = strings.Join(strings.Fields(typed), " ")
	}
	if f.options != nil {
		for _, o := range f.options(b, d) {
			if key := facts.Fold(typed); key == o.Value || len(key) >= minOption && strings.HasPrefix(facts.Fold(o.Label), key) {
				return o.Value
			}
		}
	}
	return typed
}

// minOption is how many letters of an option's label one types at least.
const minOption = 3

func standingOptions(_ *Bot, d *draft) []Option {
	var out []Option
	for _, s := range []facts.Standing{facts.Established, facts.Contested, facts.Superseded, facts.Alleged, facts.Unknown} {
		out = append(out, Option{string(s), say(d.Lang, "standing_"+string(s))})
	}
	return out
}

func stanceOptions(_ *Bot, d *draft) []Option {
	var out []Option
	for _, s := range []facts.Stance{facts.Asserts, facts.Denies, facts.Qualifies, facts.Withdrew, facts.Decided, facts.Unreported} {
		out = append(out, Option{string(s), say(d.Lang, "stance_"+string(s))})
	}
	return out
}

func reportOptions(_ *Bot, d *draft) []Option {
	var out []Option
	for _, k := range []facts.ReportKind{facts.ReportWrong, facts.ReportOutdated, facts.ReportDisrespectful, facts.ReportSource} {
		out = append(out, Option{string(k), say(d.Lang, "report_"+string(k))})
	}
	return out
}
