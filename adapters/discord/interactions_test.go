package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

type fields = map[string]any

// slash is a command as Discord sends it; sub is "" where it has none.
func slash(name, sub string, options ...any) fields {
	data := fields{"id": "1", "name": name, "type": 1, "options": options}
	if sub != "" {
		data["options"] = []any{fields{"type": 1, "name": sub, "options": options}}
	}
	return fields{"type": 2, "data": data}
}

func text(name, value string) any { return fields{"type": 3, "name": name, "value": value} }

// pressing is a button pressed under a message with these flags.
func pressing(id string, flags int) fields {
	return fields{"type": 3, "data": fields{"custom_id": id, "component_type": 2}, "message": fields{"id": "88", "channel_id": discordtest.Channel, "flags": flags}}
}

func with(f fields, more fields) fields {
	for key, value := range more {
		f[key] = value
	}
	return f
}

func TestCommands(t *testing.T) {
	spanish := fields{"locale": "es-419"}
	tests := []struct {
		name      string
		send      fields
		want      string
		ephemeral bool
		button    string // a label that must be there
	}{
		{"a question", slash("ask", "", text("question", question)), answer, false, "Who was the first librarian?"},
		{"a completed question", slash("ask", "", text("question", "/fact opened")), answer, false, ""},
		{"a command in the place of a question is a question", slash("ask", "", text("question", "/language es")), "no sourced fact", false, ""},
		{"a private question, which can be shown to everyone", slash("ask", "", text("question", question), fields{"type": 5, "name": "private", "value": true}), answer, true, "Show it to everyone"},
		{"a question to answer in Spanish", slash("ask", "", text("question", "/fact opened"), text("language", "es")), "El 4 de marzo de 1931", false, ""},
		{"a subcommand", slash("facts", "fact", text("id", "flood-blame")), "Contested", false, ""},
		{"a subcommand with two arguments", slash("facts", "fact", text("all", "all"), text("id", "flood-blame")), "Contested", false, ""},
		{"a subcommand without any, in the person's language", with(slash("facts", "topics"), spanish), "Temas:\n- El edificio: 4 datos (/datos tema building)", false, "El edificio"},
		{"a command that Discord still has and the bot no more", slash("facts", "gone"), "/facts topics", true, ""},
		{"in direct messages, where there is no member", with(slash("ask", "", text("question", question)), fields{"guild_id": nil, "member": nil, "context": 1, "user": fields{"id": discordtest.Person}}), answer, false, ""},
		{"the menu of a message", fields{"type": 2, "data": fields{"id": "1", "name": lookUp, "type": 3, "target_id": "5", "resolved": fields{"messages": fields{"5": fields{"id": "5", "content": "/when was the library opened?", "author": fields{"id": "9"}}}}}}, answer, true, "Show it to everyone"},
	}
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := r.First(r.Interact(tt.send))
			if got.Type != 4 || !strings.Contains(got.Content, tt.want) || got.Ephemeral() != tt.ephemeral || got.Flags&4 == 0 || pings(got.Data) {
				t.Errorf("type %d, flags %d: %s", got.Type, got.Flags, got.Content)
			}
			if labels, _ := discordtest.Buttons(got.Data); tt.button != "" && !strings.Contains(strings.Join(labels, "|"), tt.button) {
				t.Errorf("the buttons are %q", labels)
			}
		})
	}
}

func TestButtons(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	other := newSigner("another token")
	tests := []struct {
		name      string
		id        string
		flags     int // of the message above
		want      string
		ephemeral bool
	}{
		{"under a public message the answer is public", r.a.signer.id(press{pressCommand, bot.English, "/fact opened"}), 4, answer, false},
		{"in the language of the message", r.a.signer.id(press{pressCommand, bot.Spanish, "/fact opened"}), 4, "El 4 de marzo", false},
		{"under a private message it is private", r.a.signer.id(press{pressCommand, bot.English, "/fact opened"}), 64, answer, true},
		{"shown to everyone", r.a.signer.id(press{pressShare, bot.English, "/fact opened"}), 64, answer, false},
		{"of a bot with another token", other.id(press{pressCommand, bot.English, "/fact opened"}), 4, "too old", true},
		{"a form's id on a button", r.a.signer.id(press{pressForm, bot.English, "/fact opened"}), 4, "too old", true},
		{"made up", "/fact opened", 4, "too old", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := r.First(r.Interact(pressing(tt.id, tt.flags)))
			if got.Type != 4 || !strings.Contains(got.Content, tt.want) || got.Ephemeral() != tt.ephemeral || pings(got.Data) {
				t.Errorf("type %d, flags %d: %s", got.Type, got.Flags, got.Content)
			}
		})
	}
}

