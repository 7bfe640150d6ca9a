package discord

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"testigo/bot"
	"testigo/facts"
)

var benchFacts = flag.Int("facts", 2000, "how many facts the set of the benchmarks has")

// BenchmarkComplete is what one letter typed costs before the answer is sent; Discord waits three seconds for it.
func BenchmarkComplete(b *testing.B) {
	pack, err := facts.Load("../../facts/testdata/library")
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	words := strings.Fields("library mill river flood council keeper chronicle neighbours letter readers register court sluice books opening town district archive school family bridge market church harvest road")
	for i := range *benchFacts {
		f := *pack.Facts[0]
		f.ID = fmt.Sprintf("fact-%d", i)
		var question []string
		for range 7 {
			question = append(question, words[random.IntN(len(words))]+fmt.Sprint(random.IntN(400)))
		}
		f.En = &facts.Text{Question: strings.Join(question, " ") + "?", Answer: "x"}
		f.Es = nil
		pack.Facts = append(pack.Facts, &f)
	}
	chat := bot.New(facts.NewEngine(pack), bot.Options{})
	typed := []string{"l", "lib", "library of", "who was the first librarian", "mill12", "zzzz", "flood3 coun"}
	chat.Complete(bot.Message{}, bot.QuestionArg, "warm", maxChoices)
	i := 0
	for b.Loop() {
		i++
		chat.Complete(bot.Message{}, bot.QuestionArg, typed[i%len(typed)], maxChoices)
	}
}
