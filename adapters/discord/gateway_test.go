package discord

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
)

const (
	question = "when was the library opened"
	answer   = "On 4 March 1931"
)

// answered asks in a direct message and waits for the answer.
func (r *running) answered() {
	r.t.Helper()
	before := len(r.Sent(""))
	r.Say(discordtest.Said{Text: question, Private: true})
	r.Await("an answer", func() bool { return len(r.Sent("")) > before })
	if m := r.Sent("")[before]; !strings.Contains(m.Content, answer) {
		r.t.Errorf("the answer is %q", m.Content)
	}
}

// firsts behaves so on the first connections and well on all others.
func firsts(list ...discordtest.Behaviour) func(int) discordtest.Behaviour {
	return func(n int) discordtest.Behaviour {
		if n <= len(list) {
			return list[n-1]
		}
		return discordtest.Behaviour{}
	}
}

// Whatever happens while a connection opens, the adapter gets over it and answers.
func TestOpening(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		first discordtest.Behaviour
	}{
		{"asked to reconnect before the session stands, where the library would hang for ever", discordtest.Behaviour{BeforeReady: []string{`{"op":7,"d":null}`}}},
		{"a server that accepts and never says a word", discordtest.Behaviour{Silent: true}},
		{"a heartbeat's answer before the session stands, where the library would hang for ever", discordtest.Behaviour{AheadOfReady: []string{`{"op":11}`}}},
		{"an invalid session in the place of READY", discordtest.Behaviour{BeforeReady: []string{`{"op":9,"d":false}`}}},
		{"a server that greets and never says READY", discordtest.Behaviour{BeforeReady: []string{`{"op":11}`}}},
		{"asked for a heartbeat before the session stands", discordtest.Behaviour{AheadOfReady: []string{`{"op":1,"d":null}`}}},
		{"a packet that is no JSON", discordtest.Behaviour{BeforeReady: []string{`{"op":`}}},
		{"closed with an error that passes", discordtest.Behaviour{Close: 4000}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t, func(s *discordtest.Server) { s.Connect = firsts(tt.first) }, Options{})
			r.AwaitReady(1)
			r.answered()
		})
	}
}

func TestFatalCloseCodesEnd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code int
		want string
	}{{4004, "token"}, {4010, "shard"}, {4011, "more shards"}, {4012, "version"}, {4013, "intents"}, {4014, "intents"}}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			r := start(t, func(s *discordtest.Server) {
				s.Connect = func(int) discordtest.Behaviour { return discordtest.Behaviour{Close: tt.code} }
			}, Options{})
			if err := r.end(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("closed with %d, Run returned %v", tt.code, err)
			}
			if n := r.Stats().Identifies; n != 1 {
				t.Errorf("%d identifies", n)
			}
		})
	}
}

// A close code that is fatal also ends a connection that stood for a while.
func TestFatalCloseCodeLater(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	r.CloseGateway(4014)
	if err := r.end(); err == nil || !strings.Contains(err.Error(), "intents") {
		t.Errorf("Run returned %v", err)
	}
}

