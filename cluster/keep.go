package cluster

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"testigo/facts"
)

// Why the context of work has ended, besides that all ends.
var (
	// ErrLost: somebody else may do the work now.
	ErrLost = errors.New("the lease was lost")
	// ErrGiven: another process is to do the work from now on.
	ErrGiven = errors.New("the work is handed over")
)

// Held is work that this process holds.
type Held struct {
	// Number grows each time the work is given to somebody.
	Number int64
	// Note is what who did it before left, where they gave it back.
	Note string
	// Still asks the database whether nobody else was given the work since this process was. The error says that it could not be asked.
	Still func(ctx context.Context) (bool, error)
	// Sure reports false where somebody else was given the work. It asks nobody while the lease was renewed lately, so it may be called for each part
	// of the work: it is there for a process that was stopped for a while. Where the database cannot be asked it reports true, unless ctx has ended.
	Sure func(ctx context.Context) bool
	// Leave sets the note for whoever does the work next.
	Leave func(note string)
}

// giveBackFor is how long it may take at most to give a lease back: a process that is told to stop has to, also while the database is silent.
const giveBackFor = 2 * time.Second

// keeper holds one lease whenever it can.
type keeper struct {
	store  Store
	name   string // of the lease
	holder string // this process
	// ttl is how long after a holder's death the lease is free at the latest. It is renewed ten times in that time, and counts as lost, unless it
	// insists, when four fifths have passed since it last was.
	ttl  time.Duration
	look func() time.Duration // how long until it is asked for again
	// insist: the work goes on although the lease could not be renewed in time, because the database cannot be asked.
	insist bool
	log    *slog.Logger
}

// keep has work done while the lease is held, until ctx ends or work returns by itself; then the lease is given back, and keep returns what work
// returned in the latter case, else nil. When the lease is lost, work's context ends, and where the database cannot be asked it does so a fifth of
// ttl before anybody else can hold it; work has to be over by then. Later keep begins it again, with a new number.
func (k *keeper) keep(ctx context.Context, work func(context.Context, Held) error) error {
	for ctx.Err() == nil {
		lease, asked, ok, err := k.acquire(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			k.log.Error("a lease cannot be asked for", "lease", k.name, "error", err)
			k.waitOut(ctx, asked)
			continue
		case ok:
			if err, over := k.hold(ctx, lease, asked, work); over {
				return err
			}
		}
		pause(ctx, k.look())
	}
	return nil
}

// waitOut waits until the database can be asked again, which it could not since then. Where that took so long that leases ended meanwhile, whoever held
// them goes on, so they are to renew them first.
func (k *keeper) waitOut(ctx context.Context, since time.Time) {
	for pause(ctx, k.look()) {
		if _, err := k.store.Leases(ctx); err == nil {
			break
		}
	}
	if time.Since(since) > k.ttl/2 {
		pause(ctx, renewedWithin(k.ttl))
	}
}

// renewedWithin is how long after a database came back everybody has renewed what they hold: until they ask, and until a call that hung has ended.
func renewedWithin(ttl time.Duration) time.Duration { return ttl * 3 / 10 }

// acquire asks for the lease, and returns when it did: the store counts from later than that.
func (k *keeper) acquire(ctx context.Context) (lease facts.Lease, asked time.Time, ok bool, err error) {
	asked = time.Now()
	lease, ok, err = k.store.Acquire(ctx, k.name, k.holder, k.ttl)
	return lease, asked, ok, err
}

