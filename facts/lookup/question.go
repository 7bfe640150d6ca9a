package lookup

import (
	"cmp"
	"slices"
)

// scratch is the working memory of one search, reused. Tables are indexed by the numbers of words, terms, letter groups or facts, and clear
// between searches.
type scratch struct {
	stem stemmer

	// The question.
	typed    []string // its words
	words    []string // the same, corrected, then its concepts
	terms    []uint32 // of words, none for an unknown one
	trusts   []float32
	slots    []slot
	order    []int      // the slot of each word in turn, or unknownWord or byConcept
	cover    []int      // of each word, the place in words of the concept it is part of, -1 for none
	pairs    []pairHeld // words in a row in it
	slotOf   []uint8    // by term, its slot plus one
	grams    []uint16
	hasGram  ranks     // the letter groups of the question; small enough to stay in the fastest memory
	gramAt   []uint16  // by their rank, their place in grams
	gramFits []float32 // by place in grams, its squared rarity
	blocks   int       // how many 64s of letter groups there are
	nUnknown int       // words no fact has
	norm     float32   // length of its word vector
	gramNorm float32   // of its letter vector

	// The facts it is compared with.
	sums     []float32 // BM25 by fact
	touched  []uint32  // the facts with a sum
	best     []found
	cands    []candidate
	ranked   []*candidate // best first
	met      []metWord    // the words of their phrasings
	metAt    []uint32     // by word, its place in met plus one
	metGrams []uint64     // by place in met, blocks of bits: which of the question's letter groups the word has
	phrWords []uint32     // the words of the phrasing at hand
	shared   []uint64     // blocks of bits: which of them a phrasing has

	story     []storyPoint // of the long text that the question stands in
	asked     int          // how many words of that text the question is read with stand before it
	near      []neighbour  // the phrasings nearest to the question, nearest first
	fit       float32      // how much of the question they explain
	kernel    [maxNeighbours][maxNeighbours]float32
	nearWords []uint32 // the words of the neighbours, one neighbour after the other
	nearEnds  []uint32 // where each one's end
	termNear  []uint32 // by term, bits: the neighbours that hold it
	nearGrams ranks    // the letter groups of the neighbours
	gramNear  []uint32 // by their rank, bits: the neighbours that hold it
}

func newScratch() *scratch {
	return &scratch{stem: newStemmer(), hasGram: newRanks(gramBuckets), nearGrams: newRanks(gramBuckets)}
}

// slot is one distinct term of the question.
type slot struct {
	term   uint32
	rarity float32
	trust  float32
	next   uint64 // the slots that follow it somewhere in the question
}

const maxSlots = 64

// In the place of a slot: a word that no fact has, and one that no fact has but whose concept the facts have by another word.
const (
	unknownWord = -1
	byConcept   = -2
)

// pairHeld counts a candidate's phrasings with a pair of the question's words.
type pairHeld struct {
	a, b int   // slots
	all  uint8 // phrasings of all facts with it
	n    int
}

// fitTo makes the tables large enough for the index.
func (s *scratch) fitTo(x *Index) {
	if n := int(x.deltaVocab.nTerms()); len(s.slotOf) < n {
		s.slotOf, s.termNear = make([]uint8, n+n/8), make([]uint32, n+n/8)
	}
	if n := int(x.deltaVocab.nWords()); len(s.metAt) < n {
		s.metAt = make([]uint32, n+n/8)
	}
	n := len(x.base.docs)
	if x.delta != nil {
		n = max(n, len(x.delta.docs))
	}
	if len(s.sums) < n {
		s.sums = make([]float32, n+n/8)
	}
}

// analyse brings a folded question to its distinct terms, with typing errors corrected.
func (x *Index) analyse(s *scratch, folded string) {
	s.words = tokens(s.words[:0], folded, x.lang)
	s.words = s.words[:min(len(s.words), maxQueryWords)]
	s.typed = append(s.typed[:0], s.words...)
	s.terms, s.trusts = s.terms[:0], s.trusts[:0]
	for i, w := range s.words {
		t, trust := x.deltaVocab.read(w, s.stem), float32(1)
		if t == none && !x.concepts.known(w) {
			if c, ok := x.deltaVocab.correct(w); ok {
				s.words[i], t, trust = string(c.word), c.term, correctionTrust[c.edits]
			}
		}
		s.terms, s.trusts = append(s.terms, t), append(s.trusts, trust)
	}
	s.cover = slices.Grow(s.cover[:0], len(s.typed))[:len(s.typed)]
	s.words = x.concepts.mark(s.words, s.cover)
	for _, w := range s.words[len(s.typed):] {
		s.terms, s.trusts = append(s.terms, x.deltaVocab.exact(w)), append(s.trusts, 1)
	}
	s.slots, s.order, s.nUnknown = s.slots[:0], s.order[:0], 0
	for i, t := range s.terms {
		if isWord := i < len(s.typed); isWord && t == none && s.concept(i) != none {
			s.order = append(s.order, byConcept)
		} else {
			trust := s.trusts[i]
			if i < s.asked {
				trust *= besideTrust
			}
			s.addTerm(x, t, trust, isWord)
		}
	}
}

