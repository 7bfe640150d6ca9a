package telegram

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
	"testigo/facts"
)

// The people and chats of the tests.
var (
	ana   = telegramtest.User{ID: 11, Name: "Ana", Language: "es-MX"}
	ben   = telegramtest.User{ID: 12, Name: "Ben <b>", Language: "en"}
	cleo  = telegramtest.User{ID: 13, Name: "Cleo", Language: "de"}
	group = telegramtest.Chat{ID: -100500, Title: "Group"}
)

// world is an adapter at work against the double.
type world struct {
	*telegramtest.Server
	t       *testing.T
	adapter *Adapter
	bot     *script
	log     *lockedBuffer
	cancel  context.CancelFunc
	ended   chan error
}

// script is the bot, with what a test wants it to say and ears on what the adapter tells it.
type script struct {
	*bot.Bot
	mu       sync.Mutex
	handle   func(m bot.Message) (bot.Reply, bool)
	settings map[string]string
	table    []bot.Command
	heard    []bot.Message
	told     []told
	courier  bot.Courier
}

type told struct {
	m  bot.Message
	r  bot.Reply
	at bot.MessageRef
}

func (s *script) Handle(ctx context.Context, m bot.Message) (bot.Reply, error) {
	s.mu.Lock()
	s.heard = append(s.heard, m)
	handle := s.handle
	s.mu.Unlock()
	if handle != nil {
		if r, ok := handle(m); ok {
			return r, nil
		}
	}
	return s.Bot.Handle(ctx, m)
}

func (s *script) Sent(m bot.Message, r bot.Reply, at bot.MessageRef) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, told{m, r, at})
}

func (s *script) Setting(_ bot.SpaceID, name string) string { return s.settings[name] }

func (s *script) Commands() []bot.Command { return append(s.Bot.Commands(), s.table...) }

func (s *script) Attach(platform string, c bot.Courier) { s.courier = c }

func (s *script) messages() []bot.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]bot.Message(nil), s.heard...)
}

func (s *script) sent() []told {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]told(nil), s.told...)
}

// lockedBuffer is a log that many write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// library is read once; engines do not change it.
var library = sync.OnceValues(func() (*facts.Pack, error) { return facts.Load("../../facts/testdata/library") })

func libraryEngine(t testing.TB) *facts.Engine {
	t.Helper()
	pack, err := library()
	if err != nil {
		t.Fatal(err)
	}
	return facts.NewEngine(pack)
}

// build makes an adapter and its double without starting it, quick where the real one is patient.
func build(t *testing.T, change ...func(*world)) *world {
	t.Helper()
	return buildOn(t, telegramtest.New(t), Options{}, change...)
}

// buildOn is build with a double and options that are there.
func buildOn(t *testing.T, server *telegramtest.Server, o Options, change ...func(*world)) *world {
	t.Helper()
	w := &world{Server: server, t: t, log: &lockedBuffer{}, ended: make(chan error, 1)}
	w.bot = &script{Bot: bot.New(libraryEngine(t), bot.Options{Clock: func() time.Time { return time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC) }})}
	log := slog.New(slog.NewTextHandler(io.MultiWriter(w.log, t.Output()), &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Token, o.API, o.Log, o.Grace = telegramtest.Token, w.URL, log, 5*time.Second
	a, err := New(o, w.bot.Bot)
	if err != nil {
		t.Fatal(err)
	}
	a.bot = w.bot
	a.client.firstWait = 2 * time.Millisecond
	a.queue = newQueue(2*time.Millisecond, 10_000)
	a.queue.onMove, a.queue.cluster = a.movedWhileSending, o.Cluster
	w.adapter = a
	for _, c := range change {
		c(w)
	}
	return w
}

// start is build, and the adapter runs. When the test ends the adapter is stopped; it must end well, leave no goroutine and never have shown its token.
func start(t *testing.T, change ...func(*world)) *world {
	t.Helper()
	w := build(t, change...)
	w.run()
	select {
	case <-w.adapter.Ready():
	case err := <-w.ended:
		t.Fatalf("it ended before it was ready: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("it is not ready")
	}
	return w
}

func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	go func() { w.ended <- w.adapter.Run(ctx) }()
	w.t.Cleanup(func() {
		if err := w.stop(); err != nil {
			w.t.Errorf("Run: %v", err)
		}
	})
}

// stop ends the adapter and returns Run's error.
func (w *world) stop() error {
	w.t.Helper()
	w.cancel()
	select {
	case err := <-w.ended:
		w.ended <- nil
		noToken(w.t, w.log.String())
		if err != nil {
			noToken(w.t, err.Error())
		}
		if left := leftGoroutines(); left != "" {
			w.t.Errorf("a goroutine was left:\n%s", left)
		}
		return err
	case <-time.After(15 * time.Second):
		w.t.Fatal("it does not stop")
		return nil
	}
}

func noToken(t testing.TB, text string) {
	t.Helper()
	secret := strings.SplitN(telegramtest.Token, ":", 2)[1]
	if strings.Contains(text, secret) {
		t.Errorf("the token is in: %s", text)
	}
}

// leftGoroutines returns the stacks of goroutines that run the package's code, tests' own aside.
func leftGoroutines() string {
	var left []string
	for range 50 { // one may be at its last instruction
		left = nil
		buf := make([]byte, 1<<20)
		for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(stack, "adapters/telegram.(*") && !strings.Contains(stack, "(*world)") && !strings.Contains(stack, "telegram.Test") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return strings.Join(left, "\n\n")
}

// ask has somebody ask in private and returns the answer.
func (w *world) ask(u telegramtest.User, text string) telegramtest.Sent {
	w.t.Helper()
	n := len(w.Sent())
	w.Message(telegramtest.Private(u), u, text)
	return w.WaitSent(n + 1)
}

// quiet waits until all that was said so far is dealt with, by asking something more, and returns how many messages the bot sent before that.
func (w *world) quiet() int {
	w.t.Helper()
	count := func() (all, cleos int) {
		sent := w.Sent()
		for _, m := range sent {
			if m.Chat == cleo.ID {
				cleos++
			}
		}
		return len(sent), cleos
	}
	_, before := count()
	w.Message(telegramtest.Private(cleo), cleo, "/help")
	w.Wait("the last answer", func() bool { _, now := count(); return now > before })
	w.idle() // updates are taken in order, so all before it were
	all, cleos := count()
	return all - cleos
}

// idle waits until what was taken is handled and what was to be sent is sent, or given up.
func (w *world) idle() {
	for {
		w.adapter.queue.mu.Lock()
		left := w.adapter.queue.left
		w.adapter.queue.mu.Unlock()
		if left == 0 && len(w.adapter.lanes.slots) == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func anonymous(chat telegramtest.Chat) telegramtest.Object {
	return telegramtest.Object{"sender_chat": chat.Object(), "from": telegramtest.Object{"id": anonymousAdmin, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"}}
}
