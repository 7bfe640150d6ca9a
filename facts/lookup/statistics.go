package lookup

import (
	"math"
	"slices"
)

// statistics are the counts an index weighs words by. A delta uses its base's, and its new words count as rare as can be: a few
// changed facts among many do not change what is rare.
type statistics struct {
	nPhrs      float64
	avgLength  float32
	rarity     []float32 // by term, over facts
	pairs      pairTable
	gramRarity gramRarity // over phrasings
	unknown    float32    // rarity of a word no fact has
}

// pairWeight is how much two words in a row count in a phrasing, beside the words themselves.
const pairWeight = 0.5

// averageLength is the mean of the facts' weighted numbers of words.
func averageLength(filings []*filing) float32 {
	total, n := 0.0, 0
	for _, f := range filings {
		for _, length := range f.lengths {
			total += float64(length)
		}
		n += len(f.lengths)
	}
	return float32(max(total, 1) / max(1, float64(n)))
}

// newStatistics counts what stands in the segment, whose average length has been found already.
func newStatistics(s *segment, v *vocabulary, avgLength float32) *statistics {
	nDocs := float64(len(s.docs))
	st := &statistics{nPhrs: float64(len(s.phrs)), avgLength: avgLength, unknown: rarity(nDocs, 0)}
	st.rarity = make([]float32, v.nTerms())
	for t := range st.rarity {
		st.rarity[t] = rarity(nDocs, float64(s.docsWith(uint32(t))))
	}
	counts := make([]phrasingCounts, runs(len(s.phrs)))
	sideBySide(len(s.phrs), func(run, from, to int) { counts[run] = countPhrasings(s, v, from, to) })
	for _, c := range counts[1:] {
		counts[0].add(c)
	}
	st.pairs = counts[0].pairs.table()
	st.gramRarity = newGramRarity(st.nPhrs, counts[0].grams)
	return st
}

// phrasingCounts are the numbers of phrasings with each letter group and with each pair of terms.
type phrasingCounts struct {
	grams []uint32
	pairs pairCounts
}

func countPhrasings(s *segment, v *vocabulary, from, to int) phrasingCounts {
	c := phrasingCounts{make([]uint32, gramBuckets), newPairCounts(s.words.len())}
	set := newGramSet()
	var grams []uint16
	var words []uint32
	for i := from; i < to; i++ {
		words = s.phrWords(words[:0], uint32(i))
		before := none
		for _, w := range words {
			t := v.term(w)
			if before != none && !v.isConcept(t) {
				c.pairs.count(before, t)
			}
			before = t
		}
		grams = set.appendTo(grams[:0], v, words)
		for _, g := range grams {
			c.grams[g]++
		}
	}
	return c
}

func (c *phrasingCounts) add(more phrasingCounts) {
	for g, n := range more.grams {
		c.grams[g] += n
	}
	for i, n := range more.pairs.counts {
		c.pairs.counts[i] += min(n, math.MaxUint8-c.pairs.counts[i])
	}
}

// rarity is the inverse document frequency, of the form that is never negative, dampened so that one very rare word does not outweigh all
// others: of the powers tried (0.7, 0.75, 1) this one was right most often on the public sets.
func rarity(n, df float64) float32 {
	return float32(math.Pow(math.Log(1+(n-df+0.5)/(df+0.5)), 0.75))
}

// rarityOf is what a term counts: its rarity, or that of a word no fact has where it came with a change.
func (st *statistics) rarityOf(t uint32) float32 {
	if int(t) < len(st.rarity) {
		return st.rarity[t]
	}
	return st.unknown
}

func (st *statistics) pairWeight(a, b uint32) float32 {
	return pairWeight / 2 * (st.rarityOf(a) + st.rarityOf(b))
}

// pairCounts counts phrasings by the pairs of terms in them, in a table indexed by hash: two rare pairs may share a count. It stops at 255, from
// where one more or less says nothing.
type pairCounts struct {
	counts []uint8
	mask   uint32
}

// newPairCounts returns a table for about as many pairs as there are words.
func newPairCounts(nWords int) pairCounts {
	size := 1 << 12
	for size < 4*nWords && size < 1<<20 {
		size <<= 1
	}
	return pairCounts{make([]uint8, size), uint32(size - 1)}
}

func (p pairCounts) slot(a, b uint32) uint32 {
	h := (a*2654435761 ^ b) * 2246822519
	return (h>>12 ^ h) & p.mask
}