func TestReconnecting(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                string
		disturb             func(*discordtest.Server)
		identifies, resumes int
	}{
		{"a lost connection is resumed", func(s *discordtest.Server) { s.CloseGateway(0) }, 1, 1},
		{"asked to reconnect, it resumes", func(s *discordtest.Server) { s.Packet(`{"op":7,"d":null}`) }, 1, 1},
		{"an invalid session that can be resumed is", func(s *discordtest.Server) { s.Packet(`{"op":9,"d":true}`) }, 1, 1},
		{"an invalid session means a new one, on a new connection", func(s *discordtest.Server) { s.Packet(`{"op":9,"d":false}`) }, 2, 0},
		{"a session that Discord forgot is tried, then a new one made", func(s *discordtest.Server) { s.Forget(); s.CloseGateway(1001) }, 2, 1},
		{"a session that timed out is not tried again", func(s *discordtest.Server) { s.CloseGateway(4009) }, 2, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t, nil, Options{})
			r.AwaitReady(1)
			r.answered()
			tt.disturb(r.Server)
			r.Await("a new connection", func() bool { g := r.Stats(); return g.Connections >= 2 && g.Identifies+g.Resumes > 1 && g.Open == 1 })
			r.Await("the sessions", func() bool {
				g := r.Stats()
				return g.Identifies == tt.identifies && g.Resumes == tt.resumes && g.Open == 1
			})
			r.answered()
			if g := r.Stats(); g.Connections != tt.identifies+tt.resumes {
				t.Errorf("%d connections for %d identifies and %d resumes: one was used twice", g.Connections, g.Identifies, g.Resumes)
			}
			// A close frame with code 1000 would make Discord forget the session.
			if codes := r.Stats().CloseCodes; slices.Contains(codes, 1000) {
				t.Errorf("closed with %v", codes)
			}
		})
	}
}

// What was said while the connection was lost is answered when it is resumed, once.
func TestEventsOfALostConnection(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	r.answered()
	r.CloseGateway(0)
	r.Await("the loss", func() bool { g := r.Stats(); return g.Open == 0 || g.Connections > 1 }) // it may be over already
	id := r.Say(discordtest.Said{Text: question, Mention: true})
	r.AwaitReady(1)
	r.Await("the answer", func() bool { return len(r.Sent(discordtest.Channel)) == 1 })
	if m := r.Sent(discordtest.Channel)[0]; m.ReplyTo != id {
		t.Errorf("%+v", m)
	}
}

// A server that takes heartbeats and answers none is dead, though the connection stands.
func TestDeadConnection(t *testing.T) {
	r := start(t, func(s *discordtest.Server) {
		s.Connect = firsts(discordtest.Behaviour{NoAnswers: true, Heartbeat: 100 * time.Millisecond})
	}, Options{})
	r.AwaitReady(1)
	r.Await("another connection", func() bool { return r.Stats().Connections >= 2 && r.Stats().Open == 1 })
	r.answered()
}

func TestShards(t *testing.T) {
	s := discordtest.New(t)
	s.Shards, s.Concurrency = 3, 2
	p := quick()
	p.identify = 100 * time.Millisecond
	a, log := adapterOn(t, s, adaptertest.NewBot(t), Options{}, p)
	r := run(t, s, a, log)
	r.AwaitReady(3)
	g := r.Stats()
	slices.Sort(g.Shards)
	if strings.Join(g.Shards, " ") != "[0,3] [1,3] [2,3]" {
		t.Errorf("shards %v", g.Shards)
	}
	if gap := g.IdentifiedAt[2].Sub(g.IdentifiedAt[0]); gap < 90*time.Millisecond {
		t.Errorf("three identifies within %v, where two are allowed in 100 ms", gap)
	}
	r.Say(discordtest.Said{Text: question, Mention: true}) // each of the three gets the event here
	r.Await("an answer", func() bool { return len(r.Sent("")) == 1 })
	r.stop()
	if err := r.end(); err != nil {
		t.Error(err)
	}
	adaptertest.NoGoroutines(t, stacks...)
	if n := len(r.Sent("")); n != 1 {
		t.Errorf("%d answers", n)
	}
	if codes := r.Stats().CloseCodes; !slices.Contains(codes, 1000) {
		t.Errorf("closed with %v: Discord shows the bot as online until it notices", codes)
	}
}

func TestOneShardOfSeveral(t *testing.T) {
	r := start(t, nil, Options{Shard: 1, Shards: 2})
	r.AwaitReady(1)
	if g := r.Stats(); strings.Join(g.Shards, " ") != "[1,2]" {
		t.Errorf("shards %v", g.Shards)
	}
	if n := len(r.Requests("POST", "/applications/")); n != 0 {
		t.Errorf("the second process registered %d commands too", n)
	}
	if _, err := New(Options{Token: "x", Shard: 2, Shards: 2}, adaptertest.NewBot(t)); err == nil {
		t.Error("a shard that is none was taken")
	}
}

