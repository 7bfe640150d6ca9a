// Calibrate fits the weights of facts/lookup on question sets and prints them with what they reach.
//
//	go run ./calibrate [-pack QUESTIONS.jsonl] [DIR ...]
//
// -pack adds the set that ships, a set for each language, with the questions of the file: every other one is fitted to, the rest are
// measured on.
// Each DIR holds facts.jsonl, dev.jsonl and, to measure on, test.jsonl and test_typo.jsonl, in the form `testigo lookup` reads. Only
// dev.jsonl is fitted to. Two models are fitted: the ranking (which fact fits best: a listwise logistic fit over the candidates
// of each answerable query) and the certainty (does the best fact answer at all: a logistic fit, right answers against
// questions that no fact answers). Every set counts alike, whatever its size; queries with typing slips and questions
// for facts taken out are made from dev.jsonl and fitted to as well.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"testigo/facts"
	"testigo/facts/lookup"
	"testigo/facts/packs"
)

type query struct {
	Query string   `json:"query"`
	Lang  string   `json:"lang"`
	Gold  []string `json:"gold"`
	Kind  string   `json:"kind"`
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
	weights         lookup.Weights // of the index, once fitted
	dev, test, typo []query
	contests        []contest // of dev, to fit the ranking to
}

func main() {
	log.SetFlags(0)
	pack := flag.String("pack", "", "`file` with questions for the set that ships")
	flag.Parse()
	var sets []set
	for _, dir := range flag.Args() {
		s := load(dir)
		s.contests = contests(s)
		sets = append(sets, s)
	}
	if *pack != "" {
		sets = append(sets, shipped(*pack)...)
	}
	if flag.NArg() == 0 && *pack == "" {
		flag.Usage()
		os.Exit(2)
	}
	w := fit(sets)
	fmt.Printf("Ranking:   %s,\nCertainty: %s,\n", inGo(w.Ranking[:]), inGo(w.Certainty[:]))
	fmt.Printf("%-16s %6s %6s | %6s %6s %6s | %6s %6s %6s\n", "set", "right", "typo", "joint", "ref", "own", "typo:j", "ref", "own")
	for _, s := range sets {
		report(s.weighted(w))
	}
	if len(sets) > 1 {
		fmt.Println("\nEach set by weights fitted to the others alone:")
		for i, s := range sets {
			report(s.weighted(fit(slices.Concat(sets[:i:i], sets[i+1:]))))
		}
	}
}

// fit fits both models to the sets: the certainty to what the fitted ranking finds best.
func fit(sets []set) (w lookup.Weights) {
	copy(w.Ranking[:], fitRanking(sets))
	ranked := make([]set, len(sets))
	for i, s := range sets {
		ranked[i] = s.weighted(w)
	}
	copy(w.Certainty[:], fitCertainty(ranked))
	return w
}

// weighted returns the set with an index of other weights.
func (s set) weighted(w lookup.Weights) set {
	s.index, s.weights = s.index.Weighted(w), w
	return s
}

// inGo writes weights as they stand in facts/lookup/confidence.go.
func inGo(weights []float64) string {
	list := make([]string, len(weights))
	for i, w := range weights {
		list[i] = strconv.FormatFloat(w, 'f', 2, 64)
	}
	return "[...]float64{" + strings.Join(list, ", ") + "}"
}

// slips makes one or two typing errors in a query.
func slips(text string, seed int) string {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	b := []byte(text)
	for range 1 + r.IntN(2) {
		i := r.IntN(len(b))
		for k := 0; k < 20 && (b[i] == ' ' || b[i] >= 128); k++ {
			i = r.IntN(len(b))
		}
		switch r.IntN(4) {
		case 0:
			b[i] = neighbour(b[i], r)
		case 1:
			b = append(b[:i], b[i+1:]...)
		case 2:
			if i+1 < len(b) {
				b[i], b[i+1] = b[i+1], b[i]
			}
		case 3:
			b = slices.Insert(b, i, neighbour(b[i], r))
		}
		if len(b) == 0 {
			return text
		}
	}
	return string(b)
}

// neighbour returns the key beside c.
func neighbour(c byte, r *rand.Rand) byte {
	for _, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		if i := strings.IndexByte(row, c); i >= 0 {
			return row[max(0, min(len(row)-1, i+2*r.IntN(2)-1))]
		}
	}
	return c
}

