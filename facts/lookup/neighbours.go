package lookup

import (
	"math/bits"
	"slices"
)

// neighbour is a phrasing near the question.
type neighbour struct {
	cand     int // the candidate it belongs to
	phr      uint32
	likeness float32 // mean of the cosines over words and over letter groups
}

// maxNeighbours is how many phrasings share in explaining a question: more cost more and gained nothing on the public sets (tried to 100).
const maxNeighbours = 24

// ridge keeps the shares small where phrasings are alike; from 0.1 to 0.3 the public sets fare alike.
const ridge = 0.2

// keepNear files a phrasing among the nearest, if it is one of them. Of equals the first stays first.
func (s *scratch) keepNear(n neighbour) {
	if len(s.near) < maxNeighbours {
		s.near = append(s.near, n)
	} else if n.likeness <= s.near[maxNeighbours-1].likeness {
		return
	}
	i := len(s.near) - 1
	for ; i > 0 && s.near[i-1].likeness < n.likeness; i-- {
		s.near[i] = s.near[i-1]
	}
	s.near[i] = n
}

// explainQuestion shares the question out among the nearest phrasings and adds up the shares by fact. It is kernel ridge regression, fitted
// anew to each question's surroundings: what two facts' phrasings have in common explains neither, so what sets them apart decides,
// as in a trained classifier, but nothing is trained when facts are added or changed.
func (s *scratch) explainQuestion(x *Index) {
	s.compareNeighbours(x)
	n := len(s.near)
	// Gauss-Seidel; the ridge makes the matrix so well-conditioned that a few rounds settle it.
	var parts [maxNeighbours]float32
	const rounds = 12
	for range rounds {
		for i := range n {
			rest := s.near[i].likeness
			for j, like := range s.kernel[i][:n] {
				rest -= like * parts[j]
			}
			parts[i] = rest / (1 + ridge)
		}
	}
	s.fit = 0
	for i, near := range s.near {
		s.fit += parts[i] * near.likeness
		s.cands[near.cand].votes.Explained += float64(parts[i])
	}
}

// compareNeighbours fills in how alike the neighbours are. Each is entered, by its terms and its letter groups, in tables of who holds what, so
// that only what two have in common costs anything. A neighbour's likeness to itself stays zero: the solver counts it apart.
func (s *scratch) compareNeighbours(x *Index) {
	s.gatherNeighbours(x)
	for i := range s.near {
		clear(s.kernel[i][:len(s.near)])
		var words, grams [maxNeighbours]float32
		s.enterWords(x, i, &words)
		s.enterGrams(x, i, &grams)
		p := s.phrasingOf(i)
		for j := range i {
			q := s.phrasingOf(j)
			like := (words[j]/(p.wordsNorm*q.wordsNorm) + grams[j]/(p.gramsNorm*q.gramsNorm)) / 2
			s.kernel[i][j], s.kernel[j][i] = like, like
		}
	}
	for i := range s.near {
		for _, w := range s.wordsOf(i) {
			s.termNear[x.deltaVocab.term(w)] = 0
			for _, g := range x.deltaVocab.gramsOf(w) {
				s.nearGrams.drop(uint32(g))
			}
		}
	}
}

func (s *scratch) phrasingOf(i int) *phrasing {
	n := &s.near[i]
	return &s.cands[n.cand].seg.phrs[n.phr]
}

// gatherNeighbours lays out the neighbours' words and makes room for what is known of their letter groups.
func (s *scratch) gatherNeighbours(x *Index) {
	s.nearWords, s.nearEnds = s.nearWords[:0], s.nearEnds[:0]
	for i := range s.near {
		n := &s.near[i]
		s.nearWords = s.cands[n.cand].seg.phrWords(s.nearWords, n.phr)
		s.nearEnds = append(s.nearEnds, uint32(len(s.nearWords)))
		for _, word := range s.wordsOf(i) {
			for _, g := range x.deltaVocab.gramsOf(word) {
				s.nearGrams.add(uint32(g))
			}
		}
	}
	n := s.nearGrams.count()
	s.gramNear = slices.Grow(s.gramNear[:0], n)[:n]
	clear(s.gramNear)
}

func (s *scratch) wordsOf(i int) []uint32 {
	from := uint32(0)
	if i > 0 {
		from = s.nearEnds[i-1]
	}
	return s.nearWords[from:s.nearEnds[i]]
}

// enterGrams enters the letter groups of a neighbour and adds up what it shares with those entered before.
func (s *scratch) enterGrams(x *Index, i int, shared *[maxNeighbours]float32) {
	own := uint32(1) << i
	for _, word := range s.wordsOf(i) {
		for _, g := range x.deltaVocab.gramsOf(word) {
			near := &s.gramNear[s.nearGrams.of(uint32(g))]
			others := *near
			if others&own != 0 {
				continue
			}
			*near |= own
			if others == 0 {
				continue
			}
			w := x.stats.gramRarity.of(g)
			for ; others != 0; others &= others - 1 {
				shared[bits.TrailingZeros32(others)] += w * w
			}
		}
	}
}

// enterWords enters the terms of a neighbour and adds up what it shares with those entered before, in words and in pairs of words.
func (s *scratch) enterWords(x *Index, i int, shared *[maxNeighbours]float32) {
	own := uint32(1) << i
	before, withBefore := none, uint32(0)
	for _, word := range s.wordsOf(i) {
		t := x.deltaVocab.term(word)
		others := s.termNear[t] &^ own
		if s.termNear[t]&own == 0 {
			s.termNear[t] |= own
			w := x.stats.rarityOf(t)
			for left := others; left != 0; left &= left - 1 {
				shared[bits.TrailingZeros32(left)] += w * w
			}
		}
		if both := others & withBefore; both != 0 && !x.deltaVocab.isConcept(t) {
			w := x.stats.pairWeight(before, t)
			for ; both != 0; both &= both - 1 {
				if j := bits.TrailingZeros32(both); s.inARow(x, j, before, t) {
					shared[j] += w * w
				}
			}
		}
		before, withBefore = t, others
	}
}

// inARow reports whether a neighbour has the one term right before the other.
func (s *scratch) inARow(x *Index, i int, a, b uint32) bool {
	last := none
	for _, w := range s.wordsOf(i) {
		t := x.deltaVocab.term(w)
		if last == a && t == b {
			return true
		}
		last = t
	}
	return false
}
