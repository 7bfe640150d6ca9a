package telegram

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"testigo/adapters/adaptertest"
	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
	"testigo/facts/store"
)

// on builds an adapter for a whole bot, without a script between.
func on(b *bot.Bot) func(w *world) { return func(w *world) { w.adapter.bot = b } }

func TestConformance(t *testing.T) {
	adaptertest.Run(t, func(t *testing.T, b *bot.Bot) adaptertest.Platform {
		w := build(t, on(b))
		var last telegramtest.Object
		say := func(m adaptertest.Said) string {
			chat, text := group, m.Text
			if m.Private {
				chat = telegramtest.Private(ben)
			}
			if m.Addressed {
				text = "@testigo_bot " + text
			}
			from := ben.Object()
			switch m.From {
			case adaptertest.AnotherBot:
				from = telegramtest.Object{"id": 77, "is_bot": true, "first_name": "Other", "username": "other_bot"}
			case adaptertest.Itself:
				from = w.Me
			}
			last = telegramtest.Object{"from": from}
			id, _ := w.Message(chat, ben, text, last)
			return id64(id)
		}
		return adaptertest.Platform{
			Run: w.adapter.Run, Ready: func() { <-w.adapter.Ready() }, Say: say, Again: w.Again,
			Sent: func() []adaptertest.Sent {
				var out []adaptertest.Sent
				for _, m := range w.Sent() {
					p, err := telegramtest.ParseHTML(m.HTML)
					if err != nil {
						t.Error(err)
					}
					out = append(out, adaptertest.Sent{Text: m.Text, Size: m.Text, ReplyTo: id64(m.ReplyTo), Private: m.Chat > 0, Pings: len(p.Mentions()) > 0})
				}
				return out
			},
			Limit: maxUnits, Count: units, Stacks: []string{"adapters/telegram.(*Adapter)", "adapters/telegram.(*queue)", "adapters/telegram.(*lanes)"},
		}
	})
}

// community is a group with the whole bot in it, over a database file that a restart opens again.
func community(t *testing.T, file string, s *telegramtest.Server) *world {
	t.Helper()
	db, err := store.Open(t.Context(), file, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := bot.New(libraryEngine(t), bot.Options{Store: db})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	background, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.Run(background)
	}()
	t.Cleanup(func() { stop(); <-done; _ = db.Close() }) // after the adapter, whose cleanup comes first
	return start(t, on(b), func(w *world) {
		if s != nil {
			w.Server = s
			w.adapter.client.api = s.URL
		}
	})
}

// said has somebody say something and returns the next message of the bot's in the chat where it is to come.
func (w *world) said(in telegramtest.Chat, u telegramtest.User, text string, at telegramtest.Chat) telegramtest.Sent {
	w.t.Helper()
	count := func() (n int, last telegramtest.Sent) {
		for _, m := range w.Sent() {
			if m.Chat == at.ID {
				n, last = n+1, m
			}
		}
		return n, last
	}
	before, _ := count()
	w.Message(in, u, text)
	w.Wait("a reply to "+text, func() bool { n, _ := count(); return n > before })
	_, last := count()
	return last
}

// newFact is what a moderator answers to the fields of /add, in order.
var newFact = []string{
	"Where is the reading room?", "It is on the first floor, above the wheel.", "established", "the building", "/skip",
	"The reading room is on the first floor, above the wheel.", "https://example.org/guide", "Guide to the mill", "Friends of the Library", "1999",
	"where do people read in the library; reading room location; which floor is the reading room on; where can i sit and read; reading room", "/skip", "/skip",
	"¿Dónde está la sala de lectura?", "Está en el primer piso, sobre la rueda.", "dónde se lee en la biblioteca; ubicación de la sala de lectura",
}

// A moderator adds a fact by a conversation in private, over a restart; the group is answered with it at once; undo takes it back.
func TestAModeratorAddsAFactOverARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "testigo.db")
	w := community(t, file, nil)
	private := telegramtest.Private(ben)
	w.Member(group, ben, "administrator")
	w.said(private, ben, "/help", private)
	if got := w.said(group, ben, "/add", private); !strings.Contains(got.Text, "(1/5)") {
		t.Fatalf("%s", got.Text)
	}
	half := len(newFact) / 2
	for _, answer := range newFact[:half] {
		w.said(private, ben, answer, private)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	w = community(t, file, w.Server)
	var last telegramtest.Sent
	for _, answer := range newFact[half:] {
		last = w.said(private, ben, answer, private)
	}
	i := slices.IndexFunc(last.Keys, func(row []telegramtest.Button) bool {
		return slices.ContainsFunc(row, func(b telegramtest.Button) bool { return b.Data == "/draft save" })
	})
	if i < 0 {
		t.Fatalf("it cannot be saved: %s %+v", last.Text, last.Keys)
	}
	w.Press(ben, last, "/draft save")
	w.Wait("it is saved", func() bool {
		return slices.ContainsFunc(w.Sent(), func(m telegramtest.Sent) bool { return m.Chat == ben.ID && strings.Contains(m.Text, "r1") })
	})
	if got := w.said(group, ana, "/ask where is the reading room", group); !strings.Contains(got.Text, "first floor") || !strings.Contains(got.Text, "Established") {
		t.Errorf("%s", got.Text)
	}
	// A member's attempt is refused, for their eyes only.
	w.said(telegramtest.Private(ana), ana, "/help", telegramtest.Private(ana))
	if got := w.said(group, ana, "/undo 1", telegramtest.Private(ana)); got.Chat != ana.ID {
		t.Errorf("%+v", got)
	}
	w.said(private, ben, "/undo 1", private)
	if got := w.said(group, ana, "/ask where is the reading room", group); strings.Contains(got.Text, "first floor") {
		t.Errorf("after undo: %s", got.Text)
	}
}

// Every row of the table can be used as Telegram sends it, in a group and in private; nothing of it is malformed, fails or panics.
func TestEveryCommand(t *testing.T) {
	w := community(t, filepath.Join(t.TempDir(), "testigo.db"), nil)
	w.Member(group, ben, "creator")
	private := telegramtest.Private(ben)
	w.said(private, ben, "/help", private)
	for _, row := range w.adapter.bot.Commands() {
		text := "/" + row.Spanish
		for _, arg := range row.Args {
			if len(arg.Options) > 0 {
				text += " " + arg.Options[0].Es
			} else if !arg.File {
				text += " opened"
			}
		}
		w.Message(group, ben, text)
		w.Message(private, ben, text)
	}
	w.quiet()
	if text := w.log.String(); strings.Contains(text, "panicked") || strings.Contains(text, "level=ERROR") {
		t.Error("something failed")
	}
}
