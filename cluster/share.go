package cluster

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"testigo/facts"
)

// Share has this process do its part of so many numbered pieces of work, counted from 0, until ctx ends or the work on one returns an error by itself,
// which Share returns. Each piece is worked on by one process. They are spread evenly over the processes that share them: a piece whose process died
// is taken by the one that has fewest, and a process that joins gets its part from those that have most, whose work on it ends with ErrGiven.
//
// All processes work with the same count: that of the first, for as long as one of them runs. What the database being away means is said at Only.
func (c *Cluster) Share(ctx context.Context, name string, count int, work func(ctx context.Context, piece, count int, h Held) error) error {
	s := &share{Cluster: c, name: name, work: work, failed: make(chan error, 1), done: make(chan int)}
	sharing, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	group.Go(func() { // who shares; on a stop the others see first of all that this process no longer does
		c.present(sharing, s.by())
	})
	for s.count = count; ctx.Err() == nil; {
		if err := s.run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// share is one Share that runs.
type share struct {
	*Cluster
	name   string
	count  int // that all agreed on when last asked
	work   func(ctx context.Context, piece, count int, h Held) error
	failed chan error
	done   chan int

	mine  map[int]context.CancelCauseFunc // pieces that are worked on here
	good  time.Time                       // when it could last be asked who holds what
	after time.Time                       // before which nothing is taken: the others are to renew first what they hold
}

func (s *share) by() string         { return s.name + "/by/" }
func (s *share) piece(i int) string { return fmt.Sprintf("%s/%d/%d", s.name, s.count, i) }
func (s *share) agreed() string     { return s.name + "/count" }

// run works with one count until another is agreed on, ctx ends, or the work on a piece fails.
func (s *share) run(ctx context.Context) (err error) {
	working, stop := context.WithCancel(ctx)
	s.mine = map[int]context.CancelCauseFunc{}
	defer func() {
		stop()
		for len(s.mine) > 0 {
			delete(s.mine, <-s.done)
		}
	}()
	tick := time.NewTimer(0)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-s.failed:
			return err
		case i := <-s.done:
			delete(s.mine, i)
		case <-tick.C:
			if agreed := s.look(working); agreed != s.count {
				s.log.Warn("another number of pieces was agreed on", "of", s.name, "was", s.count, "is", agreed)
				s.count = agreed
				return nil
			}
			tick.Reset(s.soon())
		}
	}
}

// look takes and gives away what is to be taken and given away now, and returns the count that all agreed on.
func (s *share) look(ctx context.Context) (agreed int) {
	_, ok, err := s.store.Acquire(ctx, s.agreed(), strconv.Itoa(s.count), s.ttl) // who says the same holds the same
	leases, err2 := s.store.Leases(ctx)
	if err != nil || err2 != nil {
		return s.count
	}
	if !s.good.IsZero() && time.Since(s.good) > s.ttl/2 {
		s.after = time.Now().Add(renewedWithin(s.ttl))
	}
	s.good = time.Now()
	if !ok {
		for _, l := range leases {
			if n, err := strconv.Atoi(l.Holder); l.Name == s.agreed() && err == nil && n > 0 {
				return n
			}
		}
		return s.count // it has just ended
	}
	held := s.heldIn(leases)
	take, give := plan(s.count, s.self, s.presentIn(leases, s.by()), held)
	defer func() { s.spread(s.name, len(held), s.count) }()
	if time.Now().Before(s.after) {
		return s.count
	}
	for _, i := range take {
		if s.take(ctx, i) {
			held[i] = s.self
		}
	}
	if stop := s.mine[give]; stop != nil {
		s.log.Info("work is handed over", "lease", s.piece(give))
		stop(ErrGiven)
	}
	return s.count
}

// take takes a piece that seemed free, and begins the work on it; it reports whether it did.
func (s *share) take(ctx context.Context, i int) bool {
	if s.mine[i] != nil {
		return false // it is being given back
	}
	k := s.keeper(s.piece(i), true)
	lease, asked, ok, err := k.acquire(ctx)
	if err != nil || !ok {
		return false
	}
	working, stop := context.WithCancelCause(ctx)
	s.mine[i] = stop
	count := s.count
	go func() {
		err, _ := k.hold(working, lease, asked, func(ctx context.Context, h Held) error { return s.work(ctx, i, count, h) })
		stop(nil)
		if err != nil {
			select {
			case s.failed <- err:
			default: // another failed first
			}
		}
		s.done <- i
	}()
	return true
}

func (c *Cluster) spread(name string, held, count int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shared[name] = spread{held, count}
}

// Shared says how many pieces there are of what this process takes part in sharing, and how many of them some process held when that could last be found
// out; a count of 0 that it could not be found out yet.
func (c *Cluster) Shared(name string) (held, count int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.shared[name]
	return s.held, s.count
}

// heldIn says who holds each piece that somebody holds.
func (s *share) heldIn(leases []facts.Lease) map[int]string {
	held := map[int]string{}
	for i := range s.count {
		name := s.piece(i)
		if at, ok := slices.BinarySearchFunc(leases, name, func(l facts.Lease, name string) int { return strings.Compare(l.Name, name) }); ok {
			held[i] = leases[at].Holder
		}
	}
	return held
}

// plan says which free pieces self is to take, and which of its own it is to give away, -1 for none, so that all have the same number or one more. All
// who plan from the same leases come to the same plan. One piece is given away at a time, and none while one is free.
func plan(count int, self string, peers []string, held map[int]string) (take []int, give int) {
	has := map[string]int{}
	for _, holder := range held {
		has[holder]++
	}
	fewest := func() string {
		return slices.MinFunc(peers, func(a, b string) int { return has[a] - has[b] })
	}
	for i := range count {
		if held[i] == "" {
			who := fewest()
			has[who]++
			if who == self {
				take = append(take, i)
			}
		}
	}
	most := slices.MaxFunc(peers, func(a, b string) int { return has[a] - has[b] })
	if len(held) < count || most != self || has[self]-has[fewest()] < 2 {
		return take, -1
	}
	for i := range count {
		if held[i] == self {
			give = i
		}
	}
	return take, give
}
