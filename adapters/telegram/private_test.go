package telegram

import (
	"errors"
	"strings"
	"testing"
	"time"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
	"testigo/facts"
)

func paragraph(text string) bot.Reply {
	return bot.Reply{Lang: bot.English, Blocks: []bot.Block{{Kind: bot.Paragraph, Text: text}}}
}

// form is a bot that asks in private what somebody begins with /suggest, and takes plain text as the answer.
func form(w *world) {
	w.bot.table = []bot.Command{
		{Name: "suggest", Spanish: "sugerir", Help: facts.Words{En: "suggest a fact", Es: "sugerir un dato"}},
		{Name: "import", Spanish: "importar", Help: facts.Words{En: "import a pack", Es: "importar un conjunto"}, Who: bot.Owner, Args: []bot.Arg{{File: true}}}}
	w.bot.handle = func(m bot.Message) (bot.Reply, bool) {
		switch {
		case m.Text == "/suggest":
			r := paragraph("What is the question?")
			r.Private, r.Choices = true, []bot.Choice{{Label: "Skip", Command: "/skip"}}
			return r, true
		case m.Text == "/skip":
			r := paragraph("Skipped. And the answer?")
			r.Private, r.Replace = true, true
			return r, true
		case strings.HasPrefix(m.Text, "/import"), m.File != nil:
			return paragraph("got " + string(m.File)), true
		case !strings.HasPrefix(m.Text, "/"):
			r := paragraph("noted in " + string(m.Space) + ": " + m.Text)
			r.Private = true
			return r, true
		}
		return bot.Reply{}, false
	}
}

func TestAFormMovesToThePrivateChatAndKeepsItsGroup(t *testing.T) {
	w := start(t, form)
	w.ask(ben, "/help")
	w.Message(group, ben, "/suggest")
	w.WaitSent(3)
	sent := w.Sent()
	if sent[1].Chat != ben.ID || sent[1].Text != "What is the question?" {
		t.Fatalf("%+v", sent[1])
	}
	if sent[2].Chat != group.ID || !strings.Contains(sent[2].Text, "in private") || !sent[2].Silent {
		t.Errorf("the group is told: %+v", sent[2])
	}
	if got := w.ask(ben, "Who drew the plans?"); got.Text != "noted in telegram:-100500: Who drew the plans?" {
		t.Errorf("%s", got.Text)
	}
	// A button there goes on in its own message.
	w.Press(ben, sent[1], "/skip")
	w.Wait("the edit", func() bool { return w.Sent()[1].Edits == 1 })
	if m := w.Sent()[1]; m.Text != "Skipped. And the answer?" || len(m.Keys) != 0 {
		t.Errorf("%+v", m)
	}
	w.Wait("all told", func() bool { return len(w.bot.sent()) == 4 })
	if at := w.bot.sent()[1]; at.at.Channel != "12" || !at.m.Private {
		t.Errorf("%+v", at)
	}
}

func TestSomebodyTheBotCannotWriteToIsAskedOver(t *testing.T) {
	w := start(t, form)
	w.Message(group, ben, "/suggest")
	note := w.WaitSent(1)
	if note.Chat != group.ID || len(note.Keys) != 1 || note.Keys[0][0].URL != "https://t.me/testigo_bot?start=g-100500" {
		t.Fatalf("%+v", note)
	}
	if got := w.ask(ben, "/start g-100500"); got.Chat != ben.ID || got.Text != "What is the question?" {
		t.Errorf("%+v", got)
	}
	if got := w.ask(ben, "Who drew the plans?"); !strings.Contains(got.Text, "telegram:-100500") {
		t.Errorf("%s", got.Text)
	}
	// By a button, the answer to its press opens the chat.
	w.Message(group, ana, "/topics")
	id := w.Press(ana, w.WaitSent(4), "/suggest")
	r := w.WaitRequest("answerCallbackQuery", 1)
	if r.Params["callback_query_id"] != id || r.Params["url"] != "https://t.me/testigo_bot?start=g-100500" {
		t.Errorf("%v", r.Params)
	}
}

