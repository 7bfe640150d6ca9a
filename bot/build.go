package bot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"testigo/facts"
)

// values is what an edit's fields begin with.
func values(f *facts.Fact, lang Lang) map[string]string {
	if !f.Has(lang) {
		lang = lang.Other()
	}
	t, other := f.In(lang), textOf(f, lang.Other())
	v := map[string]string{
		"question": t.Question, "answer": t.Answer, "standing": string(f.Standing), "as_of": f.AsOf.String(),
		"topics": strings.Join(f.Topics, ", "), "phrasings": strings.Join(t.Phrasings, "\n"), "dates": dateList(f.Dates),
		"people": strings.Join(f.People, ", "), "replaced": f.SupersededBy,
		"other_question": other.Question, "other_answer": other.Answer, "other_phrasings": strings.Join(other.Phrasings, "\n"),
	}
	if q := firstQuote(f); q != nil {
		v["quote"], v["source"], v["rendering"] = q.Exact, q.Source, q.Rendering
	}
	if len(f.Positions) > 0 {
		p := &f.Positions[0]
		holder := facts.Words{En: p.Holder.En, Es: p.Holder.Es}
		v["holder"], v["other_holder"] = holder.In(lang), holder.In(lang.Other())
		v["stance"], v["claimed"] = string(p.Stance), p.Date.String()
		v["says"], v["other_says"] = wordsOf(p.Says, lang), wordsOf(p.Says, lang.Other())
	}
	for key, value := range v {
		if value == "" {
			delete(v, key)
		}
	}
	return v
}

func wordsOf(w facts.Words, l Lang) string {
	if l == Spanish {
		return w.Es
	}
	return w.En
}

func setWords(w *facts.Words, l Lang, s string) {
	if l == Spanish {
		w.Es = s
	} else {
		w.En = s
	}
}

// firstQuote returns the quote that the form's source page is about, nil if there is none.
func firstQuote(f *facts.Fact) *facts.Quote {
	if len(f.Quotes) > 0 {
		return &f.Quotes[0]
	}
	for i := range f.Positions {
		if len(f.Positions[i].Quotes) > 0 {
			return &f.Positions[i].Quotes[0]
		}
	}
	return nil
}

// textLang is the language of the texts on a draft's first pages: that of its question, or the one an edit began in.
func (d *draft) textLang() Lang {
	if d.Old != nil && !d.Old.Has(d.Lang) {
		return d.Lang.Other()
	}
	if d.Old != nil {
		return d.Lang
	}
	return facts.DetectLang(d.value("question")+" "+d.value("answer"), d.Lang)
}

// content makes the fact a draft describes. What the form has no field for stays as it was.
func (b *Bot) content(d *draft) facts.Content {
	f := facts.Fact{ID: d.Fact}
	if d.Old != nil {
		f = *d.Old
		f.Reviewed = nil
	}
	lang := d.textLang()
	f.Standing = facts.Standing(d.value("standing"))
	f.AsOf = parseDate(d.value("as_of"))
	f.SupersededBy = ""
	if f.Standing == facts.Superseded {
		f.SupersededBy = strings.ToLower(d.value("replaced"))
	}
	f.Topics, f.People, f.Dates = nil, nil, nil
	for _, name := range items(d.value("topics")) {
		if t := b.findTopic(d.Space, name); t != nil {
			f.Topics = append(f.Topics, t.ID)
		}
	}
	for _, name := range items(d.value("people")) {
		if e := b.findEntity(d.Space, name); e != nil {
			f.People = append(f.People, e.ID)
			f.AboutAccused = f.AboutAccused || e.Accused
		}
	}
	for _, v := range items(d.value("dates")) {
		f.Dates = append(f.Dates, parseDate(v))
	}
	setText(&f, lang, d.value("question"), d.value("answer"), d.value("phrasings"))
	setText(&f, lang.Other(), d.value("other_question"), d.value("other_answer"), d.value("other_phrasings"))
	own := b.setQuote(d, &f, lang)
	b.setClaim(d, &f, lang)
	f.Positions = append(slices.Clone(f.Positions), d.Claims...)
	if f.ID == "" {
		f.ID = b.newID(d.Space, &f)
	}
	return facts.Content{Fact: &f, Sources: own}
}

// parseDate reads a date that was checked; no date is the zero Date.
func parseDate(s string) facts.Date {
	d, _ := facts.ParseDate(s)
	return d
}

func setText(f *facts.Fact, l Lang, question, answer, phrasings string) {
	var t *facts.Text
	if question != "" || answer != "" {
		t = &facts.Text{Question: question, Answer: answer}
		for _, p := range lines(phrasings) {
			if facts.Fold(p) != facts.Fold(question) {
				t.Phrasings = append(t.Phrasings, p)
			}
		}
	}
	if l == Spanish {
		f.Es = t
	} else {
		f.En = t
	}
}

