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
	PhrCoverage float64 // of the best phrasing's rarity, how much the question holds
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
	r.Words, r.Named, r.Text = x.explain(s, best), x.named(s, best), folded
	r.Asks = folded
	return r
}

func (s *scratch) rankCandidates(x *Index) {
	s.ranked = s.ranked[:0]
	for i := range s.cands {
		c := &s.cands[i]
		c.score = float32(x.weights.rank(&c.votes)) + s.fromStory(c)
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
	var all, held float32
	for word, slot := range s.order {
		rarity, share := s.coverage(x, best, word, slot)
		if word < s.asked {
			rarity *= share // what else is told before a question does not speak against a fact
		}
		all += rarity
		held += rarity * share
	}
	if all > 0 {
		v.Coverage = float64(held / all)
	}
	v.PhrCoverage = s.phrasingCoverage(x, best)
	v.Length = math.Log(float64(len(s.order) + 1))
}

// heldByConcept is how far a fact holds a word that it has only by another word of the same concept.
const heldByConcept = 0.7

// coverage says how rare a word of the question is, and how much of it the best fact holds: less than all where the word was corrected, or
// where the fact only has its concept.
func (s *scratch) coverage(x *Index, best *candidate, word, slot int) (rarity, share float32) {
	concept := s.concept(word)
	switch slot {
	case unknownWord:
		return x.stats.unknown, 0
	case byConcept:
		rarity, share = x.stats.rarityOf(concept), 1
	default:
		rarity, share = s.slots[slot].rarity, s.slots[slot].trust
		if best.holds(s.slots[slot].term) {
			return rarity, share
		}
	}
	if concept != none && best.holds(concept) {
		return rarity, share * heldByConcept
	}
	return rarity, 0
}

// phrasingCoverage is the share of the best phrasing's rarity that the question holds.
func (s *scratch) phrasingCoverage(x *Index, best *candidate) float64 {
	var all, held float32
	s.phrWords = best.seg.phrWords(s.phrWords[:0], best.seg.docs[best.doc].firstPhr+uint32(best.phr))
	for i, w := range s.phrWords {
		t := x.deltaVocab.term(w)
		repeats := slices.ContainsFunc(s.phrWords[:i], func(before uint32) bool { return x.deltaVocab.term(before) == t })
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
	s := x.borrow()
	defer x.giveBack(s)
	s.story = s.story[:0]
	x.searchOnce(s, Fold(text), k)
	var out []Candidate
	for _, c := range s.ranked[:min(k, len(s.ranked))] {
		out = append(out, Candidate{c.id(), c.votes})
	}
	return out
}
