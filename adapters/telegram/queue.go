package telegram

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"testigo/bot"
	"testigo/cluster"
)

// What Telegram allows before it refuses with 429 (core.telegram.org/bots/faq): one message a second in a chat, 20 a minute in a group, about 30 a
// second in all. A limiter lets its burst and then its rate through, so burst + rate·window must stay below: 5 + 15 in a minute, 4 + 25 in a second.
var (
	chatRate              = rate.Every(time.Second)
	groupRate             = rate.Every(4 * time.Second)
	groupBurst            = 5
	allRate    rate.Limit = 25
	allBurst              = 4
)

// Bounds of what waits to be sent.
const (
	maxQueued  = 5000
	maxPerChat = 100
	maxSending = 16               // requests at once
	maxTries   = 8                // of one message
	jobAge     = 10 * time.Minute // an answer that comes later than this helps nobody
	maxChats   = 4096             // whose limits are remembered
)

// job is something to send to a chat: one reply, of one or more messages that must not be parted.
type job struct {
	ctx   context.Context // ends what nobody waits for any more; may be nil
	chat  int64
	group bool
	post  bool // not an answer to anybody: waits for all that are
	steps []step
	// done is told once how it ended: nil, ErrUnsent, ErrGone, or another error where it may have been sent. chat is where it went.
	done func(chat int64, err error)

	began time.Time
	sent  bool // a step went out
	moved bool
	tries int
}

// step is one request. It may be made again after a failure that surely came before anything was done, or after any where it is safe.
type step struct {
	do   func(ctx context.Context, chat int64) error
	safe bool // doing it twice is doing it once
}

// queue sends what is to be sent within Telegram's limits, chats in turn, answers before posts, each chat's in order and one at a time.
type queue struct {
	now       func() time.Time
	firstWait time.Duration        // of backoff
	speed     float64              // times the limits; 1 but in tests
	onMove    func(from, to int64) // a group became a supergroup
	happened  func(bot.Event)
	bot       int64            // its id; set before run
	cluster   *cluster.Cluster // whose processes keep to the limits together; nil: this one is alone
	polls     bool             // the processes take turns at polling; else all take what comes by webhook
	wake      chan struct{}    // there may be something to do
	done      sync.WaitGroup

	mu     sync.Mutex
	closed bool
	chats  map[int64]*line
	turn   []*line // chats with something to send; the next one's turn comes first
	queued int
	left   int           // not yet done: queued, or under way
	idle   chan struct{} // to close when left is 0; nil if nobody waits
	all    *rate.Limiter
	until  time.Time // nothing is sent before: Telegram refused several chats at once
}

// line is what one chat waits for.
type line struct {
	chat           int64
	answers, posts []*job
	busy           bool
	each, minute   *rate.Limiter // minute is nil where it is no group
	until          time.Time     // nothing is sent before
	refused        bool          // until is what a 429 asked for
	used           time.Time
}

func newQueue(firstWait time.Duration, speed float64) *queue {
	return &queue{now: time.Now, firstWait: firstWait, speed: speed, onMove: func(int64, int64) {}, happened: func(bot.Event) {}, wake: make(chan struct{}, 1), chats: map[int64]*line{},
		all: rate.NewLimiter(allRate*rate.Limit(speed), max(allBurst, int(float64(allBurst)*speed)))}
}

var errQueueFull = errors.New("too much is waiting to be sent")

// add queues a job. It does not wait; the job's done is called exactly once.
func (q *queue) add(j *job) {
	j.began = q.now()
	q.mu.Lock()
	l := q.line(j.chat, j.group)
	full := q.closed || q.queued >= maxQueued || len(l.answers)+len(l.posts) >= maxPerChat
	q.left++
	if !full {
		q.put(l, j, false)
	}
	q.mu.Unlock()
	if full {
		q.finish(j, fmt.Errorf("%w: %w", bot.ErrUnsent, errQueueFull))
		return
	}
	q.poke()
}

// cancel takes back a job that has not begun; one under way goes on.
func (q *queue) cancel(j *job) {
	q.mu.Lock()
	waiting := false
	if l := q.chats[j.chat]; l != nil {
		for _, from := range []*[]*job{&l.answers, &l.posts} {
			if i := slices.Index(*from, j); i >= 0 {
				*from = slices.Delete(*from, i, i+1)
				q.queued--
				waiting = true
			}
		}
		if waiting && !l.busy && len(l.answers)+len(l.posts) == 0 {
			q.drop(l)
		}
	}
	q.mu.Unlock()
	if waiting {
		q.finish(j, fmt.Errorf("%w: %w", bot.ErrUnsent, j.ctx.Err()))
	}
}

