package telegram

import (
	"context"
	"errors"
	"flag"
	"go/parser"
	"go/token"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"testigo/adapters/telegram/telegramtest"
)

// A test for each thing the library is known to do wrong, or not at all.

// libraryLog counts what the library logs, which would show the token. It is one global without a lock, so it is set once.
type libraryLog struct{ lines atomic.Int64 }

func (l *libraryLog) Println(...any)        { l.lines.Add(1) }
func (l *libraryLog) Printf(string, ...any) { l.lines.Add(1) }

func TestMain(m *testing.M) {
	log := &libraryLog{}
	if err := tgbotapi.SetLogger(log); err != nil {
		panic(err)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil { // those that run beside others wait, most of their time
		panic(err)
	}
	code := m.Run()
	if left := leftGoroutines(); left != "" {
		println("a goroutine was left:\n" + left)
		code = 1
	}
	if n := log.lines.Load(); n > 0 {
		println("the library logged", n, "lines, whose addresses hold the token")
		code = 1
	}
	os.Exit(code)
}

func TestOnlyTheClientTouchesTheLibrary(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if strings.Contains(i.Path.Value, "telegram-bot-api") && name != "client.go" && name != "traps_test.go" {
				t.Errorf("%s imports the library", name)
			}
		}
	}
}

func testClient(t *testing.T, api string) *client {
	t.Helper()
	c, err := newClient(telegramtest.Token, api)
	if err != nil {
		t.Fatal(err)
	}
	c.firstWait = time.Millisecond
	t.Cleanup(c.close)
	return c
}

