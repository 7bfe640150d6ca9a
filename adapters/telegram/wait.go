package telegram

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Waits between tries.
const (
	defaultFirstWait = 500 * time.Millisecond
	maxWait          = 30 * time.Second
)

// backoff is how long to wait after the nth failure in a row: what Telegram asks for, else twice as long each time, with some chance in it so that
// many do not come back at once.
func backoff(first time.Duration, n int, err error) time.Duration {
	var e *apiError
	if errors.As(err, &e) && e.retryAfter > 0 {
		return e.retryAfter
	}
	wait := min(first<<min(n-1, 10), maxWait)
	return wait/2 + rand.N(wait/2)
}

// sleep waits and reports whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