func TestAutocomplete(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	focused := func(name, value string) any { return fields{"type": 3, "name": name, "value": value, "focused": true} }
	tests := []struct {
		name string
		send fields
		want string // "name=value" of the first, "" for none
	}{
		{"a question", slash("ask", "", focused("question", "librar")), "=/fact "},
		{"an id", slash("facts", "fact", focused("id", "librarian")), "Who was the first librarian?=first-librarian"},
		{"a topic, in Spanish", with(slash("facts", "topic", focused("name", "edif")), fields{"locale": "es-ES"}), "El edificio=building"},
		{"nothing fits", slash("facts", "topic", focused("name", "zzzz")), ""},
		{"a command that is gone", slash("facts", "gone", focused("name", "x")), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := r.First(r.Interact(with(tt.send, fields{"type": 4})))
			var data struct {
				Choices *[]struct{ Name, Value string }
			}
			if err := json.Unmarshal(got.Data, &data); err != nil || got.Type != 8 || data.Choices == nil || len(*data.Choices) > 25 {
				t.Fatalf("type %d: %s", got.Type, got.Data)
			}
			first := ""
			if len(*data.Choices) > 0 {
				first = (*data.Choices)[0].Name + "=" + (*data.Choices)[0].Value
			}
			if tt.want == "" && first != "" || !strings.Contains(first, tt.want) {
				t.Errorf("the first choice is %q", first)
			}
		})
	}
}

// responding is an adapter that answers an interaction with replies that this test makes up.
func responding(t *testing.T) (*Adapter, func(kind int, r bot.Reply, more ...func(*interaction)) []discordtest.Response) {
	t.Helper()
	t.Parallel()
	s := discordtest.New(t)
	a, _ := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
	t.Cleanup(a.rest.transport.base.CloseIdleConnections)
	a.work = context.Background()
	if err := a.introduce(a.work); err != nil {
		t.Fatal(err)
	}
	return a, func(kind int, r bot.Reply, more ...func(*interaction)) []discordtest.Response {
		t.Helper()
		in := s.Send(nil)
		i := &interaction{ID: in.ID, Token: in.Token, Type: discordgo.InteractionType(kind), GuildID: discordtest.GuildID, ChannelID: discordtest.Channel}
		for _, f := range more {
			f(i)
		}
		a.respond(context.Background(), i, bot.Message{}, r, asSaid)
		return s.Responses(in)
	}
}

func onMessageWith(id string) func(*interaction) {
	return func(i *interaction) { i.Message = &message{ID: id} }
}

func paragraph(s string) []bot.Block { return []bot.Block{{Kind: bot.Paragraph, Text: s}} }