func TestNoErrorHoldsTheToken(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	serve := func(h http.HandlerFunc) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	tests := []struct{ name, api string }{
		{"nobody listens", "http://" + closed.Addr().String()},
		{"no such host", "http://no-such-host.invalid"},
		{"no port at all", "http://127.0.0.1:99999"},
		{"the connection is cut", serve(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })},
		{"a page", serve(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); _, _ = w.Write([]byte("<html>")) })},
		{"a page that shows the address", serve(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(404)
			_, _ = w.Write([]byte(`{"ok":false,"error_code":404,"description":"no ` + r.URL.Path + `"}`))
		})},
		{"a redirect", serve(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1"+r.URL.Path, http.StatusTemporaryRedirect)
		})},
		{"half an answer", serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"ok":tr`))
		})},
		{"a percent sign in the address", "http://127.0.0.1:1/%20s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := testClient(t, tt.api)
			ctx := context.Background()
			for _, err := range []error{
				c.call(ctx, "getMe", nil, nil),
				c.do(ctx, time.Second, "sendDocument", params{}, &upload{"document", "a", []byte("x")}, nil),
				func() error { _, err := c.download(ctx, "x", 10); return err }(),
			} {
				if err == nil {
					t.Fatal("no error")
				}
				noToken(t, err.Error())
			}
		})
	}
}

func TestATokenThatIsNoneIsRefused(t *testing.T) {
	for _, bad := range []string{"", "abc", "12:ab cd", "12:ab/../x", "12:ab\ncd", "12:%41"} {
		_, err := newClient(bad, "")
		if err == nil {
			t.Errorf("%q was taken", bad)
		} else if bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("the error shows it: %v", err)
		}
	}
	for _, bad := range []string{"api.telegram.org", "ftp://x", "http://", "://"} {
		if _, err := newClient(telegramtest.Token, bad); err == nil {
			t.Errorf("the server %q was taken", bad)
		}
	}
}

func TestFilesComeFromTheConfiguredServer(t *testing.T) {
	s := telegramtest.New(t)
	c := testClient(t, s.URL)
	s.File("small", []byte("facts: []"))
	s.File("large", make([]byte, 100))
	if data, err := c.download(context.Background(), "small", 50); err != nil || string(data) != "facts: []" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := c.download(context.Background(), "large", 50); !errors.Is(err, errTooLarge) {
		t.Errorf("a file over the bound: %v", err)
	}
	if _, err := c.download(context.Background(), "none", 50); codeOf(err) != 400 {
		t.Errorf("no such file: %v", err)
	}
}

// Stop interrupts a long poll of 50 seconds, and another adapter can poll at once.
func TestStopInterruptsALongPollAndAnotherCanStart(t *testing.T) {
	w := start(t)
	w.Wait("a long poll", func() bool {
		r := w.Requests("getUpdates")
		return len(r) > 0 && r[len(r)-1].Params["timeout"] == "50"
	})
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, func(next *world) {
		next.Server = w.Server
		next.adapter.client.api = w.URL
	})
	again.ask(ben, "whose was the mill")
}

func TestARevokedTokenStopsIt(t *testing.T) {
	for _, code := range []int{401, 404} {
		w := build(t)
		w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
			if r.Method != "getUpdates" {
				return telegramtest.Fault{}
			}
			return telegramtest.Fault{Code: code, Description: http.StatusText(code)}
		})
		if err := w.adapter.Run(t.Context()); err == nil || codeOf(err) != code {
			t.Errorf("%d: %v", code, err)
		} else {
			noToken(t, err.Error())
		}
		if n := len(w.Requests("getUpdates")); n != 1 {
			t.Errorf("%d: asked %d times", code, n)
		}
	}
	w := build(t)
	w.adapter.client.token = "1:wrong"
	if err := w.adapter.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "does not know this token") {
		t.Errorf("a wrong token: %v", err)
	}
}

func TestAConflictIsToldOnceAndPasses(t *testing.T) {
	w := start(t, func(w *world) {
		w.SetFaults(func(r telegramtest.Request, n int) telegramtest.Fault {
			if r.Method == "getUpdates" && n <= 3 {
				return telegramtest.Fault{Code: 409, Description: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
			}
			return telegramtest.Fault{}
		})
	})
	w.ask(ben, "whose was the mill")
	if n := strings.Count(w.log.String(), "another program polls with the same token"); n != 1 {
		t.Errorf("told %d times", n)
	}
}

func TestAWebhookInTheWayIsRemoved(t *testing.T) {
	w := build(t)
	c := testClient(t, w.URL)
	if err := c.call(t.Context(), "setWebhook", params{"url": "http://127.0.0.1:1/"}, nil); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.ask(ben, "whose was the mill")
	if address, _ := w.Webhook(); address != "" {
		t.Error("the webhook is still set")
	}
}

func TestWaitsAreWhatTelegramAsks(t *testing.T) {
	if d := backoff(time.Second, 3, &apiError{retryAfter: 7 * time.Second}); d != 7*time.Second {
		t.Errorf("retry_after 7: %v", d)
	}
	for n := 1; n < 40; n++ {
		if d := backoff(time.Second, n, errors.New("x")); d < time.Second/2 || d > maxWait {
			t.Errorf("after %d failures: %v", n, d)
		}
	}
}

func TestAnUpdateThatDoesNotDecodeStopsNoOther(t *testing.T) {
	w := build(t)
	next := w.NextUpdate()
	w.Raw(`{"update_id":` + id64(next) + `,"message":{"message_id":"a string","chat":[]}}`)
	w.Raw(`{"update_id":` + id64(next+1) + `,"a_kind_of_the_future":{"x":1}}`)
	w.run()
	w.ask(ben, "whose was the mill")
	w.Wait("all confirmed", func() bool { return w.Unconfirmed() == 0 })
	if !strings.Contains(w.log.String(), "does not decode") || !strings.Contains(w.log.String(), id64(next)) {
		t.Error("the odd one is not in the log")
	}
}

func TestAHangingServerHangsNobody(t *testing.T) {
	s := telegramtest.New(t)
	s.SetFaults(func(telegramtest.Request, int) telegramtest.Fault { return telegramtest.Fault{Hang: true} })
	c := testClient(t, s.URL)
	err := c.do(context.Background(), 50*time.Millisecond, "getMe", nil, nil, nil)
	var e *apiError
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || !e.maybe {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := c.call(ctx, "getMe", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestItStartsWhileTelegramIsAway(t *testing.T) {
	faults := []telegramtest.Fault{{Code: 502, HTML: true}, {CutBefore: true}, {Code: 500, Description: "Internal Server Error"}, {CutAfter: true}}
	w := start(t, func(w *world) {
		w.SetFaults(func(r telegramtest.Request, n int) telegramtest.Fault {
			if r.Method == "getMe" && n <= len(faults) {
				return faults[n-1]
			}
			return telegramtest.Fault{}
		})
	})
	if d := w.adapter.Describe(); !strings.Contains(d, "@testigo_bot") || !strings.Contains(d, "long polling") {
		t.Errorf("%q", d)
	}
}

func TestStopWhileTelegramIsAway(t *testing.T) {
	w := build(t)
	w.SetFaults(func(telegramtest.Request, int) telegramtest.Fault { return telegramtest.Fault{Code: 502, HTML: true} })
	w.run()
	w.WaitRequest("getMe", 3)
	if err := w.stop(); err != nil {
		t.Error(err)
	}
}

// Methods that answer with true are no failure, and are not made again.
func TestMethodsThatAnswerTrue(t *testing.T) {
	w := start(t)
	w.ask(ben, "/topics")
	w.Press(ben, w.Sent()[0], "/topic building")
	w.WaitSent(2)
	w.WaitRequest("answerCallbackQuery", 1)
	w.Inline(ben, "mill")
	w.WaitRequest("answerInlineQuery", 1)
	w.quiet()
	if n := len(w.Requests("answerCallbackQuery")); n != 1 {
		t.Errorf("%d answers to one press", n)
	}
	if strings.Contains(w.log.String(), "level=WARN") {
		t.Error("something was taken for a failure")
	}
}

func TestNoParameterIsOfTheOldDays(t *testing.T) {
	w := start(t)
	w.Message(group, ben, "/ask whose was the mill")
	w.WaitSent(1)
	w.Inline(ben, "nothing like it in here 12345")
	w.WaitRequest("answerInlineQuery", 1)
	for _, r := range w.Requests("") {
		for _, old := range []string{"reply_to_message_id", "allow_sending_without_reply", "disable_web_page_preview", "switch_pm_text", "switch_pm_parameter"} {
			if _, there := r.Params[old]; there {
				t.Errorf("%s has %s", r.Method, old)
			}
		}
		for name, value := range r.Params {
			if value == "null" {
				t.Errorf("%s: %s is null", r.Method, name)
			}
		}
	}
}

// A press of a button whose message is gone, too old, another's, or was sent inline, and messages without a sender.
func TestWhatMayBeAbsent(t *testing.T) {
	w := start(t)
	w.ask(ben, "/topics")
	first := w.Sent()[0]
	stale := func(name string, q telegramtest.Object) {
		n := len(w.Requests("answerCallbackQuery"))
		w.Press(ben, first, "/topic building", q)
		if r := w.WaitRequest("answerCallbackQuery", n+1); !strings.Contains(r.Params["text"], "no longer works") {
			t.Errorf("%s: %v", name, r.Params)
		}
	}
	stale("no message", telegramtest.Object{"message": nil})
	stale("an inline message", telegramtest.Object{"message": nil, "inline_message_id": "x"})
	stale("somebody else's message", telegramtest.Object{"message": telegramtest.Object{"message_id": 5, "date": 9, "chat": group.Object(), "from": ana.Object()}})
	stale("a channel's message", telegramtest.Object{"message": telegramtest.Object{"message_id": 5, "date": 9, "chat": group.Object()}})
	stale("no data", telegramtest.Object{"data": ""})
	stale("more data than a button can have", telegramtest.Object{"data": strings.Repeat("x", 65)})
	if n := w.quiet(); n != 1 {
		t.Errorf("%d messages", n)
	}
	// One that is only too old to be looked at still works, below.
	w.Press(ben, first, "/topic building", telegramtest.Object{"message": telegramtest.Object{"message_id": first.ID, "date": 0, "chat": telegramtest.Private(ben).Object()}})
	w.Wait("the topic", func() bool { s := w.Sent(); return strings.HasPrefix(s[len(s)-1].Text, "The building:") })

	w.Message(group, ben, "/ask x", telegramtest.Object{"from": nil})
	w.Message(telegramtest.Chat{ID: -1008, Type: "channel"}, ben, "/ask x", telegramtest.Object{"from": nil, "sender_chat": telegramtest.Object{"id": -1008, "type": "channel", "title": "C"}})
	w.Update(telegramtest.Object{"message": telegramtest.Object{}})
	w.Update(telegramtest.Object{"callback_query": telegramtest.Object{}})
	w.Update(telegramtest.Object{"inline_query": telegramtest.Object{}})
	w.Update(telegramtest.Object{"my_chat_member": telegramtest.Object{}})
	before := w.quiet()
	if strings.Contains(w.log.String(), "panicked") || before != 2 {
		t.Errorf("%d messages", before)
	}
}
