package facts

import (
	"fmt"
	"runtime"
	"testing"
)

// madeUpPack is a set of n facts that share words as facts about one matter do.
func madeUpPack(n int) *Pack {
	things := []string{"lighthouse", "harbour", "library", "bridge", "market", "mill", "station", "tower", "garden", "archive"}
	p := &Pack{}
	for i := range n {
		f := newFact(fmt.Sprintf("fact-%d", i), fmt.Sprintf("When was the %s number %d of district %d opened?", things[i%len(things)], i, i%997))
		f.En.Answer = fmt.Sprintf("The %s was opened in %d by the council of its district.", things[i%len(things)], 1500+i%500)
		p.Facts = append(p.Facts, f)
	}
	p.index()
	return p
}

// BenchmarkSpaces puts small overlays (three facts of their own, one changed, two hidden) for 1,000 spaces over sets of different sizes, and tells
// what one takes of memory ("B/space") beside the set itself ("set-MB").
func BenchmarkSpaces(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			const spaces = 1_000
			before := heap()
			engine := NewEngine(madeUpPack(n))
			engine.Warm()
			set := heap()
			i := 0
			for b.Loop() {
				if i < spaces {
					engine.Put(fmt.Sprint("discord:", i), overlay(i))
				}
				i++
			}
			for ; i < spaces; i++ {
				engine.Put(fmt.Sprint("discord:", i), overlay(i))
			}
			b.ReportMetric(float64(heap()-set)/spaces, "B/space")
			b.ReportMetric(float64(set-before)/1e6, "set-MB")
			if r := engine.Ask(Query{Text: "Where is the observatory of community 7?", Lang: English, Space: "discord:7"}); len(r.Hits) == 0 || r.Hits[0].ID() != "own-7-0" {
				b.Errorf("a space does not find its own fact: %+v", r.Kind)
			}
			runtime.KeepAlive(engine)
		})
	}
}

// overlay is what a space has of its own.
func overlay(i int) Change {
	c := Change{Hide: []string{"fact-1", "fact-2"}, Put: []*Fact{newFact("fact-3", "When was the old bridge opened?")}}
	for k, what := range []string{"observatory", "fountain", "school"} {
		c.Put = append(c.Put, newFact(fmt.Sprintf("own-%d-%d", i, k), fmt.Sprintf("Where is the %s of community %d?", what, i)))
	}
	return c
}

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
