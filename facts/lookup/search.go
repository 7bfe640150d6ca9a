package lookup

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// scratch is the working memory of one search, reused.
type scratch struct {
	stem       stemmer
	ready      bool
	words      []string // of the question, corrected, then its concepts
	typed      []string
	trusts     []float32
	slots      []slot
	order      []int // the slot of each word in turn, or unknownWord or byConcept
	cover      []int // of each word, the place in words of the concept it is part of, -1 for none
	slotOf     []uint8
	grams      []uint16
	gramSet    *gramSet
	inQuestion []bool // by letter group

	acc        []float32 // BM25 by fact
	touched    []uint32
	cands      []candidate
	pairs      []pairCount // of words in a row in the question
	near       []neighbour // the phrasings nearest to the question, nearest first
	fit        float32     // how much of the question they explain
	kernel     [maxNeighbours][maxNeighbours]float32
	termAt     []uint16  // by term, its place plus one in the phrasing being compared
	gramWeight []float32 // by letter group, its squared rarity in that phrasing, zero elsewhere
	unknown    float32   // squared weight of the words no fact has
	nWords     int
	norm       float32
	gramNorm   float32
}

// slot is one distinct term of the question.
type slot struct {
	term   uint32
	weight float32 // its rarity, times the trust in its correction
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

type candidate struct {
	seg   *segment
	doc   uint32
	phr   int
	votes Votes
	score float32
}

// Votes are the figures a fact is judged by, each about 0 to 1.
type Votes struct {
	BM25        float64 // words over the whole fact, against what a perfect fit would have
	Words       float64 // best phrasing: cosine over words and pairs of words
	Grams       float64 // best phrasing: cosine over letter groups
	GramsAll    float64 // all phrasings together: cosine over letter groups
	PairsBayes  float64 // how much likelier the pairs of words are among this fact's phrasings than among the others'
	Explained   float64 // how much of the question the fact's phrasings explain, where the nearest phrasings of all facts share it out
	Fit         float64 // how much of the question the nearest phrasings of all facts explain together
	Share       float64 // of the best among all candidates (softmax of the scores)
	Coverage    float64 // of the question's rarity, how much the fact holds
	Known       float64 // of the question's rarity, how much any fact holds
	PhrCoverage float64 // of the best phrasing's rarity, how much the question holds
	Missing     float64 // the rarest word the fact lacks, against a word no fact has
	Strange     float64 // dictionary words that no fact has: what the question is about is not what the set is about
	Length      float64 // logarithm of the number of words
}

func (s *scratch) addTerm(x *Index, t uint32, trust float32, isWord bool) {
	if t == none {
		s.unknown += x.stats.unknown * x.stats.unknown
		s.order = append(s.order, unknownWord)
		return
	}
	i := slices.IndexFunc(s.slots, func(sl slot) bool { return sl.term == t })
	if i < 0 {
		if len(s.slots) == maxSlots {
			return
		}
		i = len(s.slots)
		s.slots = append(s.slots, slot{term: t, weight: trust * x.stats.rarityOf(t), rarity: x.stats.rarityOf(t), trust: trust})
	}
	if isWord {
		s.order = append(s.order, i)
	}
}

func (s *scratch) prepare(x *Index) {
	if !s.ready {
		s.stem, s.ready = newStemmer(), true
		s.gramSet = newGramSet()
		s.inQuestion = make([]bool, gramBuckets)
		s.gramWeight = make([]float32, gramBuckets)
	}
	if n := x.deltaVocab.size(); len(s.slotOf) < n {
		s.slotOf = make([]uint8, n+n/8)
		s.termAt = make([]uint16, n+n/8)
	}
	n := len(x.base.docs)
	if x.delta != nil {
		n = max(n, len(x.delta.docs))
	}
	if len(s.acc) < n {
		s.acc = make([]float32, n+n/8)
	}
	s.unknown = 0
}

// searchOnce searches with one reading of the question.
func (x *Index) searchOnce(s *scratch, folded string, k int) Result {
	s.prepare(x)
	x.analyse(s, folded)
	s.vectors(x)
	defer s.release()
	s.cands = s.cands[:0]
	s.collect(x, x.base, x.dead)
	if x.delta != nil {
		s.collect(x, x.delta, nil)
	}
	s.near = s.near[:0]
	for i := range s.cands {
		s.judge(x, i)
	}
	s.explainQuestion(x)
	for i := range s.cands {
		s.cands[i].score = float32(rank(&s.cands[i].votes))
	}
	slices.SortFunc(s.cands, compareCandidates)
	r := Result{}
	if len(s.cands) == 0 {
		r.Words, r.Named = x.explain(s, nil, 0, false), x.named(s, nil, 0, false)
		return r
	}
	best := &s.cands[0]
	s.lead(x, best)
	r.Votes = best.votes
	r.Words, r.Named = x.explain(s, best.seg, best.doc, true), x.named(s, best.seg, best.doc, true)
	s.hits(&r, k)
	return r
}

func compareCandidates(a, b candidate) int {
	if c := cmp.Compare(b.score, a.score); c != 0 {
		return c
	}
	return strings.Compare(a.id(), b.id())
}

func (c *candidate) id() string { return c.seg.docs[c.doc].id }

// hits fills in the k best. The others' confidence is the best one's, scaled by how far their scores lie apart.
func (s *scratch) hits(r *Result, k int) {
	confidence := Confidence(&r.Votes)
	first := s.cands[0].score
	for _, c := range s.cands[:min(k, len(s.cands))] {
		r.Hits = append(r.Hits, Hit{
			ID: c.id(), Score: float64(c.score), Phrasing: c.phr,
			Confidence: confidence * math.Exp(float64(c.score-first)),
		})
	}
}

// vectors computes the question's word and letter vectors.
func (s *scratch) vectors(x *Index) {
	sum := s.unknown
	for i := range s.slots {
		sl := &s.slots[i]
		sl.next = 0
		full := x.stats.rarityOf(sl.term)
		sum += full * full
		s.slotOf[sl.term] = uint8(i + 1)
	}
	s.pairs = s.pairs[:0]
	for i := 1; i < len(s.order); i++ {
		a, b := s.order[i-1], s.order[i]
		if a < 0 || b < 0 || s.slots[a].next&(1<<b) != 0 {
			continue
		}
		s.slots[a].next |= 1 << b
		s.pairs = append(s.pairs, pairCount{a: a, b: b})
		w := x.stats.pairWeight(s.slots[a].term, s.slots[b].term)
		sum += w * w
	}
	s.norm = sqrt(sum)
	s.nWords = len(s.order)
	s.grams = s.gramSet.appendTo(s.grams[:0], s.words)
	sum = 0
	for _, g := range s.grams {
		s.inQuestion[g] = true
		w := x.stats.gramRarity[g]
		sum += w * w
	}
	s.gramNorm = sqrt(sum)
}

// release clears what the next search expects clear.
func (s *scratch) release() {
	for _, sl := range s.slots {
		s.slotOf[sl.term] = 0
	}
	for _, g := range s.grams {
		s.inQuestion[g] = false
	}
}

// maxCandidates is how many facts are compared closely.
const maxCandidates = 64

// commonShare is the share of facts above which a word is too common to look for candidates by, where rarer words found enough.
const commonShare = 0.1

// collect picks the candidates of a segment by BM25.
func (s *scratch) collect(x *Index, seg *segment, dead map[uint32]bool) {
	order := make([]int, 0, maxSlots)
	for i := range s.slots {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(s.slots[b].rarity, s.slots[a].rarity) })
	perfect := s.unknownBM25(x)
	s.touched = s.touched[:0]
	for _, i := range order {
		sl := &s.slots[i]
		perfect += sl.rarity * fullBM25
		if int(sl.term)+1 >= len(seg.postFrom) {
			continue
		}
		from, to := seg.postFrom[sl.term], seg.postFrom[sl.term+1]
		if float64(to-from) > commonShare*float64(len(seg.docs)) && len(seg.docs) > 2000 && len(s.touched) >= 4*maxCandidates {
			s.addCommon(x, seg, sl)
			continue
		}
		s.addPostings(x, seg, sl, from, to)
	}
	s.keepBest(seg, dead, perfect)
}

