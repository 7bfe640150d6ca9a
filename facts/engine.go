package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"testigo/facts/lookup"
)

// MaxQuery is how many characters of a question are read; a longer one is cut at a word, and the result says so.
const MaxQuery = 1000

// Query is a question.
type Query struct {
	Text  string
	Lang  Lang   // of the answer; "" has it found out from the text
	Prior Lang   // the language to take when the text does not tell; "" is English
	Space string // whose view of the set to answer from; "" is the shared set
}

// Kind is what came of a question.
type Kind string

// The kinds of results. All but Answer are refusals.
const (
	Answer   Kind = ""        // one fact answers it
	Choices  Kind = "choices" // several facts are about equally right
	NoFact   Kind = "no_fact" // no fact is near enough
	Premise  Kind = "premise" // it takes for granted what the set does not bear out
	Verdict  Kind = "verdict" // it asks for a judgement of a person, or where somebody is
	Pointing Kind = "pointer" // the set only knows where the answer can be read
)

// Hit is a fact or a pointer that a question may ask for.
type Hit struct {
	Fact       *Fact    // or nil
	Pointer    *Pointer // where Fact is nil
	Score      float64  // comparable within one result
	Confidence float64  // 0 to 1, comparable between questions; of the first hit, what the thresholds are held against
	Matched    string   // the question or phrasing that fits best
}

// ID returns the id of the fact or pointer.
func (h *Hit) ID() string {
	if h.Fact != nil {
		return h.Fact.ID
	}
	return h.Pointer.ID
}

// Text returns the fact's or pointer's text in the language, or in the other one where that is missing.
func (h *Hit) Text(l Lang) *Text {
	if h.Fact != nil {
		return h.Fact.In(l)
	}
	return h.Pointer.In(l)
}

// Result is what came of a question. The facts in it belong to the engine: do not change them.
type Result struct {
	Kind    Kind
	Lang    Lang   // the language to answer in
	Hits    []Hit  // the nearest, best first; with Answer and Pointing the first is it
	Choices []Hit  // what to offer instead, or beside
	Missing string // with Premise: what the question names and the set does not bear out; may be ""
	Cut     bool   // the text was longer than MaxQuery and was cut
	Why     Why
}

// Why says how a result came about.
type Why struct {
	Words      []lookup.Word
	Votes      lookup.Votes
	Confidence float64
	Threshold  float64 // confidence from which a fact is an answer
	Near       float64 // share of the best one's confidence from which others are choices too
	Rule       string  // the guard that refused, in words; "" if none
}

// Engine answers questions from one set. Its methods may be called from any number of goroutines; none of those on the question path waits
// for a lock or a database. A change is seen by every question asked after Put has returned, and by none half.
type Engine struct {
	views  atomic.Pointer[map[string]*view] // by space, "" being the shared set
	change sync.Mutex                       // one change at a time
}

// NewEngine makes an engine that answers from the pack. The index of a language is built when that language is first asked in, so that a
// command that answers one question does not build two; a server calls Warm first.
func NewEngine(p *Pack) *Engine {
	e := &Engine{}
	e.views.Store(&map[string]*view{"": newView(p)})
	return e
}

// Warm builds every index that is not built yet, side by side, and returns when all are.
func (e *Engine) Warm() {
	var wg sync.WaitGroup
	for _, v := range *e.views.Load() {
		for i := range Langs {
			wg.Go(func() { v.index[i]() })
			wg.Go(func() { v.titles[i]() })
		}
	}
	wg.Wait()
}

// Lookup returns the index behind the shared set's answers in a language, to measure the search core by itself.
func (e *Engine) Lookup(l Lang) *lookup.Index { return e.view("").index[slotOf(l)]() }

