package telegram

import (
	"strings"
	"testing"

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
		w.bot.settings = map[string]string{bot.SetOwnerRoles: "12"}
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
