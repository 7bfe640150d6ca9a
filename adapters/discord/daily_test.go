package discord

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
	"testigo/facts"
	"testigo/facts/store"
)

const silent = 1 << 12 // the flag of a message without a notification

// isPicture reports whether a message holds one picture and nothing else, with words that say what it shows.
func isPicture(m *discordtest.Message) bool {
	for name, data := range m.Files {
		if !strings.HasSuffix(name, ".png") || !strings.HasPrefix(data, "\x89PNG") || m.Alt[name] == "" {
			return false
		}
	}
	return len(m.Files) == 1
}

// What is set for a channel's daily posts is what the channel gets, and a correction takes the picture away with the words it was drawn from.
func TestADailyPostAsItWasSet(t *testing.T) {
	c := newCommunity(t)
	daily := func(action, details string) discordtest.Response {
		t.Helper()
		return c.does(ana, slash("curate", "daily", text("action", action), text("details", details)))
	}
	c.says("switching it on", daily("on", "09:00 es UTC every_day"), "09:00")
	for _, name := range []string{"silent", "pin", "card"} {
		daily("set", name+" on")
	}
	preview := daily("preview", "")
	if !preview.Ephemeral() || len(preview.Files) != 1 || !strings.Contains(string(preview.Data), `"description":"`) {
		t.Errorf("the preview: flags %d, %d files", preview.Flags, len(preview.Files))
	}
	// The next one's picture takes the place of the last one's; a note that has none takes it away.
	if swapped := c.presses(ana, "Swap", preview.Data, 64); swapped.Type != 7 || len(swapped.Files) != 1 {
		t.Errorf("after the swap: type %d, %d files", swapped.Type, len(swapped.Files))
	}
	if skipped := c.presses(ana, "Skip this day", preview.Data, 64); !strings.Contains(string(skipped.Data), `"attachments":[]`) {
		t.Errorf("after the skip: %s", skipped.Data)
	}
	if n := len(c.Sent(discordtest.Channel)); n != 0 {
		t.Fatalf("%d messages before the post", n)
	}

	on := facts.DateOf(time.Now().UTC().AddDate(0, 0, 7))
	posts, err := c.b.PostOn(t.Context(), "", on)
	if err != nil || len(posts) != 1 || posts[0].State != "sent" {
		t.Fatalf("%+v, %v", posts, err)
	}
	list := c.Sent(discordtest.Channel)
	if len(list) == 0 {
		t.Fatal("no post")
	}
	if len(list) != 1 || !isPicture(&list[0]) || list[0].Content == "" || list[0].Flags&silent == 0 || !list[0].Pinned || pings(list[0].Body) {
		t.Fatalf("%d posts, the first pinned %v, with %d files: %s", len(list), list[0].Pinned, len(list[0].Files), list[0].Body)
	}
	var fact string
	for name, alt := range list[0].Alt {
		fact = strings.TrimSuffix(name, ".png")
		if !strings.Contains(list[0].Content, strings.Split(alt, "\n")[0]) {
			t.Errorf("the picture says %q, and the words are\n%s", alt, list[0].Content)
		}
	}
	c.does(ana, slash("curate", "hide", text("id", fact), text("reason", "being checked")))
	c.Await("the correction of the post", func() bool { return c.Sent(discordtest.Channel)[0].Edits == 1 })
	if m := c.Sent(discordtest.Channel)[0]; len(m.Files) != 0 || !m.Pinned || !strings.Contains(string(m.Body), `"attachments":[]`) {
		t.Errorf("the post, corrected: %d files, %s", len(m.Files), m.Body)
	}
	if n := len(c.Requests("PUT", "")); n != 1 {
		t.Errorf("pinned %d times", n)
	}
}

