package telegram

import (
	"context"
	"log/slog"
	"runtime/debug"
	"strconv"
	"sync"
)

// Bounds of what waits to be handled.
const (
	maxWaiting  = 1000 // updates in all; polling waits then, and a webhook is told to come again
	maxPerLane  = 100  // updates of one chat; more are dropped, so that one chat cannot keep the others waiting
	maxHandlers = 16   // at once
)

// lanes runs jobs: those of one lane in order, different lanes side by side. A job that panics takes down nothing but itself.
type lanes struct {
	ctx   context.Context // of the jobs
	once  *onceLog
	slots chan struct{} // one for each waiting or running job
	hands chan struct{} // one for each running job
	done  sync.WaitGroup

	mu      sync.Mutex
	waiting map[int64][]func(context.Context) // a lane that is there has a goroutine
}

func newLanes(ctx context.Context, once *onceLog) *lanes {
	return &lanes{ctx: ctx, once: once, slots: make(chan struct{}, maxWaiting), hands: make(chan struct{}, maxHandlers),
		waiting: map[int64][]func(context.Context){}}
}

// add queues a job, waiting for a slot until ctx ends.
func (l *lanes) add(ctx context.Context, lane int64, job func(context.Context)) error {
	select {
	case l.slots <- struct{}{}:
		l.queue(lane, job)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tryAdd is add without waiting.
func (l *lanes) tryAdd(lane int64, job func(context.Context)) bool {
	select {
	case l.slots <- struct{}{}:
		l.queue(lane, job)
		return true
	default:
		return false
	}
}

func (l *lanes) queue(lane int64, job func(context.Context)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	jobs, running := l.waiting[lane]
	if len(jobs) >= maxPerLane {
		<-l.slots
		l.once.log(slog.LevelWarn, "telegram: too many messages at once from one chat; some are dropped", "flood "+strconv.FormatInt(lane, 10), nil)
		return
	}
	l.waiting[lane] = append(jobs, job)
	if !running {
		l.done.Go(func() { l.run(lane) })
	}
}

func (l *lanes) run(lane int64) {
	for {
		l.mu.Lock()
		jobs := l.waiting[lane]
		if len(jobs) == 0 {
			delete(l.waiting, lane)
			l.mu.Unlock()
			return
		}
		l.waiting[lane] = jobs[1:]
		l.mu.Unlock()
		l.hands <- struct{}{}
		l.one(jobs[0])
		<-l.hands
		<-l.slots
	}
}

func (l *lanes) one(job func(context.Context)) {
	defer func() {
		if p := recover(); p != nil {
			l.once.to.Error("telegram: a handler panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if l.ctx.Err() == nil {
		job(l.ctx)
	}
}

// wait waits until nothing is queued or running. Nothing may be added meanwhile.
func (l *lanes) wait() { l.done.Wait() }
