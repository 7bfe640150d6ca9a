package discord

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

// Most tests wait for the library's second of closing, not for the machine.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// quick is the pace of tests.
func quick() pace {
	return pace{
		reconnect: 5 * time.Millisecond, reconnectMost: 50 * time.Millisecond, stable: time.Minute, handshake: time.Second, open: 2 * time.Second,
		closing: 4 * time.Second, identify: 5 * time.Millisecond, budget: 10 * time.Millisecond, retry: 5 * time.Millisecond,
		answer: 20 * time.Second, post: 30 * time.Second, say: 600 * time.Millisecond,
	}
}

// logged collects what is logged.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// running is an adapter that runs on a double.
type running struct {
	*discordtest.Server
	t     *testing.T
	a     *Adapter
	log   *logged
	ended chan error
	stop  context.CancelFunc
}

// adapterOn makes an adapter on a double. No token is in what it logs, in any test.
func adapterOn(t *testing.T, s *discordtest.Server, b *bot.Bot, o Options, p pace) (*Adapter, *logged) {
	t.Helper()
	log := &logged{}
	s.FirstWithin = cmp.Or(s.FirstWithin, time.Minute) // whether three seconds are enough is up to the machine
	o.API = s.URL
	if o.Token == "" {
		o.Token = discordtest.Token
	}
	o.Log = slog.New(slog.NewTextHandler(io.MultiWriter(log, testLog{t}), &slog.HandlerOptions{Level: slog.LevelDebug}))
	a, err := newAdapter(o, b, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if text := log.String(); strings.Contains(text, o.Token) || strings.Contains(text, "interaction-token-") {
			t.Errorf("a token is in the log:\n%s", text)
		}
	})
	return a, log
}

type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	if testing.Verbose() {
		l.t.Log(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

// start runs an adapter on a double until the test ends, beside other tests: the library takes a second to close.
func start(t *testing.T, prepare func(*discordtest.Server), o Options) *running {
	t.Helper()
	t.Parallel()
	s := discordtest.New(t)
	if prepare != nil {
		prepare(s)
	}
	a, log := adapterOn(t, s, adaptertest.NewBot(t), o, quick())
	return run(t, s, a, log)
}

func run(t *testing.T, s *discordtest.Server, a *Adapter, log *logged) *running {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Server: s, t: t, a: a, log: log, ended: make(chan error, 1), stop: cancel}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.ended <- a.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Error("Run did not return")
		}
	})
	return r
}

// stacks are of the adapter and of the library.
var stacks = []string{"discord.(*", "bwmarrin/discordgo"}

// end waits for Run to return by itself.
func (r *running) end() error {
	r.t.Helper()
	select {
	case err := <-r.ended:
		r.ended <- err
		return err
	case <-time.After(20 * time.Second):
		r.t.Fatal("Run did not return")
		return nil
	}
}

func TestConformance(t *testing.T) {
	adaptertest.Run(t, func(t *testing.T, b *bot.Bot) adaptertest.Platform {
		s := discordtest.New(t)
		a, _ := adapterOn(t, s, b, Options{}, quick())
		var last discordtest.Said
		say := func(m adaptertest.Said) string {
			said := discordtest.Said{Text: m.Text, Private: m.Private, Mention: m.Addressed}
			switch m.From {
			case adaptertest.AnotherBot:
				said.From = map[string]any{"id": "777777777777777777", "username": "other", "bot": true}
			case adaptertest.Itself:
				said.From = map[string]any{"id": discordtest.BotID, "username": "testigo", "bot": true}
			}
			said.ID = s.Say(said)
			last = said
			return said.ID
		}
		return adaptertest.Platform{
			Run: a.Run, Ready: func() { s.AwaitReady(1) }, Say: say, Again: func() { s.Say(last) },
			Sent: func() []adaptertest.Sent {
				var out []adaptertest.Sent
				for _, m := range s.Sent("") {
					out = append(out, adaptertest.Sent{
						Text: strings.ReplaceAll(m.Content, `\`, ""), Size: m.Content, ReplyTo: m.ReplyTo,
						Private: m.Channel != discordtest.Channel, Pings: pings(m.Body),
					})
				}
				return out
			},
			Limit: maxContent, Count: units, Stacks: stacks,
		}
	})
}

// pings reports whether a message may notify somebody: Discord's default is that everything in its text does, and a reply its author.
func pings(body json.RawMessage) bool {
	var m struct {
		Mentions *struct {
			Parse   *[]string `json:"parse"`
			Users   []string  `json:"users"`
			Roles   []string  `json:"roles"`
			Replied bool      `json:"replied_user"`
		} `json:"allowed_mentions"`
	}
	if json.Unmarshal(body, &m) != nil || m.Mentions == nil || m.Mentions.Parse == nil {
		return true
	}
	return len(*m.Mentions.Parse) > 0 || len(m.Mentions.Users) > 0 || len(m.Mentions.Roles) > 0 || m.Mentions.Replied
}
