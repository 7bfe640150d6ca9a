package telegram

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
	"testigo/facts"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

// What every kind of answer looks like.
func TestGolden(t *testing.T) {
	engine := libraryEngine(t)
	more, err := facts.LoadOver("testdata/more", engine.Pack(""))
	if err != nil {
		t.Fatal(err)
	}
	engine.Put("", facts.Change{Put: more.Facts})
	b := bot.New(engine, bot.Options{})
	tests := []struct{ name, text string }{
		{"alleged", "/fact founder-alleged"},
		{"unknown_es", "/dato lost-books"},
		{"established", "when did the library of Arroyo open?"},
		{"established_es", "¿cuándo abrió la biblioteca de Arroyo?"},
		{"only_in_english_es", "/dato mill-owner"},
		{"contested", "who was blamed for the flood"},
		{"contested_all", "/fact flood-blame all"},
		{"superseded", "/fact mill-owner-old"},
		{"pointer", "What are the names of the nineteen readers?"},
		{"no_fact", "how do I bake bread without yeast"},
		{"premise", "did elena ruiz open the library in 1950?"},
		{"verdict", "is tomas vega guilty"},
		{"choices", ""},
		{"topics", "/topics"},
		{"topic", "/topic building"},
		{"sources_es", "/fuentes"},
		{"unknown_fact", "/fact <b>&amp;"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := bot.Message{Text: tt.text}
			if strings.HasSuffix(tt.name, "_es") {
				m.Lang = bot.Spanish
			}
			r, err := b.Handle(context.Background(), m)
			if err != nil {
				t.Fatal(err)
			}
			if tt.name == "choices" { // which questions come near enough to each other is the engine's to say
				one, _ := engine.Get("", "mill-owner-old")
				two, _ := engine.Get("", "flood-blame")
				r = b.Render("", &facts.Result{Kind: facts.Choices, Lang: bot.English, Choices: []facts.Hit{one, two}}, false)
			}
			texts := draw(r, maxParts)
			got := strings.Join(texts, "\n~~~ next message\n") + "\n"
			if k := buttons(r.Choices); k != nil {
				for _, row := range k.Rows {
					for _, button := range row {
						got += fmt.Sprintf("[%s](%s)%s ", button.Text, button.Data, button.Style)
					}
					got = strings.TrimRight(got, " ") + "\n"
				}
			}
			wellFormed(t, texts)
			name := filepath.Join("testdata", tt.name+".golden")
			if *updateGolden {
				if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// wellFormed checks what Telegram would refuse, and whom it would notify.
func wellFormed(t testing.TB, texts []string) (plain string) {
	t.Helper()
	for _, text := range texts {
		p, err := telegramtest.ParseHTML(text)
		switch {
		case err != nil:
			t.Errorf("%v in %q", err, text)
		case units(p.Text) > maxUnits || strings.TrimSpace(p.Text) == "":
			t.Errorf("%d units", units(p.Text))
		case p.Entities > 100 || p.Bytes > 9500:
			t.Errorf("%d entities of %d bytes", p.Entities, p.Bytes)
		case len(p.Mentions()) > 0:
			t.Errorf("%q would be notified", p.Mentions())
		}
		plain += p.Text + "\n"
	}
	return plain
}

func longReply(quotes, length int) bot.Reply {
	r := bot.Reply{Blocks: []bot.Block{{Kind: bot.Heading, Text: "HEADING"}, {Kind: bot.Standing, Text: "STANDING"}, {Kind: bot.Paragraph, Text: "ANSWER " + strings.Repeat("é😀", 300)}}}
	for i := range quotes {
		r.Blocks = append(r.Blocks, bot.Block{Kind: bot.Quote, Text: fmt.Sprintf("QUOTE%d ", i) + strings.Repeat("word & ", length/7), Cite: "somebody",
			Link: "https://example.org/#:~:text=" + strings.Repeat("%20x", length/4), LinkText: "read", Rendering: strings.Repeat("palabra ", length/8), Label: "Ours"})
	}
	r.Blocks = append(r.Blocks, bot.Block{Kind: bot.Footer, Text: "FOOTER"})
	return r
}

// Whatever must go, the standing, the answer and the first quote stay, in the first message, and it says that something went.
func TestWhatIsLeftOut(t *testing.T) {
	for _, tt := range []struct{ quotes, length, parts int }{{2, 100, 1}, {8, 320, 1}, {40, 320, 1}, {40, 320, 4}, {200, 320, 4}, {3, 1900, 1}} {
		r := longReply(tt.quotes, tt.length)
		texts := draw(r, tt.parts)
		if len(texts) == 0 || len(texts) > tt.parts {
			t.Errorf("%+v: %d messages", tt, len(texts))
			continue
		}
		all := wellFormed(t, texts)
		first := wellFormed(t, texts[:1])
		for _, must := range []string{"HEADING", "STANDING", "ANSWER", "QUOTE0", strings.Repeat("é😀", 300)} {
			if !strings.Contains(first, must) {
				t.Errorf("%+v: %.10s is not in the first message", tt, must)
			}
		}
		whole := strings.Count(all, "QUOTE") == tt.quotes
		if said := strings.Contains(all, "left out"); said == whole {
			t.Errorf("%+v: left out: %v, and says so: %v", tt, !whole, said)
		}
		if !strings.Contains(all, "FOOTER") {
			t.Errorf("%+v: the footer is gone", tt)
		}
	}
}

func TestALongTextIsCutAtWords(t *testing.T) {
	text := strings.TrimSpace(strings.Repeat("niño 😀 ", 1500))
	texts := draw(bot.Reply{Blocks: []bot.Block{{Kind: bot.Paragraph, Text: text}}}, 9)
	all := wellFormed(t, texts)
	if got, want := len(strings.Fields(all)), len(strings.Fields(text)); got != want || len(texts) < 3 {
		t.Errorf("%d words of %d in %d messages", got, want, len(texts))
	}
}

func TestButtons(t *testing.T) {
	choices := []bot.Choice{
		{Label: "Yes", Command: "/yes", Look: bot.Primary}, {Label: "No", Command: "/no", Look: bot.Danger},
		{Label: strings.Repeat("long ", 30), Command: "/long"},
		{Label: "cannot be carried", Command: strings.Repeat("x", 65)},
		{Label: " \n", Command: "/nothing"}, {Label: "no command"},
	}
	k := buttons(choices)
	if len(k.Rows) != 2 || len(k.Rows[0]) != 2 || k.Rows[0][0].Style != "primary" || k.Rows[0][1].Style != "danger" || k.Rows[1][0].Data != "/long" {
		t.Errorf("%+v", k)
	}
	if n := utf8.RuneCountInString(k.Rows[1][0].Text); n > maxLabel {
		t.Errorf("a label of %d", n)
	}
	if buttons(nil) != nil {
		t.Error("a keyboard without keys")
	}
	many := make([]bot.Choice, 60)
	for i := range many {
		many[i] = bot.Choice{Label: "x", Command: "/x"}
	}
	total := 0
	for _, row := range buttons(many).Rows {
		total += len(row)
	}
	if total != bot.MaxButtons {
		t.Errorf("%d buttons", total)
	}
}

func TestEverySentenceHasBothLanguages(t *testing.T) {
	for name, s := range sentences {
		if s[0] == "" || s[1] == "" || s[0] == s[1] || units(s[0]) > maxToast || units(s[1]) > maxToast {
			t.Errorf("%s: %q", name, s)
		}
	}
}

func FuzzMarkup(f *testing.F) {
	for _, s := range []string{"a<b>&amp;\"", "@name x@y.z @_ @@a", "a\x00\x1b[2J\u202eb", "\xff\xfe", "https://t.me/@x", "😀\n\t", strings.Repeat("x", 5000)} {
		f.Add(s, "https://example.org/"+s)
	}
	f.Fuzz(func(t *testing.T, s, link string) {
		r := bot.Reply{Blocks: []bot.Block{{Kind: bot.Heading, Text: s}, {Kind: bot.Quote, Text: s, Rendering: s, Label: s, Cite: "c", Link: link, LinkText: "read"},
			{Kind: bot.Document, Text: s, Link: link, LinkText: s}, {Kind: bot.Item, Text: s}, {Kind: bot.Paragraph, Text: s}}}
		if len(s) > 9000 || len(link) > 2000 {
			return
		}
		for _, text := range draw(r, 100) {
			p, err := telegramtest.ParseHTML(text)
			if err != nil || len(p.Mentions()) > 0 || units(p.Text) > maxUnits {
				t.Errorf("%q: %v, notifies %q, %d units", text, err, p.Mentions(), units(p.Text))
			}
		}
	})
}

func FuzzEntities(f *testing.F) {
	f.Add("a😀 @bot", 3, 4)
	f.Add("", -1, 1<<62)
	f.Fuzz(func(t *testing.T, text string, offset, length int) {
		before, own, after := entity{Offset: offset, Length: length}.slice(text)
		if own == "" && before == text && after == "" {
			return
		}
		if units(own) != length || units(before) != offset {
			t.Errorf("%q %d %d: %q %q %q", text, offset, length, before, own, after)
		}
	})
}

func FuzzPlace(f *testing.F) {
	f.Add("-100:7", "5")
	f.Fuzz(func(t *testing.T, channel, message string) {
		chat, topic, id, ok := place(bot.MessageRef{Platform: platform, Channel: channel, Message: message})
		if !ok {
			return
		}
		if c, tp, i, ok := place(ref(chat, topic, id)); !ok || c != chat || tp != topic || i != id {
			t.Errorf("%q %q: %d %d %d", channel, message, c, tp, i)
		}
	})
}

func FuzzUpdates(f *testing.F) {
	a, err := New(Options{Token: telegramtest.Token}, bot.New(libraryEngine(f), bot.Options{}))
	if err != nil {
		f.Fatal(err)
	}
	a.self = botUser{user: user{ID: 7, Username: "testigo_bot"}}
	for _, s := range []string{
		`{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":-1,"type":"group"},"from":{"id":2},"text":"@testigo_bot x","entities":[{"type":"mention","offset":0,"length":12}]}}`,
		`{"update_id":2,"message":{"chat":{"type":"private"},"sender_chat":{},"text":"/ask@testigo_bot","entities":[{"type":"bot_command","length":16}],"reply_to_message":{"caption":"x"}}}`,
		`{"update_id":3,"callback_query":{"from":{}}}`, `{"update_id":"x"}`, `null`, `[]`, `{"message":{"entities":[{}],"text":"","reply_to_message":{"reply_to_message":{}}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, _ := a.decode([]json.RawMessage{raw})
		for _, u := range got {
			u.lane()
			for _, m := range []*message{u.Message, u.Edited} {
				if m == nil {
					continue
				}
				if text, ok := a.addressed(m); ok {
					sender(m)
					a.question(text)
					if payload, ok := startOf(text); ok {
						startText(payload)
					}
				}
			}
		}
	})
}