// Spaces lists the spaces that have a view of their own.
func (e *Engine) Spaces() []string {
	var names []string
	for name := range *e.views.Load() {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Has reports whether the space has a view of its own.
func (e *Engine) Has(space string) bool { return (*e.views.Load())[space] != nil }

// view returns the space's view, or the shared one where it has none.
func (e *Engine) view(space string) *view {
	views := *e.views.Load()
	if v := views[space]; v != nil {
		return v
	}
	return views[""]
}

// Change is what a space has otherwise than the set it is laid over.
type Change struct {
	Put      []*Fact    // added, or in the place of those of the same id
	Pointers []*Pointer // likewise
	Sources  []*Source  // likewise
	Hide     []string   // ids of facts and pointers to leave out
}

// Put takes a change into a space's view, which begins as the shared set. The cost does not depend on the size of the set, except that every so
// often an index is built anew. The facts must be valid (see Load) and may not be changed afterwards.
func (e *Engine) Put(space string, c Change) {
	e.change.Lock()
	defer e.change.Unlock()
	views := *e.views.Load()
	next := make(map[string]*view, len(views)+1)
	for name, v := range views {
		next[name] = v
	}
	next[space] = e.view(space).with(c)
	e.views.Store(&next)
}

// Ask answers a question. It does not fail: what it cannot answer it refuses, and says why.
func (e *Engine) Ask(q Query) Result {
	text, cut := clean(q.Text)
	lang := q.Lang
	if !lang.Valid() {
		lang = DetectLang(text, q.Prior)
	}
	v := e.view(q.Space)
	r := v.ask(text, lang)
	r.Cut = cut
	return r
}

// DetectLang says which language a text is in, prior (English if that is empty) where it does not tell.
func DetectLang(text string, prior Lang) Lang {
	return Lang(lookup.DetectLang(text, lookup.Lang(prior)))
}

// Fold returns a text in lower case without accents, the form in which names are compared.
func Fold(s string) string { return lookup.Fold(s) }

// clean brings a question into bounds: valid UTF-8, no control characters, at most MaxQuery characters, cut at a word.
func clean(text string) (string, bool) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	text = strings.TrimSpace(text)
	if len(text) <= MaxQuery || utf8.RuneCountInString(text) <= MaxQuery {
		return text, false
	}
	head := string([]rune(text)[:MaxQuery])
	if i := strings.LastIndexAny(head, " \n"); i > 0 {
		head = head[:i]
	}
	return head, true
}

// Get returns the fact or pointer with the id, and reports whether there is one.
func (e *Engine) Get(space, id string) (Hit, bool) {
	v := e.view(space)
	if f := v.facts[id]; f != nil {
		return Hit{Fact: f}, true
	}
	if p := v.pointers[id]; p != nil {
		return Hit{Pointer: p}, true
	}
	return Hit{}, false
}

// Related returns up to n facts one would ask next: those the curator named, then others of the same topic and people.
func (e *Engine) Related(space, id string, n int) []Hit { return e.view(space).related(id, n) }

// Complete returns up to n facts and pointers whose question begins like or holds the letters typed so far, best first.
func (e *Engine) Complete(space string, l Lang, typed string, n int) []Hit {
	typed, _ = clean(typed)
	return e.view(space).complete(typed, l, n)
}

// OnDay returns the facts that tell of that day of the year, the oldest event first, without those the set marks as not to be posted.
// A day precision is needed: a fact dated by its month or year is of no day.
func (e *Engine) OnDay(space string, month time.Month, day int) []*Fact {
	return e.view(space).onDay(month, day)
}

// Facts returns the facts of a space in the order of the set, of one topic or ("") all.
func (e *Engine) Facts(space, topic string) []*Fact { return e.view(space).list(topic) }

// Pack returns what a space's view is made of besides its facts: sources, topics, names, calendar.
func (e *Engine) Pack(space string) *Pack { return e.view(space).pack }

// Source returns a source by id, or nil.
func (e *Engine) Source(space, id string) *Source { return e.view(space).source(id) }

// view is one space's set with its indexes. It is immutable.
type view struct {
	pack     *Pack
	facts    map[string]*Fact
	pointers map[string]*Pointer
	sources  map[string]*Source // beside the pack's
	order    []string           // ids of facts
	index    [len(Langs)]func() *lookup.Index
	titles   [len(Langs)]func() *lookup.Titles
	guard    *guard
}

func slotOf(l Lang) int { return slices.Index(Langs[:], l) }

func newView(p *Pack) *view {
	v := &view{pack: p, facts: p.facts, pointers: p.pointers, guard: newGuard(p)}
	for _, f := range p.Facts {
		v.order = append(v.order, f.ID)
	}
	for i, l := range Langs {
		v.index[i] = sync.OnceValue(func() *lookup.Index {
			docs := make([]lookup.Doc, 0, len(p.Facts)+len(p.Pointers))
			for _, f := range p.Facts {
				docs = append(docs, v.factDoc(f, l))
			}
			for _, x := range p.Pointers {
				docs = append(docs, v.pointerDoc(x, l))
			}
			return lookup.New(lookup.Lang(l), docs, p.concepts(l))
		})
		v.titles[i] = sync.OnceValue(func() *lookup.Titles {
			var titles []lookup.Title
			for _, f := range p.Facts {
				titles = append(titles, lookup.Title{ID: f.ID, Text: f.In(l).Question})
			}
			for _, x := range p.Pointers {
				titles = append(titles, lookup.Title{ID: x.ID, Text: x.In(l).Question})
			}
			return lookup.NewTitles(titles)
		})
	}
	return v
}

// with returns the view with a change taken in.
func (v *view) with(c Change) *view {
	next := *v
	next.facts, next.pointers, next.sources = copyMap(v.facts), copyMap(v.pointers), copyMap(v.sources)
	next.order = slices.Clone(v.order)
	for _, s := range c.Sources {
		next.sources[s.ID] = s
	}
	for _, f := range c.Put {
		if next.facts[f.ID] == nil {
			next.order = append(next.order, f.ID)
		}
		next.facts[f.ID] = f
	}
	for _, p := range c.Pointers {
		next.pointers[p.ID] = p
	}
	for _, id := range c.Hide {
		delete(next.facts, id)
		delete(next.pointers, id)
		next.order = slices.DeleteFunc(next.order, func(o string) bool { return o == id })
	}
	for i, l := range Langs {
		var docs []lookup.Doc
		var titles []lookup.Title
		for _, f := range c.Put {
			docs = append(docs, v.factDoc(f, l))
			titles = append(titles, lookup.Title{ID: f.ID, Text: f.In(l).Question})
		}
		for _, p := range c.Pointers {
			docs = append(docs, v.pointerDoc(p, l))
			titles = append(titles, lookup.Title{ID: p.ID, Text: p.In(l).Question})
		}
		index, list := v.index[i]().With(docs, c.Hide), v.titles[i]().With(titles, c.Hide)
		next.index[i] = func() *lookup.Index { return index }
		next.titles[i] = func() *lookup.Titles { return list }
	}
	return &next
}

func copyMap[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m)+1)
	for k, x := range m {
		out[k] = x
	}
	return out
}

