package lookup

import (
	"math"
	"slices"
)

// segment is one immutable part of an index: some facts with their phrasings, and postings over the vocabulary. Everything lies in
// few large arrays, so that a hundred thousand facts cost the garbage collector nothing.
type segment struct {
	docs  []docEntry
	phrs  []phrasing
	words numbers // the words of each phrasing, in order

	// The terms there are postings for, sorted, where those are few among the vocabulary's, as in a delta: what a space changed then takes memory
	// by what it is, not by the size of the set. Else nil, and each term has its own number as its place.
	terms  []uint32
	sparse bool

	// The facts that hold the term at place p are postDoc[postFrom[p]] to postDoc[postFrom[p+1]-1], but for the terms in dense.
	postFrom []uint32
	postDoc  []uint32
	postFit  []uint8              // how well the term fits each of these facts, in steps of fitStep
	bestFit  []uint8              // by place, the best of them
	dense    map[uint32]denseList // by term
}

type docEntry struct {
	id        string
	firstPhr  uint32
	nPhrs     uint32
	gramsNorm float32 // length of the sum of its phrasings' letter vectors
}

type phrasing struct {
	firstWord, nWords    uint32
	wordsNorm, gramsNorm float32 // lengths of its vectors
}

// denseList holds the postings of a very common term: the fit of every fact, zero for those without the term. That is hardly larger than a
// list, and any fact's is found at once.
type denseList struct {
	fit  []uint8
	docs int // with the term
}

// denseShare is the share of facts from which a term's postings are dense.
const denseShare = 1.0 / 8

// BM25's constants (S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009).
const (
	bm25K1 = 1.2
	bm25B  = 0.5
)

// The fit of a term and a fact is BM25's part that depends on both alone, f/(f+k1*length norm), which lies between 0 and 1. A byte tells enough.
const fitStep = 1.0 / 255

// How much a word counts by where in a fact it stands. Answers and quotes weigh little: on the public
// question sets their words mislead about as often as they lead.
const (
	phrasingWeight = 1
	nameWeight     = 0.3
	answerWeight   = 0.3
	quoteWeight    = 0.2
)

// phrWords appends the words of a phrasing to dst.
func (s *segment) phrWords(dst []uint32, i uint32) []uint32 {
	p := &s.phrs[i]
	return s.words.appendTo(dst, p.firstWord, p.firstWord+p.nWords)
}

// placeOf returns the place of a term's postings, none if there are none.
func (s *segment) placeOf(t uint32) uint32 {
	if !s.sparse {
		if int(t) < len(s.bestFit) {
			return t
		}
		return none
	}
	if i, ok := slices.BinarySearch(s.terms, t); ok {
		return uint32(i)
	}
	return none
}

// list returns where the postings of a term that is not dense begin and end.
func (s *segment) list(t uint32) (from, to uint32) {
	p := s.placeOf(t)
	if p == none {
		return 0, 0
	}
	return s.postFrom[p], s.postFrom[p+1]
}

// docsWith is the number of facts that hold the term.
func (s *segment) docsWith(t uint32) int {
	if list, ok := s.dense[t]; ok {
		return list.docs
	}
	from, to := s.list(t)
	return int(to - from)
}

// best is the best fit of the term with any fact, zero if it stands in none.
func (s *segment) best(t uint32) uint8 {
	p := s.placeOf(t)
	if p == none {
		return 0
	}
	return s.bestFit[p]
}

// has reports whether the term stands in any fact of the segment.
func (s *segment) has(t uint32) bool { return s.best(t) > 0 }

// fitOf returns how well the term fits the fact, zero if the fact does not hold it.
func (s *segment) fitOf(t, doc uint32) uint8 {
	if list, ok := s.dense[t]; ok {
		return list.fit[doc]
	}
	from, to := s.list(t)
	if i, ok := slices.BinarySearch(s.postDoc[from:to], doc); ok {
		return s.postFit[from+uint32(i)]
	}
	return 0
}

// hasWord reports whether the fact holds the term anywhere.
func (s *segment) hasWord(doc, t uint32) bool { return t != none && s.has(t) && s.fitOf(t, doc) > 0 }

// filing is what a run of facts is filed by: for each fact its terms, with how often each stands there, weighted.
type filing struct {
	entries []termFreq
	ends    []uint32  // where each fact ends in entries
	lengths []float32 // of each fact, its weighted number of words
}

type termFreq struct {
	term uint32
	freq float32
}