// shipped makes a set of each language of the set that ships.
func shipped(questions string) (sets []set) {
	pack, err := facts.LoadChecked("shipped", packs.Ayotzinapa())
	if err != nil {
		log.Fatal(err)
	}
	engine := facts.NewEngine(pack)
	for _, lang := range facts.Langs {
		s := set{name: "shipped-" + string(lang), index: engine.Lookup(lang)}
		for i, q := range read[query](questions) {
			switch {
			case q.Lang != string(lang) || q.Kind == "premise":
				// A false premise is refused by the engine's guard, not by the search core.
			case i%2 == 0:
				s.dev = append(s.dev, q)
			default:
				s.test = append(s.test, q)
			}
		}
		s.contests = contests(s)
		for i, q := range s.test {
			q.Query = slips(q.Query, i)
			s.typo = append(s.typo, q)
		}
		sets = append(sets, s)
	}
	return sets
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
		name: filepath.Base(dir), index: lookup.New(lang, docs, nil),
		dev:  read[query](filepath.Join(dir, "dev.jsonl")),
		test: read[query](filepath.Join(dir, "test.jsonl")),
		typo: read[query](filepath.Join(dir, "test_typo.jsonl")),
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

// contests makes a contest of each answerable dev query, as it stands and with typing slips.
func contests(s set) []contest {
	find := func(slip bool, weight float64) []contest {
		found := make([]contest, len(s.dev))
		each(s.dev, func(i int, q query) {
			c := contest{right: -1}
			text := q.Query
			if slip {
				text = slips(text, i)
			}
			for k, hit := range s.index.Candidates(text, math.MaxInt) {
				if slices.Contains(q.Gold, hit.ID) && c.right < 0 {
					c.right = k
				}
				votes := hit.Votes.Ranked()
				c.votes = append(c.votes, votes[:])
			}
			found[i] = c
		})
		found = slices.DeleteFunc(found, func(c contest) bool { return c.right < 0 })
		for i := range found {
			found[i].weight = weight / float64(len(found))
		}
		return found
	}
	return append(find(false, 1-slipShare), find(true, slipShare)...)
}

func fitRanking(sets []set) []float64 {
	var all []contest
	for _, s := range sets {
		all = append(all, s.contests...)
	}
	w := make([]float64, len(all[0].votes[0]))
	for i := range w {
		w[i] = 2
	}
	descend(w, 400, rankingPull, func(gradient []float64) {
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

// leftOut asks for facts that were taken out.
func leftOut(s set) []outcome {
	out := make([]outcome, len(s.dev))
	each(s.dev, func(i int, q query) {
		if len(q.Gold) == 1 {
			r := s.index.With(nil, []string{q.Gold[0]}).Search(q.Query, 3)
			figures := s.weights.Judged(&r.Votes)
			out[i] = outcome{figures: figures[:]}
		}
	})
	return slices.DeleteFunc(out, func(o outcome) bool { return o.figures == nil })
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
		figures := s.weights.Judged(&r.Votes)
		o := outcome{answerable: len(q.Gold) > 0, figures: figures[:]}
		if len(r.Hits) > 0 {
			o.right = slices.Contains(q.Gold, r.Hits[0].ID)
			o.confidence = r.Hits[0].Confidence
		}
		out[i] = o
	})
	return out
}

const (
	// prior is the share of answerable questions that the confidence takes for granted.
	prior = 0.7
	// rankingPull and certaintyPull pull the weights to zero: strong enough that sets left out of the fit fare well too.
	rankingPull, certaintyPull = 1e-3, 0.03
	// slipShare is the weight of queries with typing slips beside those without.
	slipShare = 0.3
	// leftOutShare is the part of the unanswerable questions that ask for a fact taken out of the set. They lie nearer to the subject than the
	// sets' own, which are few.
	leftOutShare = 0.3
)

// slipped returns the queries with typing slips.
func slipped(queries []query) []query {
	out := slices.Clone(queries)
	for i := range out {
		out[i].Query = slips(out[i].Query, i)
	}
	return out
}

func fitCertainty(sets []set) []float64 {
	type example struct {
		x         []float64
		y, weight float64
	}
	var all []example
	for _, s := range sets {
		add := func(list []outcome, y, weight float64) {
			for _, o := range list {
				all = append(all, example{o.figures, y, weight / float64(len(list))})
			}
		}
		both := func(queries []query, share float64) {
			var right, other []outcome
			for _, o := range outcomes(s, queries) {
				switch {
				case o.right:
					right = append(right, o)
				case !o.answerable:
					other = append(other, o)
				}
			}
			add(right, 1, share*prior)
			add(other, 0, share*(1-prior)*(1-leftOutShare))
		}
		both(s.dev, 1-slipShare)
		both(slipped(s.dev), slipShare)
		add(leftOut(s), 0, (1-prior)*leftOutShare)
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
	descend(w, 400, certaintyPull, func(gradient []float64) {
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
	tj, tref := joint(typo, cut)
	town, _ := joint(typo, lookup.Threshold)
	fmt.Printf("%-16s %6.1f %6.1f | %6.1f %6.1f %6.1f | %6.1f %6.1f %6.1f | cut %.2f best %.1f\n", s.name, right(test), right(typo), j, ref, own, tj, tref, town, cut, bt)
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
