package storetest

import (
	"context"
	"sync/atomic"
	"time"

	"testigo/facts"
)

func leasePromises() []promise {
	return []promise{
		{"a lease is held by one", leaseIsHeldByOne},
		{"a lease ends by itself and is taken over", leaseIsTakenOver},
		{"a lease that is renewed goes on", leaseIsRenewed},
		{"a lease that is given back is free", leaseIsReleased},
		{"a lease that ended and that nobody took can be renewed", leaseIsRevived},
		{"what is left with a lease reaches the next holder, once", leaseNotes},
		{"its number grows each time it is given out", leaseNumbersGrow},
		{"an old number renews and gives back nothing", oldNumbers},
		{"leases that ended long ago fade, those that are held do not", leasesFade},
		{"a lease without a name, holder or time is refused", badLeases},
		{"of many at once one gets a lease, and two never hold it", neverTwoHold},
	}
}

// How long leases are: long is longer than a test takes, short is over soon.
const (
	long  = time.Hour
	short = 40 * time.Millisecond
)

// acquire takes a lease that must be free, or not.
func (s subject) acquire(name, holder string, ttl time.Duration, want bool) int64 {
	s.Helper()
	lease, ok, err := s.Acquire(s.ctx, name, holder, ttl)
	s.ok(err)
	if ok != want || ok && (lease.Number == 0 || lease.Name != name || lease.Holder != holder) {
		s.Fatalf("%s for %s: got it %t, want %t; %+v", name, holder, ok, want, lease)
	}
	return lease.Number
}

func (s subject) renew(name string, number int64, ttl time.Duration, want bool) {
	s.Helper()
	if ok, err := s.Renew(s.ctx, name, number, ttl); err != nil || ok != want {
		s.Fatalf("renewing %s as number %d: %t, want %t (%v)", name, number, ok, want, err)
	}
}