// fullBM25 is what a term of a well-fitting fact scores, in units of its rarity.
const fullBM25 = 0.7 * (bm25K1 + 1)

func (s *scratch) unknownBM25(x *Index) float32 {
	n := float32(0)
	for _, o := range s.order {
		if o == unknownWord {
			n++
		}
	}
	return n * x.stats.unknown * fullBM25
}

func (s *scratch) addPostings(x *Index, seg *segment, sl *slot, from, to uint32) {
	w := sl.trust * sl.rarity * (bm25K1 + 1)
	perLength := float32(bm25K1*bm25B) / x.stats.avgLength
	for j := from; j < to; j++ {
		d := seg.postDoc[j]
		f := float32(seg.postFreq[j]) * freqStep
		if s.acc[d] == 0 {
			s.touched = append(s.touched, d)
		}
		s.acc[d] += w * f / (f + bm25K1*(1-bm25B) + perLength*seg.docs[d].length)
	}
}

// addCommon counts a common word only for the facts that rarer words found already.
func (s *scratch) addCommon(x *Index, seg *segment, sl *slot) {
	w := sl.trust * sl.rarity * (bm25K1 + 1)
	perLength := float32(bm25K1*bm25B) / x.stats.avgLength
	from, to := seg.postFrom[sl.term], seg.postFrom[sl.term+1]
	list := seg.postDoc[from:to]
	if len(s.touched)*16 > len(list) {
		for j, d := range list {
			if s.acc[d] != 0 {
				f := float32(seg.postFreq[from+uint32(j)]) * freqStep
				s.acc[d] += w * f / (f + bm25K1*(1-bm25B) + perLength*seg.docs[d].length)
			}
		}
		return
	}
	for _, d := range s.touched {
		if j, ok := slices.BinarySearch(list, d); ok {
			f := float32(seg.postFreq[from+uint32(j)]) * freqStep
			s.acc[d] += w * f / (f + bm25K1*(1-bm25B) + perLength*seg.docs[d].length)
		}
	}
}

