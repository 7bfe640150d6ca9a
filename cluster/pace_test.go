package cluster

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
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
				if err := c.Wait(t.Context(), Pace{Name: "all", Every: every, Burst: burst}); err != nil {
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
	if err := c.Wait(t.Context(), Pace{Name: "all", Every: time.Hour, Burst: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.Wait(ctx, Pace{Name: "all", Every: time.Hour, Burst: 1}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// With the database away each process takes its part of what all may, and what it keeps to by itself is not paced twice.
func TestAPaceGoesOnWhileTheDatabaseIsAway(t *testing.T) {
	server := pgtest.Start(t)
	proxy, address := server.Proxy(t), server.Address(t)
	var log bytes.Buffer
	c := New(open(t, proxy.Through(address)), time.Second, slog.New(slog.NewTextHandler(&log, nil)))
	c.peers = []string{"a", "b", "c"}
	proxy.Cut()
	const every, n = 5 * time.Millisecond, 6
	var first time.Time
	for i := range n {
		if err := c.Wait(t.Context(), Pace{Name: "all", Every: every, Burst: 5}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = time.Now()
		}
	}
	if took, least := time.Since(first), alonePart*3*every*(n-1); took < least {
		t.Errorf("%d were taken in %v, which takes one of three processes %v at the least", n, took, least)
	}
	if err := c.Wait(t.Context(), Pace{Name: "kept", Every: time.Hour, Burst: 1, Kept: true}); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "cannot be asked"); n != 1 {
		t.Errorf("it is said %d times in the log:\n%s", n, log.String())
	}
}

// Alone it may be one's turn in an hour. Once the database is back nobody waits for that.
func TestAPaceIsTogetherAgainOnceTheDatabaseIsBack(t *testing.T) {
	server := pgtest.Start(t)
	proxy := server.Proxy(t)
	c := New(open(t, proxy.Through(server.Address(t))), time.Second, slog.New(slog.DiscardHandler))
	proxy.Cut()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	waited := make(chan error, 1)
	go func() { waited <- c.Wait(ctx, Pace{Name: "all", Every: time.Hour, Burst: 1}) }()
	for c.asks() { // until it was found out that it is away
		time.Sleep(time.Millisecond)
	}
	proxy.Resume()
	if err := <-waited; err != nil {
		t.Error(err)
	}
}