// concept returns the term of the concept that a word of the question is part of, none if it is part of none that a fact has.
func (s *scratch) concept(word int) uint32 {
	if at := s.cover[word]; at >= 0 {
		return s.terms[at]
	}
	return none
}

// correctionTrust is how much a corrected word counts, by the number of letters that were wrong.
var correctionTrust = [...]float32{1, 0.9, 0.75}

// addTerm files a term of the question. One that is no word is a concept, which counts only if a fact names it.
func (s *scratch) addTerm(x *Index, t uint32, trust float32, isWord bool) {
	if t == none {
		if isWord {
			s.nUnknown++
			s.order = append(s.order, unknownWord)
		}
		return
	}
	i := int(s.slotOf[t]) - 1
	if i < 0 {
		if len(s.slots) == maxSlots {
			return
		}
		i = len(s.slots)
		s.slotOf[t] = uint8(i + 1)
		s.slots = append(s.slots, slot{term: t, rarity: x.stats.rarityOf(t), trust: trust})
	}
	s.slots[i].trust = max(s.slots[i].trust, trust)
	if isWord {
		s.order = append(s.order, i)
	}
}

// vectors computes the question's word and letter vectors.
func (s *scratch) vectors(x *Index) {
	sum := float32(s.nUnknown) * x.stats.unknown * x.stats.unknown
	for i := range s.slots {
		sum += s.slots[i].rarity * s.slots[i].rarity
	}
	s.pairs = s.pairs[:0]
	for i := 1; i < len(s.order); i++ {
		a, b := s.order[i-1], s.order[i]
		if a < 0 || b < 0 || s.slots[a].next&(1<<b) != 0 {
			continue
		}
		s.slots[a].next |= 1 << b
		first, second := s.slots[a].term, s.slots[b].term
		s.pairs = append(s.pairs, pairHeld{a: a, b: b, all: x.stats.pairs.of(first, second)})
		w := x.stats.pairWeight(first, second)
		sum += w * w
	}
	s.norm = sqrt(sum)
	s.letterVector(x)
}

func (s *scratch) letterVector(x *Index) {
	s.grams, s.gramFits = s.grams[:0], s.gramFits[:0]
	sum := float32(0)
	for _, word := range s.words {
		from := len(s.grams)
		s.grams = appendGrams(s.grams, word)
		kept := s.grams[:from]
		for _, g := range s.grams[from:] {
			if s.hasGram.add(uint32(g)) {
				kept = append(kept, g)
				w := x.stats.gramRarity.of(g)
				s.gramFits = append(s.gramFits, w*w)
				sum += w * w
			}
		}
		s.grams = kept
	}
	s.gramNorm = sqrt(sum)
	s.gramAt = slices.Grow(s.gramAt[:0], len(s.grams))[:s.hasGram.count()]
	for at, g := range s.grams {
		s.gramAt[s.hasGram.of(uint32(g))] = uint16(at)
	}
	s.blocks = (len(s.grams) + 63) / 64
	s.shared = slices.Grow(s.shared[:0], s.blocks)[:s.blocks]
}

// release clears the tables.
func (s *scratch) release() {
	for _, sl := range s.slots {
		s.slotOf[sl.term] = 0
	}
	for _, g := range s.grams {
		s.hasGram.drop(uint32(g))
	}
	for i := range s.met {
		s.metAt[s.met[i].word] = 0
	}
	s.met, s.metGrams = s.met[:0], s.metGrams[:0]
}

// metWord is a word of a candidate's phrasing.
type metWord struct {
	word uint32
	slot int32 // of the question, -1 if the question does not have it
}

// meet returns the place in met of a word, which it files when it is new. Candidates have many of their words in common, so that each is
// looked at once.
func (s *scratch) meet(x *Index, w uint32) int {
	if at := s.metAt[w]; at > 0 {
		return int(at) - 1
	}
	t, grams := x.deltaVocab.entry(w)
	s.met = append(s.met, metWord{w, int32(s.slotOf[t]) - 1})
	s.metAt[w] = uint32(len(s.met))
	from := len(s.metGrams)
	for range s.blocks {
		s.metGrams = append(s.metGrams, 0)
	}
	held := s.metGrams[from:]
	for _, g := range grams {
		if s.hasGram.held.has(uint32(g)) {
			at := s.gramAt[s.hasGram.of(uint32(g))]
			held[at/64] |= 1 << (at % 64)
		}
	}
	return len(s.met) - 1
}

// rarestFirst returns the slots in the order of their rarity.
func (s *scratch) rarestFirst(buf []*slot) []*slot {
	for i := range s.slots {
		buf = append(buf, &s.slots[i])
	}
	slices.SortStableFunc(buf, func(a, b *slot) int { return cmp.Compare(b.rarity, a.rarity) })
	return buf
}
