// Package lookup is the search core: it finds, among curated questions with a few phrasings each, the one that a person's own words
// ask for, and says how sure it is. It knows strings and ids, not facts.
//
// A question is brought to terms (stems, numbers, months, names of any spelling), with typing errors corrected to the words the
// index knows. BM25 over whole facts picks candidates; these are then compared closely, phrasing by phrasing, by words, by pairs
// of words and by groups of letters; the nearest phrasings share the question out among them, which tells like facts apart; and the
// votes are added up with weights fitted on public question sets. A logistic model
// over the same figures turns the winner's lead into a confidence that can be compared between questions and between sets.
//
// Everything is deterministic, and everything in an [Index] is immutable: any number of goroutines may search one.
package lookup

import (
	"math/bits"
	"runtime"
	"slices"
	"strings"
)

// Index holds the facts of one language. The zero Index is not usable; make one with [New].
type Index struct {
	lang     Lang
	concepts *concepts
	vocab    *vocabulary
	stats    *statistics
	weights  *Weights
	base     *segment
	dead     pages // facts of base that were replaced or removed
	place    map[string]uint32

	// Changes since base was built: a small segment of their own, built anew with each change.
	delta      *segment
	deltaVocab *vocabulary
	changed    []Doc

	docs    []Doc         // kept only to build anew; the strings are the caller's
	scratch chan *scratch // those not in use; a sync.Pool would lose them whenever garbage is collected
}

// New builds an index of the facts, whose ids must differ.
func New(lang Lang, docs []Doc, list []Concept) *Index {
	return build(lang, docs, newConcepts(list, lang))
}

func build(lang Lang, docs []Doc, c *concepts) *Index {
	w := fitted(c, len(docs))
	x := &Index{lang: lang, concepts: c, docs: docs, vocab: newVocabulary(nil, lang), weights: &w}
	x.base = x.segment(docs, x.vocab)
	x.place = make(map[string]uint32, len(docs))
	for i := range docs {
		x.place[docs[i].ID] = uint32(i)
	}
	x.deltaVocab = x.vocab
	x.scratch = make(chan *scratch, runtime.GOMAXPROCS(0))
	return x
}

// segment makes a segment of the facts, whose words the vocabulary learns. The first one's words are counted for the statistics.
func (x *Index) segment(docs []Doc, v *vocabulary) *segment {
	readings := readAll(docs, x.concepts, x.lang)
	v.learn(readings)
	filings := make([]*filing, len(readings))
	sideBySide(len(docs), func(run, _, _ int) { filings[run] = newFiling(readings[run], v) })
	s := newSegment(readings, v.nWords())
	if x.stats == nil {
		avgLength := averageLength(filings)
		s.post(filings, v.nTerms(), avgLength)
		x.stats = newStatistics(s, v, avgLength)
	} else {
		s.sparse = true
		s.post(filings, v.nTerms(), x.stats.avgLength)
	}
	s.setNorms(x.stats, v)
	return s
}

// maxChanged is how many changed facts an index carries beside its base before With builds it anew: what a delta of that size
// costs to rebuild, a few milliseconds, each change pays.
const maxChanged = 512

// With returns an index in which the facts of put are added, or replace those of the same id, and those of remove are gone. x stays as it
// is. The cost does not depend on the size of the base, except that every so often the whole is built anew.
func (x *Index) With(put []Doc, remove []string) *Index {
	y := *x
	gone := make(map[string]bool, len(put)+len(remove))
	for i := range put {
		gone[put[i].ID] = true
	}
	for _, id := range remove {
		gone[id] = true
	}
	var dead []uint32
	for id := range gone {
		if d, ok := x.place[id]; ok {
			dead = append(dead, d)
		}
	}
	y.dead = x.dead.with(dead)
	y.changed = slices.DeleteFunc(slices.Clone(x.changed), func(d Doc) bool { return gone[d.ID] })
	y.changed = append(y.changed, put...)
	if len(y.changed) > maxChanged+len(x.docs)/50 {
		return y.compact()
	}
	y.deltaVocab = newVocabulary(x.vocab, x.lang)
	y.delta = y.segment(y.changed, y.deltaVocab)
	return &y
}

// compact builds the index anew from the facts that stand.
func (x *Index) compact() *Index {
	docs := make([]Doc, 0, len(x.docs)+len(x.changed))
	for i := range x.docs {
		if !x.dead.has(uint32(i)) {
			docs = append(docs, x.docs[i])
		}
	}
	docs = append(docs, x.changed...)
	return build(x.lang, docs, x.concepts).Weighted(*x.weights)
}

// Len is the number of facts.
func (x *Index) Len() int { return len(x.docs) - x.dead.count() + len(x.changed) }

// Words returns the words of a text as the core sees them, folded and without punctuation: two texts with the same words are the same question.
func Words(text string) []string { return tokens(nil, Fold(text), English) }

// Hit is a fact that a question may ask for.
type Hit struct {
	ID         string
	Score      float64 // how well it fits; comparable within one result only
	Confidence float64 // probability-like, 0 to 1; comparable between questions
	Phrasing   int     // the phrasing that fits best: 0 is the question, 1 the first of the other phrasings
}

