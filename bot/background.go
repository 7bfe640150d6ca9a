package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"testigo/facts"
)

// job is something to do after a reply was given: nobody waits for it.
type job interface {
	run(ctx context.Context, b *Bot) error
}

// maxJobs is how many jobs may wait. Beyond that a count or a notice is dropped rather than an answer delayed.
const maxJobs = 10_000

// drainFor is how long jobs that wait when the bot stops may still take.
const drainFor = 4 * time.Second

// later has a job done by Run.
func (b *Bot) later(j job) {
	if b.jobs == nil {
		return
	}
	select {
	case b.jobs <- j:
	default:
		b.Happened("", JobFailed)
		b.Log.Error("too much waits to be done: dropped", "job", fmt.Sprintf("%T", j))
	}
}

// Run does what answers leave to be done (counting gaps, remembering deliveries, telling outcomes, fading what is old) until ctx ends, then
// what still waits, for a few seconds at most. Without a store it does nothing but wait.
func (b *Bot) Run(ctx context.Context) error {
	if b.jobs == nil {
		<-ctx.Done()
		return nil
	}
	// A job outlives ctx: one that was begun just before the end would else break off and be lost.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(drainFor, stop) })()
	fade := time.NewTicker(time.Hour)
	defer fade.Stop()
	b.fade(ctx)
	for {
		select {
		case j := <-b.jobs:
			b.doFrom(work, j)
		case <-fade.C:
			b.fade(ctx)
		case <-ctx.Done():
			b.Drain(work)
			return nil
		}
	}
}

// fade deletes what was kept long enough.
func (b *Bot) fade(ctx context.Context) {
	if _, err := b.Store.Fade(ctx, b.Clock().Add(-b.keep())); err != nil && ctx.Err() == nil {
		b.Log.Error("what is old was not deleted", "error", err)
	}
}

// Drain does the jobs that wait now and returns when none does or ctx ends.
func (b *Bot) Drain(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case j := <-b.jobs:
			b.doFrom(ctx, j)
		default:
			return
		}
	}
}

// mostSent is how many messages are remembered in one go.
const mostSent = 200

// doFrom does a job. Where it is to remember a message, those that wait behind it are remembered with it: on the disk that takes hardly longer, and
// one by one they would come faster than they go. The jobs keep their order.
func (b *Bot) doFrom(ctx context.Context, j job) {
	sent, ok := j.(sentJob)
	if !ok {
		b.do(ctx, j)
		return
	}
	batch := sentJobs{sent}
	for len(batch) < mostSent {
		select {
		case next := <-b.jobs:
			if sent, ok = next.(sentJob); ok {
				batch = append(batch, sent)
				continue
			}
			b.do(ctx, batch)
			b.do(ctx, next)
			return
		default:
		}
		break
	}
	b.do(ctx, batch)
}

func (b *Bot) do(ctx context.Context, j job) {
	defer func() {
		if p := recover(); p != nil {
			b.Happened("", JobFailed)
			b.Log.Error("a job broke off", "job", fmt.Sprintf("%T", j), "panic", p)
		}
	}()
	err := j.run(ctx, b)
	for waiting := false; errors.Is(err, facts.ErrAway) && ctx.Err() == nil; err = j.run(ctx, b) { // doing one again does nothing twice
		if !waiting {
			waiting = true
			b.Log.Warn("what answers and changes leave to be done waits for the database", "job", fmt.Sprintf("%T", j), "error", err)
		}
		select {
		case <-time.After(jobAgain):
		case <-ctx.Done():
		}
	}
	if err != nil {
		b.Happened("", JobFailed)
		b.Log.Error("a job failed", "job", fmt.Sprintf("%T", j), "error", err)
	}
}

// jobAgain is how long after the database was away a job is tried again.
const jobAgain = time.Second
