package discord

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

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
	t.Parallel()
	s, p := discordtest.New(t), quick()
	s.Fault = failing("POST", "/callback", &discordtest.Fault{Delay: 10 * time.Second, Status: 500})
	p.answer = 500 * time.Millisecond
	a, log := adapterOn(t, s, adaptertest.NewBot(t), Options{}, p)
	r := run(t, s, a, log)
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
