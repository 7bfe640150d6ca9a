package cluster

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"testigo/facts/store/pgtest"
)

// Whoever of them asks, together they take no more than one.
func TestAPaceHoldsOverAllProcesses(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	const every, burst, each = 20 * time.Millisecond, 3, 10
	began := time.Now()
	var group sync.WaitGroup
	for range 3 {
		c := New(s, time.Second, slog.New(slog.DiscardHandler))
		group.Go(func() {
			for range each {
				if err := c.Wait(t.Context(), "all", every, burst); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if took, least := time.Since(began), every*(3*each-burst-1); took < least {
		t.Errorf("%d were taken in %v, which takes %v at the least", 3*each, took, least)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	c := New(open(t, filepath.Join(t.TempDir(), "facts.db")), time.Second, slog.New(slog.DiscardHandler))
	if err := c.Wait(t.Context(), "all", time.Hour, 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.Wait(ctx, "all", time.Hour, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// With the database away each process takes its part of what all may.
func TestAPaceGoesOnWhileTheDatabaseIsAway(t *testing.T) {
	server := pgtest.Start(t)
	proxy, address := server.Proxy(t), server.Address(t)
	c := New(open(t, proxy.Through(address)), time.Second, slog.New(slog.DiscardHandler))
	c.peers = []string{"a", "b", "c"}
	proxy.Cut()
	const every, n = 20 * time.Millisecond, 6
	var first time.Time
	for i := range n {
		if err := c.Wait(t.Context(), "all", every, 5); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = time.Now()
		}
	}
	if took, least := time.Since(first), 3*every*(n-1)-every; took < least {
		t.Errorf("%d were taken in %v, which takes a third of the processes %v at the least", n, took, least)
	}
}