// Near the end of the day's budget no identify goes out until it is back.
func TestIdentifyBudget(t *testing.T) {
	back := make(chan struct{})
	r := start(t, func(s *discordtest.Server) {
		s.ResetAfter = 20 * time.Millisecond
		s.Remaining = func() int {
			select {
			case <-back:
				return 1000
			default:
				return 30
			}
		}
	}, Options{})
	r.Await("the warning", func() bool { return strings.Contains(r.log.String(), "budget") })
	if n := r.Stats().Connections; n != 0 {
		t.Errorf("%d connections on a spent budget", n)
	}
	close(back)
	r.AwaitReady(1)
}

func TestOwnIdentifyBudget(t *testing.T) {
	b := &identifies{}
	var info gatewayInfo // of a server that names no limit
	for range identifiesPerDay - identifyReserve {
		if b.spent(&info) != 0 {
			t.Fatalf("spent after %d", b.count)
		}
		b.count++
	}
	if b.spent(&info) < 23*time.Hour {
		t.Error("the budget has no end")
	}
}

func TestBackoff(t *testing.T) {
	b := backoff{base: time.Second, most: time.Minute}
	for i := range 40 {
		whole := min(time.Minute, time.Second<<min(i, 16))
		if wait := b.next(); wait < whole/2 || wait > whole {
			t.Errorf("try %d waits %v, of %v", i, wait, whole)
		}
	}
	if b.reset(); b.next() > time.Second {
		t.Error("a reset does not begin anew")
	}
}

func TestIntents(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	if got := r.Stats().Intents; got != 1<<9|1<<12 {
		t.Errorf("intents %b", got)
	}
}

// A bad token is not tried again and again: that would end in a ban.
func TestBadToken(t *testing.T) {
	r := start(t, nil, Options{Token: "MTIz.another-token"})
	if err := r.end(); err == nil || strings.Contains(err.Error(), "another-token") {
		t.Errorf("Run returned %v", err)
	}
	if n := len(r.Requests("GET", "/")); n != 1 {
		t.Errorf("%d requests with a bad token", n)
	}
}

// A token that is reset while the bot runs ends it at the next request.
func TestTokenResetLater(t *testing.T) {
	reset := make(chan struct{})
	r := start(t, func(s *discordtest.Server) { s.Fault = unauthorizedAfter(reset) }, Options{})
	r.AwaitReady(1)
	r.answered()
	close(reset)
	r.Say(discordtest.Said{Text: question, Private: true})
	if err := r.end(); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("Run returned %v", err)
	}
}

func TestStopWhileDiscordCannotBeReached(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	a, _ := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
	s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := a.Run(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run returned %v", err)
	}
}

// What is under way when the adapter is told to stop is finished, within the grace time.
func TestGrace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		delay   time.Duration
		answers int
	}{{"a slow answer is waited for", 300 * time.Millisecond, 1}, {"one that takes for ever is not", time.Hour, 0}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			started := make(chan struct{}, 10)
			r := start(t, func(s *discordtest.Server) {
				s.Fault = func(q *http.Request) *discordtest.Fault {
					if q.Method != "POST" || !strings.HasSuffix(q.URL.Path, "/messages") {
						return nil
					}
					started <- struct{}{}
					return &discordtest.Fault{Delay: tt.delay}
				}
			}, Options{Grace: time.Second})
			r.AwaitReady(1)
			r.Say(discordtest.Said{Text: question, Private: true})
			<-started
			r.stop()
			if err := r.end(); err != nil || len(r.Sent("")) != tt.answers {
				t.Errorf("%d answers, %v", len(r.Sent("")), err)
			}
		})
	}
}
