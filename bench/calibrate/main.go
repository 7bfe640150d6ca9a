// Calibrate fits the weights of facts/lookup on question sets and prints them with what they reach.
//
//	go run ./calibrate DIR [DIR ...]
//
// Each DIR holds facts.jsonl, dev.jsonl and, to measure on, test.jsonl and test_typo.jsonl, in the form `testigo lookup` reads. Only
// dev.jsonl is fitted to. Two models are fitted: the ranking (which fact fits best: a listwise logistic fit over the candidates
// of each answerable query) and the certainty (does the best fact answer at all: a logistic fit, right answers against
// questions that no fact answers). Every set counts alike, whatever its size.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"testigo/facts/lookup"
)

type query struct {
	Query string   `json:"query"`
	Lang  string   `json:"lang"`
	Gold  []string `json:"gold"`
}

type entry struct {
	ID           string   `json:"id"`
	Lang         string   `json:"lang"`
	Question     string   `json:"question"`
	Alternatives []string `json:"alternatives"`
	Answer       string   `json:"answer"`
}

type set struct {
	name            string
	index           *lookup.Index
	dev, test, typo []query
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: calibrate DIR [DIR ...]")
	}
	var sets []set
	for _, dir := range os.Args[1:] {
		sets = append(sets, load(dir))
	}
	ranking := fitRanking(sets)
	fmt.Printf("ranking   %.2f\n", ranking)
	lookup.SetRanking(ranking)
	certainty := fitCertainty(sets)
	fmt.Printf("certainty %.2f\n", certainty)
	lookup.SetCertainty(certainty)
	fmt.Printf("%-16s %6s %6s | %6s %6s %6s | %6s %6s %6s\n", "set", "right", "typo", "joint", "ref", "own", "typo:j", "ref", "own")
	for _, s := range sets {
		report(s)
	}
}

func load(dir string) set {
	var docs []lookup.Doc
	lang := lookup.English
	for _, e := range read[entry](filepath.Join(dir, "facts.jsonl")) {
		docs = append(docs, lookup.Doc{ID: e.ID, Question: e.Question, Phrasings: e.Alternatives, Answer: e.Answer})
		if e.Lang == "es" {
			lang = lookup.Spanish
		}
	}
	return set{
		filepath.Base(dir), lookup.New(lang, docs, nil),
		read[query](filepath.Join(dir, "dev.jsonl")),
		read[query](filepath.Join(dir, "test.jsonl")),
		read[query](filepath.Join(dir, "test_typo.jsonl")),
	}
}

func read[T any](name string) (out []T) {
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var x T
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		out = append(out, x)
	}
	return out
}

// each calls f for every query, on all processors.
func each(queries []query, f func(i int, q query)) {
	var wg sync.WaitGroup
	n := runtime.NumCPU()
	for k := range n {
		wg.Go(func() {
			for i := k; i < len(queries); i += n {
				f(i, queries[i])
			}
		})
	}
	wg.Wait()
}

// contest is one query's candidates and which of them is right.
type contest struct {
	votes  [][]float64
	right  int
	weight float64
}

func fitRanking(sets []set) []float64 {
	var all []contest
	for _, s := range sets {
		found := make([]contest, len(s.dev))
		each(s.dev, func(i int, q query) {
			c := contest{right: -1}
			for k, hit := range s.index.Candidates(q.Query, 30) {
				if slices.Contains(q.Gold, hit.ID) && c.right < 0 {
					c.right = k
				}
				c.votes = append(c.votes, hit.Votes.Ranked())
			}
			found[i] = c
		})
		found = slices.DeleteFunc(found, func(c contest) bool { return c.right < 0 })
		for i := range found {
			found[i].weight = 1 / float64(len(found))
		}
		all = append(all, found...)
	}
	w := make([]float64, len(all[0].votes[0]))
	for i := range w {
		w[i] = 2
	}
	descend(w, 400, 2e-4, func(gradient []float64) {
		for _, c := range all {
			p := softmax(c.votes, w)
			p[c.right]--
			for i, votes := range c.votes {
				for k, x := range votes {
					gradient[k] += c.weight * p[i] * x
				}
			}
		}
	})
	return w
}

