package lookup

import "math"

// How many figures the two models weigh.
const (
	nRanked = 6
	nJudged = 17
)

// Weights are the two fitted models of an index.
type Weights struct {
	// Ranking weighs the votes that order the candidates: a listwise logistic fit over the queries of development sets.
	Ranking [nRanked]float64
	// Certainty weighs the figures that tell a right answer from a question no fact answers; the last is the constant.
	Certainty [nJudged]float64
}

// fitted returns the weights in use. They were fitted by bench/calibrate: bench/README.md has the figures, and how to fit them again. Where there
// are names and a thesaurus, a word that no fact has says more, and the certainty was fitted to a set that has both as well.
func fitted(c concepts) Weights {
	w := Weights{
		Ranking:   [...]float64{5.00, 3.48, 1.96, 6.80, 2.53, 4.14},
		Certainty: [...]float64{0.06, 2.13, -0.24, -0.07, 0.22, 1.70, 3.45, 2.68, 0.88, 1.12, 0.83, -2.32, 0.82, 0.73, -0.33, 0.74, -4.96},
	}
	if len(c.byFirst) > 0 {
		w.Certainty = [...]float64{0.00, 2.21, -0.95, -2.73, -0.01, 1.46, 1.45, 2.26, 0.82, 3.07, 1.85, -3.03, 1.71, 0.05, -0.48, 1.04, -4.21}
	}
	return w
}

// Weighted returns the index with other weights, for the program that fits them.
func (x *Index) Weighted(w Weights) *Index {
	y := *x
	y.weights = &w
	return &y
}

// Ranked returns the figures that Ranking weighs.
func (v *Votes) Ranked() [nRanked]float64 {
	return [...]float64{v.BM25, v.Words, v.Grams, v.GramsAll, v.PairsBayes, v.Explained}
}

// Judged returns the figures that Certainty weighs, the fact's rank among them.
func (w *Weights) Judged(v *Votes) [nJudged]float64 {
	return [...]float64{
		w.rank(v), v.Share, v.BM25, v.Words, v.Grams, v.GramsAll, v.PairsBayes, v.Explained, v.Fit,
		v.Coverage, v.Coverage * v.Coverage, v.Known, v.PhrCoverage, v.Missing, v.Strange, v.Length, 1,
	}
}

// rank adds up the votes.
func (w *Weights) rank(v *Votes) float64 {
	sum := 0.0
	for i, x := range v.Ranked() {
		sum += w.Ranking[i] * x
	}
	return sum
}

// Threshold is the confidence from which a best hit is an answer.
const Threshold = 0.5

// leastConfidence is the confidence below which a hit counts as no answer at all, so that nobody who sets a threshold of their own tunes
// it on differences that mean nothing: there, on the public sets, unanswerable questions outnumber right answers.
const leastConfidence = 0.2

// confidence is the fitted probability that the best hit answers the question, given that either it does or no fact does.
func (w *Weights) confidence(v *Votes) float64 {
	z := 0.0
	for i, x := range w.Judged(v) {
		z += w.Certainty[i] * x
	}
	p := 1 / (1 + math.Exp(-z))
	if p < leastConfidence {
		return 0
	}
	return p
}
