// Package lease has work that only one process may do at a time done by one of several, and by another soon after that one died.
package lease

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Store is where leases are kept. What each method promises is written in facts/store.
type Store interface {
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) (number int64, ok bool, err error)
	Renew(ctx context.Context, name string, number int64, ttl time.Duration) (ok bool, err error)
	Release(ctx context.Context, name string, number int64) error
}

// ErrLost is why the context of work has ended when the lease was lost.
var ErrLost = errors.New("the lease was lost")

// Keeper holds one lease whenever it can. Set all fields before the first call.
type Keeper struct {
	Store  Store
	Name   string // of the lease
	Holder string // this process; no other may have the same name
	// TTL is how long after a holder's death the lease is free at the latest. It is renewed after a third of it. With 20 seconds another process
	// works within 24, and the database may be away for 6 without anybody noticing.
	TTL time.Duration
	Log *slog.Logger
}

// Keep has work done while the lease is held, until ctx ends or work returns by itself; then the lease is given back, and Keep returns what work
// returned in the latter case, else nil. When the lease is lost, work's context ends a third of TTL before anybody else can hold it, and work has
// to be over by then; later Keep begins it again, with a new number. A process that was stopped for a while (its clock too, perhaps) may find
// out late: an act that must not be done twice first asks Store.Renew with the number.
func (k *Keeper) Keep(ctx context.Context, work func(ctx context.Context, number int64) error) error {
	failing := false
	for ctx.Err() == nil {
		asked := time.Now() // the store counts from later than this
		number, ok, err := k.Store.Acquire(ctx, k.Name, k.Holder, k.TTL)
		if err != nil && ctx.Err() == nil && !failing {
			k.Log.Error("a lease cannot be asked for", "lease", k.Name, "error", err)
		}
		failing = err != nil
		if ok {
			k.Log.Info("a lease is held", "lease", k.Name, "number", number)
			if err, over := k.hold(ctx, number, asked, work); over {
				return err
			}
		}
		pause(ctx, k.TTL/12+rand.N(k.TTL/12+1)) // not all at once
	}
	return nil
}

// hold has work done for as long as the lease is held, and reports whether it is over for good.
func (k *Keeper) hold(ctx context.Context, number int64, asked time.Time, work func(context.Context, int64) error) (err error, over bool) {
	working, stop := context.WithCancelCause(ctx)
	done := make(chan error, 1)
	go func() { done <- work(working, number) }()
	lost := make(chan struct{})
	go func() {
		defer close(lost)
		k.renew(working, number, asked)
	}()
	select {
	case err = <-done:
		over = ctx.Err() == nil
		stop(context.Canceled)
		<-lost
	case <-lost:
		if ctx.Err() == nil {
			k.Log.Warn("a lease was lost", "lease", k.Name, "number", number)
		}
		stop(ErrLost)
		<-done
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.TTL/3)
	defer cancel()
	if err := k.Store.Release(last, k.Name, number); err != nil {
		k.Log.Warn("a lease was not given back; it ends by itself", "lease", k.Name, "error", err)
	}
	if !over {
		err = nil
	}
	return err, over
}

// renew renews the lease until it is lost or ctx ends. A lease counts as lost when two thirds of its time have passed since it was last renewed.
func (k *Keeper) renew(ctx context.Context, number int64, good time.Time) {
	next := k.TTL / 3
	for pause(ctx, next) {
		asked := time.Now()
		until, cancel := context.WithDeadline(ctx, good.Add(2*k.TTL/3))
		ok, err := k.Store.Renew(until, k.Name, number, k.TTL)
		cancel()
		switch {
		case ok:
			good, next = asked, k.TTL/3
		case err == nil || !time.Now().Add(k.TTL/24).Before(good.Add(2*k.TTL/3)):
			return
		default:
			next = k.TTL / 24
		}
	}
}

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
