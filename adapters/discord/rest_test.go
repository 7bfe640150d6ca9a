package discord

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

func unauthorizedAfter(reset <-chan struct{}) func(*http.Request) *discordtest.Fault {
	return func(r *http.Request) *discordtest.Fault {
		select {
		case <-reset:
			return &discordtest.Fault{Status: 401, Body: `{"message":"401: Unauthorized","code":0}`}
		default:
			return nil
		}
	}
}

// failing spoils the first answers to requests of a method and a part of the path.
func failing(method, part string, faults ...*discordtest.Fault) func(*http.Request) *discordtest.Fault {
	var n atomic.Int64
	return func(r *http.Request) *discordtest.Fault {
		if r.Method != method || !strings.Contains(r.URL.Path, part) {
			return nil
		}
		if i := int(n.Add(1)); i <= len(faults) {
			return faults[i-1]
		}
		return nil
	}
}

func json429(after string, global bool) *discordtest.Fault {
	f := &discordtest.Fault{Status: 429, Header: http.Header{"Retry-After": {"1"}, "Content-Type": {"application/json"}}}
	f.Body = `{"message":"You are being rate limited.","retry_after":` + after + `,"global":false}`
	if global {
		f.Header["X-Ratelimit-Global"] = []string{"true"}
		f.Body = strings.Replace(f.Body, "false", "true", 1)
	}
	return f
}

func html429() *discordtest.Fault {
	return &discordtest.Fault{Status: 429, Header: http.Header{"Content-Type": {"text/html; charset=UTF-8"}}, Body: "<html>error code: 1015</html>"}
}

// A message is posted once, whatever the answers to posting it.
func TestPostingOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		faults []*discordtest.Fault
		tries  int
	}{
		{"answered well", nil, 1},
		{"posted, but the answer is 502, where the library would post again", []*discordtest.Fault{{Status: 502, Body: "bad gateway", After: true}}, 2},
		{"not posted, 503", []*discordtest.Fault{{Status: 503}, {Status: 500}}, 3},
		{"asked to wait", []*discordtest.Fault{json429("0.02", false)}, 2},
		{"asked to wait twice", []*discordtest.Fault{json429("0.01", false), json429("0.01", true)}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t, func(s *discordtest.Server) { s.Fault = failing("POST", "/messages", tt.faults...) }, Options{})
			r.AwaitReady(1)
			r.Say(discordtest.Said{Text: question, Mention: true})
			r.Await("all tries", func() bool { return len(r.Requests("POST", "/channels/")) == tt.tries })
			r.Await("the answer", func() bool { return len(r.Sent("")) == 1 })
			time.Sleep(20 * time.Millisecond)
			if n := len(r.Sent("")); n != 1 || len(r.Requests("POST", "/channels/")) != tt.tries {
				t.Errorf("%d messages, %d tries", n, len(r.Requests("POST", "/channels/")))
			}
		})
	}
}

// A server that always asks to wait is asked a few times, not for ever.
func TestTriesAreBounded(t *testing.T) {
	r := start(t, func(s *discordtest.Server) {
		s.Fault = func(r *http.Request) *discordtest.Fault {
			if r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/messages") {
				return json429("0.001", false)
			}
			return nil
		}
	}, Options{})
	r.AwaitReady(1)
	r.Say(discordtest.Said{Text: question, Mention: true})
	r.Await("the end of it", func() bool { return strings.Contains(r.log.String(), "not sent whole") })
	if n := len(r.Requests("POST", "/channels/")); n != mostTries {
		t.Errorf("%d tries", n)
	}
}

func newTestRest(t *testing.T, s *discordtest.Server) *rest {
	t.Helper()
	r, err := newRest(discordtest.Token, s.URL, time.Millisecond, func(error) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.transport.base.CloseIdleConnections)
	return r
}

func postTo(channel string) call {
	return call{method: "POST", path: "channels/" + channel + "/messages", body: map[string]string{"content": "x"}}
}

