package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/bot"
	"testigo/facts"
	"testigo/facts/store"
	"testigo/facts/store/pgtest"
	"testigo/ops"
)

func TestHealthcheck(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte("database: ok\n"))
	}))
	defer server.Close()
	here := server.Listener.Addr().String()
	ask := func(address string, args ...string) result {
		var out, errOut bytes.Buffer
		code := run(context.Background(), append([]string{"healthcheck"}, args...), environment("TESTIGO_HTTP", address), strings.NewReader(""), &out, &errOut)
		return result{code, out.String(), errOut.String()}
	}
	if got := ask(here); got.code != exitOK || got.out != "database: ok\n" {
		t.Errorf("a bot that is well: %+v", got)
	}
	if got := ask("nowhere:1", "--http", here); got.code != exitOK {
		t.Errorf("the flag does not go over the environment: %+v", got)
	}
	status = http.StatusServiceUnavailable
	if got := ask(here); got.code != exitFailed || !strings.Contains(got.err, "not ready (HTTP 503): database: ok") {
		t.Errorf("a bot that is not ready: %+v", got)
	}
	server.Close()
	if got := ask(here); got.code != exitFailed || !strings.Contains(got.err, "does not answer") {
		t.Errorf("a bot that is not there: %+v", got)
	}
	if got := ask("8080"); got.code != exitUsage {
		t.Errorf("an address that is none: %+v", got)
	}
}

func TestHealthURL(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080/readyz",
		":9090":          "http://127.0.0.1:9090/readyz",
		"0.0.0.0:9090":   "http://127.0.0.1:9090/readyz",
		"[::]:9090":      "http://[::1]:9090/readyz",
		"bot.local:80":   "http://bot.local:80/readyz",
	} {
		if got, err := healthURL(address); got != want || err != nil {
			t.Errorf("%s is asked at %s (%v), want %s", address, got, err, want)
		}
	}
}

func TestVersion(t *testing.T) {
	info := &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-09-26T18:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	if got, want := (build{}).completed(info), (build{"(devel)", "abc with changes", "2026-09-26T18:00:00Z"}); got != want {
		t.Errorf("from a clone: %+v, want %+v", got, want)
	}
	release := build{"1.2.0", "def", "2026-09-27"}
	if got := release.completed(info); got != release {
		t.Errorf("a release: %+v", got)
	}
	if got := testigo(t, "", "version"); got.code != exitOK || !strings.HasPrefix(got.out, "testigo ") || strings.Count(got.out, "\n") != 4 {
		t.Errorf("%+v", got)
	}
}

// What each address says while the database is there, is locked by another program, is cut off, is silent, and is there again.
func TestHealthTellsWhatIsWrongWithTheDatabase(t *testing.T) {
	t.Run("in a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "testigo.db")
		ask := healthOver(t, file)
		ask("writable", true, true)
		other, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		other.SetMaxOpenConns(1)
		if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
		ask("read-only, full or locked: questions are answered, changes are refused", false, true)
		if _, err := other.Exec("ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		ask("writable", true, true)
	})
	t.Run("on PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t)
		proxy := server.Proxy(t)
		ask := healthOver(t, proxy.Through(server.Address(t)))
		ask("writable", true, true)
		for _, away := range []func(){proxy.Cut, proxy.Hold} {
			away()
			ask("away: questions are answered, changes are refused", false, true)
			proxy.Resume()
			ask("writable", true, true)
		}
	})
}

// healthOver returns what waits until the health of a bot over a database says so of it.
func healthOver(t *testing.T, address string) func(database string, ready, questions bool) {
	t.Helper()
	db, err := store.Open(t.Context(), address, store.Options{Wait: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var following sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		following.Wait()
		db.Close()
	})
	pack, err := facts.Load(library)
	if err != nil {
		t.Fatal(err)
	}
	b := bot.New(facts.NewEngine(pack), bot.Options{Store: db})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	following.Go(func() { b.Follow(ctx) })
	get := func(path string) (code int, parts map[string]ops.State) {
		w := httptest.NewRecorder()
		ops.Handler(health(b, db, nil), ops.NewMetrics(made())).ServeHTTP(w, // a new one each time, which remembers no finding
			httptest.NewRequest(http.MethodGet, path, nil))
		var body struct{ Parts map[string]ops.State }
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		return w.Code, body.Parts
	}
	return func(database string, ready, questions bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			code, parts := get("/readyz")
			toQuestions, _ := get("/readyz/questions")
			if parts["database"] == (ops.State{OK: ready, State: database}) && (code == http.StatusOK) == ready && (toQuestions == http.StatusOK) == questions {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("/readyz %d %v, /readyz/questions %d; want %q", code, parts, toQuestions, database)
			}
		}
	}
}

func TestHowFarBehindCountsAsOutOfDate(t *testing.T) {
	for behind, want := range map[time.Duration]ops.State{
		0:                {OK: true, State: "followed"},
		9 * time.Second:  {OK: true, State: "followed"},
		12 * time.Second: {State: "behind: changes of the others not seen for 12 s"},
		time.Hour:        {State: "behind: changes of the others not seen for 3600 s"},
	} {
		if state, ok := logState(behind); (ops.State{OK: ok, State: state}) != want {
			t.Errorf("%s: %q, %t; want %+v", behind, state, ok, want)
		}
	}
}
