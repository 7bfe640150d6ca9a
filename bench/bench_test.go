package bench

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/sahilm/fuzzy"

	"testigo/facts/lookup"
)

var sizes = []int{1_000, 10_000, 100_000}

// forEachSize runs a benchmark for each size. A set is made when a size is asked for and let go after it.
func forEachSize(b *testing.B, run func(b *testing.B, s *set)) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) { run(b, newSet(n, enoughSamples)) })
	}
}

// BenchmarkLookup measures how long a question takes, and how often the fact it was made from comes first.
func BenchmarkLookup(b *testing.B) {
	forEachSize(b, func(b *testing.B, s *set) {
		for _, p := range peers {
			b.Run(p.name, func(b *testing.B) {
				e := build(b, p, s.facts)
				defer e.close()
				b.Run("plain", func(b *testing.B) { benchmarkLookup(b, e, s.plain) })
				b.Run("typos", func(b *testing.B) { benchmarkLookup(b, e, s.typos) })
			})
		}
	})
}

func build(b *testing.B, p peer, facts []fact) engine {
	e, err := p.build(facts, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	return e
}

func benchmarkLookup(b *testing.B, e engine, queries []query) {
	asked, right := 0, 0
	measure(b, func(i int) {
		q := &queries[i%len(queries)]
		ids, err := e.lookup(q.text)
		if err != nil {
			b.Fatal(err)
		}
		asked++
		if len(ids) > 0 && ids[0] == q.want {
			right++
		}
	})
	b.ReportMetric(100*float64(right)/float64(asked), "right%")
}

const (
	enoughSamples = 2000            // for a 99th percentile that another run gives again
	samplingTime  = 5 * time.Second // after which a slow engine has to do with the samples it has
)

// measure times each op by itself and reports the median and the 99th percentile beside what the testing package reports. After the
// iterations asked for it goes on to enoughSamples, or until samplingTime is over, so that one -benchtime suits fast and slow engines.
func measure(b *testing.B, op func(i int)) {
	b.ReportAllocs()
	op(0) // the first use fills caches
	var took []time.Duration
	sample := func() {
		start := time.Now()
		op(len(took))
		took = append(took, time.Since(start))
	}
	for b.Loop() {
		sample()
	}
	for over := b.Elapsed(); over < samplingTime && len(took) < enoughSamples; over += took[len(took)-1] {
		sample()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "median-ns")
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
}

// BenchmarkBuild measures how long an index takes to build and how much memory it then holds.
func BenchmarkBuild(b *testing.B) {
	forEachSize(b, func(b *testing.B, s *set) {
		for _, p := range peers {
			if p.sameIndex {
				continue
			}
			b.Run(p.name, func(b *testing.B) {
				for b.Loop() {
					benchmarkBuild(b, p, s.facts)
				}
			})
		}
	})
}

// benchmarkBuild builds once. The strings of the facts are the caller's and not counted; an engine that keeps copies pays for those.
func benchmarkBuild(b *testing.B, p peer, facts []fact) {
	b.StopTimer()
	before := heap()
	b.StartTimer()
	e := build(b, p, facts)
	b.StopTimer()
	held := heap() - before
	outside, err := e.outside()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(held+outside)/float64(len(facts)), "bytes/fact")
	if err := e.close(); err != nil {
		b.Fatal(err)
	}
	runtime.KeepAlive(facts)
	b.StartTimer()
}

// heap is how many bytes are in use. The second collection takes what the first one found finalizers or pools for.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkComplete measures completing what is being typed to whole questions.
func BenchmarkComplete(b *testing.B) {
	forEachSize(b, func(b *testing.B, s *set) {
		typed := beginnings(s)
		titles := make([]string, len(s.facts))
		list := make([]lookup.Title, len(s.facts))
		for i := range s.facts {
			titles[i] = s.facts[i].phrasings[0]
			list[i] = lookup.Title{ID: s.facts[i].id, Text: titles[i]}
		}
		b.Run("ours", func(b *testing.B) {
			t := lookup.NewTitles(list)
			measure(b, func(i int) { t.Complete(typed[i%len(typed)], topHits) })
		})
		b.Run("fuzzy", func(b *testing.B) {
			measure(b, func(i int) { fuzzy.Find(typed[i%len(typed)], titles) })
		})
	})
}

// beginnings returns what people have typed at some moment on the way to a title: its first letter, its first two, and so on.
func beginnings(s *set) []string {
	typed := make([]string, enoughSamples)
	for i := range typed {
		title := s.facts[i*7919%len(s.facts)].phrasings[0]
		typed[i] = title[:1+i%min(24, len(title))]
	}
	return typed
}

// BenchmarkChange measures how long after a curator's change of one fact among many its new text is found.
func BenchmarkChange(b *testing.B) {
	b.Run("100000", func(b *testing.B) {
		index := lookup.New(lookup.English, coreDocs(newSet(100_000, 0).facts), nil)
		changed := coreDocs(newSet(enoughSamples, 0).facts) // the same ids with other texts
		measure(b, func(i int) {
			put := changed[i%len(changed)]
			hits := index.With([]lookup.Doc{put}, nil).Search(put.Question, 1).Hits
			if len(hits) == 0 || hits[0].ID != put.ID {
				b.Fatalf("%q does not find its new text: %v", put.Question, hits)
			}
		})
	})
}

// BenchmarkStart measures an answer from the start of the process to its end, with the set that ships.
func BenchmarkStart(b *testing.B) {
	gotool, err := exec.LookPath("go")
	if err != nil {
		b.Skip("the go tool is not here to build the program: ", err)
	}
	program := filepath.Join(b.TempDir(), "testigo")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	compile := exec.Command(gotool, "build", "-o", program, ".")
	compile.Dir = ".."
	if out, err := compile.CombinedOutput(); err != nil {
		b.Fatal(fmt.Errorf("%w: %s", err, out))
	}
	measure(b, func(int) {
		ask := exec.Command(program, "ask", "--exit-code", "how many students disappeared?")
		if out, err := ask.CombinedOutput(); err != nil {
			b.Fatal(fmt.Errorf("%w: %s", err, out))
		}
	})
}
