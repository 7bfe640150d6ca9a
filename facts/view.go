package facts

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"testigo/facts/lookup"
)

// view is one space's set with its indexes. It is immutable.
type view struct {
	pack   *Pack
	shelf  *shelf
	index  [len(Langs)]func() *lookup.Index
	titles [len(Langs)]func() *lookup.Titles
	guard  *guard
	ground bool      // it is what others lie over, and what Restore goes back to
	told   *sync.Map // what each *Text foresees that it is asked, a *foreseen
}

func slotOf(l Lang) int { return slices.Index(Langs[:], l) }

func newView(p *Pack) *view {
	v := &view{pack: p, shelf: newShelf(p), guard: newGuard(p), ground: true, told: new(sync.Map)}
	for i, l := range Langs {
		v.index[i] = sync.OnceValue(func() *lookup.Index {
			return lookup.New(lookup.Lang(l), v.docs(p.Facts, p.Pointers, l), p.concepts(l))
		})
		v.titles[i] = sync.OnceValue(func() *lookup.Titles {
			return lookup.NewTitles(titles(p.Facts, p.Pointers, l))
		})
	}
	return v
}

// with returns the view with a change taken in.
func (v *view) with(c Change) *view {
	next := *v
	next.told = new(sync.Map)
	next.ground = false
	if v.ground {
		next.shelf = v.shelf.over()
	}
	c = next.shelf.restored(c)
	next.shelf = next.shelf.with(c)
	for i, l := range Langs {
		index := v.index[i]().With(next.docs(c.Put, c.Pointers, l), c.Hide)
		list := v.titles[i]().With(titles(c.Put, c.Pointers, l), c.Hide)
		next.index[i] = func() *lookup.Index { return index }
		next.titles[i] = func() *lookup.Titles { return list }
	}
	return &next
}

// docs is what the search core gets to know of facts and pointers in one language.
func (v *view) docs(list []*Fact, pointers []*Pointer, l Lang) []lookup.Doc {
	docs := make([]lookup.Doc, 0, len(list)+len(pointers))
	for _, f := range list {
		docs = append(docs, v.factDoc(f, l))
	}
	for _, p := range pointers {
		docs = append(docs, v.pointerDoc(p, l))
	}
	return docs
}

// titles is what completion offers of them.
func titles(list []*Fact, pointers []*Pointer, l Lang) []lookup.Title {
	out := make([]lookup.Title, 0, len(list)+len(pointers))
	for _, f := range list {
		out = append(out, lookup.Title{ID: f.ID, Text: f.In(l).Question})
	}
	for _, p := range pointers {
		out = append(out, lookup.Title{ID: p.ID, Text: p.In(l).Question})
	}
	return out
}

// factDoc is what the search core gets to know of a fact in one language.
func (v *view) factDoc(f *Fact, l Lang) lookup.Doc {
	t := f.In(l)
	d := lookup.Doc{ID: f.ID, Question: t.Question, Phrasings: t.Phrasings, Answer: t.Answer, Names: v.names(f.People, l)}
	for _, q := range f.AllQuotes() {
		if s := v.shelf.source(q.Source); s != nil && s.Lang != l && q.Rendering != "" {
			d.Quotes = append(d.Quotes, q.Rendering)
		} else {
			d.Quotes = append(d.Quotes, q.Exact)
		}
	}
	for _, p := range f.Positions {
		d.Quotes = append(d.Quotes, p.Says.In(l))
	}
	return d
}

func (v *view) pointerDoc(p *Pointer, l Lang) lookup.Doc {
	t := p.In(l)
	return lookup.Doc{ID: p.ID, Question: t.Question, Phrasings: t.Phrasings, Names: v.names(p.People, l)}
}

func (v *view) names(people []string, l Lang) []string {
	var names []string
	for _, id := range people {
		if e := v.pack.Entity(id); e != nil {
			names = append(names, e.Name.In(l))
		}
	}
	return names
}

// concepts gives the pack's names and synonyms to the search core.
func (p *Pack) concepts(l Lang) []lookup.Concept {
	var out []lookup.Concept
	for _, e := range p.Entities {
		out = append(out, lookup.Concept{ID: e.ID, Forms: append([]string{e.Name.En, e.Name.Es}, e.Aliases...)})
	}
	for i, s := range p.Synonyms {
		if s.Lang == l {
			out = append(out, lookup.Concept{ID: "synonym" + strconv.Itoa(i), Forms: s.Words})
		}
	}
	return out
}

// nearShare is the share of the best hit's confidence from which another fact is about equally right.
const nearShare = 0.9

// How many hits a result lists and how many choices it offers.
const (
	maxHits    = 8
	maxChoices = 4
)