// keepBest turns the facts with the best sums into candidates and clears the sums.
func (s *scratch) keepBest(seg *segment, dead map[uint32]bool, perfect float32) {
	first := len(s.cands)
	cut := s.cutoff(maxCandidates)
	for _, d := range s.touched {
		if a := s.acc[d]; a >= cut && !dead[d] {
			s.cands = append(s.cands, candidate{seg: seg, doc: d, votes: Votes{BM25: float64(a / perfect)}})
		}
		s.acc[d] = 0
	}
	if added := s.cands[first:]; len(added) > maxCandidates {
		slices.SortFunc(added, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(b.votes.BM25, a.votes.BM25), cmp.Compare(a.doc, b.doc))
		})
		s.cands = s.cands[:first+maxCandidates]
	}
}

// cutoff returns a sum that about limit of the touched facts reach, never fewer: it is found with a histogram in one pass.
func (s *scratch) cutoff(limit int) float32 {
	if len(s.touched) <= limit {
		return 0
	}
	var top float32
	for _, d := range s.touched {
		top = max(top, s.acc[d])
	}
	var bins [256]int
	scale := 255 / top
	for _, d := range s.touched {
		bins[int(s.acc[d]*scale)]++
	}
	n := 0
	for i := len(bins) - 1; i > 0; i-- {
		if n += bins[i]; n >= limit {
			return float32(i) / scale * 0.9999
		}
	}
	return 0
}

// judge compares the phrasings of the candidate at a place of the list with the question, one by one.
func (s *scratch) judge(x *Index, at int) {
	c := &s.cands[at]
	doc := &c.seg.docs[c.doc]
	var gramsAll, best float32
	v := &c.votes
	for i := range s.pairs {
		s.pairs[i].n = 0
	}
	for i := range doc.nPhrs {
		p := doc.firstPhr + i
		w := s.wordsCosine(x, c.seg, p)
		g := s.gramsCosine(x, c.seg, p)
		v.Words, v.Grams = max(v.Words, float64(w)), max(v.Grams, float64(g))
		s.keepNear(neighbour{cand: at, phr: p, likeness: (w + g) / 2})
		gramsAll += g
		if w+g > best || i == 0 {
			best, c.phr = w+g, int(i)
		}
	}
	v.GramsAll = float64(gramsAll / doc.gramsNorm)
	v.PairsBayes = float64(s.pairsBayes(x, doc)) / (10 * float64(max(1, s.nWords)))
}

// likelier is the logarithm of how much likelier a feature is in a phrasing of a fact (with of n) than in one of the others (all of
// total, the fact's own included). A little is added to every count, so that what was never seen is unlikely, not impossible.
func likelier(with, n, all, total float64) float64 {
	const a = 0.1
	return math.Log((with + a) * (total - n + 2*a) / ((n + 2*a) * (max(all-with, 0) + a)))
}

// wordsCosine is the cosine of the question and a phrasing over words and pairs of words; it also counts the pairs.
func (s *scratch) wordsCosine(x *Index, seg *segment, p uint32) float32 {
	var seen, seenPair uint64
	var sum float32
	before := -1
	for _, t := range seg.phrTerms(p) {
		i := int(s.slotOf[t]) - 1
		if i >= 0 {
			if seen&(1<<i) == 0 {
				seen |= 1 << i
				sum += s.slots[i].weight * x.stats.rarityOf(t)
			}
			if before >= 0 && s.slots[before].next&(1<<i) != 0 {
				k := slices.IndexFunc(s.pairs, func(c pairCount) bool { return c.a == before && c.b == i })
				if k >= 0 && (k >= 64 || seenPair&(1<<k) == 0) {
					seenPair |= 1 << (k & 63)
					s.pairs[k].n++
					w := x.stats.pairWeight(s.slots[before].term, t)
					sum += w * w
				}
			}
		}
		before = i
	}
	return sum / (s.norm * seg.phrs[p].wordsNorm)
}

