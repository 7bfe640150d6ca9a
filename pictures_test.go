package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram/telegramtest"
	"testigo/docs/pictures"
)

// The pictures in the documentation are drawn from what the program really sends, with the set that ships, to doubles of both platforms. This test
// fails when what is sent is no longer what the pictures show; -update draws them anew.
func TestPictures(t *testing.T) {
	p := &portrait{process: serving(t, "log: {format: json}\nlimits: {person: {per_minute: 1000, burst: 1000}, channel: {per_minute: 1000, burst: 1000}}\n", nil)}
	tests := []struct {
		name, title string
		platform    *pictures.Platform
		messages    func() []pictures.Message
	}{
		{"answer", "Discord: una respuesta comprobada", &pictures.Discord, p.answer},
		{"contested", "Telegram: una respuesta en disputa, con las posturas", &pictures.Telegram, func() []pictures.Message {
			return p.private("¿cuándo se usó por primera vez la frase «verdad histórica»?")
		}},
		{"refusal", "Telegram: no hay un dato con fuente", &pictures.Telegram, func() []pictures.Message {
			return p.private("¿cuántos estudiantes hay en la normal este año?")
		}},
		{"preview", "Discord: what a moderator sees before a fact is saved", &pictures.Discord, p.preview},
		{"review", "Discord: a proposal that waits for a second moderator", &pictures.Discord, p.review},
		{"daily", "Telegram: el dato del 26 de septiembre", &pictures.Telegram, p.daily},
	}
	for _, tt := range tests {
		messages := tt.messages()
		got, err := pictures.Draw(tt.platform, tt.title, messages)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if len(got) > 30_000 {
			t.Errorf("%s has %d bytes", tt.name, len(got))
		}
		name := filepath.Join("docs/pictures", tt.name+".svg")
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if was, err := os.ReadFile(name); err != nil || string(was) != got {
			t.Errorf("%s is not what is sent now (%v): look at what changed, and draw it anew with go test . -run TestPictures -update", name, err)
		}
	}
}

// portrait is a program that sits for pictures.
type portrait struct {
	*process
	last *discordtest.Interaction
}

// Who is in the pictures, and where.
const (
	pictureMember    = "666666666666660001"
	pictureModerator = "666666666666660002"
	pictureDesk      = "444444444444440001"
)

var pictureAna = telegramtest.User{ID: 43, Name: "Ana", Language: "es"}

// member is what Discord says of somebody in the server; 32 is the permission to manage it.
func member(id, name, permissions string) map[string]any {
	return map[string]any{"user": map[string]any{"id": id, "username": strings.ToLower(name), "global_name": name}, "roles": []string{}, "permissions": permissions}
}

// does has a member run a command, press a button or fill in a form, and returns the answer.
func (p *portrait) does(who string, kind int, data map[string]any) discordtest.Response {
	p.t.Helper()
	as := member(who, "Ana", "1024")
	switch who {
	case pictureModerator:
		as = member(who, "Beto", "32")
	case discordtest.Owner:
		as = member(who, "Carla", "8")
	}
	p.last = p.discord.Interact(map[string]any{"type": kind, "locale": "en-US", "member": as, "data": data,
		"message": map[string]any{"id": "88", "channel_id": discordtest.Channel, "flags": 64}})
	return p.discord.First(p.last)
}

func option(name, value string) map[string]any {
	return map[string]any{"type": 3, "name": name, "value": value}
}

func (p *portrait) runs(who, group, name string, options ...any) discordtest.Response {
	return p.does(who, 2, map[string]any{"id": "1", "name": group, "type": 1, "options": []any{map[string]any{"type": 1, "name": name, "options": options}}})
}

