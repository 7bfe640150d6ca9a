// Package adaptertest is what every adapter of a chat platform must do, as a test that each runs against a double of its platform.
package adaptertest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"testigo/bot"
	"testigo/facts"
)

// From says who writes.
type From int

// Who writes.
const (
	Somebody   From = iota // a person
	AnotherBot             // some other bot
	Itself                 // the bot's own message, come back
)

// Said is a message that arrives at the bot.
type Said struct {
	ID        string // of a message said before, to say it again; "" for a new one
	From      From
	Text      string
	Private   bool // in a private chat
	Addressed bool // the bot is mentioned
}

// Sent is a message of the bot's.
type Sent struct {
	Text    string // as the platform shows it, without markup
	Size    string // what the platform counts against its limit
	ReplyTo string // id of the message it answers
	Private bool   // in a private chat
	Pings   bool   // it may notify somebody, in whatever way
}

// Platform is a double of a platform with an adapter on it.
type Platform struct {
	Run   func(ctx context.Context) error // the adapter's
	Ready func()                          // returns when the adapter takes messages
	Say   func(Said) (id string)
	Again func()        // makes the platform deliver the last message once more, as after a lost connection
	Sent  func() []Sent // so far, in order
	Limit int           // of a message
	Count func(s string) int
	// Stacks are parts of function names that no goroutine may have in its stack once Run returned.
	Stacks []string
}

// manySources is how many sources the set has whose list is longer than one message.
const manySources = 30

// NewBot returns a bot over a small set, the library of Arroyo; /sources is a long list in it.
func NewBot(t testing.TB) *bot.Bot {
	t.Helper()
	pack, err := facts.Load("../../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	for i := range manySources {
		s := *pack.Sources[0]
		// Emoji, because platforms count them in different ways.
		s.ID, s.Cite = fmt.Sprintf("more-%02d", i), facts.Words{En: longTitle(i), Es: longTitle(i)}
		pack.Sources = append(pack.Sources, &s)
	}
	return bot.New(facts.NewEngine(pack), bot.Options{})
}

func longTitle(i int) string {
	return fmt.Sprintf("Volume %02d of the chronicle 📚📚📚📚📚📚📚📚📚📚, with all of its appendices and the letters of the neighbours", i)
}

