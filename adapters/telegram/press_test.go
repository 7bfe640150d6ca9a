package telegram

import (
	"strings"
	"testing"

	"testigo/adapters/telegram/telegramtest"
)

func TestEdits(t *testing.T) {
	w := start(t)
	private := telegramtest.Private(ben)
	id, _ := w.Message(private, ben, "whose was the mil and the sluice and the bread")
	first := w.WaitSent(1)
	w.Edit(private, id, "when did the library of Arroyo open?", 20)
	w.Wait("the edit", func() bool { return w.Sent()[0].Edits == 1 })
	if got := w.Sent()[0]; got.ID != first.ID || !strings.Contains(got.Text, "4 March 1931") {
		t.Errorf("%+v", got)
	}
	w.Edit(private, id, "when did the library of Arroyo open ?", 30) // the same answer: Telegram refuses, and all is well
	w.Edit(private, id, "whose was the mill", 61)                    // too late
	w.Edit(private, id, "/approve 5", 10)                            // no question
	topics, _ := w.Message(private, ben, "/topics")
	w.WaitSent(2)
	w.Edit(private, topics, "whose was the mill", 5) // what it answered was no question
	unheard, _ := w.Message(group, ben, "whose was the mill")
	w.Edit(group, unheard, "/ask whose was the mill", 5) // was never answered
	if n := w.quiet(); n != 2 {
		t.Errorf("%d messages", n)
	}
	if got := w.Sent(); got[0].Edits != 1 || got[1].Edits != 0 {
		t.Errorf("%+v", got)
	}
	if strings.Contains(w.log.String(), "level=WARN") {
		t.Error("an edit that changes nothing was taken for a failure")
	}
}

func TestButtonsArePressed(t *testing.T) {
	w := start(t)
	w.Message(group, ben, "/topics", telegramtest.Object{"message_thread_id": 7, "is_topic_message": true})
	first := w.WaitSent(1)
	q := w.Press(ana, first, first.Keys[0][0].Data)
	got := w.WaitSent(2)
	if !strings.HasPrefix(got.Text, "El edificio") && !strings.HasPrefix(got.Text, "The building") || got.ReplyTo != first.ID || got.Topic != 7 {
		t.Errorf("%+v", got)
	}
	if r := w.WaitRequest("answerCallbackQuery", 1); r.Params["callback_query_id"] != q || r.Params["text"] != "" {
		t.Errorf("%v", r.Params)
	}
	if m := w.bot.messages()[1]; m.Text != "/topic building" || m.Author.ID != "11" || m.At.Message != id64(first.ID) || m.At.Channel != "-100500:7" {
		t.Errorf("%+v", m)
	}
	w.Press(ana, first, first.Keys[0][0].Data) // the same finger
	w.WaitRequest("answerCallbackQuery", 2)
	if n := w.quiet(); n != 2 {
		t.Errorf("%d messages", n)
	}
}

// A reply that would take the place of a message which cannot be changed any more comes below it.
func TestAReplyThatCannotReplaceComesBelow(t *testing.T) {
	w := start(t, form)
	private := telegramtest.Private(ben)
	w.Message(private, ben, "/suggest")
	first := w.WaitSent(1)
	w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
		return telegramtest.Fault{Code: map[string]int{"editMessageText": 400}[r.Method], Description: "Bad Request: message can't be edited"}
	})
	w.Press(ben, first, "/skip")
	if got := w.WaitSent(2); got.Text != "Skipped. And the answer?" {
		t.Errorf("%+v", got)
	}
}
