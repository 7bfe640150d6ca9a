package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"testigo/facts"
	"testigo/facts/store"
	"testigo/facts/store/pgtest"
)

// A transaction that has its Seq holds up whoever comes next, for as long as it is open, and who reads meanwhile sees none of both.
func lateCommit(t *testing.T, server *pgtest.Server) {
	for _, commits := range []bool{true, false} {
		address := server.Address(t)
		s, raw := open(t, address), pgtest.Open(t, address)
		first, err := s.Append(t.Context(), entry("before"))
		if err != nil {
			t.Fatal(err)
		}
		late, err := raw.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		// What Append does, by hand, so that it can stop half-way.
		second := first
		second.Seq, second.Fact, second.Prev = 2, "late", first.Hash
		second.Hash = second.Sum()
		for _, text := range []string{
			"UPDATE head SET seq = seq + 1",
			"INSERT INTO log SELECT 2, space, 'late', number, state, decides, undoes, body, author, marked, reason, at, hash, '" + second.Hash + "' FROM log",
			"UPDATE head SET hash = '" + second.Hash + "'",
		} {
			if _, err := late.Exec(text); err != nil {
				t.Fatal(err)
			}
		}
		next := make(chan facts.Revision, 3)
		var writers sync.WaitGroup
		for range cap(next) {
			writers.Go(func() {
				r, err := s.Append(t.Context(), entry("next"))
				if err != nil {
					t.Error(err)
				}
				next <- r
			})
		}
		until(t, "all three wait", func() bool {
			var waiting int
			if err := raw.QueryRow(`SELECT COUNT(*) FROM pg_stat_activity
				WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE head%' AND ` + pgtest.Sessions).Scan(&waiting); err != nil {
				t.Fatal(err)
			}
			return waiting == cap(next)
		})
		if got, err := s.Since(t.Context(), 1, 9); err != nil || len(got) != 0 || len(next) != 0 {
			t.Errorf("while it is open: %d entries, %d acknowledged (%v)", len(got), len(next), err)
		}
		want := int64(4)
		if commits {
			err, want = late.Commit(), 5
		} else {
			err = late.Rollback()
		}
		if err != nil {
			t.Fatal(err)
		}
		writers.Wait()
		if n, fault, err := s.Verify(t.Context()); n != want || fault != "" || err != nil {
			t.Errorf("committed %t: %d entries, want %d; %s (%v)", commits, n, want, fault, err)
		}
	}
}

func openedAtOnce(t *testing.T, server *pgtest.Server) {
	address := server.Address(t)
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			s, err := store.Open(t.Context(), address, store.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := s.Append(t.Context(), entry("a")); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	s := open(t, address)
	if n, fault, err := s.Verify(t.Context()); n != 6 || fault != "" || err != nil { // a second salt would show: one person, two keys
		t.Errorf("%d entries; %s (%v)", n, fault, err)
	}
	if known, err := s.Known(t.Context(), "terminal", "ana"); err != nil || known.Entries != 6 {
		t.Errorf("known: %+v (%v)", known, err)
	}
}

func notOurs(t *testing.T, server *pgtest.Server) {
	for _, tt := range []struct{ name, statement, want string }{
		{"a newer version", "CREATE TABLE meta (name TEXT, value TEXT); INSERT INTO meta VALUES ('schema', '99')", "its tables are version 99"},
		{"another program's", "CREATE TABLE golinks (short TEXT)", "belongs to another program"},
		{"a version that is no number", "CREATE TABLE meta (name TEXT, value TEXT); INSERT INTO meta VALUES ('schema', 'two')", `"two" is none`},
	} {
		address := server.Address(t)
		raw := pgtest.Open(t, address)
		if _, err := raw.Exec(tt.statement); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), address, store.Options{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
		var tables int
		if err := raw.QueryRow("SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()").Scan(&tables); err != nil || tables != 1 {
			t.Errorf("%s: there are %d tables now (%v)", tt.name, tables, err)
		}
	}
}

func noticed(t *testing.T, server *pgtest.Server) {
	s := open(t, server.Address(t))
	ctx, cancel := context.WithCancel(t.Context())
	hints := make(chan bool, 100)
	var listening sync.WaitGroup
	listening.Go(func() { s.Listen(ctx, func() { hints <- true }) })
	<-hints // it has connected
	for range 3 {
		if _, err := s.AppendAll(t.Context(), []facts.Entry{entry("a"), entry("b")}); err != nil {
			t.Fatal(err)
		}
		<-hints
	}
	cancel()
	listening.Wait()
	if len(hints) != 0 {
		t.Errorf("%d hints too many", len(hints))
	}
}