// newFiling adds up the words of a reading whose words the vocabulary has numbered.
func newFiling(r *reading, v *vocabulary) *filing {
	f := &filing{entries: make([]termFreq, 0, len(r.words))}
	sum := make([]float32, v.nTerms())
	text, from := 0, uint32(0)
	for i := range r.docs {
		start := len(f.entries)
		for _, weight := range r.docs[i].texts {
			for _, w := range r.words[from:r.ends[text]] {
				t := v.term(w)
				if sum[t] == 0 {
					f.entries = append(f.entries, termFreq{term: t})
				}
				sum[t] += weight
			}
			from = r.ends[text]
			text++
		}
		length := float32(0)
		for k := start; k < len(f.entries); k++ {
			e := &f.entries[k]
			e.freq, sum[e.term] = sum[e.term], 0
			length += e.freq
		}
		f.ends, f.lengths = append(f.ends, uint32(len(f.entries))), append(f.lengths, length)
	}
	return f
}

// newSegment lays out the phrasings of the readings, whose words have numbers below nWords.
func newSegment(readings []*reading, nWords uint32) *segment {
	s := &segment{}
	nDocs, nPhrs, length := 0, 0, 0
	for _, r := range readings {
		nDocs += len(r.docs)
		eachPhrasing(r, func(_ *Doc, words []uint32) { nPhrs, length = nPhrs+1, length+len(words) })
	}
	s.docs, s.phrs, s.words = make([]docEntry, 0, nDocs), make([]phrasing, 0, nPhrs), newNumbers(length, nWords)
	var last *Doc
	at := uint32(0)
	for _, r := range readings {
		eachPhrasing(r, func(d *Doc, words []uint32) {
			if d != last {
				s.docs = append(s.docs, docEntry{id: d.ID, firstPhr: uint32(len(s.phrs)), nPhrs: uint32(d.phrasings())})
				last = d
			}
			s.phrs = append(s.phrs, phrasing{firstWord: at, nWords: uint32(len(words))})
			for _, w := range words {
				s.words.set(at, w)
				at++
			}
		})
	}
	return s
}

// eachPhrasing goes through the phrasings of a reading.
func eachPhrasing(r *reading, yield func(d *Doc, words []uint32)) {
	text, from := 0, uint32(0)
	for i := range r.docs {
		d, k := &r.docs[i], 0
		for range d.texts {
			if k < d.phrasings() {
				yield(d, r.words[from:r.ends[text]])
			}
			from = r.ends[text]
			text++
			k++
		}
	}
}

// termsOf lists the terms of filings, sorted.
func termsOf(filings []*filing) (terms []uint32) {
	for _, f := range filings {
		for _, e := range f.entries {
			terms = append(terms, e.term)
		}
	}
	slices.Sort(terms)
	return slices.Clip(slices.Compact(terms))
}

// post lays the filings out by term: of all the vocabulary, or where the segment is sparse of those in them.
func (s *segment) post(filings []*filing, nTerms uint32, avgLength float32) {
	if s.sparse {
		s.terms = termsOf(filings)
		nTerms = uint32(len(s.terms))
	}
	s.bestFit = make([]uint8, nTerms)
	counts := make([]uint32, nTerms)
	for _, f := range filings {
		for _, e := range f.entries {
			counts[s.placeOf(e.term)]++
		}
	}
	next := s.makeRoom(counts)
	doc := uint32(0)
	for _, f := range filings {
		from := uint32(0)
		for i, end := range f.ends {
			lengthNorm := bm25K1 * (1 - bm25B + bm25B*f.lengths[i]/avgLength)
			for _, e := range f.entries[from:end] {
				fit := uint8(max(1, math.Round(float64(e.freq/(e.freq+lengthNorm)/fitStep))))
				p := s.placeOf(e.term)
				s.bestFit[p] = max(s.bestFit[p], fit)
				if at := next[p]; at != none {
					s.postDoc[at], s.postFit[at] = doc, fit
					next[p]++
				} else {
					s.dense[e.term].fit[doc] = fit
				}
			}
			from = end
			doc++
		}
	}
}

// makeRoom makes the arrays of the postings, for so many at each place, and returns where those begin, none for a dense one.
func (s *segment) makeRoom(counts []uint32) (next []uint32) {
	s.postFrom = make([]uint32, len(counts)+1)
	s.dense = map[uint32]denseList{}
	next = make([]uint32, len(counts))
	for p, n := range counts {
		next[p] = s.postFrom[p]
		if float64(n) > denseShare*float64(len(s.docs)) && n > 1 {
			t := uint32(p)
			if s.sparse {
				t = s.terms[p]
			}
			s.dense[t] = denseList{make([]uint8, len(s.docs)), int(n)}
			next[p], n = none, 0
		}
		s.postFrom[p+1] = s.postFrom[p] + n
	}
	s.postDoc, s.postFit = make([]uint32, s.postFrom[len(counts)]), make([]uint8, s.postFrom[len(counts)])
	return next
}
