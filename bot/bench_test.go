package bot

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store"
)

// BenchmarkChange measures, on sets of different sizes, how long after its commit a new fact is found ("found-ms"), and the whole of a change with
// its checks and the write to the disk ("change-ms").
func BenchmarkChange(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkChange(b, n) })
	}
}

func benchmarkChange(b *testing.B, n int) {
	pack, err := facts.LoadChecked("made up", []byte(madeUp(n)))
	if err != nil {
		b.Fatal(err)
	}
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "testigo.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	engine := facts.NewEngine(pack)
	engine.Warm()
	bot := New(engine, Options{Store: db})
	if err := bot.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	m := Message{Space: town, Author: Author{Platform: "test", ID: "ana", Name: "ana"}, Role: Moderator}
	var change, found time.Duration
	i := 0
	for b.Loop() {
		question := fmt.Sprintf("Where is the lighthouse of Zephyria number %d?", i)
		f := &facts.Fact{ID: fmt.Sprintf("lighthouse-%d", i), Standing: facts.Established, En: &facts.Text{Question: question, Answer: "There."},
			Quotes: []facts.Quote{{Source: "s", Exact: fmt.Sprintf("The lighthouse stands there (%d).", i), Typed: true}}}
		content := facts.Content{Fact: f}
		start := time.Now()
		if len(engine.Check(string(town), content, nil)) > 0 {
			b.Fatal("the fact is not right")
		}
		if _, err := db.Append(b.Context(), facts.Entry{Space: string(town), Fact: f.ID, State: facts.Approved, Body: content, By: m.Author}); err != nil {
			b.Fatal(err)
		}
		committed := time.Now()
		if err := bot.ledger.follow(b.Context()); err != nil {
			b.Fatal(err)
		}
		if r := engine.Ask(facts.Query{Text: question, Lang: English, Space: string(town)}); len(r.Hits) == 0 || r.Hits[0].ID() != f.ID {
			b.Fatalf("%s is not found: %+v", f.ID, r.Kind)
		}
		found += time.Since(committed)
		change += time.Since(start)
		i++
	}
	b.ReportMetric(float64(found.Milliseconds())/float64(i), "found-ms")
	b.ReportMetric(float64(change.Milliseconds())/float64(i), "change-ms")
}

// madeUp is a set of n facts of made-up words, as JSON lines.
func madeUp(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		const consonants, vowels = "bcdfglmnprstv", "aeiou"
		var w strings.Builder
		for range 3 {
			w.WriteByte(consonants[r.IntN(len(consonants))])
			w.WriteByte(vowels[r.IntN(len(vowels))])
		}
		return w.String()
	}
	var out strings.Builder
	out.WriteString(`{"source":{"id":"s","title":"t","publisher":"p","lang":"en","address":"https://example.org"}}` + "\n")
	for i := range n {
		fmt.Fprintf(&out, `{"fact":{"id":"f%d","standing":"established","en":{"question":"What is the %s of the %s %s?","answer":"The %s %s."},"quotes":[{"source":"s","exact":"the %s %s %s %d"}]}}`+"\n",
			i, word(), word(), word(), word(), word(), word(), word(), word(), i)
	}
	return out.String()
}
