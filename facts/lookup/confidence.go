package lookup

import "math"

// The weights below were fitted by bench/calibrate (see bench/README.md for the figures and how to fit them again).

// ranking weighs the votes that order the candidates: a listwise logistic fit over the queries of the development sets.
var ranking = [...]float64{5.00, 3.48, 1.96, 6.80, 2.53, 4.14}

// rank adds up the votes.
func rank(v *Votes) float64 {
	sum := 0.0
	for i, x := range v.ranked() {
		sum += ranking[i] * x
	}
	return sum
}

// ranked returns the votes that order candidates, in the order of the weights.
func (v *Votes) ranked() [len(ranking)]float64 {
	return [...]float64{v.BM25, v.Words, v.Grams, v.GramsAll, v.PairsBayes, v.Explained}
}

// certainty weighs the figures that tell a right answer from a question no fact answers; the last is the constant.
var certainty = [...]float64{0.06, 2.13, -0.24, -0.07, 0.22, 1.70, 3.45, 2.68, 0.88, 1.12, 0.83, -2.32, 0.82, 0.73, -0.33, 0.74, -4.96}

// Ranked and Judged give the figures that the fitted weights go with, for calibration.
func (v *Votes) Ranked() []float64 { r := v.ranked(); return r[:] }

// Judged returns the figures behind Confidence.
func (v *Votes) Judged() []float64 { j := v.judged(); return j[:] }

func (v *Votes) judged() [len(certainty)]float64 {
	return [...]float64{
		rank(v), v.Share, v.BM25, v.Words, v.Grams, v.GramsAll, v.PairsBayes, v.Explained, v.Fit,
		v.Coverage, v.Coverage * v.Coverage, v.Known, v.PhrCoverage, v.Missing, v.Strange, v.Length, 1,
	}
}

// Threshold is the confidence from which a best hit is an answer.
const Threshold = 0.5

// leastConfidence is the confidence below which a hit counts as no answer at all, so that nobody who sets a threshold of their own tunes
// it on differences that mean nothing: there, on the public sets, unanswerable questions outnumber right answers.
const leastConfidence = 0.2

// Confidence is the fitted probability that the best hit answers the question, given that either it does or no fact does.
func Confidence(v *Votes) float64 {
	z := 0.0
	for i, x := range v.judged() {
		z += certainty[i] * x
	}
	p := 1 / (1 + math.Exp(-z))
	if p < leastConfidence {
		return 0
	}
	return p
}

// SetRanking and SetCertainty replace the fitted weights, for the calibration program alone: they may not be called while any index is searched.
func SetRanking(w []float64) { copy(ranking[:], w) }

// SetCertainty replaces the certainty weights; see SetRanking.
func SetCertainty(w []float64) { copy(certainty[:], w) }
