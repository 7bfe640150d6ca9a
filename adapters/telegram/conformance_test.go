package telegram

import (
	"strings"
	"testing"
	"time"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
	"testigo/facts"
)

// What every adapter must do, on Telegram.

func TestAPrivateQuestionIsAnsweredAsAReply(t *testing.T) {
	w := start(t)
	id, _ := w.Message(telegramtest.Private(ana), ana, "¿cuándo abrió la biblioteca?")
	got := w.WaitSent(1)
	if got.Chat != ana.ID || got.ReplyTo != id || !strings.Contains(got.Text, "Comprobado") || !strings.Contains(got.Text, "4 de marzo de 1931") {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(got.HTML, "#:~:text=") {
		t.Errorf("no link opens the source at the quote: %s", got.HTML)
	}
}

func TestTheStandingComesBeforeTheAnswer(t *testing.T) {
	w := start(t)
	got := w.ask(ben, "who was blamed for the flood")
	if i, j := strings.Index(got.Text, "Contested"), strings.Index(got.Text, "The council said"); i < 0 || j < i {
		t.Errorf("%s", got.Text)
	}
}

// In groups only what is meant for the bot is answered.
func TestWhatIsForTheBot(t *testing.T) {
	elsewhere := telegramtest.Object{"reply_to_message": telegramtest.Object{"message_id": 1, "date": 5, "chat": group.Object(), "from": ben.Object(),
		"text": "when did the library open?"}}
	ours := telegramtest.Object{"reply_to_message": telegramtest.Object{"message_id": 1, "date": 5, "chat": group.Object(),
		"from": telegramtest.Object{"id": 700000001, "is_bot": true, "first_name": "T"}, "text": "an answer"}}
	topicMade := telegramtest.Object{"reply_to_message": telegramtest.Object{"message_id": 1, "date": 5, "chat": group.Object(),
		"from": telegramtest.Object{"id": 700000001, "is_bot": true, "first_name": "T"}, "forum_topic_created": telegramtest.Object{"name": "x", "icon_color": 1}}}
	private := telegramtest.Private(ben)
	tests := []struct {
		name string
		chat telegramtest.Chat
		text string
		more []telegramtest.Object
		want string // what the bot is told; "" is nothing
	}{
		{"plain text in private", private, "when did the library open?", nil, "when did the library open?"},
		{"plain text in a group", group, "when did the library open?", nil, ""},
		{"a command in a group", group, "/ask when did it open?", nil, "/ask when did it open?"},
		{"a Spanish command", group, "/preguntar ¿cuándo abrió?", nil, "/preguntar ¿cuándo abrió?"},
		{"a command with our name", group, "/ask@Testigo_Bot when?", nil, "/ask when?"},
		{"a command with another bot's name", group, "/ask@other_bot when?", nil, ""},
		{"a command with a name that begins as ours", group, "/ask@testigo_bot_two when?", nil, ""},
		{"another bot's name in private", private, "/ask@other_bot when?", nil, ""},
		{"a command nobody knows, in a group", group, "/weather", nil, ""},
		{"the same with our name", group, "/weather@testigo_bot", nil, "/weather"},
		{"a mention", group, "@testigo_bot when did it open?", nil, "/ask when did it open?"},
		{"a mention at the end, after letters that are two units each", group, "𝒜𝒷𝒸 😀 when did it open? @TESTIGO_bot", nil, "/ask 𝒜𝒷𝒸 😀 when did it open?"},
		{"a mention by name, without an @", group, "Testigo when did it open?", []telegramtest.Object{{"entities": []any{telegramtest.Object{
			"type": "text_mention", "offset": 0, "length": 7, "user": telegramtest.Object{"id": 700000001}}}}}, "/ask when did it open?"},
		{"a mention of another", group, "@testigo_bot_two when did it open?", nil, ""},
		{"a mention with one of our commands", group, "@testigo_bot /topics", nil, "/topics"},
		{"a mention with another's command", group, "@testigo_bot /ban me", nil, ""},
		{"a mention alone, under somebody's question", group, "@testigo_bot", []telegramtest.Object{elsewhere}, "/ask when did the library open?"},
		{"/ask under somebody's question", group, "/ask", []telegramtest.Object{elsewhere}, "/ask when did the library open?"},
		{"/ask under a question of which a part is quoted", group, "/ask", []telegramtest.Object{elsewhere,
			{"quote": telegramtest.Object{"text": "the library", "position": 9, "is_manual": true}}}, "/ask the library"},
		{"/ask under one of our answers", group, "/ask", []telegramtest.Object{ours}, "/ask"},
		{"a reply to the bot", group, "and who was the first?", []telegramtest.Object{ours}, "and who was the first?"},
		{"a reply to somebody", group, "and who was the first?", []telegramtest.Object{elsewhere}, ""},
		{"the first words in a topic that the bot made", group, "hello all", []telegramtest.Object{topicMade}, ""},
		{"what somebody sent through the bot's inline mode", private, "The library opened", []telegramtest.Object{{"via_bot": telegramtest.Object{"id": 700000001, "is_bot": true, "first_name": "T"}}}, ""},
		{"another bot's words", group, "/ask when?", []telegramtest.Object{{"from": telegramtest.Object{"id": 5, "is_bot": true, "first_name": "B"}}}, ""},
		{"what came from the linked channel by itself", group, "/ask when?", []telegramtest.Object{{"is_automatic_forward": true}}, ""},
		{"a person who speaks as a channel", group, "/ask when?", []telegramtest.Object{{"sender_chat": telegramtest.Object{"id": -1009, "type": "channel", "title": "C"},
			"from": telegramtest.Object{"id": channelBot, "is_bot": true, "first_name": "Channel"}}}, "/ask when?"},
		{"a post in a channel", telegramtest.Chat{ID: -1007, Type: "channel"}, "/ask when?", nil, ""},
		{"a caption", group, "", []telegramtest.Object{{"caption": "/ask when?", "caption_entities": telegramtest.Entities("/ask when?"), "text": ""}}, "/ask when?"},
		{"a start by a link to a fact", private, "/start f-opened", nil, "/fact opened"},
		{"a start by a link to a question", private, "/start " + questionPayload("when did it open?"), nil, "/ask when did it open?"},
		{"a start by a link to all of a fact's sources", private, "/start a-opened", nil, "/fact opened all"},
		{"a start alone", private, "/start", nil, "/help"},
		{"a start in a group, by our name", group, "/start@testigo_bot", nil, "/help"},
		{"a start in a group that may be another bot's", group, "/start", nil, ""},
		{"a command with a letter that Telegram's commands end at", private, "/quién hizo esto", nil, "/quién hizo esto"},
		{"a command with its text on the next line", private, "/ask\nwhen?", nil, "/ask when?"},
		{"a command in capitals", private, "/ASK when?", nil, "/ask when?"},
		{"an entity that ends behind the text", group, "hi", []telegramtest.Object{{"entities": []any{telegramtest.Object{"type": "mention", "offset": 1, "length": 99}}}}, ""},
	}
	w := start(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(w.bot.messages())
			w.Message(tt.chat, ben, tt.text, tt.more...)
			w.quiet()
			var got string
			for _, m := range w.bot.messages()[before:] {
				if m.Author.ID != id64(cleo.ID) {
					got = m.Text
				}
			}
			if got != tt.want {
				t.Errorf("the bot is told %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAMessageIsWhatTheBotNeeds(t *testing.T) {
	w := start(t)
	id, _ := w.Message(group, ana, "/ask hola", telegramtest.Object{"message_thread_id": 77, "is_topic_message": true})
	sent := w.WaitSent(1)
	m := w.bot.messages()[0]
	want := bot.Message{Space: "telegram:-100500", At: bot.MessageRef{Platform: "telegram", Channel: "-100500:77", Message: id64(id)},
		Author: bot.Author{Platform: "telegram", ID: "11", Name: "Ana"}, Text: "/ask hola", Locale: bot.Spanish}
	if m.Space != want.Space || m.At != want.At || m.Author != want.Author || m.Text != want.Text || m.Locale != want.Locale || m.Private || m.Forms || m.Role != bot.Member {
		t.Errorf("%+v", m)
	}
	if sent.Topic != 77 || sent.ReplyTo != id || sent.Chat != group.ID {
		t.Errorf("not in its topic as a reply: %+v", sent)
	}
	w.Wait("the bot is told where its reply stands", func() bool { return len(w.bot.sent()) == 1 })
	if at := w.bot.sent()[0].at; at != (bot.MessageRef{Platform: "telegram", Channel: "-100500:77", Message: id64(sent.ID)}) {
		t.Errorf("%+v", at)
	}
	w.Message(telegramtest.Private(ben), ben, "hello")
	w.WaitSent(2)
	if m := w.bot.messages()[1]; !m.Private || m.Space != "" || m.Locale != bot.English {
		t.Errorf("in private: %+v", m)
	}
	// A thread of replies in a group without topics has an id too, and is no topic.
	w.Message(group, ben, "/ask hello", telegramtest.Object{"message_thread_id": 78})
	if sent := w.WaitSent(3); sent.Topic != 0 {
		t.Errorf("a thread was taken for a topic: %+v", sent)
	}
}

// An update that comes twice, as after a lost answer to getUpdates, is answered once.
func TestNothingIsAnsweredTwice(t *testing.T) {
	w := start(t)
	_, id := w.Message(telegramtest.Private(ben), ben, "whose was the mill")
	w.WaitSent(1)
	w.Raw(`{"update_id":` + id64(id) + `,"message":{"message_id":1,"date":1,"chat":{"id":12,"type":"private"},"from":{"id":12,"first_name":"B"},"text":"whose was the mill"}}`)
	if n := w.quiet(); n != 1 {
		t.Errorf("answered %d times", n)
	}
}

func TestNobodyIsNotified(t *testing.T) {
	w := start(t, func(w *world) {
		w.bot.handle = func(m bot.Message) (bot.Reply, bool) {
			return bot.Reply{Blocks: []bot.Block{
				{Kind: bot.Heading, Text: "for @everyone and (@ana_maria)"},
				{Kind: bot.Quote, Text: "said @somebody", Cite: "@publisher", Link: "tg://user?id=11", LinkText: "@link"},
				{Kind: bot.Document, Text: "x", Link: "https://example.org/@somebody", LinkText: "read"},
			}, Choices: []bot.Choice{{Label: "@everyone", Command: "/topics"}}}, true
		}
	})
	w.Message(group, ben, "/ask x")
	got := w.WaitSent(1)
	parsed, err := telegramtest.ParseHTML(got.HTML)
	if err != nil || len(parsed.Mentions()) > 0 {
		t.Errorf("%v notifies %q", err, parsed.Mentions())
	}
	for _, r := range w.Requests("sendMessage") {
		if !strings.Contains(r.Params["link_preview_options"], `"is_disabled":true`) {
			t.Errorf("links are unfolded: %v", r.Params)
		}
	}
}

func TestALanguageIsRemembered(t *testing.T) {
	w := start(t)
	w.ask(ben, "/language es")
	if got := w.ask(ben, "whose was the mill"); !strings.Contains(got.Text, "Comprobado") {
		t.Errorf("in private: %s", got.Text)
	}
	w.Message(group, ana, "/idioma en")
	w.WaitSent(3)
	w.Message(group, ana, "/ask dato del molino")
	w.Message(group, ben, "/help")
	w.WaitSent(5)
	heard := w.bot.messages()
	if m := heard[3]; m.Lang != bot.English {
		t.Errorf("in a group: %+v", m)
	}
	if m := heard[4]; m.Lang != "" {
		t.Errorf("another person in the group: %+v", m)
	}
}

func TestStopEndsQuicklyAndAnswersWhatWasTaken(t *testing.T) {
	w := start(t)
	for range 5 {
		w.Message(telegramtest.Private(ben), ben, "whose was the mill")
	}
	w.Wait("all heard", func() bool { return len(w.bot.messages()) == 5 })
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(w.Sent()); n != 5 {
		t.Errorf("%d of 5 were answered", n)
	}
	if n := w.Unconfirmed(); n != 0 {
		t.Errorf("%d updates will come again", n)
	}
}

// An update is handled only once Telegram knows that it need not come again: then neither a crash nor a lost answer makes it come twice.
func TestAnUpdateIsConfirmedBeforeItIsHandled(t *testing.T) {
	w := start(t)
	w.ask(ben, "whose was the mill")
	w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault { // confirmations do not arrive
		return telegramtest.Fault{CutBefore: r.Method == "getUpdates" && r.Params["timeout"] == "0"}
	})
	w.Message(telegramtest.Private(ben), ben, "when did the library open?")
	n := len(w.Requests("getUpdates"))
	w.WaitRequest("getUpdates", n+3)
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	if len(w.bot.messages()) != 1 || w.Unconfirmed() != 1 {
		t.Fatalf("it was handled: %+v; %d unconfirmed", w.bot.messages(), w.Unconfirmed())
	}
	w.SetFaults(nil)
	start(t, func(next *world) {
		next.Server = w.Server
		next.adapter.client.api = w.URL
	})
	if got := w.WaitSent(2); !strings.Contains(got.Text, "4 March 1931") {
		t.Errorf("after a restart: %s", got.Text)
	}
}

// A server that never answers holds a stop no longer than the grace time.
func TestAStopWaitsNoLongerThanItsGraceTime(t *testing.T) {
	w := start(t, func(w *world) { w.adapter.grace = 50 * time.Millisecond })
	w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
		return telegramtest.Fault{Hang: r.Method != "getUpdates"}
	})
	w.Message(group, ben, "/ask whose was the mill") // hangs where rights are asked for
	w.WaitRequest("getChatMember", 1)
	w.Message(telegramtest.Private(ben), ben, "whose was the mill") // hangs where it is sent
	w.WaitRequest("sendMessage", 1)
	if err := w.stop(); err != nil {
		t.Error(err)
	}
}

// A Telegram group can share a space with another community: what that one changes is answered here at once.
func TestASpaceCanBeShared(t *testing.T) {
	engine := libraryEngine(t)
	w := start(t, func(w *world) {
		w.bot.Bot = bot.New(engine, bot.Options{Spaces: map[string]bot.SpaceID{"telegram:-100500": "school", "discord:5": "school"}})
	})
	ask := func() string {
		t.Helper()
		n := len(w.Sent())
		w.Message(group, ben, "/fact lost-books")
		return w.WaitSent(n + 1).Text
	}
	if got := ask(); !strings.Contains(got, "no fact with the id") {
		t.Errorf("%s", got)
	}
	more, err := facts.LoadOver("testdata/more", engine.Pack(""))
	if err != nil {
		t.Fatal(err)
	}
	engine.Put("school", facts.Change{Put: more.Facts})
	if got := ask(); !strings.Contains(got, "Unknown") || !strings.Contains(got, "Nobody knows.") {
		t.Errorf("%s", got)
	}
}
