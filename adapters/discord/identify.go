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
	Shards int `json:"shards"`
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

// identifies spaces out and counts the identifies of all shards.
type identifies struct {
	rest    *rest
	log     *slog.Logger
	spacing time.Duration // between two identifies, divided by the concurrency Discord allows; 5 s
	wake    time.Duration // the least wait when the budget is spent

	mu    sync.Mutex // held while waiting and opening: one shard after the other
	last  time.Time
	begun time.Time
	count int // since begun
}

// open calls connect, which identifies, when one more identify is allowed. Connections open one after the other, so that a slow one cannot
// come too close to the next.
func (b *identifies) open(ctx context.Context, connect func() error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.wait(ctx); err != nil {
		return err
	}
	b.count++
	defer func() { b.last = time.Now() }()
	return connect()
}

func (b *identifies) wait(ctx context.Context) error {
	for {
		info, err := b.rest.gateway(ctx)
		if err != nil {
			return err
		}
		pause := b.spent(&info)
		if pause == 0 {
			spacing := b.spacing / time.Duration(max(1, info.Limit.Concurrency))
			return sleep(ctx, time.Until(b.last.Add(spacing)))
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
