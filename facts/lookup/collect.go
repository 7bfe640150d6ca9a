package lookup

import (
	"cmp"
	"slices"
)

// maxCandidates is how many facts are compared closely.
const maxCandidates = 64

// commonShare is the share of facts above which a word is too common to look for candidates by, where rarer words found enough.
const commonShare = 0.1

// found is a fact with its BM25 sum.
type found struct {
	doc uint32
	sum float32
}

// collect picks the candidates of a segment by BM25. Words are taken the rarest first. Once enough facts were found that those with none of the
// words so far cannot overtake, or only common words are left, no more facts are taken in, and the words left are looked up
// for those that can still win.
func (s *scratch) collect(x *Index, seg *segment, dead pages) {
	var buf [maxSlots]*slot
	slots := s.rarestFirst(buf[:0])
	perfect := float32(s.nUnknown) * x.stats.unknown * fullBM25
	rest := float32(0) // what the words left can add to a sum
	for _, sl := range slots {
		perfect += sl.rarity * fullBM25
		rest += sl.most(seg)
	}
	s.touched = s.touched[:0]
	closed := false
	for _, sl := range slots {
		if !seg.has(sl.term) {
			continue
		}
		n := seg.docsWith(sl.term)
		if !closed && n > longList && n > len(s.touched)/4 && len(s.touched) > maxCandidates {
			common := float64(n) > commonShare*float64(len(seg.docs)) && len(seg.docs) > 2000 && len(s.touched) >= 4*maxCandidates
			closed = common || s.cutoff(maxCandidates) > rest
		}
		if closed {
			s.dropBelow(s.cutoff(maxCandidates) - rest)
			s.addToTouched(seg, sl)
		} else {
			s.addAll(seg, sl)
		}
		rest -= sl.most(seg)
	}
	s.keepBest(seg, dead, perfect)
}

// longList is how many facts a word must have for it to be worth asking whether they need to be gone through.
const longList = 256

// fullBM25 is what a term of a well-fitting fact scores, in units of its rarity.
const fullBM25 = 0.7 * (bm25K1 + 1)

// step is what one step of fit counts.
func (sl *slot) step() float32 { return sl.trust * sl.rarity * (bm25K1 + 1) * fitStep }

// most is the most that the word adds to the sum of any fact.
func (sl *slot) most(seg *segment) float32 {
	return sl.step() * float32(seg.best(sl.term))
}

// addAll adds a word to the sums of all facts that hold it.
func (s *scratch) addAll(seg *segment, sl *slot) {
	step := sl.step()
	if list, ok := seg.dense[sl.term]; ok {
		for d, fit := range list.fit {
			if fit > 0 {
				s.addTo(uint32(d), step*float32(fit))
			}
		}
		return
	}
	from, to := seg.list(sl.term)
	fits := seg.postFit[from:to]
	for j, d := range seg.postDoc[from:to] {
		s.addTo(d, step*float32(fits[j]))
	}
}

func (s *scratch) addTo(d uint32, amount float32) {
	if s.sums[d] == 0 {
		s.touched = append(s.touched, d)
	}
	s.sums[d] += amount
}

// addToTouched adds a word to the sums of the facts found already.
func (s *scratch) addToTouched(seg *segment, sl *slot) {
	step := sl.step()
	if list, ok := seg.dense[sl.term]; ok {
		for _, d := range s.touched {
			s.sums[d] += step * float32(list.fit[d])
		}
		return
	}
	from, to := seg.list(sl.term)
	if len(s.touched)*16 < int(to-from) {
		for _, d := range s.touched {
			s.sums[d] += step * float32(seg.fitOf(sl.term, d))
		}
		return
	}
	fits := seg.postFit[from:to]
	for j, d := range seg.postDoc[from:to] {
		if s.sums[d] > 0 {
			s.sums[d] += step * float32(fits[j])
		}
	}
}

// dropBelow drops the touched facts whose sums are below the limit.
func (s *scratch) dropBelow(limit float32) {
	kept := s.touched[:0]
	for _, d := range s.touched {
		if s.sums[d] < limit {
			s.sums[d] = 0
		} else {
			kept = append(kept, d)
		}
	}
	s.touched = kept
}

// keepBest turns the facts with the best sums into candidates and clears the sums.
func (s *scratch) keepBest(seg *segment, dead pages, perfect float32) {
	s.best = s.best[:0]
	cut := s.cutoff(maxCandidates)
	for _, d := range s.touched {
		if s.sums[d] >= cut && !dead.has(d) {
			s.best = append(s.best, found{d, s.sums[d]})
		}
		s.sums[d] = 0
	}
	if len(s.best) > maxCandidates {
		slices.SortFunc(s.best, func(a, b found) int {
			if a.sum != b.sum {
				return cmp.Compare(b.sum, a.sum)
			}
			return cmp.Compare(a.doc, b.doc)
		})
		s.best = s.best[:maxCandidates]
	}
	for _, f := range s.best {
		s.cands = append(s.cands, candidate{seg: seg, doc: f.doc, votes: Votes{BM25: float64(f.sum / perfect)}})
	}
}

// cutoff returns a sum that about limit of the touched facts reach, never fewer: it is found with a histogram in one pass.
func (s *scratch) cutoff(limit int) float32 {
	if len(s.touched) <= limit {
		return 0
	}
	var top float32
	for _, d := range s.touched {
		top = max(top, s.sums[d])
	}
	var bins [256]int
	scale := 255 / top
	for _, d := range s.touched {
		bins[int(s.sums[d]*scale)]++
	}
	n := 0
	for i := len(bins) - 1; i > 0; i-- {
		if n += bins[i]; n >= limit {
			return float32(i) / scale * 0.9999
		}
	}
	return 0
}
