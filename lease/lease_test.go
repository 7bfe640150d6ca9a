package lease_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testigo/facts/store"
	"testigo/facts/store/pgtest"
	"testigo/lease"
)

// soon bounds what a test waits for; nothing depends on it where all is well.
const soon = 20 * time.Second

func open(t *testing.T, address string) *store.DB {
	t.Helper()
	s, err := store.Open(t.Context(), address, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func keeper(s lease.Store, holder string, ttl time.Duration) *lease.Keeper {
	return &lease.Keeper{Store: s, Name: "poller", Holder: holder, TTL: ttl, Log: slog.New(slog.DiscardHandler)}
}

// turn is one time that work is done.
type turn struct {
	number int64
	over   <-chan struct{} // closed when it has to end
	why    func() error
}

// keep runs a keeper, whose work tells each turn and lasts until it has to end.
func keep(t *testing.T, k *lease.Keeper) (turns <-chan turn, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan turn, 100), make(chan struct{})
	go func() {
		defer close(ended)
		if err := k.Keep(ctx, func(ctx context.Context, number int64) error {
			told <- turn{number, ctx.Done(), func() error { return context.Cause(ctx) }}
			<-ctx.Done()
			return ctx.Err()
		}); err != nil {
			t.Error(err)
		}
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	t.Cleanup(stop)
	return told, stop
}

func next[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(soon):
		t.Fatal("waited in vain")
	}
	return v
}

func TestOneWorksAndAnotherTakesOver(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	const ttl = 300 * time.Millisecond
	first, stopFirst := keep(t, keeper(s, "a", ttl))
	if got := next(t, first); got.number != 1 {
		t.Errorf("number %d", got.number)
	}
	second, _ := keep(t, keeper(s, "b", ttl))
	select {
	case <-second:
		t.Fatal("two work at once")
	case <-time.After(2 * ttl): // longer than it lasts without being renewed
	}
	stopFirst()
	if held, err := s.Leases(t.Context()); err != nil || len(held) > 0 && held[0].Holder == "a" {
		t.Errorf("who stopped still holds it: %+v (%v)", held, err)
	}
	if got := next(t, second); got.number != 2 {
		t.Errorf("number %d", got.number)
	}
}

func TestADeadHoldersLeaseIsTakenOver(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	if _, ok, err := s.Acquire(t.Context(), "poller", "dead", 100*time.Millisecond); !ok || err != nil {
		t.Fatal(ok, err)
	}
	turns, _ := keep(t, keeper(s, "a", 100*time.Millisecond))
	if got := next(t, turns); got.number != 2 {
		t.Errorf("number %d", got.number)
	}
}

func TestALostLeaseEndsWorkAndIsTakenAgain(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	turns, _ := keep(t, keeper(s, "a", 200*time.Millisecond))
	got := next(t, turns)
	if err := s.Release(t.Context(), "poller", got.number); err != nil { // as if it had ended while the process was stopped
		t.Fatal(err)
	}
	next(t, got.over)
	if !errors.Is(got.why(), lease.ErrLost) {
		t.Errorf("ended because of %v", got.why())
	}
	if again := next(t, turns); again.number != 2 {
		t.Errorf("number %d", again.number)
	}
}

// With the database away, work has to end while the lease still stands there.
func TestWorkEndsBeforeTheLeaseWhenTheDatabaseIsAway(t *testing.T) {
	server := pgtest.Start(t)
	proxy, address := server.Proxy(t), server.Address(t)
	near := open(t, address)
	for name, break_ := range map[string]func(){"cut off": proxy.Cut, "silent": proxy.Hold} {
		far := open(t, proxy.Through(address))
		turns, stop := keep(t, keeper(far, "far", 2*time.Second))
		got := next(t, turns)
		break_()
		next(t, got.over)
		held, err := near.Leases(t.Context())
		if err != nil || len(held) != 1 || held[0].Number != got.number || held[0].Left <= 0 {
			t.Errorf("%s: when work has to end the leases are %+v (%v)", name, held, err)
		}
		if !errors.Is(got.why(), lease.ErrLost) {
			t.Errorf("%s: ended because of %v", name, got.why())
		}
		proxy.Resume()
		next(t, turns)
		stop()
	}
}

func TestWorkThatReturnsGivesTheLeaseBack(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	broken := errors.New("broken")
	err := keeper(s, "a", time.Hour).Keep(t.Context(), func(context.Context, int64) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if held, err := s.Leases(t.Context()); err != nil || len(held) != 0 {
		t.Errorf("still held: %+v (%v)", held, err)
	}
}

// Holders that come and go, some without a word.
func TestNeverTwoAtOnce(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	var working, most atomic.Int32
	var last atomic.Int64
	var group sync.WaitGroup
	for i := range 5 {
		group.Go(func() {
			for round := range 4 {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				k := keeper(s, fmt.Sprintf("%d/%d", i, round), 600*time.Millisecond)
				if err := k.Keep(ctx, func(_ context.Context, number int64) error {
					most.Store(max(most.Load(), working.Add(1)))
					if before := last.Swap(number); before >= number {
						t.Errorf("number %d after %d", number, before)
					}
					time.Sleep(5 * time.Millisecond)
					working.Add(-1)
					return nil
				}); err != nil {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	group.Wait()
	if most.Load() != 1 || last.Load() < 5*4 {
		t.Errorf("%d worked at once, %d turns", most.Load(), last.Load())
	}
}
