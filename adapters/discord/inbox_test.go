package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

func direct(id int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"id":"%d","channel_id":"1","author":{"id":"5"},"content":"x"}`, id))
}

// A handler that panics takes nothing with it.
func TestPanics(t *testing.T) {
	log := &logged{}
	in := newInbox(slog.New(slog.NewTextHandler(log, nil)), quick(), func(bot.Event) {})
	in.open("1")
	var handled atomic.Int64
	var group sync.WaitGroup
	in.work(context.Background(), &group, nil, func(_ context.Context, m *message) {
		handled.Add(1)
		panic("on message " + m.ID)
	})
	const n = 3 * interactionWorkers
	for i := range n {
		in.receive("MESSAGE_CREATE", direct(i))
	}
	in.close()
	group.Wait()
	if handled.Load() != n || strings.Count(log.String(), "panicked") != n {
		t.Errorf("%d of %d handled", handled.Load(), n)
	}
}

// More events than can wait are dropped, and said so once; the gateway is never held up. After close nothing comes in.
func TestFullInbox(t *testing.T) {
	log := &logged{}
	in := newInbox(slog.New(slog.NewTextHandler(log, nil)), quick(), func(bot.Event) {})
	in.receive("MESSAGE_CREATE", direct(0)) // before anybody is there
	in.open("1")
	for i := range mostWaiting + 100 {
		in.receive("MESSAGE_CREATE", direct(i))
	}
	if len(in.messages) != mostWaiting || strings.Count(log.String(), "dropped") != 1 {
		t.Errorf("%d wait; log %s", len(in.messages), log.String())
	}
	in.close()
	in.close()
	in.receive("MESSAGE_CREATE", direct(mostWaiting+200))
}

// What waited for longer than it may is dropped: an interaction's three seconds are over.
func TestLateEvents(t *testing.T) {
	p := quick()
	p.answer = time.Nanosecond
	in := newInbox(slog.New(slog.DiscardHandler), p, func(bot.Event) {})
	in.open("1")
	in.receive("INTERACTION_CREATE", json.RawMessage(`{"id":"1","token":"t","type":2}`))
	var group sync.WaitGroup
	in.work(context.Background(), &group, func(context.Context, *interaction) { t.Error("handled") }, nil)
	in.close()
	group.Wait()
}

func TestRecent(t *testing.T) {
	r := newRecent[string, int](3)
	for i := range 5 {
		if !r.put(fmt.Sprint(i), i) || r.put(fmt.Sprint(i), i) {
			t.Errorf("%d is new twice, or never", i)
		}
	}
	for i := range 5 {
		if _, ok := r.get(fmt.Sprint(i)); ok != (i >= 2) {
			t.Errorf("%d is remembered: %v", i, ok)
		}
	}
}

func TestRedacting(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(redacting{slog.NewTextHandler(&b, nil), "s3cret"}).With("a", "xs3crety").WithGroup("g")
	log.Error("with s3cret", "err", fmt.Errorf("Get s3cret: %w", context.Canceled), "in", []string{"s3cret"}, slog.Group("h", "b", "s3cret"), "n", 5)
	if text := b.String(); strings.Contains(text, "s3cret") || strings.Count(text, "***") != 5 || !strings.Contains(text, "n=5") {
		t.Error(text)
	}
}

// What only the asker may see goes to them in private; where they take no messages, the channel gets a hint and nothing else.
func TestPrivateRepliesToMentions(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		t.Run(fmt.Sprintf("closed %v", closed), func(t *testing.T) {
			t.Parallel()
			s := discordtest.New(t)
			s.Fault = func(q *http.Request) *discordtest.Fault {
				if closed && strings.Contains(q.URL.Path, "/channels/"+discordtest.Direct(discordtest.Person)+"/") {
					return &discordtest.Fault{Status: 403, Body: `{"message":"Cannot send messages to this user","code":50007}`}
				}
				return nil
			}
			a, _ := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
			t.Cleanup(a.rest.transport.base.CloseIdleConnections)
			m := bot.Message{At: bot.MessageRef{Channel: discordtest.Channel, Message: "5"}, Author: bot.Author{ID: discordtest.Person}, Locale: bot.Spanish}
			if _, err := a.postPrivately(context.Background(), m, a.compose(bot.Reply{Blocks: paragraph("a secret")}, false)); err != nil {
				t.Fatal(err)
			}
			list := s.Sent("")
			if len(list) != 1 || (list[0].Channel == discordtest.Channel) != closed || strings.Contains(list[0].Content, "secret") == closed {
				t.Errorf("%+v", list)
			}
		})
	}
}
