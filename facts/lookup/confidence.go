package lookup

import "math"

// How many figures the two models weigh.
const (
	nRanked = 6
	nJudged = 14
)

// Weights are the two fitted models of an index.
type Weights struct {
	// Ranking weighs the votes that order the candidates: a listwise logistic fit over the queries of development sets.
	Ranking [nRanked]float64
	// Certainty weighs the figures that tell a right answer from a question no fact answers; the last is the constant.
	Certainty [nJudged]float64
}

// fitted returns the weights in use. They were fitted by bench/calibrate: bench/README.md has the figures, and how to fit them again. Where there
// are names and a thesaurus, the words a fact holds anywhere say more, and both models were fitted to a set that has them as well.
func fitted(c *concepts, facts int) Weights {
	w := Weights{
		Ranking:   [...]float64{5.00, 3.48, 1.96, 6.80, 2.53, 4.14},
		Certainty: [...]float64{0.05, 2.31, -0.51, -0.62, 0.51, 1.45, 3.70, 2.90, -0.45, 0.42, 0.35, 1.28, 0.43, -4.76},
	}
	if len(c.forms) > 0 {
		w.Ranking = [...]float64{9.02, 1.80, 2.59, 3.58, 3.34, 5.32}
		w.Certainty = [...]float64{-0.00, 2.55, -1.22, -3.24, 0.62, 2.00, 0.89, 2.46, -0.69, 2.01, 1.94, 2.17, 0.50, -5.07}
		w.Certainty[nJudged-1] += guarded
		if facts >= guardedWell {
			w.Certainty[nJudged-1] += guardedMore
		}
	}
	return w
}

// guarded is added to the constant where a set has names: there what is found is looked at once more, and the package facts refuses by what a
// question takes for granted, or asks for, two thirds of the unanswerable questions that get so far. One that is not refused so is the
// likelier to be answered. In a set of at least guardedWell facts the guard can also tell what nobody ever wrote of from what a few facts happen
// not to mention, and a little more is added. Of the set that ships, 0.8 gives more wrong answers and hardly more right ones.
const (
	guarded     = 0.5
	guardedWell = 250
	guardedMore = 0.1
)

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
		v.Coverage, v.Coverage * v.Coverage, v.PhrCoverage, v.Length, 1,
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