func (v *view) source(id string) *Source {
	if s := v.sources[id]; s != nil {
		return s
	}
	return v.pack.Source(id)
}

// factDoc is what the search core gets to know of a fact in one language.
func (v *view) factDoc(f *Fact, l Lang) lookup.Doc {
	t := f.In(l)
	d := lookup.Doc{ID: f.ID, Question: t.Question, Phrasings: t.Phrasings, Answer: t.Answer, Names: v.names(f.People, l)}
	for _, q := range f.AllQuotes() {
		if s := v.source(q.Source); s != nil && s.Lang != l && q.Rendering != "" {
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
	r := Result{Kind: NoFact, Lang: lang}
	for _, h := range found.Hits {
		if hit, ok := v.hit(h, lang); ok {
			r.Hits = append(r.Hits, hit)
		}
	}
	r.Why = Why{Words: found.Words, Votes: found.Votes, Threshold: lookup.Threshold, Near: nearShare}
	if len(r.Hits) == 0 {
		return r
	}
	moved := v.guard.prefer(&r, found.Named)
	best := &r.Hits[0]
	r.Why.Confidence = best.Confidence
	if moved && best.Confidence >= lookup.Threshold {
		r.Kind, r.Choices = Answer, v.related(best.ID(), 2)
		return r
	}
	if refusal := v.guard.check(text, lang, &r, &found, v.facts); refusal != nil {
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
	hit := Hit{Fact: v.facts[h.ID], Score: h.Score, Confidence: h.Confidence}
	if hit.Fact == nil {
		hit.Pointer = v.pointers[h.ID]
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

// equallyRight returns the hits that are about as right as the best, two to four of them, or just the best.
func equallyRight(hits []Hit) []Hit {
	n := 1
	for n < len(hits) && n < maxChoices && hits[n].Confidence >= nearShare*hits[0].Confidence {
		n++
	}
	return hits[:n]
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
	f := v.facts[id]
	var out []Hit
	add := func(id string) {
		if f := v.facts[id]; f != nil && len(out) < n {
			out = append(out, Hit{Fact: f})
		} else if p := v.pointers[id]; p != nil && len(out) < n {
			out = append(out, Hit{Pointer: p})
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
	for _, id := range v.order {
		f := v.facts[id]
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
	for _, id := range v.order {
		if f := v.facts[id]; topic == "" || slices.Contains(f.Topics, topic) {
			out = append(out, f)
		}
	}
	return out
}

// String names the kind for a log.
func (k Kind) String() string {
	if k == Answer {
		return "answer"
	}
	return string(k)
}

var _ fmt.Stringer = Kind("")
