package lookup

import "math"

// The weights below were fitted by bench/calibrate (see bench/README.md for the figures and how to fit them again).

// ranking weighs the votes that order the candidates: a listwise logistic fit over the queries of the development sets.
var ranking = [...]float64{6.94, 5.54, 1.34, -1.71, 4.35, 2.86, 5.72, -11.39, 6.50, 4.29, -0.56}

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
	return [...]float64{v.BM25, v.Words, v.Grams, v.Words3, v.Grams3, v.WordsAll, v.GramsAll, v.TermsBayes, v.TermsModel, v.PairsBayes, v.GramsBayes}
}

// certainty weighs the figures that tell a right answer from a question no fact answers; the last is the constant.
var certainty = [...]float64{0.07, 1.54, 0.12, -1.00, 1.75, 3.08, 0.85, -3.61, 7.55, 3.80, 4.03, 0.95, 1.17, 0.72, -0.63, -0.96, -0.43, 0.50, 0.27, 0.41, -0.29, 1.55, 0.04, -6.00}

// Ranked and Judged give the figures that the fitted weights go with, for calibration.
func (v *Votes) Ranked() []float64 { r := v.ranked(); return r[:] }

// Judged returns the figures behind Confidence.
func (v *Votes) Judged() []float64 { j := v.judged(); return j[:] }

func (v *Votes) judged() [len(certainty)]float64 {
	return [...]float64{
		rank(v), v.Share, v.Words, v.Grams, v.Words3, v.Grams3, v.Coverage, v.TermsBayes, v.TermsModel, v.PairsBayes, v.GramsBayes,
		v.Length, v.PhrCoverage, v.Missing, v.BM25, v.Known,
		v.Words * v.Coverage, v.Share * v.Words, v.Coverage * v.Coverage, v.Grams * v.Coverage, v.Words * v.Words, v.Share * v.Coverage, v.Length * v.Coverage, 1,
	}
}

// Threshold is the confidence from which a best hit is an answer.
const Threshold = 0.5

// Confidence is the fitted probability that the best hit answers the question, given that either it does or no fact does.
func Confidence(v *Votes) float64 {
	z := 0.0
	for i, x := range v.judged() {
		z += certainty[i] * x
	}
	return 1 / (1 + math.Exp(-z))
}

// SetRanking and SetCertainty replace the fitted weights, for the calibration program alone: they may not be called while any index is searched.
func SetRanking(w []float64) { copy(ranking[:], w) }

// SetCertainty replaces the certainty weights; see SetRanking.
func SetCertainty(w []float64) { copy(certainty[:], w) }
