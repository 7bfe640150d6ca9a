package telegram

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
)

// happenings is an observer that keeps the events.
type happenings struct {
	mu   sync.Mutex
	list []bot.Event
}

func (h *happenings) Asked(bot.Question) {}

func (h *happenings) Happened(_ string, e bot.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, e)
}

func (h *happenings) has(e bot.Event) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.list, e)
}

func TestItTellsOfRetriesLimitsAndConnections(t *testing.T) {
	seen := &happenings{}
	var away atomic.Bool
	w := start(t, func(w *world) {
		w.bot.Observer = seen
		w.adapter.queue.happened = w.adapter.happened // build has put in another queue
		w.SetFaults(func(r telegramtest.Request, n int) telegramtest.Fault {
			switch {
			case r.Method == "sendMessage" && n == 1:
				return telegramtest.Fault{Code: 429, Description: "Too Many Requests: retry after 1", RetryAfter: 1}
			case r.Method == "getUpdates" && away.Load():
				return telegramtest.Fault{CutBefore: true}
			}
			return telegramtest.Fault{}
		})
	})
	w.Wait("that it is connected", w.adapter.Connected)
	ana := telegramtest.User{ID: 5, Name: "Ana", Language: "en"}
	away.Store(true)
	w.Message(telegramtest.Private(ana), ana, "when was the library opened")
	w.Wait("that it is away", func() bool { return !w.adapter.Connected() })
	away.Store(false)
	w.WaitSent(1)
	w.Wait("that it is back", func() bool { return w.adapter.Connected() && seen.has(bot.Reconnected) })
	if !seen.has(bot.RateLimited) || !seen.has(bot.Retried) {
		t.Errorf("%v", seen.list)
	}
	if err := w.stop(); err != nil || w.adapter.Connected() {
		t.Errorf("stopped: %v, connected %v", err, w.adapter.Connected())
	}
}