func (p pairCounts) count(a, b uint32) {
	if n := &p.counts[p.slot(a, b)]; *n < math.MaxUint8 {
		*n++
	}
}

// pairTable is what is kept of pairCounts: of the slots of the table few hold anything.
type pairTable struct {
	pairCounts // the counts by rank, not by slot
	slots      ranks
}

func (p pairCounts) table() pairTable {
	t := pairTable{pairCounts{mask: p.mask}, newRanks(len(p.counts))}
	for slot, n := range p.counts {
		if n > 0 {
			t.slots.add(uint32(slot))
		}
	}
	t.counts = make([]uint8, 0, t.slots.count())
	for _, n := range p.counts {
		if n > 0 {
			t.counts = append(t.counts, n)
		}
	}
	return t
}

func (t *pairTable) of(a, b uint32) uint8 {
	slot := t.slot(a, b)
	if !t.slots.held.has(slot) {
		return 0
	}
	return t.counts[t.slots.of(slot)]
}

// gramRarity is the rarity of letter groups, most of which are in no phrasing and are all equally rare.
type gramRarity struct {
	known  ranks
	rarity []float32 // by rank
	other  float32
}

func newGramRarity(nPhrs float64, counts []uint32) gramRarity {
	r := gramRarity{known: newRanks(len(counts)), other: rarity(nPhrs, 0)}
	for g, n := range counts {
		if n > 0 {
			r.known.add(uint32(g))
		}
	}
	r.rarity = make([]float32, 0, r.known.count())
	for _, n := range counts {
		if n > 0 {
			r.rarity = append(r.rarity, rarity(nPhrs, float64(n)))
		}
	}
	return r
}

func (r *gramRarity) of(g uint16) float32 {
	if !r.known.held.has(uint32(g)) {
		return r.other
	}
	return r.rarity[r.known.of(uint32(g))]
}

// measurer computes the lengths of vectors, a run of facts at a time.
type measurer struct {
	seg     *segment
	stats   *statistics
	vocab   *vocabulary
	set     gramSet
	gramSum []float32 // by letter group, of the fact at hand
	grams   []uint16  // of its phrasings, one after another
	words   []uint32  // of the phrasing at hand
	terms   []uint32  // likewise
}

// setNorms computes the lengths of the vectors of each phrasing, and of the sum of its letter vectors for each fact.
func (s *segment) setNorms(st *statistics, v *vocabulary) {
	sideBySide(len(s.docs), func(_, from, to int) {
		m := &measurer{seg: s, stats: st, vocab: v, set: newGramSet(), gramSum: make([]float32, gramBuckets)}
		for d := from; d < to; d++ {
			m.measure(&s.docs[d])
		}
	})
}

func (m *measurer) measure(doc *docEntry) {
	m.grams = m.grams[:0]
	for i := doc.firstPhr; i < doc.firstPhr+doc.nPhrs; i++ {
		p := &m.seg.phrs[i]
		m.words = m.seg.phrWords(m.words[:0], i)
		p.wordsNorm = m.wordsNorm(m.words)
		from := len(m.grams)
		m.grams = m.set.appendTo(m.grams, m.vocab, m.words)
		var sum float32
		for _, g := range m.grams[from:] {
			w := m.stats.gramRarity.of(g)
			sum += w * w
		}
		p.gramsNorm = sqrt(sum)
		for _, g := range m.grams[from:] {
			m.gramSum[g] += m.stats.gramRarity.of(g) / p.gramsNorm
		}
	}
	var sum float32
	for _, g := range m.grams {
		sum += m.gramSum[g] * m.gramSum[g]
		m.gramSum[g] = 0
	}
	doc.gramsNorm = sqrt(sum)
}

func (m *measurer) wordsNorm(words []uint32) float32 {
	m.terms = m.terms[:0]
	for _, w := range words {
		m.terms = append(m.terms, m.vocab.term(w))
	}
	var sum float32
	for k, t := range m.terms {
		if !slices.Contains(m.terms[:k], t) {
			w := m.stats.rarityOf(t)
			sum += w * w
		}
		if k > 0 && !m.vocab.isConcept(t) {
			w := m.stats.pairWeight(m.terms[k-1], t)
			sum += w * w
		}
	}
	return sqrt(sum)
}

// sqrt keeps clear of zero, so that nothing is divided by it.
func sqrt(x float32) float32 { return float32(math.Sqrt(max(float64(x), 1e-12))) }