// Word says what became of one word of a question.
type Word struct {
	Text      string // as typed, folded
	Corrected string // what it was read as, where that differs
	Known     bool   // whether any fact has it
	InBest    bool   // whether the best fact has it
	Rarity    float64
	Share     float64 // of all facts, how many have it
}

// Named is a concept that a question names.
type Named struct {
	ID     string
	InBest bool    // whether the best fact names it too
	Share  float64 // of all facts, how many name it
}

// Result is what a search found, best first.
type Result struct {
	Hits  []Hit
	Words []Word  // of the part of the question that was searched with
	Named []Named // the concepts named in it
	Votes Votes   // of the best hit
	Text  string  // what was searched with: the question, folded, or the part of it that was surest

	// Of a long text, the sentence that asks and where in Words it begins: what stands before it only tells what it is about. Else Text and 0.
	Asks  string
	Asked int
}

// Sure reports whether the best hit is an answer by the core's own judgement.
func (r *Result) Sure() bool { return len(r.Hits) > 0 && r.Hits[0].Confidence >= Threshold }

// borrow returns working memory for one search. It does not wait.
func (x *Index) borrow() *scratch {
	select {
	case s := <-x.scratch:
		return s
	default:
		return newScratch()
	}
}

func (x *Index) giveBack(s *scratch) {
	select {
	case x.scratch <- s:
	default: // as many as can be at work at once are there
	}
}

// maxQueryWords bounds what one search looks at.
const maxQueryWords = 64

// Search returns up to k facts for a question. In a long text the sentences that ask are found and judged by themselves; what the rest is about
// tells between facts that suit them alike.
func (x *Index) Search(text string, k int) Result {
	s := x.borrow()
	defer x.giveBack(s)
	folded := Fold(text)
	s.story = s.story[:0]
	best := x.searchOnce(s, folded, k)
	if len(best.Words) <= longStory {
		return best
	}
	return x.searchStory(s, folded, best, k)
}

// named says which concepts the question names.
func (x *Index) named(s *scratch, best *candidate) []Named {
	var out []Named
	for i, w := range s.words[len(s.typed):] {
		n := Named{ID: strings.TrimPrefix(w, conceptMark)}
		if t := s.terms[len(s.typed)+i]; t != none {
			n.InBest, n.Share = best.holds(t), x.share(t)
		}
		out = append(out, n)
	}
	return out
}

// share is the share of facts that hold the term, those changed since left out of account.
func (x *Index) share(t uint32) float64 {
	if !x.base.has(t) {
		return 0
	}
	return float64(x.base.docsWith(t)) / float64(len(x.base.docs))
}

// Explain says what of a question's words and names the fact with the id has, as a result does for its best hit. The text is a [Result]'s.
func (x *Index) Explain(text, id string) ([]Word, []Named) {
	s := x.borrow()
	defer x.giveBack(s)
	s.fitTo(x)
	x.analyse(s, text)
	defer s.release()
	s.grams = s.grams[:0]
	c := x.candidate(id)
	return x.explain(s, c), x.named(s, c)
}

// candidate returns the fact with the id, nil if there is none.
func (x *Index) candidate(id string) *candidate {
	if x.delta != nil {
		for d := range x.delta.docs {
			if x.delta.docs[d].id == id {
				return &candidate{seg: x.delta, doc: uint32(d)}
			}
		}
	}
	if d, ok := x.place[id]; ok && !x.dead.has(d) {
		return &candidate{seg: x.base, doc: d}
	}
	return nil
}

// explain says what became of each word, for a fact. One that the fact has by another word of the same concept counts as had.
func (x *Index) explain(s *scratch, best *candidate) []Word {
	words := make([]Word, len(s.typed))
	for i, typed := range s.typed {
		t := s.terms[i]
		w := Word{Text: typed, Known: t != none, InBest: best.holds(t) || best.holds(s.concept(i)), Rarity: float64(x.stats.unknown)}
		if s.words[i] != typed {
			w.Corrected = s.words[i]
		}
		if t != none {
			w.Rarity, w.Share = float64(x.stats.rarityOf(t)), x.share(t)
		}
		words[i] = w
	}
	return words
}

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) set(i uint32)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i uint32) bool { return int(i/64) < len(b) && b[i/64]&(1<<(i%64)) != 0 }

// pages is a set of small numbers that is never changed: another one made of it shares the pages that are the same, and pages with nothing on
// them are not there.
type pages []*[pageSize / 64]uint64

const pageSize = 4096

func (p pages) has(i uint32) bool {
	k := int(i / pageSize)
	return k < len(p) && p[k] != nil && p[k][i%pageSize/64]&(1<<(i%64)) != 0
}

// with returns a set that has the numbers of list too.
func (p pages) with(list []uint32) pages {
	next := slices.Clone(p)
	copied := map[int]bool{}
	for _, i := range list {
		k := int(i / pageSize)
		for len(next) <= k {
			next = append(next, nil)
		}
		if !copied[k] {
			page := [pageSize / 64]uint64{}
			if next[k] != nil {
				page = *next[k]
			}
			next[k], copied[k] = &page, true
		}
		next[k][i%pageSize/64] |= 1 << (i % 64)
	}
	return next
}

func (p pages) count() (n int) {
	for _, page := range p {
		if page != nil {
			for _, w := range page {
				n += bits.OnesCount64(w)
			}
		}
	}
	return n
}