func TestALinkIntoAGroupIsOnlyForItsMembers(t *testing.T) {
	w := start(t, form)
	w.Member(group, ana, "member")
	if got := w.ask(ben, "/start g-100500"); !strings.Contains(got.Text, "do not seem to be in that group") {
		t.Errorf("%s", got.Text)
	}
	if got := w.ask(ana, "/start g-100500"); !strings.Contains(got.Text, "ese grupo") {
		t.Errorf("%s", got.Text)
	}
	if got := w.ask(ana, "hola"); !strings.Contains(got.Text, "telegram:-100500") {
		t.Errorf("%s", got.Text)
	}
	// Who leaves sees nothing of the group any more.
	w.Member(group, ana, "left")
	w.adapter.rights.forget(group.ID, 0)
	if got := w.ask(ana, "hola"); strings.Contains(got.Text, "-100500") {
		t.Errorf("%s", got.Text)
	}
	for _, odd := range []string{"g", "g5", "g-", "gx", "g-99999999999999999999999", "f-", "q-!!", "q-", "anything"} {
		w.ask(ben, "/start "+odd)
	}
	for _, m := range w.bot.messages() {
		if m.Author.ID == "12" && m.Space != "" {
			t.Errorf("%+v", m)
		}
	}
}

func TestPrivateRepliesNeverStandInTheGroup(t *testing.T) {
	w := start(t, form)
	w.Message(group, ben, "/suggest", anonymous(group))
	if note := w.WaitSent(1); strings.Contains(note.Text, "question") || len(note.Keys) != 1 {
		t.Errorf("an anonymous administrator: %+v", note)
	}
	w.ask(ben, "/help")
	w.Refuse(telegramtest.Private(ben), 403, "Forbidden: bot was blocked by the user")
	w.Message(group, ben, "/suggest")
	if note := w.WaitSent(3); note.Chat != group.ID || strings.Contains(note.Text, "question") {
		t.Errorf("somebody who blocked the bot: %+v", note)
	}
}

func TestFiles(t *testing.T) {
	w := start(t, func(w *world) {
		form(w)
		w.bot.settings = map[string]string{"owner_ids": "12"}
	})
	w.File("doc", []byte("facts: []"))
	file := func(text string) telegramtest.Object {
		return telegramtest.Object{"text": "", "caption": text, "caption_entities": telegramtest.Entities(text), "document": telegramtest.Object{"file_id": "doc", "file_size": 9}}
	}
	said := func(u telegramtest.User, text string, more ...telegramtest.Object) string {
		t.Helper()
		n := len(w.Sent())
		w.Message(group, u, text, more...)
		return w.WaitSent(n + 1).Text
	}
	if got := said(ben, "", file("/import")); got != "got facts: []" {
		t.Errorf("an owner: %s", got)
	}
	if got := said(ana, "", file("/import")); got != "got" && got != "got " {
		t.Errorf("a member's file was fetched: %s", got)
	}
	if n := len(w.Requests("getFile")); n != 1 {
		t.Errorf("%d files were asked for", n)
	}
	w.Message(group, ana, "a file", telegramtest.Object{"document": telegramtest.Object{"file_id": "doc", "file_size": 9}})
	w.quiet()
	if got := said(ben, "/import", telegramtest.Object{"reply_to_message": telegramtest.Object{"message_id": 1, "date": 1, "chat": group.Object(), "from": ana.Object(),
		"document": telegramtest.Object{"file_id": "doc", "file_size": 9}}}); got != "got facts: []" {
		t.Errorf("in reply to a file: %s", got)
	}
	if got := said(ben, "", file("/import"), telegramtest.Object{"document": telegramtest.Object{"file_id": "doc", "file_size": bot.MaxFile + 1}}); !strings.Contains(got, "too large") {
		t.Errorf("a large one: %s", got)
	}
	if got := said(ben, "", file("/import"), telegramtest.Object{"document": telegramtest.Object{"file_id": "none", "file_size": 1}}); !strings.Contains(got, "could not fetch") {
		t.Errorf("one that is gone: %s", got)
	}
}