// hold has work done for as long as the lease is held, and reports whether it is over for good: work returned by itself.
func (k *keeper) hold(ctx context.Context, lease facts.Lease, asked time.Time, work func(context.Context, Held) error) (err error, over bool) {
	k.log.Info("a lease is held", "lease", k.name, "number", lease.Number)
	working, stop := context.WithCancelCause(ctx)
	note := &left{}
	still := func(ctx context.Context) (bool, error) { return k.store.Renew(ctx, k.name, lease.Number, k.ttl) }
	trust := &trust{lasts: k.ttl * 4 / 5, silent: k.ttl * 2 / 5, still: still}
	trust.renewed(asked)
	held := Held{Number: lease.Number, Note: lease.Note, Leave: note.set, Still: still, Sure: trust.sure}
	done := make(chan error, 1)
	go func() { done <- work(working, held) }()
	lost := make(chan struct{})
	go func() {
		defer close(lost)
		k.renew(working, lease.Number, trust)
	}()
	select {
	case err = <-done:
		over = ctx.Err() == nil
		stop(context.Canceled)
		<-lost
	case <-lost:
		if ctx.Err() == nil {
			k.log.Warn("a lease was lost", "lease", k.name, "number", lease.Number)
		}
		stop(ErrLost)
		<-done
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(k.ttl/5, giveBackFor))
	defer cancel()
	if err := k.store.Release(last, k.name, lease.Number, note.get()); err != nil {
		k.log.Warn("a lease was not given back; it ends by itself", "lease", k.name, "error", err)
	}
	if !over {
		err = nil
	}
	return err, over
}

// renew renews the lease until it is lost or ctx ends.
func (k *keeper) renew(ctx context.Context, number int64, t *trust) {
	late := false
	for pause(ctx, k.ttl/10) {
		asked, lost := time.Now(), t.ends()
		until, cancel := context.WithDeadline(ctx, lost)
		if late {
			cancel()
			until, cancel = context.WithTimeout(ctx, k.ttl/5)
		}
		ok, err := t.still(until)
		cancel()
		if err != nil {
			t.failed()
		}
		switch {
		case ok:
			if late {
				k.log.Info("a lease is held still", "lease", k.name, "number", number)
			}
			t.renewed(asked)
			late = false
		case err == nil:
			return
		case late || time.Now().Add(k.ttl/10).Before(lost):
		case k.insist:
			late = true
			k.log.Warn("a lease could not be renewed in time; its work goes on while the database is away", "lease", k.name, "error", err)
		default:
			return
		}
	}
}

// trust is how far a lease can be relied on without asking.
type trust struct {
	lasts time.Duration // after it was renewed
	// silent is for how long after the database could not be asked it is not asked again: longer than it takes from one renewal that fails to the
	// next, so that nothing waits for a database that is known to be away.
	silent time.Duration
	still  func(context.Context) (bool, error)

	asking sync.Mutex // one asks at a time; who comes meanwhile waits for the same answer

	mu    sync.Mutex
	good  time.Time // when it was last renewed
	wall  time.Time // the same by the clock that goes on while the machine sleeps
	tried time.Time // when it was last asked for in vain
}

// askFor is how long sure waits for the database.
const askFor = 2 * time.Second

func (t *trust) ends() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.good.Add(t.lasts)
}

func (t *trust) renewed(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.good, t.wall = at, at.Round(0)
}

func (t *trust) failed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tried = time.Now()
}

// fresh reports whether there is no need to ask.
func (t *trust) fresh(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Sub(t.good) < t.lasts && now.Round(0).Sub(t.wall) < t.lasts || now.Sub(t.tried) < t.silent
}

func (t *trust) sure(ctx context.Context) bool {
	if t.fresh(time.Now()) {
		return true
	}
	t.asking.Lock()
	defer t.asking.Unlock()
	asked := time.Now()
	if t.fresh(asked) {
		return true
	}
	asking, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	ok, err := t.still(asking)
	switch {
	case ok:
		t.renewed(asked)
	case err != nil && ctx.Err() == nil:
		t.failed()
	}
	return ok || err != nil && ctx.Err() == nil
}

// left is a note that is being written.
type left struct {
	mu   sync.Mutex
	note string
}

func (l *left) set(note string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note = note
}

func (l *left) get() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.note
}

// jitter is d, or up to a fifth less or more.
func jitter(d time.Duration) time.Duration { return d*4/5 + rand.N(d*2/5+1) }

// pause waits, and reports whether ctx did not end meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
