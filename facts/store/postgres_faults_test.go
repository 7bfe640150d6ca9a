package store_test

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store"
	"testigo/facts/store/pgtest"
)

// soon is how long a call may take that is not to hang; nothing depends on it where all is well.
const soon = 20 * time.Second

func entry(fact string) facts.Entry {
	return facts.Entry{Space: "s", Fact: fact, State: facts.Proposed, By: facts.Author{Platform: "terminal", ID: "ana"}}
}

func openWith(t *testing.T, address string, o store.Options) *store.DB {
	t.Helper()
	s, err := store.Open(t.Context(), address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// until waits for something to become so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func isAway(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, facts.ErrAway) {
		t.Errorf("%s: %v, want that the database is away", what, err)
	}
}

// While it is away: reads, changes and opening fail as away; Changes tells it. Afterwards everything goes on by itself.
func cutOff(t *testing.T, server *pgtest.Server) {
	proxy := server.Proxy(t)
	address := proxy.Through(server.Address(t))
	s := openWith(t, address, store.Options{Wait: time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var told []error
	last := func() (n int, err error) {
		mu.Lock()
		defer mu.Unlock()
		if len(told) == 0 {
			return 0, nil
		}
		return len(told), told[len(told)-1]
	}
	var looking sync.WaitGroup
	looking.Go(func() {
		s.Changes(ctx, func(moved bool, err error) error {
			mu.Lock()
			defer mu.Unlock()
			if moved || err != nil {
				told = append(told, err)
			}
			return nil
		})
	})
	defer looking.Wait()
	defer cancel()
	if _, err := s.Append(t.Context(), entry("a")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		proxy.Cut()
		_, err := s.Append(t.Context(), entry("a"))
		isAway(t, "a change", err)
		_, err = s.Since(t.Context(), 0, 9)
		isAway(t, "reading", err)
		_, err = s.Renew(t.Context(), "poller", 1, time.Hour)
		isAway(t, "a lease", err)
		_, err = store.Open(t.Context(), address, store.Options{Wait: time.Second})
		isAway(t, "opening", err)
		until(t, "told that it is away", func() bool { _, err := last(); return errors.Is(err, facts.ErrAway) })
		proxy.Resume()
		until(t, "told that it is there again", func() bool { n, err := last(); return n > 0 && err == nil })
		before, _ := last()
		if _, err := s.Append(t.Context(), entry("a")); err != nil {
			t.Error(err)
		}
		until(t, "told of a change", func() bool { n, _ := last(); return n > before })
	}
	if n, fault, err := s.Verify(t.Context()); n != 3 || fault != "" || err != nil {
		t.Errorf("%d entries, %s (%v)", n, fault, err)
	}
}

// The server ends all connections, as it does when it restarts: whoever was at work then may fail once, and the pool finds new ones.
func restarted(t *testing.T, server *pgtest.Server) {
	address := server.Address(t)
	s, raw := open(t, address), pgtest.Open(t, address)
	var group sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := s.Append(t.Context(), entry("a")); err != nil {
					isAway(t, "a change", err)
				}
			}
		})
	}
	for want := range 5 {
		until(t, "changes go in", func() bool { got, err := s.Since(t.Context(), int64(want), 1); return err == nil && len(got) == 1 })
		if _, err := raw.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + pgtest.Sessions); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	group.Wait()
	if _, err := s.Append(t.Context(), entry("a")); err != nil {
		isAway(t, "the first change after", err)
	}
	if _, fault, err := s.Verify(t.Context()); fault != "" || err != nil {
		t.Errorf("%s (%v)", fault, err)
	}
}

// What TestKilled does, with the server's half of a killed program's connections gone before anybody looks.
func killed(t *testing.T, server *pgtest.Server) {
	address := server.Address(t)
	raw := pgtest.Open(t, address)
	checkKills(t, address, func() {
		until(t, "nobody is connected", func() bool {
			var n int
			if err := raw.QueryRow("SELECT COUNT(*) FROM pg_stat_activity WHERE " + pgtest.Sessions).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n == 0
		})
	})
}