// A global limit holds everything, not only the request that met it.
func TestGlobalLimitHoldsOthers(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.Fault = failing("POST", "/channels/1/", json429("30", true))
	r := newTestRest(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := r.do(ctx, postTo("1")); !errors.As(err, new(limitedError)) {
		t.Errorf("the first got %v", err)
	}
	for _, channel := range []string{"1", "2"} {
		if _, err := r.do(ctx, postTo(channel)); !errors.Is(err, errHeld) || !unsent(err) {
			t.Errorf("channel %s got %v", channel, err)
		}
	}
	if n := len(s.Requests("POST", "/")); n != 1 {
		t.Errorf("%d requests went out", n)
	}
	// Interactions are outside of it, and have only three seconds.
	if _, err := r.do(ctx, call{method: "POST", path: "interactions/1/t/callback", body: map[string]int{"type": 4}, open: true}); errors.Is(err, errHeld) {
		t.Errorf("an interaction got %v", err)
	}
}

// A limit of one channel holds only that one.
func TestChannelLimitHoldsItsOwn(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.Fault = failing("POST", "/channels/1/", json429("30", false))
	r := newTestRest(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = r.do(ctx, postTo("1"))
	if _, err := r.do(ctx, postTo("1")); !errors.Is(err, errHeld) {
		t.Errorf("the same channel got %v", err)
	}
	if _, err := r.do(ctx, postTo("2")); err != nil {
		t.Errorf("another channel got %v", err)
	}
}

// Cloudflare's page is no answer of Discord's: nothing is sent for minutes.
func TestCloudflare(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.Fault = failing("POST", "/", html429())
	r := newTestRest(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := r.do(ctx, postTo("1")); !errors.As(err, new(blockedError)) {
		t.Errorf("got %v", err)
	}
	if _, err := r.do(ctx, call{method: "GET", path: "gateway/bot", repeat: true}); !errors.Is(err, errHeld) {
		t.Errorf("the next got %v", err)
	}
	if _, err := r.do(ctx, call{method: "POST", path: "interactions/1/t/callback", body: map[string]int{"type": 4}, open: true}); !errors.Is(err, errHeld) {
		t.Errorf("an interaction got %v", err)
	}
	if n := len(s.Requests("GET", "/")) + len(s.Requests("POST", "/")); n != 1 {
		t.Errorf("%d requests went out", n)
	}
}

// The headers are kept to: no 429 comes where they say how many messages a channel takes. A deadline bounds the wait for a turn.
func TestHeadersAreKeptTo(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.PerWindow, s.Window = 2, 50*time.Millisecond
	r := newTestRest(t, s)
	var group sync.WaitGroup
	for range 9 {
		group.Go(func() {
			if _, err := r.do(context.Background(), postTo("1")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, q := range s.Requests("POST", "/") {
		if q.Status == 429 {
			t.Error("a request met the limit")
		}
	}
}

func TestDeadlineBoundsTheWaitForATurn(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	release := make(chan struct{})
	s.Fault = func(*http.Request) *discordtest.Fault { <-release; return nil }
	r := newTestRest(t, s)
	first := make(chan error, 1)
	go func() { _, err := r.do(context.Background(), postTo("1")); first <- err }()
	r.transport.limits.awaitTurn("POST channels/1/messages")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.do(ctx, postTo("1")); !errors.Is(err, errHeld) {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// awaitTurn waits until a request of the route is under way.
func (l *limits) awaitTurn(name string) {
	for {
		l.mu.Lock()
		r := l.routes[name]
		under := r != nil && len(r.turn) == 1
		l.mu.Unlock()
		if under {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestRoutesAreForgotten(t *testing.T) {
	l := newLimits()
	for i := range 3 * mostRoutes {
		leave, err := l.enter(context.Background(), string(rune('a'+i%26))+strings.Repeat("x", i/26), true)
		if err != nil {
			t.Fatal(err)
		}
		leave(nil)
		r := l.route(strings.Repeat("y", i))
		l.mu.Lock()
		r.waits--
		l.mu.Unlock()
	}
	if len(l.routes) > mostRoutes {
		t.Errorf("%d routes are kept", len(l.routes))
	}
}

func TestRouteOf(t *testing.T) {
	tests := []struct {
		method, path, want string
		interaction        bool
	}{
		{"POST", "/api/v9/channels/12/messages", "POST channels/12/messages", false},
		{"PATCH", "/api/v9/channels/12/messages/34", "PATCH channels/12/messages/-", false},
		{"GET", "/v10/guilds/5", "GET guilds/5", false},
		{"POST", "/api/v9/interactions/1/token/callback", "", true},
		{"POST", "/api/v9/webhooks/1/token", "", true},
	}
	for _, tt := range tests {
		if name, interaction := routeOf(tt.method, tt.path); name != tt.want || interaction != tt.interaction {
			t.Errorf("%s %s is of %q, %v", tt.method, tt.path, name, interaction)
		}
	}
}

func TestAddressOfTheAPI(t *testing.T) {
	tests := []struct{ address, prefix string }{
		{"http://127.0.0.1:80", ""}, {"https://proxy.example/", ""}, {"http://host/api", "/api/v9"}, {"http://host/discord/api/v10/", "/discord/api/v10"},
	}
	for _, tt := range tests {
		if tr, err := newTransport(tt.address); err != nil || tr.prefix != tt.prefix {
			t.Errorf("%s: %+v, %v", tt.address, tr, err)
		}
	}
	for _, bad := range []string{"proxy", "ftp://x", "http://", ":"} {
		if _, err := newTransport(bad); err == nil {
			t.Errorf("%q was taken for an address", bad)
		}
	}
}

func TestCourier(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	a, _ := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
	t.Cleanup(a.rest.transport.base.CloseIdleConnections)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	reply := bot.Reply{Lang: bot.English, Blocks: []bot.Block{{Kind: bot.Paragraph, Text: "a correction"}}, Choices: []bot.Choice{{Label: "why", Command: "/why x"}}}
	to := bot.MessageRef{Platform: Platform, Channel: discordtest.Channel, Message: "123"}
	ref, err := a.Send(ctx, to, reply)
	if err != nil {
		t.Fatal(err)
	}
	m := s.Sent(discordtest.Channel)[0]
	if ref.Message != m.ID || ref.Channel != to.Channel || m.ReplyTo != "123" || m.Content != "a correction" || pings(m.Body) || m.Flags&4 == 0 {
		t.Errorf("%+v for %+v", m, ref)
	}
	reply.Blocks[0].Text = "another"
	if err := a.Edit(ctx, ref, reply); err != nil {
		t.Fatal(err)
	}
	if m := s.Sent(discordtest.Channel)[0]; m.Content != "another" || m.Edits != 1 || pings(m.Body) {
		t.Errorf("edited to %+v", m)
	}
	if err := a.Edit(ctx, bot.MessageRef{Platform: Platform, Channel: discordtest.Channel, Message: "999"}, reply); !errors.Is(err, bot.ErrGone) {
		t.Errorf("editing what is gone: %v", err)
	}
	if _, err := a.Send(ctx, bot.MessageRef{Channel: "../users"}, reply); !errors.Is(err, bot.ErrGone) {
		t.Errorf("a channel that is none: %v", err)
	}
}

func TestCourierErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		faults []*discordtest.Fault
		want   error
	}{
		{"the bot may not write there", []*discordtest.Fault{{Status: 403, Body: `{"code":50013,"message":"Missing Permissions"}`}}, bot.ErrGone},
		{"the channel was deleted", []*discordtest.Fault{{Status: 404, Body: `{"code":10003,"message":"Unknown Channel"}`}}, bot.ErrGone},
		{"blocked", []*discordtest.Fault{html429()}, bot.ErrUnsent},
		{"nobody knows", slices.Repeat([]*discordtest.Fault{{Status: 500}}, mostTries), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := discordtest.New(t)
			s.Fault = failing("POST", "/messages", tt.faults...)
			a, _ := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
			t.Cleanup(a.rest.transport.base.CloseIdleConnections)
			reply := bot.Reply{Blocks: []bot.Block{{Kind: bot.Paragraph, Text: "x"}}}
			_, err := a.Send(context.Background(), bot.MessageRef{Channel: "1"}, reply)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || tt.want == nil && (errors.Is(err, bot.ErrGone) || errors.Is(err, bot.ErrUnsent)) {
				t.Errorf("got %v", err)
			}
		})
	}
}
