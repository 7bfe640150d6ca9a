package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

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