// While Discord refuses and fails, a daily post is there once, with all that is possible; the next day's too, and the log does not say it again.
func TestDailyPostsWhereNotAllIsAllowed(t *testing.T) {
	missing := &discordtest.Fault{Status: 403, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"message":"Missing Permissions","code":50013}`}
	first := func(method string, f *discordtest.Fault) func(*discordtest.Server) {
		return func(s *discordtest.Server) {
			turns := make(chan *discordtest.Fault, 1)
			turns <- f
			s.Fault = func(r *http.Request) *discordtest.Fault {
				if r.Method == method {
					select {
					case f := <-turns:
						return f
					default:
					}
				}
				return nil
			}
		}
	}
	here := map[string]bool{discordtest.Channel: true}
	tests := []struct {
		name     string
		prepare  func(*discordtest.Server)
		state    string
		pictures int
		pins     int
		logged   string // once for two posts, unless it is about a picture, which is told each time; "" has one post made
	}{
		{"a post's answer is lost, and it is sent again", first("POST", &discordtest.Fault{Status: 502, After: true}), "sent", 1, 1, ""},
		{"a pin's answer is lost, and it is set again", first("PUT", &discordtest.Fault{Status: 502, After: true}), "sent", 1, 1, ""},
		{"the bot may not attach files", func(s *discordtest.Server) { s.NoFiles = here }, "sent", 0, 2, "lacks Attach Files"},
		{"the bot may not pin", func(s *discordtest.Server) { s.NoPins = here }, "sent", 2, 0, "needs Pin Messages"},
		{"the channel has no room for a second pin", func(s *discordtest.Server) { s.MostPins = 1 }, "sent", 2, 1, "as many pins as Discord allows"},
		{"pins fail", func(s *discordtest.Server) {
			s.Fault = func(r *http.Request) *discordtest.Fault {
				if r.Method == "PUT" {
					return &discordtest.Fault{Status: 500}
				}
				return nil
			}
		}, "sent", 2, 0, "is not pinned"},
		{"the bot may not write", func(s *discordtest.Server) {
			s.Fault = func(*http.Request) *discordtest.Fault { return missing }
		}, "failed", 0, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := discordtest.New(t)
			tt.prepare(s)
			b := subscribed(t, `{"hour":9,"zone":"UTC","lang":"en","kind":"every_day","card":true,"pin":true}`)
			a, log := adapterOn(t, s, b, Options{}, quick())
			t.Cleanup(a.rest.transport.base.CloseIdleConnections)
			days := []string{"2027-03-04", "2027-03-05"}
			if tt.logged == "" {
				days = days[:1]
			}
			for _, day := range days {
				on, err := facts.ParseDate(day)
				if err != nil {
					t.Fatal(err)
				}
				posts, err := b.PostOn(t.Context(), "", on)
				if err != nil || len(posts) != 1 || posts[0].State != tt.state {
					t.Errorf("%s: %+v, %v", day, posts, err)
				}
			}
			list := s.Sent("")
			pictures, pins := 0, 0
			for i := range list {
				if list[i].Content == "" || list[i].Flags&silent != 0 {
					t.Errorf("flags %d: %s", list[i].Flags, list[i].Content)
				}
				if isPicture(&list[i]) {
					pictures++
				}
				if list[i].Pinned {
					pins++
				}
			}
			want := map[string]int{"sent": len(days)}[tt.state]
			if len(list) != want || pictures != tt.pictures || pins != tt.pins {
				t.Errorf("%d posts, want %d; %d pictures, want %d; %d pins, want %d", len(list), want, pictures, tt.pictures, pins, tt.pins)
			}
			told := strings.Count(log.String(), "level=WARN")
			if tt.logged == "" && told > 0 || tt.logged != "" && (!strings.Contains(log.String(), tt.logged) || told != 1 && tt.pictures > 0) {
				t.Errorf("the log, which should say %q:\n%s", tt.logged, log.String())
			}
		})
	}
}

// subscribed is a bot whose one channel has daily posts by a plan.
func subscribed(t *testing.T, plan string) *bot.Bot {
	t.Helper()
	pack, err := facts.Load("../../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "testigo.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := bot.New(facts.NewEngine(pack), bot.Options{Store: db})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := facts.Subscription{Space: "discord:here", Platform: Platform, Channel: discordtest.Channel, Spec: []byte(plan), At: time.Now()}
	if err := db.Subscribe(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPicturesAndFiles(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	a, log := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
	t.Cleanup(a.rest.transport.base.CloseIdleConnections)
	ctx := context.Background()
	here := bot.MessageRef{Platform: Platform, Channel: discordtest.Channel}
	send := func(r bot.Reply) (bot.MessageRef, []discordtest.Message) {
		t.Helper()
		before := len(s.Sent(""))
		at, err := a.Send(ctx, here, r)
		if err != nil {
			t.Fatal(err)
		}
		return at, s.Sent("")[before:]
	}
	picture := func(data, alt string) *bot.Picture {
		return &bot.Picture{Name: "day.png", Data: []byte(data), Alt: alt}
	}
	words := strings.Repeat("una palabra 🕯️ ", 120)

	_, got := send(bot.Reply{Blocks: paragraph("words"), Picture: picture("\x89PNG", words), File: &bot.File{Name: "a.txt", Data: []byte("x")}})
	if m := got[0]; len(got) != 1 || m.Files["a.txt"] != "x" || m.Files["day.png"] != "\x89PNG" || m.Content != "words" {
		t.Errorf("a file and a picture: %+v", got)
	} else if alt := m.Alt["day.png"]; units(alt) > maxAlt || units(alt) < maxAlt/2 || !strings.HasPrefix(words, strings.TrimSuffix(alt, "…")+" ") || m.Alt["a.txt"] != "" {
		t.Errorf("the alternative text: %d units, %q", units(alt), alt)
	}

	_, got = send(bot.Reply{Blocks: paragraph("words"), Picture: picture(strings.Repeat("x", maxUpload+1), "alt")})
	if len(got) != 1 || len(got[0].Files) != 0 || got[0].Content != "words" || !strings.Contains(log.String(), "larger than Discord takes") {
		t.Errorf("a picture that is too large: %d messages", len(got))
	}

	// What a correction reaches is the first message, so the picture is there.
	at, got := send(bot.Reply{Blocks: paragraph(strings.Repeat("long words ", 300)), Picture: picture("\x89PNG", "alt")})
	if len(got) < 2 || at.Message != got[0].ID || !isPicture(&got[0]) || len(got[1].Files) != 0 {
		t.Errorf("a long post with a picture: %+v", got)
	}
	for _, tt := range []struct {
		name string
		r    bot.Reply
		want map[string]string
	}{
		{"an edit with another picture", bot.Reply{Blocks: paragraph("new"), Picture: &bot.Picture{Name: "new.png", Data: []byte("new"), Alt: "new words"}}, map[string]string{"new.png": "new"}},
		{"an edit without one", bot.Reply{Blocks: paragraph("newer")}, map[string]string{}},
		{"an edit with a file", bot.Reply{Blocks: paragraph("newest"), File: &bot.File{Name: "a.txt", Data: []byte("x")}}, map[string]string{"a.txt": "x"}},
	} {
		if err := a.Edit(ctx, at, tt.r); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		i := slices.IndexFunc(s.Sent(""), func(m discordtest.Message) bool { return m.ID == at.Message })
		if m := s.Sent("")[i]; !maps.Equal(m.Files, tt.want) || m.Content != tt.r.Blocks[0].Text {
			t.Errorf("%s: %+v", tt.name, m.Files)
		}
	}
}

// An answer to an interaction whose picture is refused is given without it.
func TestAnInteractionWhosePictureIsRefused(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	var refused atomic.Bool
	s.Fault = func(r *http.Request) *discordtest.Fault {
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			refused.Store(true)
			return &discordtest.Fault{Status: 403, Body: `{"message":"Missing Permissions","code":50013}`}
		}
		return nil
	}
	a, log := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
	t.Cleanup(a.rest.transport.base.CloseIdleConnections)
	a.work = context.Background()
	in := s.Send(nil)
	r := bot.Reply{Blocks: paragraph("tomorrow's post"), Picture: &bot.Picture{Name: "day.png", Data: []byte("x"), Alt: "alt"}, Private: true}
	a.respond(a.work, &interaction{ID: in.ID, Token: in.Token, Type: 2, GuildID: discordtest.GuildID}, bot.Message{}, r, asSaid)
	got := s.Responses(in)
	var data struct {
		Attachments []json.RawMessage `json:"attachments"`
	}
	if len(got) != 1 || !refused.Load() || got[0].Content != "tomorrow's post" || !got[0].Ephemeral() || json.Unmarshal(got[0].Data, &data) != nil || len(data.Attachments) != 0 {
		t.Errorf("refused %v: %+v", refused.Load(), got)
	}
	if !strings.Contains(log.String(), "lacks Attach Files") {
		t.Errorf("the log:\n%s", log.String())
	}
}
