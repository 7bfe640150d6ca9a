package telegram

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"testigo/adapters/telegram/telegramtest"
)

var questions = flag.Int("questions", 100, "questions asked while everything fails now and then")

// Questions come while connections are cut, limits refuse, gateways fail and another poller interferes, at random. Each is answered once or not at all,
// none twice; and once the faults end, every one.
func TestFaults(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	w := start(t)
	var mu sync.Mutex
	counts := map[string]int{}
	w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
		mu.Lock()
		defer mu.Unlock()
		name, fault := pick(random, r.Method)
		counts[name]++
		return fault
	})
	ask := func(first, n int) {
		for i := first; i < first+n; i++ {
			u := telegramtest.User{ID: int64(10_000 + i), Name: fmt.Sprint("P", i)}
			w.Message(telegramtest.Private(u), u, "whose was the mill")
		}
	}
	ask(0, *questions)
	w.Wait("all heard", func() bool { return len(w.bot.messages()) >= *questions })
	w.idle()
	w.SetFaults(nil)
	ask(*questions, *questions)
	w.Wait("all asked after the faults are answered", func() bool {
		answered := 0
		for _, m := range w.Sent() {
			if m.Chat >= int64(10_000+*questions) {
				answered++
			}
		}
		return answered >= *questions
	})
	w.quiet()
	per := map[int64]int{}
	for _, m := range w.Sent() {
		per[m.Chat]++
		if m.Chat >= 10_000 && !strings.Contains(m.Text, "Established") {
			t.Errorf("%+v", m)
		}
	}
	answered := 0
	for i := range 2 * *questions {
		switch n := per[int64(10_000+i)]; {
		case n > 1:
			t.Errorf("question %d was answered %d times", i, n)
		case n == 0 && i >= *questions:
			t.Errorf("question %d, after the faults, was not answered", i)
		case n == 1 && i < *questions:
			answered++
		}
	}
	heard := map[string]int{}
	for _, m := range w.bot.messages() {
		heard[m.Author.ID]++
	}
	for id, n := range heard {
		if n > 1 && id != id64(cleo.ID) {
			t.Errorf("the bot heard %s %d times", id, n)
		}
	}
	t.Logf("answered under faults: %d of %d; faults: %v", answered, *questions, counts)
}

// pick chooses a fault for a request, or none.
func pick(random *rand.Rand, method string) (string, telegramtest.Fault) {
	n := random.IntN(100)
	switch {
	case n < 6:
		return "cut before", telegramtest.Fault{CutBefore: true}
	case n < 12:
		return "cut after", telegramtest.Fault{CutAfter: true}
	case n < 16:
		return "502", telegramtest.Fault{Code: 502, HTML: true}
	case n < 20:
		return "500", telegramtest.Fault{Code: 500, Description: "Internal Server Error"}
	case n < 22:
		return "429", telegramtest.Fault{Code: 429, Description: "Too Many Requests: retry after 1", RetryAfter: 1}
	case n < 27 && method == "getUpdates":
		return "409", telegramtest.Fault{Code: 409, Description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
	case n < 29:
		return "odd", telegramtest.Fault{Odd: true}
	}
	return "none", telegramtest.Fault{}
}