func softmax(votes [][]float64, w []float64) []float64 {
	p := make([]float64, len(votes))
	top := math.Inf(-1)
	for i, v := range votes {
		for k, x := range v {
			p[i] += w[k] * x
		}
		top = max(top, p[i])
	}
	sum := 0.0
	for i := range p {
		p[i] = math.Exp(p[i] - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// descend minimises by Adam, with a pull of the weights to zero.
func descend(w []float64, steps int, pull float64, gradient func([]float64)) {
	m, v := make([]float64, len(w)), make([]float64, len(w))
	for range steps {
		g := make([]float64, len(w))
		gradient(g)
		for k := range w {
			g[k] += pull * w[k]
			m[k] = 0.9*m[k] + 0.1*g[k]
			v[k] = 0.99*v[k] + 0.01*g[k]*g[k]
			w[k] -= 0.1 * m[k] / (math.Sqrt(v[k]) + 1e-8)
		}
	}
}

// outcome is what became of one query.
type outcome struct {
	answerable, right bool
	figures           []float64
	confidence        float64
}

func outcomes(s set, queries []query) []outcome {
	out := make([]outcome, len(queries))
	each(queries, func(i int, q query) {
		r := s.index.Search(q.Query, 3)
		o := outcome{answerable: len(q.Gold) > 0}
		o.figures = r.Votes.Judged()
		if len(r.Hits) > 0 {
			o.right = slices.Contains(q.Gold, r.Hits[0].ID)
			o.confidence = r.Hits[0].Confidence
		}
		out[i] = o
	})
	return out
}

var prior, pull = 0.5, 0.01

func init() {
	if v := os.Getenv("PRIOR"); v != "" {
		fmt.Sscan(v, &prior)
		fmt.Sscan(os.Getenv("PULL"), &pull)
	}
}

func fitCertainty(sets []set) []float64 {
	type example struct {
		x         []float64
		y, weight float64
	}
	var all []example
	for _, s := range sets {
		var right, other []outcome
		for _, o := range outcomes(s, s.dev) {
			switch {
			case o.right:
				right = append(right, o)
			case !o.answerable:
				other = append(other, o)
			}
		}
		for _, o := range right {
			all = append(all, example{o.figures, 1, prior / float64(len(right))})
		}
		for _, o := range other {
			all = append(all, example{o.figures, 0, (1 - prior) / float64(len(other))})
		}
	}
	// The figures are brought to one scale for the fit, and the weights back after it.
	n := len(all[0].x)
	mean, spread := make([]float64, n), make([]float64, n)
	for k := range n {
		for _, e := range all {
			mean[k] += e.weight * e.x[k] / float64(len(sets))
		}
		for _, e := range all {
			spread[k] += e.weight * (e.x[k] - mean[k]) * (e.x[k] - mean[k]) / float64(len(sets))
		}
		spread[k] = math.Sqrt(spread[k])
		if spread[k] < 1e-9 {
			mean[k], spread[k] = 0, 1
		}
	}
	w := make([]float64, n)
	descend(w, 400, pull, func(gradient []float64) {
		for _, e := range all {
			z := 0.0
			for k, x := range e.x {
				z += w[k] * (x - mean[k]) / spread[k]
			}
			miss := e.weight * (1/(1+math.Exp(-z)) - e.y)
			for k, x := range e.x {
				gradient[k] += miss * (x - mean[k]) / spread[k]
			}
		}
	})
	out := make([]float64, n)
	constant := 0.0
	for k := range n {
		out[k] = w[k] / spread[k]
		constant -= out[k] * mean[k]
	}
	out[n-1] += constant // the last figure is always 1
	return out
}

func report(s set) {
	dev, test, typo := outcomes(s, s.dev), outcomes(s, s.test), outcomes(s, s.typo)
	cut := bestCut(dev)
	j, ref := joint(test, cut)
	own, _ := joint(test, lookup.Threshold)
	bt, _ := joint(test, bestCut(test))
	fmt.Printf("   cut %.3f best on test %.1f\n", cut, bt)
	tj, tref := joint(typo, cut)
	town, _ := joint(typo, lookup.Threshold)
	fmt.Printf("%-16s %6.1f %6.1f | %6.1f %6.1f %6.1f | %6.1f %6.1f %6.1f\n", s.name, right(test), right(typo), j, ref, own, tj, tref, town)
}

func right(list []outcome) float64 {
	n, k := 0, 0
	for _, o := range list {
		if o.answerable {
			n++
			if o.right {
				k++
			}
		}
	}
	return 100 * float64(k) / float64(max(1, n))
}

// joint is the share of queries answered rightly or refused rightly, and the share of unanswerable ones refused.
func joint(list []outcome, cut float64) (all, refused float64) {
	ok, out, kept := 0, 0, 0
	for _, o := range list {
		answered := o.confidence >= cut
		switch {
		case o.answerable && answered && o.right:
			ok++
		case !o.answerable:
			out++
			if !answered {
				ok++
				kept++
			}
		}
	}
	return 100 * float64(ok) / float64(max(1, len(list))), 100 * float64(kept) / float64(max(1, out))
}

// bestCut is the confidence from which answering gives the best joint figure.
func bestCut(list []outcome) float64 {
	var cuts []float64
	for _, o := range list {
		cuts = append(cuts, o.confidence)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	best, at := -1.0, 0.0
	for i := 0; i < len(cuts); i += max(1, len(cuts)/400) {
		if j, _ := joint(list, cuts[i]); j > best {
			best, at = j, cuts[i]
		}
	}
	return at
}