// presses presses the button under the last answer whose label holds a text. An answer may go on in further messages.
func (p *portrait) presses(who, label string) discordtest.Response {
	p.t.Helper()
	id := ""
	p.discord.Await("the button "+label, func() bool {
		for _, r := range p.discord.Responses(p.last) {
			labels, ids := discordtest.Buttons(r.Data)
			if i := slices.IndexFunc(labels, func(l string) bool { return strings.Contains(l, label) }); i >= 0 {
				id = ids[i]
			}
		}
		return id != ""
	})
	return p.does(who, 3, map[string]any{"custom_id": id, "component_type": 2})
}

// fills fills a form in; a field that is not named keeps its value.
func (p *portrait) fills(who string, form discordtest.Response, values map[string]string) discordtest.Response {
	p.t.Helper()
	var m struct {
		ID   string `json:"custom_id"`
		Rows []struct {
			Inputs []struct {
				ID    string `json:"custom_id"`
				Value string `json:"value"`
			} `json:"components"`
		} `json:"components"`
	}
	if err := json.Unmarshal(form.Data, &m); err != nil || form.Type != 9 {
		p.t.Fatalf("not a form: %s %s %v", form.Content, form.Data, err)
	}
	var rows []any
	for _, row := range m.Rows {
		in := row.Inputs[0]
		value, ok := values[in.ID]
		if !ok {
			value = in.Value
		}
		rows = append(rows, map[string]any{"type": 1, "components": []any{map[string]any{"type": 4, "custom_id": in.ID, "value": value}}})
	}
	return p.does(who, 5, map[string]any{"custom_id": m.ID, "components": rows})
}