// setQuote puts the form's quote in the place of the first one, and returns the sources that are the space's own.
func (b *Bot) setQuote(d *draft, f *facts.Fact, lang Lang) []*facts.Source {
	q := facts.Quote{Exact: d.value("quote"), Source: strings.ToLower(d.value("source")), Rendering: d.value("rendering")}
	own := b.ownSources(d, f)
	if newSource(d) {
		s := b.makeSource(d)
		own = append(own, s)
		q.Source = s.ID
	}
	if old := firstQuote(f); old != nil && old.Exact == q.Exact && old.Source == q.Source {
		kept := *old
		kept.Rendering = q.Rendering
		q = kept
	} else {
		q.Typed = !b.verbatim(d.Space, q)
	}
	switch {
	case len(f.Quotes) > 0:
		f.Quotes = append([]facts.Quote{q}, f.Quotes[1:]...)
	case len(f.Positions) > 0 && firstQuote(f) != nil:
		f.Positions = slices.Clone(f.Positions)
		for i := range f.Positions {
			if p := &f.Positions[i]; len(p.Quotes) > 0 {
				p.Quotes = append([]facts.Quote{q}, p.Quotes[1:]...)
				break
			}
		}
	default:
		f.Quotes = []facts.Quote{q}
	}
	return own
}

// ownSources returns the sources of the space's own that a fact had before.
func (b *Bot) ownSources(d *draft, f *facts.Fact) []*facts.Source {
	var own []*facts.Source
	pack := b.engine.Pack(string(d.Space))
	for _, q := range f.AllQuotes() {
		s := b.engine.Source(string(d.Space), q.Source)
		if s != nil && pack.Source(s.ID) == nil && !slices.Contains(own, s) {
			own = append(own, s)
		}
	}
	return own
}

func (b *Bot) makeSource(d *draft) *facts.Source {
	s := &facts.Source{
		Title: d.value("title"), Publisher: d.value("publisher"), Address: d.value("source"), Date: parseDate(d.value("published")),
		Lang: facts.DetectLang(d.value("quote"), d.Lang),
	}
	// The same address is the same source: a second fact from it does not make a second one.
	for _, known := range b.engine.Sources(string(d.Space)) {
		if known.Address == s.Address {
			return known
		}
	}
	s.ID = unused(slug(s.Publisher+" "+s.Title, 4), func(id string) bool { return b.engine.Source(string(d.Space), id) != nil })
	return s
}

// verbatim reports whether a quote was found in its source's captured text, where the bot has those.
func (b *Bot) verbatim(space SpaceID, q facts.Quote) bool {
	s := b.engine.Source(string(space), q.Source)
	return s != nil && b.Texts != nil && facts.Holds(b.Texts, s, &q) == nil
}

// setClaim puts the form's claim in the place of the first position. A new fact's quote becomes the words of who claims it.
func (b *Bot) setClaim(d *draft, f *facts.Fact, lang Lang) {
	if d.value("holder") == "" || d.value("says") == "" {
		return
	}
	p := facts.Position{Stance: facts.Asserts}
	if len(f.Positions) > 0 {
		p = f.Positions[0]
	}
	p.Holder = both(lang, d.value("holder"), d.value("other_holder"))
	p.Says = facts.Words{}
	setWords(&p.Says, lang, d.value("says"))
	setWords(&p.Says, lang.Other(), d.value("other_says"))
	p.Stance = cmp.Or(facts.Stance(d.value("stance")), p.Stance)
	p.Date = parseDate(d.value("claimed"))
	if len(f.Positions) > 0 {
		f.Positions = append([]facts.Position{p}, f.Positions[1:]...)
		return
	}
	p.Quotes, f.Quotes = f.Quotes, nil
	f.Positions = []facts.Position{p}
}

// both is a name in both languages, the same where only one was given: names of people and bodies mostly are.
func both(l Lang, name, other string) facts.Words {
	var w facts.Words
	setWords(&w, l, name)
	setWords(&w, l.Other(), cmp.Or(other, name))
	return w
}

// claim makes the position that the page for one more describes.
func (b *Bot) claim(d *draft) facts.Position {
	lang := d.textLang()
	p := facts.Position{
		Holder: both(lang, d.value("more_holder"), ""), Stance: facts.Stance(d.value("more_stance")), Date: parseDate(d.value("more_date")),
	}
	setWords(&p.Says, lang, d.value("more_says"))
	id, quote := sourceAndQuote(d.value("more_source"))
	id = strings.ToLower(id)
	switch {
	case quote != "":
		q := facts.Quote{Source: id, Exact: quote}
		q.Typed = !b.verbatim(d.Space, q)
		p.Quotes = []facts.Quote{q}
	case id != "":
		p.See = []string{id}
	}
	return p
}

// newID makes an id from a fact's question, unused in the space.
func (b *Bot) newID(space SpaceID, f *facts.Fact) string {
	lang := English
	if !f.Has(English) {
		lang = Spanish
	}
	return unused(slug(f.In(lang).Question, 6), func(id string) bool {
		_, taken := b.engine.Get(string(space), id)
		_, under := b.engine.Ground(string(space), id)
		return taken || under
	})
}

// slug makes an id of the first n telling words of a text.
func slug(text string, n int) string {
	const most = facts.MaxID - 4 // leaves room for a number
	var id string
	for _, w := range strings.FieldsFunc(facts.Fold(text), func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }) {
		if slices.Contains(weakWords, w) || n == 0 || len(id)+1+len(w) > most {
			continue
		}
		if id != "" {
			id += "-"
		}
		id += w
		n--
	}
	return cmp.Or(id, "fact")
}

// weakWords tell nothing in an id.
var weakWords = strings.Fields("a an the of in on at to is are was were did do does has have and or for by with how what who when where which " +
	"el la los las un una de del en a al es son fue fueron que quien como cuando donde cual por para con y o se su")

func unused(id string, taken func(string) bool) string {
	if !taken(id) {
		return id
	}
	for n := 2; ; n++ {
		if next := id + "-" + strconv.Itoa(n); !taken(next) {
			return next
		}
	}
}
