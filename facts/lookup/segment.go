package lookup

import "math"

// segment is one immutable part of an index: some facts with their phrasings, and postings over the vocabulary. Everything lies in
// few large arrays, so that a hundred thousand facts cost the garbage collector nothing.
type segment struct {
	docs     []docEntry
	phrs     []phrasing
	terms    []uint32 // the terms of each phrasing, in order
	grams    []uint16 // the letter groups of each phrasing, each once
	postFrom []uint32 // the postings of term t+firstTerm are postFrom[t] to postFrom[t+1]-1
	postDoc  []uint32
	postFreq []uint8 // weighted frequency in steps of freqStep

}

type docEntry struct {
	id        string
	firstPhr  uint32
	nPhrs     uint32
	length    float32 // weighted number of words, for BM25's length norm
	gramsNorm float32 // of the sum of its phrasings' letter vectors
}

type phrasing struct {
	firstTerm, firstGram uint32
	nTerms, nGrams       uint16
	wordsNorm, gramsNorm float32
}

const freqStep = 1.0 / 16

// BM25's constants (S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009).
const (
	bm25K1 = 1.2
	bm25B  = 0.5
)

// How much a word counts by where in a fact it stands, a phrasing's word counting 1. Answers and quotes weigh little: on the public
// question sets their words mislead about as often as they lead.
const (
	nameWeight   = 0.3
	answerWeight = 0.3
	quoteWeight  = 0.2
)

// pairWeight is how much two words in a row count in a phrasing, beside the words themselves.
const pairWeight = 0.5

const gramBuckets = 1 << 16

// gramSet collects the distinct letter groups of texts, one text at a time.
type gramSet struct {
	round uint32
	seen  []uint32 // by letter group, the last round it was met in
}

func newGramSet() *gramSet { return &gramSet{seen: make([]uint32, gramBuckets)} }

// appendTo appends the letter groups of the words, hashed and each once: each three and each four letters in a row, a word's borders
// counting as one.
func (u *gramSet) appendTo(dst []uint16, words []string) []uint16 {
	u.round++
	for _, w := range words {
		if w[0] == conceptMark[0] {
			continue
		}
		var buf [50]byte
		p := append(buf[:0], ' ')
		p = append(p, w[:min(len(w), 48)]...)
		p = append(p, ' ')
		for i := 0; i+3 <= len(p); i++ {
			h := uint32(2166136261)
			h = (h ^ uint32(p[i])) * 16777619
			h = (h ^ uint32(p[i+1])) * 16777619
			h = (h ^ uint32(p[i+2])) * 16777619
			dst = u.add(dst, h)
			if i+4 <= len(p) {
				dst = u.add(dst, (h^uint32(p[i+3]))*16777619)
			}
		}
	}
	return dst
}

func (u *gramSet) add(dst []uint16, hash uint32) []uint16 {
	g := uint16(hash>>16) ^ uint16(hash)
	if u.seen[g] == u.round {
		return dst
	}
	u.seen[g] = u.round
	return append(dst, g)
}

// rarity is the inverse document frequency, of the form that is never negative.
func rarity(n, df float64) float32 {
	return float32(math.Pow(math.Log(1+(n-df+0.5)/(df+0.5)), 0.75))
}

// statistics are the counts an index weighs words by. A delta uses its base's, counting only its own new words itself: a few
// changed facts among many do not change what is rare.
type statistics struct {
	nDocs, nPhrs float64
	avgLength    float32
	rarity       []float32 // by term, over facts
	pairs        pairCounts
	gramRarity   []float32 // by letter group, over phrasings
	gramPhrs     []uint32
	unknown      float32 // rarity of a word no fact has
}

// pairCounts counts phrasings by the pairs of terms in them, in a table indexed by hash: two rare pairs may share a count.
type pairCounts struct {
	count []uint16
	mask  uint32
}

func newPairCounts(nPhrs int) pairCounts {
	size := 1 << 12
	for size < nPhrs*64 && size < 1<<20 {
		size <<= 1
	}
	return pairCounts{make([]uint16, size), uint32(size - 1)}
}

func (p pairCounts) slot(a, b uint32) *uint16 {
	h := (a*2654435761 ^ b) * 2246822519
	return &p.count[(h>>12^h)&p.mask]
}