func TestForms(t *testing.T) {
	a, respond := responding(t)
	form := &bot.Form{Title: strings.Repeat("A long title ", 9), Command: "/draft page x", Open: "/draft open x", Fields: []bot.Field{
		{Key: "question", Label: "Question", Required: true, Max: 140, Value: strings.Repeat("x", 200)},
		{Key: "standing", Label: "Standing", Hint: "how firm it is", Options: []bot.Option{{Value: "established"}, {Value: "contested"}}},
		{Key: "answer", Label: "Answer", Long: true, Problem: "is empty"},
	}}
	got := respond(2, bot.Reply{Lang: bot.Spanish, Form: form})
	if len(got) != 1 || got[0].Type != 9 {
		t.Fatalf("%+v", got)
	}
	var m struct {
		CustomID   string `json:"custom_id"`
		Title      string
		Components []struct {
			Components []struct {
				CustomID, Label, Placeholder, Value string
				Style, MaxLength                    int
				Required                            bool
			}
		}
	}
	data := strings.NewReplacer("custom_id\":\"q", "CustomID\":\"q", "max_length", "MaxLength").Replace(string(got[0].Data))
	if err := json.Unmarshal([]byte(data), &m); err != nil {
		t.Fatal(err)
	}
	if p, ok := a.signer.read(m.CustomID); !ok || p != (press{pressForm, bot.Spanish, "/draft page x"}) {
		t.Errorf("the form's id says %+v", p)
	}
	if units(m.Title) > maxTitle || len(m.Components) != 3 {
		t.Fatalf("%+v", m)
	}
	question, standing, answer := m.Components[0].Components[0], m.Components[1].Components[0], m.Components[2].Components[0]
	if question.CustomID != "question" || !question.Required || question.MaxLength != 140 || len(question.Value) != 140 {
		t.Errorf("question %+v", question)
	}
	if standing.Placeholder != "established | contested  how firm it is" || answer.Style != 2 || answer.Placeholder != "is empty" {
		t.Errorf("standing %+v, answer %+v", standing, answer)
	}
	// After a form was filled in no other can be shown at once: a button opens it.
	got = respond(5, bot.Reply{Lang: bot.English, Form: form, Blocks: paragraph("Next: the sources.")})
	if labels, ids := discordtest.Buttons(got[0].Data); got[0].Type != 4 || len(labels) != 1 || labels[0] != "Fill in the form" {
		t.Errorf("%+v", got)
	} else if p, _ := a.signer.read(ids[0]); p.command != "/draft open x" || p.kind != pressCommand {
		t.Errorf("the button says %+v", p)
	}
}

func TestFormsAreRead(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	submit := func(id string, components string) fields {
		return fields{"type": 5, "data": fields{"custom_id": id, "components": json.RawMessage(components)}}
	}
	id := r.a.signer.id(press{pressForm, bot.English, "/fact opened"})
	for name, components := range map[string]string{
		"rows":                     `[{"type":1,"components":[{"type":4,"custom_id":"a","value":"x"}]}]`,
		"labels and unknown parts": `[{"type":18,"component":{"type":21,"custom_id":"a","values":["x"]}},{"type":99}]`,
	} {
		if got := r.First(r.Interact(submit(id, components))); !strings.Contains(got.Content, answer) {
			t.Errorf("%s: %+v", name, got)
		}
		var list []component
		if err := json.Unmarshal([]byte(components), &list); err != nil || answers(list)["a"] != "x" {
			t.Errorf("%s: %v, %v", name, answers(list), err)
		}
	}
	if got := r.First(r.Interact(submit("forged", `[]`))); !strings.Contains(got.Content, "too old") || !got.Ephemeral() {
		t.Errorf("a forged form: %+v", got)
	}
}

