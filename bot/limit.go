package bot

import (
	"sync"
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
	limits Limits
	mu     sync.Mutex
	of     map[string]*bucket
	swept  time.Time
}

type bucket struct {
	*rate.Limiter
	told bool // that it is too fast; once, until it is well again
	used time.Time
}

// verdict is what a limiter says of a message.
type verdict int

const (
	pass verdict = iota
	tell         // refuse, and say so
	mute         // refuse in silence: it was said
)

// idle is after how long a bucket that was not used is forgotten: any is full again by then.
const idle = 10 * time.Minute

func (l *limiter) allow(m Message, now time.Time) verdict {
	if l.limits == (Limits{}) {
		return pass
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	v := pass
	if m.Author.ID != "" {
		v = max(v, l.take("p "+m.Author.Platform+" "+m.Author.ID, l.limits.PerPerson, now))
	}
	if m.At.Channel != "" && !m.Private {
		v = max(v, l.take("c "+m.At.Platform+" "+m.At.Channel, l.limits.PerChannel, now))
	}
	return v
}

func (l *limiter) take(key string, limit Limit, now time.Time) verdict {
	if limit.Burst == 0 {
		return pass
	}
	b := l.of[key]
	if b == nil {
		b = &bucket{Limiter: rate.NewLimiter(rate.Limit(limit.PerMinute/60), limit.Burst)}
		l.of[key] = b
	}
	b.used = now
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

// sweep forgets buckets that are full again, so that memory stays bounded by how many people asked lately.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < idle {
		return
	}
	l.swept = now
	for key, b := range l.of {
		if now.Sub(b.used) >= idle {
			delete(l.of, key)
		}
	}
}