func TestAFileIsSentAsADocument(t *testing.T) {
	w := start(t, func(w *world) {
		w.bot.handle = func(bot.Message) (bot.Reply, bool) {
			r := paragraph("Here it is.")
			r.File = &bot.File{Name: "pack.jsonl", Data: []byte("{}\n")}
			return r, true
		}
	})
	w.Message(group, ben, "/ask x", telegramtest.Object{"message_thread_id": 7, "is_topic_message": true})
	got := w.WaitSent(2)
	if got.File != "pack.jsonl" || string(got.Data) != "{}\n" || got.Topic != 7 || w.Sent()[0].Text != "Here it is." {
		t.Errorf("%+v", w.Sent())
	}
	w.quiet()
	if n := len(w.bot.sent()); n != 2 { // this one and the last
		t.Errorf("the bot was told of %d messages", n)
	}
}

func TestRights(t *testing.T) {
	tests := []struct {
		name   string
		status string
		set    map[string]string
		more   []telegramtest.Object
		want   bot.Role
	}{
		{"a member", "member", nil, nil, bot.Member},
		{"an administrator", "administrator", nil, nil, bot.Moderator},
		{"the creator", "creator", nil, nil, bot.Owner},
		{"somebody restricted", "restricted", nil, nil, bot.Member},
		{"a member named as moderator", "member", map[string]string{"moderator_ids": "5, 12 ,7"}, nil, bot.Moderator},
		{"a member named as owner, with the platform", "member", map[string]string{"owner_ids": "telegram:12"}, nil, bot.Owner},
		{"somebody whose id is a part of one named", "member", map[string]string{"owner_ids": "112,123,discord:12"}, nil, bot.Member},
		{"an anonymous administrator", "administrator", nil, []telegramtest.Object{anonymous(group)}, bot.Moderator},
		{"somebody who speaks as another chat", "administrator", nil, []telegramtest.Object{anonymous(telegramtest.Chat{ID: -100999, Type: "channel"})}, bot.Member},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, func(w *world) { w.bot.settings = tt.set })
			w.Member(group, ben, tt.status)
			w.Message(group, ben, "/help", tt.more...)
			w.WaitSent(1)
			if m := w.bot.messages()[0]; m.Role != tt.want {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestRightsAreAskedOnceAndForgottenOnChange(t *testing.T) {
	w := start(t)
	w.Member(group, ben, "administrator")
	role := func() bot.Role {
		t.Helper()
		n := len(w.Sent())
		w.Message(group, ben, "/help")
		w.WaitSent(n + 1)
		heard := w.bot.messages()
		return heard[len(heard)-1].Role
	}
	if role() != bot.Moderator || role() != bot.Moderator {
		t.Error("not a moderator")
	}
	if n := len(w.Requests("getChatMember")); n != 1 {
		t.Errorf("asked %d times", n)
	}
	w.Member(group, ben, "member")
	if role() != bot.Moderator {
		t.Error("not remembered")
	}
	w.Update(telegramtest.Object{"chat_member": telegramtest.Object{"chat": group.Object(), "from": ana.Object(), "date": 1,
		"new_chat_member": telegramtest.Object{"status": "member", "user": ben.Object()}}})
	w.quiet()
	if role() != bot.Member {
		t.Error("not forgotten")
	}
	// Where Telegram does not say, nobody is more than a member.
	w.Member(group, ben, "creator")
	w.adapter.rights.forget(group.ID, 0)
	w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
		return telegramtest.Fault{Code: map[string]int{"getChatMember": 500}[r.Method], Description: "Internal Server Error"}
	})
	if role() != bot.Member {
		t.Error("rights were guessed")
	}
	r := rights{}
	_, _, epoch := r.get(1, 2, time.Now())
	r.forget(1, 2)
	r.set(1, 2, member{Status: "creator"}, time.Now(), epoch)
	if _, ok, _ := r.get(1, 2, time.Now()); ok {
		t.Error("an answer from before the change was kept")
	}
	r.set(1, 2, member{Status: "creator"}, time.Now().Add(-rightsKept), epoch+1)
	if _, ok, _ := r.get(1, 2, time.Now()); ok {
		t.Error("believed for longer than a minute")
	}
}

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
