package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// gatewayInfo is what Discord says about connecting (GET /gateway/bot).
type gatewayInfo struct {
	URL    string `json:"url"` // where new sessions begin
	Shards int    `json:"shards"`
	Limit  struct {
		Total       int   `json:"total"`
		Remaining   int   `json:"remaining"`
		ResetAfter  int64 `json:"reset_after"` // milliseconds
		Concurrency int   `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

func (r *rest) gateway(ctx context.Context) (gatewayInfo, error) {
	var info gatewayInfo
	data, err := r.do(ctx, call{method: "GET", path: "gateway/bot", repeat: true})
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return info, fmt.Errorf("gateway: %w", err)
	}
	return info, nil
}

// Beyond its daily limit of identifies Discord resets the token, so the adapter keeps well clear of it.
const (
	identifiesPerDay = 1000 // docs.discord.com, Gateway, "Identifying"; where Discord does not say its own limit
	identifyReserve  = 50   // left for somebody who starts the bot again
)

// identifies spaces out and counts the identifies of all shards. Discord allows one at a time in each of some buckets, its max_concurrency, and a
// shard's bucket is its number modulo these.
type identifies struct {
	rest    *rest
	log     *slog.Logger
	spacing time.Duration // between two identifies of a bucket; 5 s
	wake    time.Duration // the least wait when the budget is spent
	// shared waits for this process's turn in a bucket, of all that are the same bot; nil where it is the only one.
	shared func(ctx context.Context, name string, bucket int) error

	mu      sync.Mutex
	buckets map[int]*bucket
	begun   time.Time
	count   int // since begun
}

// bucket is one in which this process identifies.
type bucket struct {
	turn chan struct{} // holds whoever waits and opens: one shard after the other
	last time.Time     // of the one whose turn it is
}

// open calls connect, which identifies, when one more identify is allowed in a bucket. Connections of a bucket open one after the other, so that a slow
// one cannot come too close to the next.
func (b *identifies) open(ctx context.Context, bucket int, connect func() error) error {
	mine := b.bucket(bucket)
	select {
	case mine.turn <- struct{}{}:
	case <-ctx.Done(): // the shard goes to another process, or all stop; whoever has the turn may wait for hours
		return ctx.Err()
	}
	defer func() { <-mine.turn }()
	if err := b.allowed(ctx); err != nil {
		return err
	}
	if err := sleep(ctx, time.Until(mine.last.Add(b.spacing))); err != nil {
		return err
	}
	if err := b.turn(ctx, connectName, bucket); err != nil {
		return err
	}
	b.mu.Lock()
	b.count++
	b.mu.Unlock()
	defer func() { mine.last = time.Now() }()
	return connect()
}

// turn waits for this process's turn in a bucket among those that are the same bot: to connect, and, because connecting may take one longer than
// another, once more right before it identifies, which is what Discord counts. The first wait is there for the second to be short.
func (b *identifies) turn(ctx context.Context, name string, bucket int) error {
	if b.shared == nil {
		return ctx.Err()
	}
	return b.shared(ctx, name, bucket)
}

func (b *identifies) bucket(number int) *bucket {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buckets == nil {
		b.buckets = map[int]*bucket{}
	}
	if b.buckets[number] == nil {
		b.buckets[number] = &bucket{turn: make(chan struct{}, 1)}
	}
	return b.buckets[number]
}

// allowed waits until the day's budget allows one more.
func (b *identifies) allowed(ctx context.Context) error {
	for {
		info, err := b.rest.gateway(ctx)
		if err != nil {
			return err
		}
		pause := b.spent(&info)
		if pause == 0 {
			return nil
		}
		b.log.Error("discord: the day's budget of connections is spent; waiting, because beyond it Discord resets the token", "wait", pause)
		if err := sleep(ctx, max(pause, b.wake)); err != nil {
			return err
		}
	}
}

// spent returns how long to wait until there is budget again, 0 while there is.
func (b *identifies) spent(info *gatewayInfo) time.Duration {
	const day = 24 * time.Hour
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.begun.IsZero() || time.Since(b.begun) > day {
		b.begun, b.count = time.Now(), 0
	}
	limit := info.Limit.Total
	if limit <= 0 {
		if b.count >= identifiesPerDay-identifyReserve {
			return time.Until(b.begun.Add(day))
		}
		return 0
	}
	if info.Limit.Remaining > min(identifyReserve, limit/10) {
		return 0
	}
	return max(time.Second, time.Duration(info.Limit.ResetAfter)*time.Millisecond)
}

// backoff is how long to wait before trying again: twice as long each time, up to the most, half of it by chance.
type backoff struct {
	base, most time.Duration
	tries      int
}

func (b *backoff) next() time.Duration {
	wait := min(b.most, b.base<<min(b.tries, 16))
	b.tries++
	return wait/2 + rand.N(wait/2+1)
}

func (b *backoff) reset() { b.tries = 0 }

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