// discordMessage reads what the bot sent to Discord.
func (p *portrait) discordMessage(content string, body json.RawMessage, private bool) pictures.Message {
	p.t.Helper()
	content = strings.ReplaceAll(timeless(content), "TODAY TIME", "26 September 2026 18:00 UTC")
	m := pictures.Message{From: "testigo", Bot: true, Lines: pictures.FromDiscord(content), Private: private}
	var c struct {
		Rows []struct {
			Buttons []struct {
				Label string `json:"label"`
				Style int    `json:"style"`
			} `json:"components"`
		} `json:"components"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		p.t.Fatal(err)
	}
	looks := map[int]string{1: "primary", 4: "danger"} // docs.discord.com, "Component Reference", Button Styles
	for _, row := range c.Rows {
		var buttons []pictures.Button
		for _, b := range row.Buttons {
			buttons = append(buttons, pictures.Button{Text: b.Label, Look: looks[b.Style]})
		}
		m.Buttons = append(m.Buttons, buttons)
	}
	return m
}

// telegramMessage reads what the bot sent to Telegram.
func (p *portrait) telegramMessage(s telegramtest.Sent) pictures.Message {
	p.t.Helper()
	lines, err := pictures.FromTelegram(s.HTML)
	if err != nil {
		p.t.Fatal(err)
	}
	m := pictures.Message{From: "testigo", Bot: true, Lines: lines}
	for _, row := range s.Keys {
		var buttons []pictures.Button
		for _, b := range row {
			buttons = append(buttons, pictures.Button{Text: b.Text, Look: b.Style})
		}
		m.Buttons = append(m.Buttons, buttons)
	}
	return m
}

// answer: somebody mentions the bot in a channel.
func (p *portrait) answer() []pictures.Message {
	const question = "¿cuántos estudiantes desaparecieron?"
	p.discord.Say(discordtest.Said{Text: question, Mention: true, From: map[string]any{"id": pictureMember, "username": "ana"}})
	p.discord.Await("the answer", func() bool { return len(p.discord.Sent(discordtest.Channel)) == 1 })
	sent := p.discord.Sent(discordtest.Channel)[0]
	asked := pictures.Message{From: "Ana", Lines: []pictures.Line{{Spans: []pictures.Span{{Text: "@testigo", Style: pictures.Mention}, {Text: " " + question}}}}}
	return []pictures.Message{asked, p.discordMessage(sent.Content, sent.Body, false)}
}

// private: somebody asks in their private chat with the bot.
func (p *portrait) private(question string) []pictures.Message {
	n := len(p.telegram.Sent())
	p.telegram.Message(telegramtest.Private(pictureAna), pictureAna, question)
	return []pictures.Message{{From: "Ana", Lines: pictures.Plain(question)}, p.telegramMessage(p.telegram.WaitSent(n + 1))}
}

// preview: a moderator filled in the form for a fact that there is already.
func (p *portrait) preview() []pictures.Message {
	const who = pictureModerator
	r := p.fills(who, p.runs(who, "curate", "add"), map[string]string{
		"question": "How many students of the college disappeared in Iguala?", "answer": "43, on the night of 26 to 27 September 2014.", "standing": "established", "topics": "victims",
	})
	r = p.fills(who, p.presses(who, "Go on"), map[string]string{"quote": "the 43 forcibly disappeared students from Ayotzinapa", "source": "ngo"})
	r = p.fills(who, p.presses(who, "Go on"), map[string]string{"phrasings": "number of disappeared students\nhow many normalistas"})
	r = p.presses(who, "Skip")
	p.presses(who, "Discard")
	return []pictures.Message{p.discordMessage(r.Content, r.Data, r.Ephemeral())}
}

// review: a moderator proposed a change to a contested fact, and the others see it in their channel.
func (p *portrait) review() []pictures.Message {
	const who = pictureModerator
	p.runs(discordtest.Owner, "manage", "settings", option("name", "review_channel"), option("value", pictureDesk))
	p.fills(who, p.runs(who, "curate", "edit", option("id", "historic-truth-phrase")), map[string]string{"answer": "The documents differ. " +
		"The Wikipedia article links the phrase \"historic truth\" to Attorney General Jesús Murillo Karam's account of 7 November 2014; " +
		"a UN report and a New Yorker article place it on 27 January 2015."})
	p.presses(who, "To the preview")
	p.presses(who, "Save")
	p.discord.Await("the proposal", func() bool { return len(p.discord.Sent(pictureDesk)) == 1 })
	sent := p.discord.Sent(pictureDesk)[0]
	return []pictures.Message{p.discordMessage(sent.Content, sent.Body, false)}
}

// daily: a post with its card.
func (p *portrait) daily() []pictures.Message {
	group := telegramtest.Chat{ID: -1004300000000, Title: "Ayotzinapa"}
	p.telegram.Member(group, pictureAna, "administrator")
	for _, command := range []string{"/diario activar 09:00 America/Mexico_City es", "/diario poner tarjeta sí"} {
		n := len(p.in(pictureAna.ID))
		p.telegram.Message(group, pictureAna, command)
		p.telegram.Wait("the answer to "+command, func() bool { return len(p.in(pictureAna.ID)) > n })
	}
	var out, errOut shared
	env := map[string]string{"TESTIGO_TELEGRAM_TOKEN": telegramtest.Token, "TESTIGO_TELEGRAM_API": p.telegram.URL}
	args := []string{"daily", "--date", "2026-11-20", "--post", "--db", filepath.Join(p.dir, "testigo.db")}
	if code := run(context.Background(), args, func(name string) string { return env[name] }, strings.NewReader(""), &out, &errOut); code != exitOK {
		p.t.Fatalf("exit %d: %s%s", code, out.String(), errOut.String())
	}
	var post []pictures.Message
	for _, s := range p.in(group.ID) {
		if s.ReplyTo != 0 {
			continue // to a command
		}
		m := p.telegramMessage(s)
		m.Photo = s.Data
		post = append(post, m)
	}
	return post
}

// in returns what the bot sent to a chat on Telegram.
func (p *portrait) in(chat int64) (sent []telegramtest.Sent) {
	for _, s := range p.telegram.Sent() {
		if s.Chat == chat {
			sent = append(sent, s)
		}
	}
	return sent
}
