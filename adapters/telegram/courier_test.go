package telegram

import (
	"context"
	"errors"
	"strings"
	"testing"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
)

func TestCourier(t *testing.T) {
	w := start(t)
	w.Message(group, ben, "/help")
	w.WaitSent(1)
	c := w.bot.courier
	at, err := c.Send(t.Context(), bot.MessageRef{Platform: "telegram", Channel: "-100500:9"}, bot.Reply{Silent: true, Blocks: []bot.Block{{Text: "today"}}})
	if err != nil || at.Channel != "-100500:9" || at.Message == "" {
		t.Fatalf("%+v, %v", at, err)
	}
	if m := w.Sent()[1]; !m.Silent || m.Topic != 9 || m.Text != "today" {
		t.Errorf("%+v", m)
	}
	for range 2 { // the second changes nothing
		if err := c.Edit(t.Context(), at, paragraph("corrected")); err != nil {
			t.Error(err)
		}
	}
	if m := w.Sent()[1]; m.Text != "corrected" || m.Edits != 1 {
		t.Errorf("%+v", m)
	}
	if err := c.Edit(t.Context(), bot.MessageRef{Platform: "telegram", Channel: "-100500", Message: "999"}, paragraph("x")); !errors.Is(err, bot.ErrGone) {
		t.Errorf("a message that is gone: %v", err)
	}
	for _, odd := range []bot.MessageRef{{Platform: "discord", Channel: "5"}, {Platform: "telegram", Channel: "x"}, {Platform: "telegram", Channel: "-1:x"}} {
		if _, err := c.Send(t.Context(), odd, paragraph("x")); !errors.Is(err, bot.ErrGone) {
			t.Errorf("%+v: %v", odd, err)
		}
	}
	if _, err := c.Send(t.Context(), bot.MessageRef{Platform: "telegram", Channel: "-100500"}, bot.Reply{}); !errors.Is(err, bot.ErrUnsent) {
		t.Errorf("nothing to send: %v", err)
	}
}

func TestTheCourierTellsSureFromUnsure(t *testing.T) {
	tests := []struct {
		name  string
		fault telegramtest.Fault
		want  error
	}{
		{"cut after it was done", telegramtest.Fault{CutAfter: true}, nil},
		{"a gateway's page", telegramtest.Fault{Code: 502, HTML: true}, nil},
		{"a refusal", telegramtest.Fault{Code: 400, Description: "Bad Request: x"}, bot.ErrUnsent},
		{"kicked", telegramtest.Fault{Code: 403, Description: "Forbidden: bot was kicked from the supergroup chat"}, bot.ErrGone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t)
			w.Message(group, ben, "/help")
			w.WaitSent(1)
			w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
				if r.Method != "sendMessage" {
					return telegramtest.Fault{}
				}
				return tt.fault
			})
			_, err := w.adapter.Send(t.Context(), bot.MessageRef{Platform: "telegram", Channel: "-100500"}, paragraph("x"))
			if err == nil || errors.Is(err, bot.ErrUnsent) != (tt.want == bot.ErrUnsent) || errors.Is(err, bot.ErrGone) != (tt.want == bot.ErrGone) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// A daily post has a picture below its words and is pinned; where the bot may not pin, it stands all the same.
func TestAPostWithAPictureIsPinned(t *testing.T) {
	w := start(t)
	w.Message(group, ben, "/help")
	w.WaitSent(1)
	r := paragraph("a day")
	r.Picture, r.Pin, r.Silent = &bot.Picture{Name: "day.png", Data: []byte("png"), Alt: "a day"}, true, true
	to := bot.MessageRef{Platform: "telegram", Channel: "-100500"}
	at, err := w.adapter.Send(t.Context(), to, r)
	sent := w.Sent()
	if err != nil || len(sent) != 3 || at.Message != id64(sent[1].ID) || !sent[1].Pinned || sent[2].File != "day.png" || !sent[2].Silent || sent[2].Pinned {
		t.Errorf("%+v, %v: %+v", at, err, sent)
	}
	w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
		return telegramtest.Fault{Code: map[string]int{"pinChatMessage": 400}[r.Method], Description: "Bad Request: not enough rights to manage pinned messages in the chat"}
	})
	if _, err := w.adapter.Send(t.Context(), to, r); err != nil {
		t.Error(err)
	}
}

// A text went out and its file did not: the message stands, and is not sent again.
func TestAMessageThatWentOutInPartStands(t *testing.T) {
	w := start(t)
	w.Message(group, ben, "/help")
	w.WaitSent(1)
	w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
		return telegramtest.Fault{Code: map[string]int{"sendDocument": 400}[r.Method], Description: "Bad Request: x"}
	})
	r := paragraph("the report")
	r.File = &bot.File{Name: "a", Data: []byte("x")}
	at, err := w.adapter.Send(t.Context(), bot.MessageRef{Platform: "telegram", Channel: "-100500"}, r)
	if err != nil || at.Message != id64(w.Sent()[1].ID) || !strings.Contains(w.log.String(), "only the first part") {
		t.Errorf("%+v, %v", at, err)
	}
}

// Whoever stops waiting for a message that has not begun to be sent is told so at once, and it is never sent.
func TestTheCourierStopsWaiting(t *testing.T) {
	w := start(t)
	w.Message(group, ben, "/help")
	w.WaitSent(1)
	w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
		if r.Method != "sendMessage" {
			return telegramtest.Fault{}
		}
		return telegramtest.Fault{Code: 429, Description: "Too Many Requests: retry after 300", RetryAfter: 300}
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := w.adapter.Send(ctx, bot.MessageRef{Platform: "telegram", Channel: "-100500"}, paragraph("x"))
		ended <- err
	}()
	w.WaitRequest("sendMessage", 2)
	cancel()
	if err := <-ended; !errors.Is(err, bot.ErrUnsent) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	w.idle()
}

func TestAChatThatRemovedTheBotIsLeftAlone(t *testing.T) {
	w := start(t)
	to := bot.MessageRef{Platform: "telegram", Channel: "-100500"}
	w.Message(group, ben, "/help")
	w.WaitSent(1)
	w.Refuse(group, 403, "Forbidden: bot was kicked from the supergroup chat")
	for range 3 {
		if _, err := w.adapter.Send(t.Context(), to, paragraph("x")); !errors.Is(err, bot.ErrGone) {
			t.Error(err)
		}
	}
	if n := len(w.Requests("sendMessage")); n != 2 {
		t.Errorf("%d sends", n)
	}
	if n := strings.Count(w.log.String(), "a chat is gone"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	w.Refuse(group, 0, "")
	member := func(status string) {
		w.Update(telegramtest.Object{"my_chat_member": telegramtest.Object{"chat": group.Object(), "from": ben.Object(), "date": 1,
			"new_chat_member": telegramtest.Object{"status": status, "user": telegramtest.Object{"id": 700000001}}}})
		w.quiet()
	}
	member("member")
	if _, err := w.adapter.Send(t.Context(), to, paragraph("back")); err != nil {
		t.Errorf("after it was let in again: %v", err)
	}
	member("kicked")
	if _, err := w.adapter.Send(t.Context(), to, paragraph("x")); !errors.Is(err, bot.ErrGone) {
		t.Errorf("after it was removed: %v", err)
	}
}