func TestAnswers(t *testing.T) {
	_, respond := responding(t)
	long := bot.Reply{Lang: bot.English, Choices: []bot.Choice{{Label: "Next", Command: "/next"}}}
	for i := range 60 {
		long.Blocks = append(long.Blocks, bot.Block{Kind: bot.Item, Text: fmt.Sprintf("line %d %s", i, strings.Repeat("x", 70))})
	}
	t.Run("an edit in the place of the message", func(t *testing.T) {
		if got := respond(3, bot.Reply{Blocks: paragraph("approved"), Replace: true}, onMessageWith("88")); got[0].Type != 7 || got[0].Content != "approved" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("an answer for the asker's eyes only", func(t *testing.T) {
		if got := respond(2, bot.Reply{Blocks: paragraph("x"), Private: true}); !got[0].Ephemeral() {
			t.Errorf("%+v", got)
		}
	})
	t.Run("silence under a button changes nothing", func(t *testing.T) {
		if got := respond(3, bot.Reply{}, onMessageWith("88")); got[0].Type != 6 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("silence after a command is said, privately", func(t *testing.T) {
		if got := respond(2, bot.Reply{}); got[0].Type != 4 || !strings.Contains(got[0].Content, "nothing to say") || !got[0].Ephemeral() {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a long answer goes on, its buttons at the end", func(t *testing.T) {
		long.Private = true
		got := respond(2, long)
		if len(got) != 3 || got[0].Type != 4 || got[2].Type != 0 {
			t.Fatalf("%d messages", len(got))
		}
		for i, m := range got {
			labels, _ := discordtest.Buttons(m.Data)
			if !m.Ephemeral() || pings(m.Data) || (len(labels) > 0) != (i == 2) {
				t.Errorf("part %d: flags %d, buttons %v", i, m.Flags, labels)
			}
		}
	})
	t.Run("a file", func(t *testing.T) {
		got := respond(2, bot.Reply{Blocks: paragraph("the pack"), File: &bot.File{Name: "pack.jsonl", Data: []byte("{}\n")}})
		if got[0].Files["pack.jsonl"] != "{}\n" || got[0].Content != "the pack" {
			t.Errorf("%+v", got)
		}
	})
}

func TestAttachedFiles(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	a, _ := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
	t.Cleanup(a.rest.transport.base.CloseIdleConnections)
	a.work = context.Background()
	if err := a.introduce(a.work); err != nil {
		t.Fatal(err)
	}
	good := s.Serve("pack.jsonl", []byte("{}\n"))
	tests := []struct {
		name  string
		file  attachment
		wrong string
	}{
		{"a pack", attachment{URL: good, Filename: "pack.JSONL", Size: 3}, ""},
		{"said to be too big", attachment{URL: good, Filename: "pack.jsonl", Size: bot.MaxFile + 1}, "file_too_big"},
		{"too big though it says otherwise", attachment{URL: s.Serve("big.json", make([]byte, bot.MaxFile+1)), Filename: "big.json", Size: 3}, "file_too_big"},
		{"a program", attachment{URL: good, Filename: "pack.exe", Size: 3}, "file_type"},
		{"not there", attachment{URL: s.URL + "/files/none.json", Filename: "none.json"}, "file_failed"},
		{"somewhere else", attachment{URL: "http://169.254.169.254/pack.json", Filename: "pack.json"}, "file_failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, wrong := a.fetch(a.work, &tt.file)
			if wrong != tt.wrong || wrong == "" && string(data) != "{}\n" {
				t.Errorf("%d bytes, %q", len(data), wrong)
			}
			// The only answer that is deferred, and only its asker sees it.
			in := s.Send(nil)
			a.withFile(a.work, &interaction{ID: in.ID, Token: in.Token, Type: 2, GuildID: discordtest.GuildID}, bot.Message{Text: "/about"}, &tt.file)
			got := s.Responses(in)
			if len(got) != 2 || got[0].Type != 5 || !strings.Contains(string(got[0].Data), "64") || !got[1].Edit || got[1].Content == "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

// Answering an interaction is tried again, because a second answer is refused; an answer that came through is not taken for a failure.
func TestAnswersAreTriedAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		faults []*discordtest.Fault
	}{
		{"not carried out", []*discordtest.Fault{{Status: 503}}},
		{"carried out, though the answer is 502", []*discordtest.Fault{{Status: 502, After: true}}},
		{"asked to wait", []*discordtest.Fault{json429("0.05", false)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t, func(s *discordtest.Server) { s.Fault = failing("POST", "/callback", tt.faults...) }, Options{})
			r.AwaitReady(1)
			in := r.Interact(slash("ask", "", text("question", question)))
			r.Await("the second try", func() bool { return len(r.Requests("POST", "/interactions/")) == 2 })
			time.Sleep(10 * time.Millisecond)
			if n := len(r.Responses(in)); n != 1 || strings.Contains(r.log.String(), "not answered") {
				t.Errorf("%d answers; log:\n%s", n, r.log.String())
			}
		})
	}
}

// An interaction that is answered too late, or that is gone, is let go of.
func TestSlowAnswers(t *testing.T) {
	r := start(t, func(s *discordtest.Server) {
		s.Fault = failing("POST", "/callback", &discordtest.Fault{Delay: 10 * time.Second, Status: 500})
	}, Options{})
	r.AwaitReady(1)
	r.Send(slash("ask", "", text("question", question)))
	r.answered() // the others go on meanwhile
	r.Await("the end of it", func() bool { return strings.Contains(r.log.String(), "not answered") })
}

// Events that cannot be read, or are nobody's, are passed over; those that come twice are answered once.
func TestOddEvents(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	for _, event := range []any{
		nil, 5, "x", fields{}, fields{"id": "1", "token": "t", "type": 3, "data": nil}, fields{"id": "2", "token": "t", "type": 99, "user": fields{"id": "5"}},
		fields{"id": "3", "token": "t", "type": 2, "data": fields{"options": []any{nil}}, "user": fields{"id": "5"}},
		fields{"id": "4", "token": "t", "type": 5, "data": fields{"components": []any{nil, fields{"type": 1, "components": nil}}}, "user": fields{"id": "5"}},
	} {
		r.Dispatch("INTERACTION_CREATE", event)
		r.Dispatch("MESSAGE_CREATE", event)
		r.Dispatch("MESSAGE_UPDATE", event)
	}
	r.Dispatch("A_NEW_KIND_OF_EVENT", fields{"x": 1})
	r.Dispatch("MESSAGE_CREATE", fields{"id": "9", "channel_id": "1", "author": nil, "content": "x"})
	r.Say(discordtest.Said{Text: question, Private: true, More: fields{"webhook_id": "5"}})
	r.Say(discordtest.Said{Text: question, Private: true, More: fields{"type": 7}})
	r.Say(discordtest.Said{Text: question, Private: true, More: fields{"components": []any{fields{"type": 18}}}})
	r.Await("the one answer", func() bool { return len(r.Sent("")) == 1 })
	send := slash("ask", "", text("question", question))
	in := r.Interact(send)
	r.Dispatch("INTERACTION_CREATE", with(send, fields{"id": in.ID, "token": in.Token, "user": fields{"id": "5"}}))
	r.answered()
	if n := len(r.Requests("POST", "/interactions/"+in.ID)); n != 1 {
		t.Errorf("an interaction that came twice was answered %d times", n)
	}
	if n := len(r.Sent("")); n != 2 {
		t.Errorf("%d answers", n)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.Roles = map[string]string{"71": "8", "72": "32", "73": "1024"}
	b := adaptertest.NewBot(t)
	a, _ := adapterOn(t, s, b, Options{}, quick())
	t.Cleanup(a.rest.transport.base.CloseIdleConnections)
	ctx := context.Background()
	for _, tt := range []struct {
		name, permissions string
		want              bot.Role
	}{{"everyone", "1024", bot.Member}, {"an administrator", "8", bot.Owner}, {"somebody who manages the server", "32", bot.Moderator}, {"said oddly", "x", bot.Member}} {
		m, ok := a.messageOf(&interaction{GuildID: discordtest.GuildID, Member: &member{User: &user{ID: "1"}, Permissions: tt.permissions}})
		if !ok || m.Role != tt.want {
			t.Errorf("%s is %v", tt.name, m.Role)
		}
	}
	if m, _ := a.messageOf(&interaction{User: &user{ID: "1"}, Member: &member{Permissions: "8"}}); m.Role != bot.Member {
		t.Error("somebody has rights in direct messages")
	}
	for _, tt := range []struct {
		name, person string
		roles        []string
		want         int64
	}{
		{"everyone", "1", nil, 1024}, {"the server's owner", discordtest.Owner, nil, discordgo.PermissionAdministrator},
		{"a role that manages the server", "1", []string{"72"}, 1024 | 32}, {"a role that was deleted", "1", []string{"99"}, 1024},
	} {
		if got, err := a.permissions(ctx, discordtest.GuildID, tt.person, tt.roles); err != nil || got != tt.want {
			t.Errorf("%s may %b: %v", tt.name, got, err)
		}
	}
	s.Members = map[string][]string{"72": {"72"}, discordtest.Owner: {}}
	for _, tt := range []struct {
		name, person, channel string
		want                  bot.Role
		fails                 bool
	}{
		{"a moderator", "72", discordtest.Channel, bot.Moderator, false}, {"the owner", discordtest.Owner, discordtest.Channel, bot.Owner, false},
		{"somebody who left", "99", discordtest.Channel, bot.Member, true}, {"direct messages", "72", discordtest.Direct("72"), bot.Member, false},
		{"a channel that is none", "72", "../guilds", bot.Member, true},
	} {
		role, err := a.RoleIn(ctx, bot.MessageRef{Channel: tt.channel}, bot.Author{ID: tt.person})
		if role != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: %v, %v", tt.name, role, err)
		}
	}
	if _, err := a.permissions(ctx, "1", "1", nil); err == nil {
		t.Error("the rights in a server that is gone were found out")
	}
}

// Where the bot may not write, the asker is told in private, once, and the log has it once.
func TestMayNotWrite(t *testing.T) {
	r := start(t, func(s *discordtest.Server) {
		s.Fault = func(q *http.Request) *discordtest.Fault {
			if q.Method == "POST" && strings.Contains(q.URL.Path, "/channels/"+discordtest.Channel+"/") {
				return &discordtest.Fault{Status: 403, Body: `{"message":"Missing Permissions","code":50013}`}
			}
			return nil
		}
	}, Options{})
	r.AwaitReady(1)
	r.Say(discordtest.Said{Text: question, Mention: true})
	r.Await("the note", func() bool { return len(r.Sent(discordtest.Direct(discordtest.Person))) == 1 })
	r.Say(discordtest.Said{Text: question, Mention: true})
	r.answered()
	if n := len(r.Requests("POST", "/channels/"+discordtest.Channel)); n != 1 {
		t.Errorf("%d tries in a channel where nothing may be written", n)
	}
	if list := r.Sent(""); len(list) != 2 || !strings.Contains(list[0].Content, "Send Messages") {
		t.Errorf("%+v", list)
	}
	if n := strings.Count(r.log.String(), "may not write in a channel"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

func TestTextOfMessages(t *testing.T) {
	others := []user{{ID: "5", Username: "ana"}, {ID: discordtest.BotID}}
	tests := []struct{ name, content, want string }{
		{"a mention first", "<@" + discordtest.BotID + "> who was she", "who was she"},
		{"a mention last, as old clients write it", "who was she <@!" + discordtest.BotID + ">", "who was she"},
		{"somebody else's mention becomes their name", "who is <@5>", "who is ana"},
		{"a role, a channel and an emoji say nothing", "who <@&7><#8><:x:9><a:y:10> was she", "who  was she"},
		{"a command picked from the list is as typed", "</facts topic:123> people", "/facts topic people"},
		{"a text that only looks so", "a < b > c <@x>", "a < b > c <@x>"},
	}
	for _, tt := range tests {
		if got := (&message{Content: tt.content, Mentions: others}).text(discordtest.BotID); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	reply := &message{Content: "<@" + discordtest.BotID + ">", Referenced: &message{Content: "who was she", Author: &user{ID: "5"}}}
	if got := reply.text(discordtest.BotID); got != "who was she" {
		t.Errorf("a bare mention under a question asks %q", got)
	}
}

func TestChosenLanguage(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	r.Say(discordtest.Said{Text: "/idioma es", Private: true})
	r.Await("the choice", func() bool { return len(r.Sent("")) == 1 })
	r.Say(discordtest.Said{Text: question, Private: true})
	r.Await("the answer", func() bool { return len(r.Sent("")) == 2 })
	if m := r.Sent("")[1]; !strings.Contains(m.Content, "Comprobado") {
		t.Errorf("%+v", m)
	}
}

func TestRepliesToTheBot(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	own := fields{"referenced_message": fields{"id": "5", "author": fields{"id": discordtest.BotID}}, "type": 19, "content": question}
	r.Say(discordtest.Said{More: own})
	r.Await("the answer", func() bool { return len(r.Sent("")) == 1 })
	other := fields{"referenced_message": fields{"id": "5", "author": fields{"id": "5"}}, "type": 19, "content": question}
	r.Say(discordtest.Said{More: other})
	r.answered()
	if n := len(r.Sent("")); n != 2 {
		t.Errorf("%d answers", n)
	}
}