func (s *scratch) gramsCosine(x *Index, seg *segment, p uint32) float32 {
	var sum float32
	for _, g := range seg.phrGrams(p) {
		if s.inQuestion[g] {
			w := x.stats.gramRarity[g]
			sum += w * w
		}
	}
	return sum / (s.gramNorm * seg.phrs[p].gramsNorm)
}

// pairCount counts a candidate's phrasings with a pair of the question's words.
type pairCount struct {
	a, b int
	n    uint16
}

func (s *scratch) pairsBayes(x *Index, doc *docEntry) (sum float32) {
	for _, p := range s.pairs {
		if all := *x.stats.pairs.slot(s.slots[p.a].term, s.slots[p.b].term); all > 0 {
			sum += float32(likelier(float64(p.n), float64(doc.nPhrs), float64(all), x.stats.nPhrs))
		}
	}
	return sum
}

// lead completes the votes of the best candidate with how it stands against the others and against the whole question.
func (s *scratch) lead(x *Index, best *candidate) {
	v := &best.votes
	total := 0.0
	for _, c := range s.cands {
		total += math.Exp(float64(c.score - best.score))
	}
	v.Share = 1 / total
	v.Fit = float64(s.fit)
	var c coverage
	for word, i := range s.order {
		s.cover1(x, best, word, i, &c)
	}
	if c.all > 0 {
		v.Coverage, v.Known = float64(c.held/c.all), float64(c.known/c.all)
	}
	v.Missing = float64(c.missing)
	v.Strange = min(1, float64(c.strange)/mostStrange)
	v.PhrCoverage = s.phrasingCoverage(x, best)
	v.Length = math.Log(float64(s.nWords + 1))
}

// coverage adds up the rarity of a question's words: of all, of those any fact has, of those the best fact has; and the rarest that the best
// fact lacks, against a word no fact has.
type coverage struct {
	all, known, held, missing float32
	strange                   int // dictionary words that no fact has
}

// mostStrange is how many strange words say all that strange words can say.
const mostStrange = 3

// heldByConcept is how far a fact holds a word that it has only by another word of the same concept.
const heldByConcept = 0.7

// cover1 adds one word to the coverage. A word the fact lacks counts as held by its concept, where the fact has that.
func (s *scratch) cover1(x *Index, best *candidate, word, i int, c *coverage) {
	concept := uint32(none)
	if s.cover[word] >= 0 {
		concept = x.deltaVocab.exact(s.words[s.cover[word]])
	}
	rarity, trust, held := x.stats.unknown, float32(1), false
	switch i {
	case unknownWord:
		c.all += rarity
		c.missing = 1
		if isGeneralWord(s.words[word], x.lang) {
			c.strange++
		}
		return
	case byConcept:
		rarity = x.stats.rarityOf(concept)
	default:
		rarity, trust = s.slots[i].rarity, s.slots[i].trust
		held = best.seg.hasWord(best.doc, s.slots[i].term)
	}
	if !held && best.seg.hasWord(best.doc, concept) {
		held, trust = true, trust*heldByConcept
	}
	c.all += rarity
	c.known += rarity * trust
	if held {
		c.held += rarity * trust
	} else {
		c.missing = max(c.missing, rarity*trust/x.stats.unknown)
	}
}

// phrasingCoverage is the share of the best phrasing's rarity that the question holds.
func (s *scratch) phrasingCoverage(x *Index, best *candidate) float64 {
	var all, held float32
	terms := best.seg.phrTerms(best.seg.docs[best.doc].firstPhr + uint32(best.phr))
	for i, t := range terms {
		if slices.Contains(terms[:i], t) || x.deltaVocab.isConcept(t) {
			continue
		}
		r := x.stats.rarityOf(t)
		all += r
		if s.slotOf[t] > 0 {
			held += r
		}
	}
	return float64(held / max(all, 1e-6))
}

// Candidate is a fact that was compared closely, with the figures it was judged by.
type Candidate struct {
	ID    string
	Votes Votes
}

// Candidates returns the k best facts for a question, for calibration.
func (x *Index) Candidates(text string, k int) []Candidate {
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	x.searchOnce(s, Fold(text), k)
	var out []Candidate
	for _, c := range s.cands[:min(k, len(s.cands))] {
		out = append(out, Candidate{c.id(), c.votes})
	}
	return out
}
