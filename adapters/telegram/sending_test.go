package telegram

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
)

func TestTooManyRequestsIsWaitedOutAndSentOnce(t *testing.T) {
	w := start(t, func(w *world) {
		w.SetFaults(func(r telegramtest.Request, n int) telegramtest.Fault {
			if r.Method == "sendMessage" && n == 1 {
				return telegramtest.Fault{Code: 429, Description: "Too Many Requests: retry after 1", RetryAfter: 1}
			}
			return telegramtest.Fault{}
		})
	})
	w.ask(ben, "whose was the mill")
	tries := w.Requests("sendMessage")
	if len(tries) != 2 || len(w.Sent()) != 1 {
		t.Fatalf("%d tries, %d messages", len(tries), len(w.Sent()))
	}
	if waited := tries[1].At.Sub(tries[0].At); waited < time.Second {
		t.Errorf("tried again after %v", waited)
	}
}

// The library gives no code for uploads; the answer's status tells it.
func TestTheErrorOfAnUploadHasItsCode(t *testing.T) {
	s := telegramtest.New(t)
	s.SetFaults(func(telegramtest.Request, int) telegramtest.Fault {
		return telegramtest.Fault{Code: 429, Description: "Too Many Requests", RetryAfter: 3}
	})
	err := testClient(t, s.URL).do(t.Context(), time.Second, "sendDocument", params{"chat_id": "1"}, &upload{"document", "a.txt", []byte("x")}, nil)
	var e *apiError
	if !errors.As(err, &e) || e.code != 429 || e.retryAfter != 3*time.Second || e.maybe {
		t.Errorf("%+v", err)
	}
}

func TestAGatewaysPageIsUnderstood(t *testing.T) {
	s := telegramtest.New(t)
	s.SetFaults(func(telegramtest.Request, int) telegramtest.Fault { return telegramtest.Fault{Code: 502, HTML: true} })
	err := testClient(t, s.URL).call(t.Context(), "getMe", nil, nil)
	var e *apiError
	if !errors.As(err, &e) || e.code != 502 || !e.maybe || !passing(err) || strings.Contains(err.Error(), "invalid character") {
		t.Errorf("%v", err)
	}
}

// What may have been sent is not sent again; what surely was not, is.
func TestNothingIsSentTwice(t *testing.T) {
	tests := []struct {
		name  string
		fault telegramtest.Fault
		sent  int // messages that stand
		tries int
	}{
		{"cut after it was done", telegramtest.Fault{CutAfter: true}, 1, 1},
		{"cut before it was done, which nobody can tell", telegramtest.Fault{CutBefore: true}, 0, 1},
		{"an answer of an unexpected kind", telegramtest.Fault{Odd: true}, 1, 1},
		{"a gateway's page", telegramtest.Fault{Code: 504, HTML: true}, 0, 1},
		{"a refusal", telegramtest.Fault{Code: 400, Description: "Bad Request: whatever"}, 0, 1},
		{"a conflict, which is a refusal that passes", telegramtest.Fault{Code: 409, Description: "Conflict"}, 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, func(w *world) {
				w.SetFaults(func(r telegramtest.Request, n int) telegramtest.Fault {
					if r.Method == "sendMessage" && n == 1 {
						return tt.fault
					}
					return telegramtest.Fault{}
				})
			})
			w.Message(telegramtest.Private(ben), ben, "whose was the mill")
			w.WaitRequest("sendMessage", tt.tries)
			w.quiet()
			got, tries := 0, 0
			for _, m := range w.Sent() {
				if m.Chat == ben.ID {
					got++
				}
			}
			for _, r := range w.Requests("sendMessage") {
				if r.Params["chat_id"] == id64(ben.ID) {
					tries++
				}
			}
			if got != tt.sent || tries != tt.tries {
				t.Errorf("%d messages in %d tries, want %d in %d", got, tries, tt.sent, tt.tries)
			}
		})
	}
}

// A connection that was never made sent nothing, so it is tried again.
func TestAConnectionThatWasNeverMadeSentNothing(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	err = testClient(t, "http://"+closed.Addr().String()).call(t.Context(), "sendMessage", params{}, nil)
	var e *apiError
	if !errors.As(err, &e) || e.maybe || !passing(err) {
		t.Errorf("%+v", err)
	}
}

func TestAMovedGroupKeepsItsSpaceAndGetsItsAnswer(t *testing.T) {
	old, now := telegramtest.Chat{ID: -700, Type: "group"}, telegramtest.Chat{ID: -100700}
	w := start(t)
	w.Message(old, ben, "/ask whose was the mill")
	w.WaitSent(1)
	// The move is learnt from the refusal of the next answer.
	w.Migrate(old, now)
	w.Message(old, ben, "/ask when did the library open?")
	if got := w.WaitSent(2); got.Chat != now.ID || !strings.Contains(got.Text, "4 March 1931") {
		t.Errorf("%+v", got)
	}
	w.Message(now, ben, "/help")
	w.WaitSent(3)
	heard := w.bot.messages()
	if space := heard[len(heard)-1].Space; space != "telegram:-700" {
		t.Errorf("its space is now %q", space)
	}
	// What the bot says of itself to the old place goes to the new one.
	if at, err := w.adapter.Send(t.Context(), bot.MessageRef{Platform: "telegram", Channel: "-700"}, bot.Reply{Blocks: []bot.Block{{Text: "x"}}}); err != nil || at.Channel != "-100700" {
		t.Errorf("%+v, %v", at, err)
	}
}

func TestAMoveIsLearntFromItsMessages(t *testing.T) {
	for _, name := range []string{"in the old one", "in the new one"} {
		t.Run(name, func(t *testing.T) {
			old, now := telegramtest.Chat{ID: -701, Type: "group"}, telegramtest.Chat{ID: -100701}
			w := start(t)
			if name == "in the old one" {
				w.Message(old, ben, "", telegramtest.Object{"migrate_to_chat_id": now.ID})
			} else {
				w.Message(now, ben, "", telegramtest.Object{"migrate_from_chat_id": old.ID})
			}
			w.quiet()
			w.Message(now, ben, "/topics")
			w.quiet()
			for _, m := range w.bot.messages() {
				if m.Text == "/topics" && m.Space != "telegram:-701" {
					t.Errorf("%+v", m)
				}
			}
		})
	}
}
