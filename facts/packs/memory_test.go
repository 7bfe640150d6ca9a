package packs

import (
	"runtime"
	"testing"

	"testigo/facts"
)

// What a process that serves takes is the set and its indexes, and by a share of that what questions allocate before it is collected. The set took
// 16.6 MB before that was looked at, and 11.1 since. A question is 18 allocations, under the race detector, where buffers are thrown away now and
// then, some 60.
func TestSetAndQuestionsTakeLittleMemory(t *testing.T) {
	inUse := func() float64 {
		runtime.GC()
		runtime.GC() // pools let go of what they hold at the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	before := inUse()
	pack, err := facts.LoadChecked("ayotzinapa.jsonl", Ayotzinapa())
	if err != nil {
		t.Fatal(err)
	}
	e := facts.NewEngine(pack)
	e.Warm()
	const mostMB, mostAllocs = 13, 90
	if got := inUse() - before; got > mostMB {
		t.Errorf("set and indexes take %.1f MB, more than %d", got, mostMB)
	}
	n := 0
	got := testing.AllocsPerRun(3, func() {
		n = 0
		for i := 0; i < len(pack.Facts); i += 30 {
			for _, l := range facts.Langs {
				e.Ask(facts.Query{Text: pack.Facts[i].In(l).Phrasings[0]})
				n++
			}
		}
	}) / float64(n)
	if got > mostAllocs {
		t.Errorf("a question is %.0f allocations, more than %d", got, mostAllocs)
	}
}