// taken waits until somebody gets a lease that is about to end.
func (s subject) taken(name, holder string) int64 {
	s.Helper()
	for range 500 {
		lease, ok, err := s.Acquire(s.ctx, name, holder, long)
		s.ok(err)
		if ok {
			return lease.Number
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.Fatalf("%s never ended", name)
	return 0
}

func leaseIsHeldByOne(s subject) {
	s.same("leases", len(s.leases()), 0)
	s.acquire("poller", "ana", long, true)
	s.acquire("poller", "berta", long, false)
	s.acquire("shard/0", "berta", long, true)
	got := s.leases()
	for i := range got {
		if got[i].Left <= long-time.Minute || got[i].Left > long {
			s.Errorf("%s lasts for %v, want %v", got[i].Name, got[i].Left, long)
		}
		got[i].Left = 0
	}
	s.same("leases", got, []facts.Lease{{Name: "poller", Holder: "ana", Number: 1}, {Name: "shard/0", Holder: "berta", Number: 1}})
}

func (s subject) leases() []facts.Lease {
	s.Helper()
	got, err := s.Leases(s.ctx)
	s.ok(err)
	return got
}

func leaseIsTakenOver(s subject) {
	number := s.acquire("poller", "ana", short, true)
	if next := s.taken("poller", "berta"); next != number+1 {
		s.Errorf("number %d after %d", next, number)
	}
	s.renew("poller", number, long, false)
	s.acquire("poller", "ana", long, false)
}

func leaseIsRenewed(s subject) {
	number := s.acquire("poller", "ana", time.Minute, true)
	s.renew("poller", number, long, true)
	if got := s.leases(); len(got) != 1 || got[0].Left < long/2 || got[0].Number != number {
		s.Errorf("%+v", got)
	}
	s.renew("poller", number, short, true)
	s.taken("poller", "berta")
}

func leasesFade(s subject) {
	s.acquire("held", "ana", long, true)
	s.acquire("ended", "process that died", time.Millisecond, true)
	s.ok(s.Release(s.ctx, "given back", s.acquire("given back", "process that stopped", long, true), "a note"))
	for len(s.leases()) > 1 {
		time.Sleep(time.Millisecond)
	}
	fade := func(before time.Time, want int64) {
		s.Helper()
		n, err := s.Fade(s.ctx, before)
		s.ok(err)
		s.same("rows that went", n, want)
	}
	fade(time.Now().Add(-time.Hour), 0)
	fade(time.Now().Add(2*long), 2)
	s.same("leases", len(s.leases()), 1)
	if number := s.acquire("given back", "berta", long, true); number != 1 {
		s.Errorf("number %d: it was kept", number)
	}
}

func leaseIsReleased(s subject) {
	number := s.acquire("poller", "ana", long, true)
	s.ok(s.Release(s.ctx, "poller", number, ""))
	s.same("leases", len(s.leases()), 0)
	s.renew("poller", number, long, false)
	s.acquire("poller", "berta", long, true)
	s.ok(s.Release(s.ctx, "nothing", 1, ""))
}

func leaseIsRevived(s subject) {
	number := s.acquire("poller", "ana", time.Millisecond, true)
	for len(s.leases()) > 0 {
		time.Sleep(time.Millisecond)
	}
	s.renew("poller", number, long, true)
	s.acquire("poller", "berta", long, false)
}

func leaseNotes(s subject) {
	take := func(holder, want string) int64 {
		s.Helper()
		lease, ok, err := s.Acquire(s.ctx, "poller", holder, long)
		s.ok(err)
		if !ok || lease.Note != want {
			s.Errorf("%s got %+v (%t), want the note %q", holder, lease, ok, want)
		}
		return lease.Number
	}
	number := take("ana", "")
	s.ok(s.Release(s.ctx, "poller", number+1, "not mine to leave"))
	s.ok(s.Release(s.ctx, "poller", number, "where I was"))
	take("berta", "where I was")
	number = take("berta", "") // the one before, herself, gave nothing back
	s.ok(s.Release(s.ctx, "poller", number, ""))
	take("ana", "")
}

func leaseNumbersGrow(s subject) {
	for want := int64(1); want <= 6; want++ {
		got := s.acquire("poller", []string{"ana", "berta"}[want/2%2], long, true)
		if got != want {
			s.Errorf("number %d, want %d", got, want)
		}
		if want%2 == 1 {
			s.ok(s.Release(s.ctx, "poller", got, "")) // else the same holder takes it anew
		}
	}
}

func oldNumbers(s subject) {
	old := s.acquire("poller", "ana", long, true)
	now := s.acquire("poller", "ana", long, true)
	s.renew("poller", old, long, false)
	s.ok(s.Release(s.ctx, "poller", old, ""))
	s.renew("poller", now, long, true)
	s.renew("poller", now+1, long, false)
	s.renew("shard/0", now, long, false)
	s.acquire("poller", "berta", long, false)
}

func badLeases(s subject) {
	for name, call := range map[string]func() error{
		"no name":          func() error { _, _, err := s.Acquire(s.ctx, "", "ana", long); return err },
		"no holder":        func() error { _, _, err := s.Acquire(s.ctx, "poller", "", long); return err },
		"no time":          func() error { _, _, err := s.Acquire(s.ctx, "poller", "ana", 0); return err },
		"time behind":      func() error { _, _, err := s.Acquire(s.ctx, "poller", "ana", -time.Hour); return err },
		"renewing for nil": func() error { _, err := s.Renew(s.ctx, "poller", 1, 0); return err },
		"a NUL":            func() error { _, _, err := s.Acquire(s.ctx, "a\x00b", "ana", long); return err },
	} {
		if call() == nil {
			s.Errorf("%s: accepted", name)
		}
	}
	s.same("leases", len(s.leases()), 0)
}

// Who got a lease holds it until it gives it back, however many want it, and nobody gets a number twice.
func neverTwoHold(s subject) {
	var holding, most atomic.Int32
	var last atomic.Int64
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	together(8, func(i int) {
		holder := string(rune('a' + i))
		for turns := 0; turns < 3; {
			lease, ok, err := s.Acquire(ctx, "poller", holder, long)
			if err != nil {
				s.Error(err)
				return
			}
			if !ok {
				time.Sleep(time.Millisecond)
				continue
			}
			turns++
			most.Store(max(most.Load(), holding.Add(1)))
			if before := last.Swap(lease.Number); before >= lease.Number {
				s.Errorf("number %d after %d", lease.Number, before)
			}
			if ok, err := s.Renew(ctx, "poller", lease.Number, long); !ok || err != nil {
				s.Errorf("who holds it cannot renew it: %v", err)
			}
			holding.Add(-1)
			if err := s.Release(ctx, "poller", lease.Number, ""); err != nil {
				s.Error(err)
			}
		}
	})
	if most.Load() != 1 || last.Load() != 24 {
		s.Errorf("%d held it at once; the last number is %d, want 24", most.Load(), last.Load())
	}
}
