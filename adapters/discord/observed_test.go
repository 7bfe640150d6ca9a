package discord

import (
	"slices"
	"sync"
	"testing"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

// happenings is an observer that keeps the events.
type happenings struct {
	mu   sync.Mutex
	list []bot.Event
}

func (h *happenings) Asked(bot.Question) {}

func (h *happenings) Happened(platform string, e bot.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if platform == Platform {
		h.list = append(h.list, e)
	}
}

func (h *happenings) has(e bot.Event) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.list, e)
}

func TestItTellsOfRetriesLimitsAndConnections(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.Fault = failing("POST", "/messages", json429("0.01", false))
	b, seen := adaptertest.NewBot(t), &happenings{}
	b.Observer = seen
	a, log := adapterOn(t, s, b, Options{}, quick())
	if a.Connected() {
		t.Error("connected before it runs")
	}
	r := run(t, s, a, log)
	r.AwaitReady(1)
	r.Await("that it says so", a.Connected)
	r.Say(discordtest.Said{Text: question, Mention: true})
	r.Await("the answer", func() bool { return len(r.Sent("")) == 1 })
	if !seen.has(bot.RateLimited) || !seen.has(bot.Retried) || seen.has(bot.Reconnected) {
		t.Errorf("%v", seen.list)
	}
	r.CloseGateway(4000)
	r.Await("the connection again", func() bool { return seen.has(bot.Reconnected) && a.Connected() })
	r.stop()
	<-r.ended
	if a.Connected() {
		t.Error("connected after it stopped")
	}
}
