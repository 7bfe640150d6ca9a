package storetest

import (
	"sync"
	"sync/atomic"
	"time"
)

func pacePromises() []promise {
	return []promise{
		{"after a rest a burst is taken at once, and no more", paceBursts},
		{"what was taken comes back with time", paceRecovers},
		{"paces of different names know nothing of each other", pacesApart},
		{"of many at once no more than a burst take", paceAtOnce},
		{"a pace that bounds nothing is refused", badPaces},
	}
}

// take takes, or must be told to wait.
func (s subject) take(name string, every time.Duration, burst int, want bool) time.Duration {
	s.Helper()
	wait, err := s.Take(s.ctx, name, every, burst)
	s.ok(err)
	if (wait == 0) != want || wait < 0 {
		s.Fatalf("%s: told to wait %v; taken %t, want %t", name, wait, wait == 0, want)
	}
	return wait
}

func paceBursts(s subject) {
	for range 3 {
		s.take("all", time.Hour, 3, true)
	}
	if wait := s.take("all", time.Hour, 3, false); wait > time.Hour || wait < time.Hour-time.Minute {
		s.Errorf("told to wait %v, want an hour at most", wait)
	}
	s.take("all", time.Hour, 4, true) // who allows more takes more
}

func paceRecovers(s subject) {
	const every = 50 * time.Millisecond
	s.take("all", every, 1, true)
	for range 3 {
		began := time.Now()
		for tries := 0; ; tries++ {
			wait, err := s.Take(s.ctx, "all", every, 1)
			s.ok(err)
			if wait == 0 {
				break
			}
			if wait > every || tries == 100 {
				s.Fatalf("told to wait %v, after %d tries and %v", wait, tries, time.Since(began))
			}
			time.Sleep(wait)
		}
	}
}

func pacesApart(s subject) {
	s.take("a", time.Hour, 1, true)
	s.take("b", time.Hour, 1, true)
	s.take("a", time.Hour, 1, false)
}

func paceAtOnce(s subject) {
	var taken atomic.Int32
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if wait, err := s.Take(s.ctx, "all", time.Hour, 5); err != nil {
				s.Error(err)
			} else if wait == 0 {
				taken.Add(1)
			}
		})
	}
	group.Wait()
	s.same("taken", taken.Load(), int32(5))
}

func badPaces(s subject) {
	for name, call := range map[string]func() (time.Duration, error){
		"no name":  func() (time.Duration, error) { return s.Take(s.ctx, "", time.Second, 1) },
		"no time":  func() (time.Duration, error) { return s.Take(s.ctx, "all", 0, 1) },
		"no burst": func() (time.Duration, error) { return s.Take(s.ctx, "all", time.Second, 0) },
	} {
		if _, err := call(); err == nil {
			s.Errorf("%s: accepted", name)
		}
	}
}