func (q *queue) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// line returns a chat's line. Callers hold mu.
func (q *queue) line(chatID int64, group bool) *line {
	l := q.chats[chatID]
	if l == nil {
		if len(q.chats) >= maxChats {
			q.sweep()
		}
		l = &line{chat: chatID, each: rate.NewLimiter(chatRate*rate.Limit(q.speed), 1)}
		if group {
			l.minute = rate.NewLimiter(groupRate*rate.Limit(q.speed), groupBurst)
		}
		q.chats[chatID] = l
	}
	l.used = q.now()
	return l
}

// sweep forgets chats whose limits are surely whole again. Callers hold mu.
func (q *queue) sweep() {
	now := q.now()
	for id, l := range q.chats {
		if !l.busy && len(l.answers)+len(l.posts) == 0 && now.After(l.until) && now.Sub(l.used) > time.Minute {
			delete(q.chats, id)
		}
	}
}

// put adds a job to a line, in front or behind. Callers hold mu.
func (q *queue) put(l *line, j *job, front bool) {
	to := &l.answers
	if j.post {
		to = &l.posts
	}
	if front {
		*to = slices.Insert(*to, 0, j)
	} else {
		*to = append(*to, j)
	}
	q.queued++
	if !slices.Contains(q.turn, l) {
		q.turn = append(q.turn, l)
	}
}

// run sends until ctx ends; then what still waits is told that it was not sent, and run returns when the requests under way are over.
func (q *queue) run(ctx context.Context) {
	hands := make(chan struct{}, maxSending)
	for {
		l, j, wait := q.take()
		if j == nil {
			if !q.pause(ctx, wait) {
				break
			}
			continue
		}
		hands <- struct{}{}
		q.done.Go(func() {
			defer func() { <-hands }()
			if q.cluster != nil {
				<-hands // others send while this chat waits
				q.awaitChat(ctx, j)
				hands <- struct{}{}
				q.awaitAll(ctx, j)
			}
			q.step(ctx, l, j)
		})
	}
	q.done.Wait()
	q.mu.Lock()
	q.closed = true
	var left []*job
	for _, l := range q.chats {
		left = append(append(left, l.answers...), l.posts...)
		l.answers, l.posts = nil, nil
	}
	q.turn, q.queued = nil, 0
	q.mu.Unlock()
	for _, j := range left {
		q.finish(j, fmt.Errorf("%w: %w", bot.ErrUnsent, ctx.Err()))
	}
}

// pause waits until there may be something to do and reports whether ctx lets it.
func (q *queue) pause(ctx context.Context, wait time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-q.wake:
	case <-t.C:
	}
	return true
}

// longestPause bounds a wait for nothing in particular.
const longestPause = time.Minute

// take returns the next job that may send now and marks its chat busy, or how long until there may be one.
func (q *queue) take() (*line, *job, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	wait := longestPause
	if d := q.until.Sub(now); d > 0 {
		return nil, nil, min(wait, d)
	}
	var post *line
	for _, l := range q.turn {
		if l.busy {
			continue
		}
		if d := l.ready(now); d > 0 {
			wait = min(wait, d)
			continue
		}
		if len(l.answers) > 0 {
			return q.start(l, now)
		}
		if post == nil {
			post = l
		}
	}
	if post != nil {
		return q.start(post, now)
	}
	return nil, nil, wait
}

// start begins the next job of a line that is ready, if the limit over all lets it. Callers hold mu.
func (q *queue) start(l *line, now time.Time) (*line, *job, time.Duration) {
	if !q.all.AllowN(now, 1) {
		return nil, nil, until(q.all, now)
	}
	l.each.AllowN(now, 1)
	if l.minute != nil {
		l.minute.AllowN(now, 1)
	}
	var j *job
	if len(l.answers) > 0 {
		j = shift(&l.answers)
	} else {
		j = shift(&l.posts)
	}
	q.queued--
	l.busy, l.refused, l.used = true, false, now
	i := slices.Index(q.turn, l)
	q.turn = append(slices.Delete(q.turn, i, i+1), l) // the others' turn
	return l, j, 0
}

// shift takes the first job off a list, which holds on to nothing of it: the lines of chats stay for long, and a job has a whole reply in it.
func shift(list *[]*job) *job {
	j := (*list)[0]
	(*list)[0] = nil
	if *list = (*list)[1:]; len(*list) == 0 {
		*list = nil
	}
	return j
}

// ready is how long the chat must wait.
func (l *line) ready(now time.Time) time.Duration {
	wait := max(l.until.Sub(now), until(l.each, now))
	if l.minute != nil {
		wait = max(wait, until(l.minute, now))
	}
	return wait
}

// until is how long until a limiter has a whole token.
func until(l *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - l.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return max(time.Millisecond, time.Duration(missing/float64(l.Limit())*float64(time.Second)))
}
