package lookup

// neighbour is a phrasing near the question.
type neighbour struct {
	cand     int // the candidate it belongs to
	phr      uint32
	likeness float32 // mean of the cosines over words and over letter groups
	part     float32 // how much of the question it explains
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
	n := len(s.near)
	for i := range n {
		s.compareNeighbour(x, i)
	}
	// Gauss-Seidel; the ridge makes the matrix so well-conditioned that a few rounds settle it.
	const rounds = 12
	for range rounds {
		for i := range n {
			rest := s.near[i].likeness
			for j, like := range s.kernel[i][:n] {
				rest -= like * s.near[j].part
			}
			s.near[i].part = rest / (1 + ridge)
		}
	}
	s.fit = 0
	for _, near := range s.near {
		s.fit += near.part * near.likeness
		s.cands[near.cand].votes.Explained += float64(near.part)
	}
}

// compareNeighbour fills in the likeness of the neighbour to those before it. Its own place stays zero: the solver counts it apart.
func (s *scratch) compareNeighbour(x *Index, i int) {
	seg, phr := s.cands[s.near[i].cand].seg, s.near[i].phr
	s.spread(x, seg, phr)
	p := &seg.phrs[phr]
	for j := range i {
		other, otherPhr := s.cands[s.near[j].cand].seg, s.near[j].phr
		q := &other.phrs[otherPhr]
		like := (s.sharedWords(x, other, otherPhr)/(p.wordsNorm*q.wordsNorm) + s.sharedGrams(other, otherPhr)/(p.gramsNorm*q.gramsNorm)) / 2
		s.kernel[i][j], s.kernel[j][i] = like, like
	}
	s.kernel[i][i] = 0
	s.gather(seg, phr)
}

// spread lays a phrasing out in the tables that others are compared by; gather clears them.
func (s *scratch) spread(x *Index, seg *segment, phr uint32) {
	for i, t := range seg.phrTerms(phr) {
		s.termAt[t] = uint16(i + 1)
	}
	for _, g := range seg.phrGrams(phr) {
		s.gramWeight[g] = x.stats.gramRarity[g] * x.stats.gramRarity[g]
	}
}

func (s *scratch) gather(seg *segment, phr uint32) {
	for _, t := range seg.phrTerms(phr) {
		s.termAt[t] = 0
	}
	for _, g := range seg.phrGrams(phr) {
		s.gramWeight[g] = 0
	}
}

// sharedWords is the product of the word vectors of a phrasing and the one laid out. Of a long phrasing, words whose places are 64 apart
// may be taken for repeats.
func (s *scratch) sharedWords(x *Index, seg *segment, phr uint32) (sum float32) {
	var seen uint64
	before := uint16(0)
	terms := seg.phrTerms(phr)
	for i, t := range terms {
		at := s.termAt[t]
		if at > 0 {
			if bit := uint64(1) << (at & 63); seen&bit == 0 {
				seen |= bit
				w := x.stats.rarityOf(t)
				sum += w * w
			}
			if before > 0 && at == before+1 && !x.deltaVocab.isConcept(t) {
				w := x.stats.pairWeight(terms[i-1], t)
				sum += w * w
			}
		}
		before = at
	}
	return sum
}

func (s *scratch) sharedGrams(seg *segment, phr uint32) (sum float32) {
	for _, g := range seg.phrGrams(phr) {
		sum += s.gramWeight[g]
	}
	return sum
}
