package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"testing"
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
