package telegram

import (
	"context"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testigo/adapters/telegram/telegramtest"
)

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func byWebhook(t *testing.T) func(w *world) {
	address := freeAddress(t)
	return func(w *world) {
		w.adapter.webhook = Webhook{URL: "http://" + address + "/under/a/path", Listen: address}
	}
}

func TestWebhook(t *testing.T) {
	w := start(t, byWebhook(t))
	w.Wait("the webhook", func() bool { a, _ := w.Webhook(); return a != "" })
	if got := w.ask(ben, "whose was the mill"); !strings.Contains(got.Text, "Established") {
		t.Errorf("%s", got.Text)
	}
	address, secret := w.Webhook()
	noToken(t, address+secret)
	post := func(method, url, secret, body string) int {
		req, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if secret != "" {
			req.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	forged := `{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":13,"type":"private"},"from":{"id":13,"first_name":"C"},"text":"/help"}}`
	again := `{"update_id":` + id64(w.NextUpdate()-1) + strings.TrimPrefix(forged, `{"update_id":1`)
	tests := []struct {
		name, method, url, secret, body string
		want                            int
	}{
		{"without the secret", "POST", address, "", forged, 403},
		{"with another secret", "POST", address, secret[1:] + "x", forged, 403},
		{"to another path", "POST", address + "x", secret, forged, 404},
		{"to no path", "POST", address[:strings.LastIndex(address, "/")], secret, forged, 404},
		{"not a post", "GET", address, secret, "", 405},
		{"a body without end", "POST", address, secret, strings.Repeat(" ", maxUpdate+1), 413},
		{"one that does not decode, which must not come for ever", "POST", address, secret, "{", 200},
		{"one that came before", "POST", address, secret, again, 200},
	}
	for _, tt := range tests {
		if got := post(tt.method, tt.url, tt.secret, tt.body); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(w.bot.messages()); n != 1 {
		t.Errorf("the bot heard %d messages", n)
	}
	if a, _ := w.Webhook(); a == "" {
		t.Error("the webhook was removed: Telegram would keep nothing meanwhile")
	}
	if d := w.adapter.Describe(); !strings.Contains(d, "webhook") {
		t.Errorf("%s", d)
	}
}

// Behind one address, whoever of them is there takes what comes; one that stops leaves the webhook to the others.
func TestWebhooksOfSeveralProcesses(t *testing.T) {
	var addresses []string
	var turn atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", addresses[int(turn.Add(1))%len(addresses)]
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		ErrorLog:     log.New(io.Discard, "", 0),
	})
	t.Cleanup(proxy.Close)
	all := newReplicas(t, 2, time.Second, func(r *replica) {
		address := freeAddress(t)
		addresses = append(addresses, address)
		r.adapter.webhook = Webhook{URL: proxy.URL, Listen: address}
	})
	for _, r := range all.all {
		all.run(r)
		all.Wait("the webhook", r.adapter.Connected)
	}
	set := all.Requests("setWebhook")
	if len(set) != 2 || !maps.Equal(set[0].Params, set[1].Params) {
		t.Errorf("%+v", set)
	}
	for n := range int64(20) {
		all.question(n)
	}
	all.answered(0, 20)
	for _, r := range all.all {
		if r.heard() == 0 {
			t.Error("one got nothing")
		}
	}
	all.all[0].stop()
	if a, _ := all.Webhook(); a == "" || len(all.Requests("deleteWebhook")) > 0 {
		t.Error("the webhook was removed")
	}
	for n := range int64(20) {
		all.question(20 + n)
	}
	all.answered(0, 40)
}

// While too much waits, Telegram is told to come again; nothing is lost and nothing is taken twice.
func TestABusyWebhookTellsTelegramToComeAgain(t *testing.T) {
	w := build(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.adapter.lanes = newLanes(ctx, w.adapter.once, w.adapter.happened)
	hold := make(chan struct{})
	for i := range maxHandlers { // all hands are busy
		if err := w.adapter.lanes.add(ctx, int64(-1-i), func(context.Context) { <-hold }); err != nil {
			t.Fatal(err)
		}
	}
	var fill sync.WaitGroup
	for i := len(w.adapter.lanes.slots); i < maxWaiting; i++ {
		fill.Go(func() { w.adapter.lanes.tryAdd(int64(1000+i), func(context.Context) { <-hold }) })
	}
	fill.Wait()
	hook := w.adapter.hook(ctx)
	post := func() int {
		r := httptest.NewRequest(http.MethodPost, "/"+w.adapter.secret("path"), strings.NewReader(`{"update_id":5,"a_kind_of_the_future":{}}`))
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", w.adapter.secret("header"))
		rec := httptest.NewRecorder()
		hook.ServeHTTP(rec, r)
		return rec.Code
	}
	if code := post(); code != http.StatusServiceUnavailable {
		t.Errorf("%d while busy", code)
	}
	close(hold)
	w.adapter.lanes.wait()
	if code := post(); code != http.StatusOK {
		t.Errorf("%d afterwards", code)
	}
	w.adapter.lanes.wait()
}

func TestAWebhookNeedsBothItsAddresses(t *testing.T) {
	for _, hook := range []Webhook{{URL: "https://example.org"}, {Listen: "127.0.0.1:1"}} {
		if _, err := New(Options{Token: telegramtest.Token, Webhook: hook}, nil); err == nil {
			t.Errorf("%+v was taken", hook)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	w := build(t)
	w.adapter.webhook = Webhook{URL: "http://127.0.0.1", Listen: taken.Addr().String()}
	if err := w.adapter.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "webhook") {
		t.Errorf("an address that is taken: %v", err)
	}
}

// One chat that says too much at once, or a message that makes a handler panic, keeps no other from being answered.
func TestLanes(t *testing.T) {
	w := build(t)
	l := newLanes(t.Context(), w.adapter.once, w.adapter.happened)
	var mu sync.Mutex
	var order []int
	hold := make(chan struct{})
	for i := range maxPerLane + 50 {
		if err := l.add(t.Context(), 1, func(context.Context) {
			<-hold
			mu.Lock()
			defer mu.Unlock()
			order = append(order, i)
		}); err != nil {
			t.Fatal(err)
		}
	}
	other := make(chan struct{})
	_ = l.add(t.Context(), 2, func(context.Context) { panic("x") })
	_ = l.add(t.Context(), 2, func(context.Context) { close(other) })
	select {
	case <-other:
	case <-time.After(10 * time.Second):
		t.Fatal("another chat waits")
	}
	close(hold)
	l.wait()
	if len(order) < maxPerLane || len(order) > maxPerLane+1 || len(l.slots) != 0 {
		t.Errorf("%d ran, %d slots are taken", len(order), len(l.slots))
	}
	if !slices.IsSorted(order) { // one in between may have been too many
		t.Errorf("out of order: %v", order)
	}
}
