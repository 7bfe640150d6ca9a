package lookup

import (
	"math"
	"math/bits"
	"slices"
)

// Once enoughCandidates were judged and a phrasing was found whose likeness to the question is clearlyLike, the facts whose BM25 is not withinReach
// of the best one's are left out: nothing could bring them near. Where no phrasing is that near all are judged, as there
// each counts for how sure the best one is.
const (
	enoughCandidates = 16
	clearlyLike      = 0.6
	withinReach      = 0.5
)

// judgeAll judges the candidates.
func (s *scratch) judgeAll(x *Index) {
	s.near = s.near[:0]
	best := 0.0
	for i := range s.cands {
		best = max(best, s.cands[i].votes.BM25)
	}
	all := s.cands
	s.cands = s.cands[:0]
	for _, c := range all {
		if len(s.cands) >= enoughCandidates && c.votes.BM25 < withinReach*best && s.near[0].likeness >= clearlyLike {
			continue
		}
		s.cands = append(s.cands, c)
		s.judge(x, len(s.cands)-1)
	}
}

// judge compares the phrasings of the candidate at a place of the list with the question, one by one.
func (s *scratch) judge(x *Index, at int) {
	c := &s.cands[at]
	doc := &c.seg.docs[c.doc]
	for i := range s.pairs {
		s.pairs[i].n = 0
	}
	var gramsAll, words, grams, best float32
	for i := range doc.nPhrs {
		p := doc.firstPhr + i
		w, g := s.cosines(x, c.seg, p)
		words, grams = max(words, w), max(grams, g)
		s.keepNear(neighbour{cand: at, phr: p, likeness: (w + g) / 2})
		gramsAll += g
		if w+g > best || i == 0 {
			best, c.phr = w+g, int(i)
		}
	}
	c.votes.Words, c.votes.Grams = float64(words), float64(grams)
	c.votes.GramsAll = float64(gramsAll / doc.gramsNorm)
	c.votes.PairsBayes = s.pairsBayes(x, doc) / float64(10*max(1, len(s.order)))
}

// cosines are those of the question and a phrasing, over words and pairs of words and over letter groups. The pairs are counted on the way.
func (s *scratch) cosines(x *Index, seg *segment, phr uint32) (words, grams float32) {
	var seen, seenPair uint64
	clear(s.shared)
	before := -1
	s.phrWords = seg.phrWords(s.phrWords[:0], phr)
	for _, w := range s.phrWords {
		at := s.meet(x, w)
		for i, held := range s.metGrams[at*s.blocks : (at+1)*s.blocks] {
			s.shared[i] |= held
		}
		slot := int(s.met[at].slot)
		if slot >= 0 {
			if sl := &s.slots[slot]; seen&(1<<slot) == 0 {
				seen |= 1 << slot
				words += sl.trust * sl.rarity * sl.rarity
			}
			if before >= 0 && s.slots[before].next&(1<<slot) != 0 {
				words += s.countPair(x, before, slot, &seenPair)
			}
		}
		before = slot
	}
	p := &seg.phrs[phr]
	return words / (s.norm * p.wordsNorm), s.sharedGrams() / (s.gramNorm * p.gramsNorm)
}

// countPair counts a pair of the question that stands in a phrasing, once in each, and returns what it adds to the product of the word vectors.
func (s *scratch) countPair(x *Index, a, b int, seen *uint64) float32 {
	k := slices.IndexFunc(s.pairs, func(p pairHeld) bool { return p.a == a && p.b == b })
	if bit := uint64(1) << k; *seen&bit == 0 {
		*seen |= bit
		s.pairs[k].n++
		w := x.stats.pairWeight(s.slots[a].term, s.slots[b].term)
		return w * w
	}
	return 0
}

// sharedGrams is the product of the letter vectors of the question and the phrasing whose letter groups are laid out in shared.
func (s *scratch) sharedGrams() (sum float32) {
	for i, held := range s.shared {
		fits := s.gramFits[64*i:]
		for ; held != 0; held &= held - 1 {
			sum += fits[bits.TrailingZeros64(held)]
		}
	}
	return sum
}

// pairsBayes adds up, over the question's pairs of words, the logarithm of how much likelier each is in a phrasing of the fact than in one of the
// others. A little is added to every count, so that what was never seen is unlikely, not impossible.
func (s *scratch) pairsBayes(x *Index, doc *docEntry) (sum float64) {
	n := float64(doc.nPhrs)
	others := math.Log((x.stats.nPhrs - n + 2*addedCount) / (n + 2*addedCount))
	for _, p := range s.pairs {
		if p.all > 0 {
			sum += logCount(p.n) - logCount(max(int(p.all)-p.n, 0)) + others
		}
	}
	return sum
}

// addedCount is the little that is added.
const addedCount = 0.1

// logCount is the logarithm of a count with a little added.
func logCount(n int) float64 {
	if n < len(logCounts) {
		return logCounts[n]
	}
	return math.Log(float64(n) + addedCount)
}

var logCounts = func() (table [math.MaxUint8 + 1]float64) {
	for n := range table {
		table[n] = math.Log(float64(n) + addedCount)
	}
	return table
}()
