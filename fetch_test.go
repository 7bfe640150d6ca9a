package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"testigo/facts/watch"
)

// verify --fetch on a copy of the library whose sources lie on a server of the test's.
func TestVerifyFetch(t *testing.T) {
	chronicle, err := os.ReadFile(library + "/texts/chronicle.txt")
	if err != nil {
		t.Fatal(err)
	}
	page := "<p>" + string(chronicle) + "</p>"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		case r.URL.Path == "/register":
			http.Redirect(w, r, "/archive", http.StatusMovedPermanently)
		case !strings.HasPrefix(r.UserAgent(), "testigo/"):
			t.Errorf("asked as %q", r.UserAgent())
		default:
			fmt.Fprint(w, page)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	for _, name := range []string{"facts.yaml", "tables.yaml"} {
		data, err := os.ReadFile(filepath.Join(library, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(string(data), "https://example.org", server.URL)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"verify", "--fetch", "--pack", dir, "--pause", "1ms", "--cache", filepath.Join(t.TempDir(), "cache")}
	got := testigo(t, "", args...)
	if got.code != exitOK || !strings.Contains(got.out, "note register: "+server.URL+"/register has moved to "+server.URL+"/archive") ||
		!strings.Contains(got.out, "3 addresses of 3 sources read again, 6 quotes looked for: 0 faults") {
		t.Errorf("all as it was: %+v", got)
	}
	page = strings.ReplaceAll(page, "612", "613")
	got = testigo(t, "", args...)
	if got.code != exitFailed || strings.Count(got.out, "FAULT chronicle: the quote is no longer at") != 2 || !strings.Contains(got.out, "(books-at-opening)") {
		t.Errorf("after a figure was changed: %+v", got)
	}
	serving := &serveCommand{Pack: dir}
	found, err := serving.readSources(t.Context(), &app{}, watch.Options{Agent: userAgent(), Pause: time.Millisecond})
	if err != nil || len(found) != 3 || found[0].Source != "chronicle" || !strings.Contains(found[0].Quote, "612") || found[2].To != server.URL+"/archive" {
		t.Errorf("what moderators would be told: %+v (%v)", found, err)
	}
	server.Close()
	if got := testigo(t, "", args...); got.code != exitFailed || strings.Count(got.out, "gives no page") != 3 {
		t.Errorf("without the server: %+v", got)
	}
	if got := testigo(t, "", "verify", "--fetch", "--pause", "0s"); got.code != exitUsage {
		t.Errorf("without a pause: %+v", got)
	}
}