func (v *view) ask(text string, lang Lang) Result {
	found := v.index[slotOf(lang)]().Search(text, maxHits)
	r := Result{Kind: NoFact, Lang: lang, Hits: make([]Hit, 0, len(found.Hits))}
	for _, h := range found.Hits {
		if hit, ok := v.hit(h, lang); ok {
			r.Hits = append(r.Hits, hit)
		}
	}
	r.Why = Why{Words: found.Words, Votes: found.Votes, Threshold: lookup.Threshold, Near: nearShare}
	if len(r.Hits) == 0 {
		return r
	}
	first := r.Hits[0].ID()
	asked := askedIn(found.Words[found.Asked:], lang)
	v.suit(&r, asked)
	v.guard.prefer(&r, found.Named)
	if r.Hits[0].Confidence >= lookup.Threshold && v.foreseen(r.Hits[0].Text(lang), lang).unforeseen(asked) != "" {
		v.suitable(&r, asked)
	}
	best := &r.Hits[0]
	if best.ID() != first {
		// The checks look at the fact that would be shown.
		found.Words, found.Named = v.index[slotOf(lang)]().Explain(found.Text, best.ID())
		r.Why.Words = found.Words
	}
	r.Why.Confidence = best.Confidence
	if refusal := v.guard.check(text, &r, &found, asked, v); refusal != nil {
		r.Kind, r.Missing, r.Why.Rule = refusal.kind, refusal.missing, refusal.rule
		r.Choices = firstHits(refusal.offer, maxChoices)
		if len(r.Choices) == 0 {
			r.Choices = firstHits(nearby(r.Hits), maxChoices)
		}
		return r
	}
	if best.Confidence < lookup.Threshold {
		r.Choices = firstHits(nearby(r.Hits), maxChoices-1)
		return r
	}
	if near := equallyRight(r.Hits); len(near) > 1 {
		r.Kind, r.Choices = Choices, near
		return r
	}
	r.Kind = Answer
	if best.Fact == nil {
		r.Kind = Pointing
	}
	r.Choices = v.related(best.ID(), 2)
	return r
}

// nearbyFrom is the confidence under which a fact has nothing to do with the question, so that offering it would be noise.
const nearbyFrom = 0.08

func nearby(hits []Hit) []Hit {
	n := 0
	for n < len(hits) && hits[n].Confidence >= nearbyFrom {
		n++
	}
	return hits[:n]
}

func (v *view) hit(h lookup.Hit, l Lang) (Hit, bool) {
	hit := Hit{Fact: v.shelf.fact(h.ID), Score: h.Score, Confidence: h.Confidence}
	if hit.Fact == nil {
		hit.Pointer = v.shelf.pointer(h.ID)
	}
	if hit.Fact == nil && hit.Pointer == nil {
		return hit, false
	}
	t := hit.Text(l)
	hit.Matched = t.Question
	if h.Phrasing > 0 && h.Phrasing <= len(t.Phrasings) {
		hit.Matched = t.Phrasings[h.Phrasing-1]
	}
	return hit, true
}

// equallyRight returns the hits that are about as right as the best, two to four of them, or just the best. One that rests on a passage
// of the best tells of the same: the best answers for both.
func equallyRight(hits []Hit) []Hit {
	right := hits[:1:1]
	for _, h := range hits[1:] {
		if len(right) == maxChoices || h.Confidence < nearShare*hits[0].Confidence {
			break
		}
		if !sharesPassage(hits[0].Fact, h.Fact) {
			right = append(right, h)
		}
	}
	return right
}

func sharesPassage(a, b *Fact) bool {
	if a == nil || b == nil {
		return false
	}
	return slices.ContainsFunc(a.Quotes, func(q Quote) bool {
		return slices.ContainsFunc(b.Quotes, func(o Quote) bool { return o.Source == q.Source && o.Exact == q.Exact })
	})
}

// firstHits returns the first n hits that differ.
func firstHits(hits []Hit, n int) []Hit {
	var out []Hit
	for _, h := range hits {
		if len(out) < n && !slices.ContainsFunc(out, func(o Hit) bool { return o.ID() == h.ID() }) {
			out = append(out, h)
		}
	}
	return out
}

func (v *view) related(id string, n int) []Hit {
	f := v.shelf.fact(id)
	var out []Hit
	add := func(id string) {
		if h, ok := v.shelf.get(id); ok && len(out) < n {
			out = append(out, h)
		}
	}
	if f == nil {
		return nil
	}
	for _, r := range f.Related {
		add(r)
	}
	if f.SupersededBy != "" {
		add(f.SupersededBy)
	}
	return firstHits(out, n)
}

func (v *view) complete(typed string, l Lang, n int) []Hit {
	var out []Hit
	for _, id := range v.titles[slotOf(l)]().Complete(typed, n) {
		if h, ok := v.hit(lookup.Hit{ID: id}, l); ok {
			out = append(out, h)
		}
	}
	return out
}

func (v *view) onDay(month time.Month, day int) []*Fact {
	type dated struct {
		fact *Fact
		on   Date
	}
	var found []dated
	for f := range v.shelf.all() {
		if f.Daily != nil && !*f.Daily {
			continue
		}
		for _, d := range f.Dates {
			if d.Month == month && d.Day == day {
				found = append(found, dated{f, d})
				break
			}
		}
	}
	slices.SortStableFunc(found, func(a, b dated) int { return a.on.Compare(b.on) })
	facts := make([]*Fact, len(found))
	for i, d := range found {
		facts[i] = d.fact
	}
	return facts
}

func (v *view) list(topic string) []*Fact {
	var out []*Fact
	for f := range v.shelf.all() {
		if topic == "" || slices.Contains(f.Topics, topic) {
			out = append(out, f)
		}
	}
	return out
}