// Run checks an adapter. newPlatform makes a fresh double with the adapter for the bot.
func Run(t *testing.T, newPlatform func(t *testing.T, b *bot.Bot) Platform) {
	const question, answer = "when was the library opened", "On 4 March 1931"
	with := func(name string, f func(t *testing.T, p Platform)) {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, NewBot(t))
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- p.Run(ctx) }()
			p.Ready()
			f(t, p)
			cancel()
			stopped(t, p, ended)
		})
	}
	with("answers a question in a group once, as a reply to it", func(t *testing.T, p Platform) {
		id := p.Say(Said{Text: question, Addressed: true})
		m := await(t, p, 1)[0]
		if !strings.Contains(m.Text, answer) || !strings.Contains(m.Text, "Established") || m.ReplyTo != id {
			t.Errorf("to %s came %+v", id, m)
		}
		settled(t, p, 1)
	})
	with("answers in a private chat, where nobody mentions it, in the language asked", func(t *testing.T, p Platform) {
		for i, tt := range []struct{ said, want string }{
			{question, answer}, {"¿cuándo se inauguró la biblioteca?", "Comprobado"}, {"/nonsense", "nonsense"},
		} {
			p.Say(Said{Text: tt.said, Private: true})
			if m := await(t, p, i+1)[i]; !strings.Contains(m.Text, tt.want) || !m.Private {
				t.Errorf("to %q: %+v", tt.said, m)
			}
		}
	})
	with("ignores bots, itself and talk that is not addressed to it", func(t *testing.T, p Platform) {
		p.Say(Said{Text: question})
		for _, from := range []From{AnotherBot, Itself} {
			p.Say(Said{Text: question, From: from, Addressed: true})
			p.Say(Said{Text: question, From: from, Private: true})
		}
		id := p.Say(Said{Text: question, Addressed: true})
		if m := await(t, p, 1)[0]; m.ReplyTo != id {
			t.Errorf("it answered %+v", m)
		}
		settled(t, p, 1)
	})
	with("answers a message once that the platform delivers twice", func(t *testing.T, p Platform) {
		p.Say(Said{Text: question, Addressed: true})
		await(t, p, 1)
		p.Again()
		p.Say(Said{Text: "who was the first librarian", Addressed: true})
		if list := await(t, p, 2); !strings.Contains(list[1].Text, "Elena Ruiz") {
			t.Errorf("the second answer is %+v", list[1])
		}
		settled(t, p, 2)
	})
	with("pings nobody, whatever a person makes it say", func(t *testing.T, p Platform) {
		for _, text := range []string{"/fact @everyone", "/topic <@&1234>", "/@here", "/fact <@1234>", question} {
			p.Say(Said{Text: text, Private: true})
		}
		for _, m := range await(t, p, 5) {
			if m.Pings {
				t.Errorf("pings: %+v", m)
			}
		}
	})
	with("splits what is long, and loses nothing of it", func(t *testing.T, p Platform) {
		p.Say(Said{Text: "/sources", Private: true})
		await(t, p, 2)
		last := longTitle(manySources - 1)
		awaitText(t, p, last)
		all := ""
		for _, m := range p.Sent() {
			if n := p.Count(m.Size); n > p.Limit || n == 0 {
				t.Errorf("a message of %d, where %d are allowed", n, p.Limit)
			}
			all += m.Text + "\n"
		}
		for i := range manySources {
			before, after, ok := strings.Cut(all, longTitle(i))
			if !ok || strings.Contains(after, longTitle(i)) {
				t.Errorf("volume %d is not in it once (after %d characters)", i, len(before))
			}
		}
	})
	with("stops when nobody asks anything", func(*testing.T, Platform) {})
}

// stopTime is how long an adapter may take to stop.
const stopTime = 10 * time.Second

func stopped(t *testing.T, p Platform, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("after its context ended Run returned %v", err)
		}
	case <-time.After(stopTime):
		t.Fatalf("Run did not return within %v", stopTime)
	}
	NoGoroutines(t, p.Stacks...)
}

// NoGoroutines fails the test where goroutines with one of these function names in their stacks do not end.
func NoGoroutines(t testing.TB, names ...string) {
	t.Helper()
	var left []string
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		left = nil
		stacks := make([]byte, 4<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		for _, stack := range strings.Split(string(stacks), "\n\n")[1:] { // the first is this one
			for _, name := range names {
				if strings.Contains(stack, name) {
					left = append(left, stack)
				}
			}
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("goroutines run on:\n%s", strings.Join(left, "\n\n"))
}

const waitTime = 20 * time.Second

// await waits until n messages were sent.
func await(t *testing.T, p Platform, n int) []Sent {
	t.Helper()
	for end := time.Now().Add(waitTime); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if list := p.Sent(); len(list) >= n {
			return list
		}
	}
	t.Fatalf("%d messages were sent, not %d", len(p.Sent()), n)
	return nil
}

func awaitText(t *testing.T, p Platform, text string) {
	t.Helper()
	for end := time.Now().Add(waitTime); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for _, m := range p.Sent() {
			if strings.Contains(m.Text, text) {
				return
			}
		}
	}
	t.Fatalf("%q was not sent", text)
}

// settled checks that no more than n messages come.
func settled(t *testing.T, p Platform, n int) {
	t.Helper()
	time.Sleep(100 * time.Millisecond)
	if list := p.Sent(); len(list) != n {
		t.Errorf("%d messages were sent, not %d: %+v", len(list), n, list)
	}
}
