package facts

import (
	"fmt"
	"maps"
	"slices"
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

// Word says what became of a word of a question.
type Word = lookup.Word

// Why says how a result came about.
type Why struct {
	Words      []Word
	Votes      lookup.Votes
	Confidence float64
	Threshold  float64 // confidence from which a fact is an answer
	Near       float64 // share of the best one's confidence from which others are choices too
	Rule       string  // the guard that refused, in words; "" if none
}

// Engine answers questions from one set. Its methods may be called from any number of goroutines; none of those on the question path waits
// for a lock or a database. A change is seen by every question asked after Put has returned, and by none half.
type Engine struct {
	views  atomic.Pointer[map[string]*view]              // by space, "" being the shared set
	change sync.Mutex                                    // one change at a time
	past   atomic.Pointer[map[string]map[string]*Source] // by space and id, of what was replaced; see Replace
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
	Restore  []string   // ids that are to be as in the set the space is laid over, or gone where that has none
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

// Normal returns the words of a text, folded and without punctuation: two texts that read the same are the same.
func Normal(s string) string { return strings.Join(lookup.Words(s), " ") }

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
	return e.view(space).shelf.get(id)
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
func (e *Engine) Source(space, id string) *Source {
	if s := e.view(space).shelf.source(id); s != nil {
		return s
	}
	return e.pastSource(space, id)
}

// Size returns how many facts and pointers the shared set's index has.
func (e *Engine) Size() int {
	p := e.view("").pack
	return len(p.Facts) + len(p.Pointers)
}

// Sources returns all sources of a space: the set's, then its own by id.
func (e *Engine) Sources(space string) []*Source {
	v := e.view(space)
	list := slices.Clone(v.pack.Sources)
	for s := v.shelf; s.under != nil; s = s.under {
		for _, id := range slices.Sorted(maps.Keys(s.sources)) {
			if !slices.ContainsFunc(list, func(x *Source) bool { return x.ID == id }) {
				list = append(list, s.sources[id])
			}
		}
	}
	return list
}

// String names the kind for a log.
func (k Kind) String() string {
	if k == Answer {
		return "answer"
	}
	return string(k)
}

var _ fmt.Stringer = Kind("")