// A connection that stands and carries nothing is noticed on this side.
func silent(t *testing.T, server *pgtest.Server) {
	proxy := server.Proxy(t)
	s := openWith(t, proxy.Through(server.Address(t)), store.Options{Wait: 500 * time.Millisecond})
	proxy.Hold()
	_, err := s.Append(t.Context(), entry("a"))
	isAway(t, "a change", err)
	_, err = s.Since(t.Context(), 0, 9)
	isAway(t, "reading", err)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Since(ctx, 0, 9); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, facts.ErrAway) {
		t.Errorf("a caller that has no time: %v", err)
	}
	proxy.Resume()
	until(t, "a change goes in again", func() bool { _, err := s.Append(t.Context(), entry("a")); return err == nil })
	if _, fault, err := s.Verify(t.Context()); fault != "" || err != nil {
		t.Errorf("%s (%v)", fault, err)
	}
}

func tooLong(t *testing.T, server *pgtest.Server) {
	address := server.Address(t)
	s := openWith(t, address, store.Options{Wait: 500 * time.Millisecond})
	hold, err := pgtest.Open(t, address).Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec("UPDATE head SET seq = seq"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Append(t.Context(), entry("a"))
	isAway(t, "a change that waits", err)
	if err == nil || !strings.Contains(err.Error(), "took too long") {
		t.Errorf("got %v, want that it took too long", err)
	}
	if got, err := s.Since(t.Context(), 0, 9); err != nil || len(got) != 0 {
		t.Errorf("reading meanwhile: %d entries (%v)", len(got), err)
	}
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Append(t.Context(), entry("a")); err != nil || r.Seq != 1 {
		t.Errorf("entry %d (%v)", r.Seq, err)
	}
}

func poolIsBounded(t *testing.T, server *pgtest.Server) {
	s := openWith(t, server.Address(t), store.Options{Conns: 3})
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			if _, err := s.Append(t.Context(), entry("a")); err != nil {
				t.Error(err)
			}
			if n := s.Pool().Stats().OpenConnections; n > 3 {
				t.Errorf("%d connections", n)
			}
		})
	}
	group.Wait()
	if n := s.Pool().Stats().MaxOpenConnections; n != 3 {
		t.Errorf("at most %d connections", n)
	}
}

func settingsHold(t *testing.T, server *pgtest.Server) {
	address := with(server.Address(t), func(u *url.URL) {
		q := u.Query()
		q.Del("application_name")
		q.Set("synchronous_commit", "remote_apply") // stronger than what is set where nothing is said
		u.RawQuery = q.Encode()
	})
	s := openWith(t, address, store.Options{Wait: 1234 * time.Millisecond})
	for name, want := range map[string]string{"statement_timeout": "1234ms", "idle_in_transaction_session_timeout": "2468ms",
		"default_transaction_isolation": "read committed", "synchronous_commit": "remote_apply", "application_name": "testigo"} {
		var got string
		if err := s.Pool().QueryRow("SHOW " + name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", name, got, want, err)
		}
	}
}

func backupIsRefused(t *testing.T, server *pgtest.Server) {
	s := open(t, server.Address(t))
	file := filepath.Join(t.TempDir(), "copy")
	if err := s.Backup(t.Context(), file); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("backup: %v", err)
	}
	if left, err := filepath.Glob(file + "*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// with changes an address.
func with(address string, change func(*url.URL)) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // pgtest made it
	}
	change(u)
	return u.String()
}

func badAddresses(t *testing.T, server *pgtest.Server) {
	const secret = "hunter%22"
	proxy := server.Proxy(t)
	closed := with(proxy.Through(server.Address(t)), func(u *url.URL) { u.User = url.UserPassword("ana", `hunter"`) })
	proxy.Cut()
	for _, tt := range []struct{ name, address, want string }{
		{"no escape", "postgres://ana:hunter%2@localhost/db", "cannot be read"},
		{"a setting that is none", "postgres://ana:" + secret + "@localhost/db?sslmode=perhaps", "sslmode"},
		{"a port that is none", "postgres://ana:" + secret + "@localhost:port/db", "cannot be read"},
		{"nobody there", closed, "cannot be reached"},
		{"no such database", with(server.Address(t), func(u *url.URL) { u.Path = "/nowhere" }), "there is no such database"},
		{"no such schema", server.Address(t) + "_gone", "there is no schema"},
	} {
		_, err := store.Open(t.Context(), tt.address, store.Options{})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: got %v, want %q and no password", tt.name, err, tt.want)
		}
	}
}
