package bot

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Limits bounds how often people may ask; the zero value does not.
type Limits struct {
	PerPerson, PerChannel Limit
}

// Limit is a rate with a burst, as in golang.org/x/time/rate, which keeps them.
type Limit struct {
	PerMinute float64
	Burst     int
}

// limiter holds a bucket for each person and channel seen lately.
type limiter struct {
	limits atomic.Pointer[Limits] // where they bound nothing, nobody waits for the lock
	mu     sync.Mutex
	of     map[limited]bucket
	swept  time.Time
	left   int // buckets that were left then
}

// limited is who or what a bucket is of.
type limited struct {
	platform, id string
	channel      bool // else a person
}

func newLimiter(limits Limits) *limiter {
	l := &limiter{}
	l.set(limits)
	return l
}

// set changes the limits. Other ones begin anew for everybody.
func (l *limiter) set(limits Limits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.limits.Swap(&limits); old == nil || *old != limits {
		l.of = map[limited]bucket{}
	}
}

type bucket struct {
	*rate.Limiter
	told bool // that it is too fast; once, until it is well again
}

// verdict is what a limiter says of a message.
type verdict int

const (
	pass verdict = iota
	tell         // refuse, and say so
	mute         // refuse in silence: it was said
)

func (l *limiter) allow(m Message, now time.Time) verdict {
	if *l.limits.Load() == (Limits{}) {
		return pass
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	limits := *l.limits.Load()
	l.sweep(now)
	v := pass
	if m.Author.ID != "" {
		v = max(v, l.take(limited{m.Author.Platform, m.Author.ID, false}, limits.PerPerson, now))
	}
	if m.At.Channel != "" && !m.Private {
		v = max(v, l.take(limited{m.At.Platform, m.At.Channel, true}, limits.PerChannel, now))
	}
	return v
}

func (l *limiter) take(key limited, limit Limit, now time.Time) verdict {
	if limit.Burst == 0 {
		return pass
	}
	b, ok := l.of[key]
	if !ok {
		b.Limiter = rate.NewLimiter(rate.Limit(limit.PerMinute/60), limit.Burst)
	}
	defer func() { l.of[key] = b }()
	switch {
	case b.AllowN(now, 1):
		b.told = b.told && b.TokensAt(now) < float64(limit.Burst)/2
		return pass
	case b.told:
		return mute
	}
	b.told = true
	return tell
}

// A sweep is due when so much time has passed, for the sake of who asked, or when there are twice as many buckets as the last one left and a few
// more, for the sake of memory: that way sweeping costs no more than filling.
const (
	sweepEvery = time.Minute
	sweepFrom  = 1000
)

// sweep forgets the buckets that are full again, which are as new ones, so that memory stays bounded by how many people asked lately.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < sweepEvery && len(l.of) < sweepFrom+2*l.left {
		return
	}
	for key, b := range l.of {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(l.of, key)
		}
	}
	l.swept, l.left = now, len(l.of)
}
