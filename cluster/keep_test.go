package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testigo/facts/store"
	"testigo/facts/store/pgtest"
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

func keeperOf(s Store, holder string, ttl time.Duration) *keeper {
	return &keeper{store: s, name: "poller", holder: holder, ttl: ttl, look: func() time.Duration { return ttl / 10 }, log: slog.New(slog.DiscardHandler)}
}

// turn is one time that work is done.
type turn struct {
	number int64
	over   <-chan struct{} // closed when it has to end
	why    func() error
}

// keepTurns runs a keeper, whose work tells each turn and lasts until it has to end.
func keepTurns(t *testing.T, k *keeper) (turns <-chan turn, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan turn, 100), make(chan struct{})
	go func() {
		defer close(ended)
		if err := k.keep(ctx, func(ctx context.Context, h Held) error {
			told <- turn{h.Number, ctx.Done(), func() error { return context.Cause(ctx) }}
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
	first, stopFirst := keepTurns(t, keeperOf(s, "a", ttl))
	if got := next(t, first); got.number != 1 {
		t.Errorf("number %d", got.number)
	}
	second, _ := keepTurns(t, keeperOf(s, "b", ttl))
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
	turns, _ := keepTurns(t, keeperOf(s, "a", 100*time.Millisecond))
	if got := next(t, turns); got.number != 2 {
		t.Errorf("number %d", got.number)
	}
}

func TestALostLeaseEndsWorkAndIsTakenAgain(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	turns, _ := keepTurns(t, keeperOf(s, "a", 200*time.Millisecond))
	got := next(t, turns)
	if err := s.Release(t.Context(), "poller", got.number, ""); err != nil { // as if it had ended while the process was stopped
		t.Fatal(err)
	}
	next(t, got.over)
	if !errors.Is(got.why(), ErrLost) {
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
		turns, stop := keepTurns(t, keeperOf(far, "far", 2*time.Second))
		got := next(t, turns)
		break_()
		next(t, got.over)
		held, err := near.Leases(t.Context())
		if err != nil || len(held) != 1 || held[0].Number != got.number || held[0].Left <= 0 {
			t.Errorf("%s: when work has to end the leases are %+v (%v)", name, held, err)
		}
		if !errors.Is(got.why(), ErrLost) {
			t.Errorf("%s: ended because of %v", name, got.why())
		}
		proxy.Resume()
		next(t, turns)
		stop()
	}
}

// Nobody may be there to take it over. Who finds out later that somebody was stops then.
func TestWorkGoesOnWhileTheDatabaseIsAwayWhereItInsists(t *testing.T) {
	server := pgtest.Start(t)
	proxy, address := server.Proxy(t), server.Address(t)
	near, far := open(t, address), open(t, proxy.Through(address))
	k := keeperOf(far, "far", time.Second)
	k.insist = true
	turns, _ := keepTurns(t, k)
	got := next(t, turns)

	proxy.Cut()
	for left, end := 1, time.Now().Add(soon); left > 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) { // until it has ended in the database
		held, err := near.Leases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left = len(held)
	}
	if got.why() != nil {
		t.Errorf("it ended with the database: %v", got.why())
	}
	proxy.Resume()
	for end := time.Now().Add(soon); ; time.Sleep(10 * time.Millisecond) {
		if held, err := near.Leases(t.Context()); err != nil || time.Now().After(end) {
			t.Fatalf("it was not renewed (%v)", err)
		} else if len(held) == 1 && held[0].Number == got.number {
			break
		}
	}
	if got.why() != nil {
		t.Errorf("it ended although nobody had taken it: %v", got.why())
	}

	proxy.Cut()
	for ok, end := false, time.Now().Add(soon); !ok && time.Now().Before(end); time.Sleep(10 * time.Millisecond) { // and is taken
		var err error
		if _, ok, err = near.Acquire(t.Context(), "poller", "near", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	proxy.Resume()
	next(t, got.over)
	if !errors.Is(got.why(), ErrLost) {
		t.Errorf("ended because of %v", got.why())
	}
}

func TestANoteReachesWhoeverIsNext(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	var notes []string
	for range 3 {
		if err := keeperOf(s, "a", time.Hour).keep(t.Context(), func(ctx context.Context, h Held) error {
			notes = append(notes, h.Note)
			if still, err := h.Still(ctx); !still || err != nil {
				t.Errorf("it is not held: %v", err)
			}
			h.Leave(fmt.Sprint("from ", h.Number))
			return errors.New("over")
		}); err == nil {
			t.Error("what work returned is lost")
		}
	}
	if want := []string{"", "from 1", "from 2"}; !slices.Equal(notes, want) {
		t.Errorf("%q", notes)
	}
}

func TestWorkThatReturnsGivesTheLeaseBack(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	broken := errors.New("broken")
	err := keeperOf(s, "a", time.Hour).keep(t.Context(), func(context.Context, Held) error { return broken })
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
				k := keeperOf(s, fmt.Sprintf("%d/%d", i, round), 600*time.Millisecond)
				if err := k.keep(ctx, func(_ context.Context, h Held) error {
					most.Store(max(most.Load(), working.Add(1)))
					if before := last.Swap(h.Number); before >= h.Number {
						t.Errorf("number %d after %d", h.Number, before)
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

// Who stood still finds out before going on; who did not is not slowed down by asking.
func TestWhoStoodStillIsNotSure(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "facts.db"))
	lease, ok, err := s.Acquire(t.Context(), "poller", "a", time.Hour)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	asked := 0
	tr := &trust{lasts: time.Hour, silent: time.Hour, still: func(ctx context.Context) (bool, error) {
		asked++
		return s.Renew(ctx, "poller", lease.Number, time.Hour)
	}}
	tr.renewed(time.Now())
	for range 3 {
		if !tr.sure(t.Context()) || asked != 0 {
			t.Fatalf("asked %d times", asked)
		}
	}
	tr.good = tr.good.Add(-2 * time.Hour)
	for range 3 { // nobody took it
		if !tr.sure(t.Context()) || asked != 1 {
			t.Fatalf("asked %d times", asked)
		}
	}
	tr.wall = tr.wall.Add(-2 * time.Hour) // the machine slept
	if !tr.sure(t.Context()) || asked != 2 {
		t.Errorf("asked %d times after a sleep", asked)
	}
	tr.good = tr.good.Add(-2 * time.Hour)
	if err := s.Release(t.Context(), "poller", lease.Number, ""); err != nil {
		t.Fatal(err)
	}
	if tr.sure(t.Context()) {
		t.Error("it is sure of what it lost")
	}
	tr.still = func(context.Context) (bool, error) { asked++; return false, errors.New("away") }
	for asked = 0; asked < 1; {
		if !tr.sure(t.Context()) {
			t.Fatal("with the database away it does not go on")
		}
	}
	if !tr.sure(t.Context()) || asked != 1 {
		t.Errorf("asked %d times while it is away", asked)
	}
	tr.tried = time.Time{}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if tr.sure(ended) {
		t.Error("it is sure of work that is over")
	}
}

// Who asks waits for the database; who renews the lease meanwhile, or looks how long it lasts, does not wait for that.
func TestAskingHoldsNobodyBack(t *testing.T) {
	answer, asking := make(chan struct{}), make(chan struct{})
	tr := &trust{lasts: time.Hour, silent: time.Hour, still: func(context.Context) (bool, error) {
		close(asking)
		<-answer
		return true, nil
	}}
	sure := make(chan bool)
	go func() { sure <- tr.sure(t.Context()) }()
	next(t, asking)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		tr.renewed(time.Now())
		tr.ends()
	}()
	next(t, renewed)
	close(answer)
	if !next(t, sure) {
		t.Error("it is not sure")
	}
}

// While the database is silent, finding that out is the renewals' part: the work is not held back by asking.
func TestASilentDatabaseDoesNotHoldWorkBack(t *testing.T) {
	server := pgtest.Start(t)
	proxy := server.Proxy(t)
	far := &counting{Store: open(t, proxy.Through(server.Address(t)))}
	k := keeperOf(far, "far", time.Second)
	k.insist = true
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_ = k.keep(ctx, func(ctx context.Context, h Held) error {
		proxy.Hold()
		defer proxy.Resume()
		for end := time.Now().Add(soon); far.failed.Load() < 2; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the renewals do not fail")
			}
		}
		if !h.Sure(context.WithValue(ctx, ofWork{}, true)) || far.ofWork.Load() > 0 {
			t.Errorf("the work asked a database that is known to be silent")
		}
		return nil
	})
}

// counting counts the renewals that failed, and those that the work asked for.
type counting struct {
	Store
	failed, ofWork atomic.Int32
}

// ofWork marks a context as that of the work.
type ofWork struct{}

func (c *counting) Renew(ctx context.Context, name string, number int64, ttl time.Duration) (bool, error) {
	if ctx.Value(ofWork{}) != nil {
		c.ofWork.Add(1)
	}
	ok, err := c.Store.Renew(ctx, name, number, ttl)
	if err != nil {
		c.failed.Add(1)
	}
	return ok, err
}
