package lookup

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// candidate is a fact that is compared closely.
type candidate struct {
	seg   *segment
	doc   uint32
	phr   int // its phrasing that fits best
	votes Votes
	score float32
}

func (c *candidate) id() string { return c.seg.docs[c.doc].id }

// holds reports whether the fact holds the term anywhere. No candidate at all holds nothing.
func (c *candidate) holds(t uint32) bool { return c != nil && c.seg.hasWord(c.doc, t) }

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

// searchOnce searches with one reading of the question.
func (x *Index) searchOnce(s *scratch, folded string, k int) Result {
	s.fitTo(x)
	x.analyse(s, folded)
	s.vectors(x)
	defer s.release()
	s.cands = s.cands[:0]
	s.collect(x, x.base, x.dead)
	if x.delta != nil {
		s.collect(x, x.delta, nil)
	}
	s.judgeAll(x)
	s.explainQuestion(x)
	s.rankCandidates(x)
	r := Result{}
	var best *candidate
	if len(s.ranked) > 0 {
		best = s.ranked[0]
		s.lead(x, best)
		r.Votes = best.votes
		s.hits(x, &r, k)
	}
	r.Words, r.Named = x.explain(s, best), x.named(s, best)
	return r
}

func (s *scratch) rankCandidates(x *Index) {
	s.ranked = s.ranked[:0]
	for i := range s.cands {
		c := &s.cands[i]
		c.score = float32(x.weights.rank(&c.votes))
		s.ranked = append(s.ranked, c)
	}
	slices.SortFunc(s.ranked, func(a, b *candidate) int {
		if a.score != b.score {
			return cmp.Compare(b.score, a.score)
		}
		return strings.Compare(a.id(), b.id())
	})
}

// hits fills in the k best. The others' confidence is the best one's, scaled by how far their scores lie apart.
func (s *scratch) hits(x *Index, r *Result, k int) {
	confidence := x.weights.confidence(&r.Votes)
	first := s.ranked[0].score
	r.Hits = make([]Hit, min(k, len(s.ranked)))
	for i := range r.Hits {
		c := s.ranked[i]
		r.Hits[i] = Hit{
			ID: c.id(), Score: float64(c.score), Phrasing: c.phr,
			Confidence: confidence * math.Exp(float64(c.score-first)),
		}
	}
}

// lead completes the votes of the best candidate with how it stands against the others and against the whole question.
func (s *scratch) lead(x *Index, best *candidate) {
	v := &best.votes
	total := 0.0
	for i := range s.cands {
		total += math.Exp(float64(s.cands[i].score - best.score))
	}
	v.Share = 1 / total
	v.Fit = float64(s.fit)
	var c coverage
	for word, i := range s.order {
		s.coverWord(x, best, word, i, &c)
	}
	if c.all > 0 {
		v.Coverage, v.Known = float64(c.held/c.all), float64(c.known/c.all)
	}
	v.Missing = float64(c.missing)
	v.Strange = min(1, float64(c.strange)/mostStrange)
	v.PhrCoverage = s.phrasingCoverage(x, best)
	v.Length = math.Log(float64(len(s.order) + 1))
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

// coverWord adds one word to the coverage. A word the fact lacks counts as held by its concept, where the fact has that.
func (s *scratch) coverWord(x *Index, best *candidate, word, i int, c *coverage) {
	concept := s.concept(word)
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
		held = best.holds(s.slots[i].term)
	}
	if !held && concept != none && best.holds(concept) {
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
	words := best.seg.phrWords(best.seg.docs[best.doc].firstPhr + uint32(best.phr))
	for i, w := range words {
		t := x.deltaVocab.term(w)
		repeats := slices.ContainsFunc(words[:i], func(before uint32) bool { return x.deltaVocab.term(before) == t })
		if repeats || x.deltaVocab.isConcept(t) {
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
	for _, c := range s.ranked[:min(k, len(s.ranked))] {
		out = append(out, Candidate{c.id(), c.votes})
	}
	return out
}
