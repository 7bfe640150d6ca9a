package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"testigo/bot"
)

// step makes a job's next request and decides what comes of it.
func (q *queue) step(ctx context.Context, l *line, j *job) {
	if err := j.waste(ctx, q.now()); err != nil {
		q.release(l)
		q.finish(j, err)
		return
	}
	s := j.steps[0]
	err := s.do(ctx, j.chat)
	var e *apiError
	switch {
	case err == nil:
		j.sent, j.tries, j.steps = true, 0, j.steps[1:]
		if len(j.steps) == 0 {
			q.release(l)
			q.finish(j, nil)
			return
		}
		q.again(l, j)
		return
	case !errors.As(err, &e):
		err = fmt.Errorf("%w: %w", bot.ErrUnsent, err)
	case e.movedTo != 0 && !j.moved:
		q.move(l, j, e.movedTo)
		return
	case gone(e):
		q.fail(l, fmt.Errorf("%w: %w", bot.ErrGone, err))
		err = fmt.Errorf("%w: %w", bot.ErrGone, err)
	case e.maybe && !s.safe:
		// It may stand there already: never twice.
	case passing(e):
		j.tries++
		wait := backoff(q.firstWait, j.tries, err)
		q.hold(l, wait, e.code == http.StatusTooManyRequests)
		if j.tries < maxTries && q.now().Add(wait).Sub(j.began) <= jobAge {
			q.again(l, j)
			return
		}
		err = fmt.Errorf("%w: %w", bot.ErrUnsent, err)
	default:
		err = fmt.Errorf("%w: %w", bot.ErrUnsent, err)
	}
	q.release(l)
	q.finish(j, err)
}

// waste returns why a job is not worth sending any more.
func (j *job) waste(ctx context.Context, now time.Time) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", bot.ErrUnsent, ctx.Err())
	case j.ctx != nil && j.ctx.Err() != nil:
		return fmt.Errorf("%w: %w", bot.ErrUnsent, j.ctx.Err())
	case now.Sub(j.began) > jobAge:
		return fmt.Errorf("%w: it waited for %v", bot.ErrUnsent, jobAge)
	}
	return nil
}

// finish tells how the job ended. What went out in part was sent: to send it again would say the first part twice.
func (q *queue) finish(j *job, err error) {
	if j.sent && err != nil {
		err = &partError{err}
	}
	j.done(j.chat, err)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left--
	if q.left == 0 && q.idle != nil {
		close(q.idle)
		q.idle = nil
	}
}

// drain waits until everything was sent or given up, or ctx ends. Nothing may be added meanwhile but by what is done.
func (q *queue) drain(ctx context.Context) {
	q.mu.Lock()
	idle := make(chan struct{})
	if q.left == 0 {
		close(idle)
	} else {
		q.idle = idle
	}
	q.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// partError is a failure after the first of several messages was sent.
type partError struct{ cause error }

func (e *partError) Error() string {
	return "telegram: only the first part was sent: " + e.cause.Error()
}

// release lets the chat's next job come.
func (q *queue) release(l *line) {
	q.mu.Lock()
	l.busy = false
	if len(l.answers)+len(l.posts) == 0 {
		q.drop(l)
	}
	q.mu.Unlock()
	q.poke()
}

// drop takes a line that waits for nothing out of the turn. Callers hold mu.
func (q *queue) drop(l *line) {
	for i, other := range q.turn {
		if other == l {
			q.turn = append(q.turn[:i:i], q.turn[i+1:]...)
			return
		}
	}
}

// hold makes a chat wait. When a second chat is refused while another still is, the limit that was passed is the bot's own and all wait.
func (q *queue) hold(l *line, wait time.Duration, refused bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	l.until, l.refused = now.Add(wait), refused
	if !refused {
		return
	}
	for _, other := range q.turn {
		if other != l && other.refused && other.until.After(now) {
			q.until = l.until
		}
	}
}

// again puts a job back in front, to go on or to be tried once more.
func (q *queue) again(l *line, j *job) {
	q.mu.Lock()
	l.busy = false
	q.put(l, j, true)
	q.mu.Unlock()
	if j.ctx != nil && j.ctx.Err() != nil { // it was under way when whoever waits for it gave up
		q.cancel(j)
	}
	q.poke()
}

// move sends a job on to the supergroup that its group became.
func (q *queue) move(l *line, j *job, to int64) {
	q.onMove(j.chat, to)
	q.mu.Lock()
	j.moved, j.chat = true, to
	l.busy = false
	if len(l.answers)+len(l.posts) == 0 {
		q.drop(l)
	}
	moved := q.chats[to]
	if moved == nil {
		moved = &line{chat: to, each: l.each, minute: l.minute, used: q.now()}
		q.chats[to] = moved
	}
	q.put(moved, j, true)
	q.mu.Unlock()
	q.poke()
}

// fail tells all that a chat waits for that it is gone, rather than ask Telegram for each.
func (q *queue) fail(l *line, err error) {
	q.mu.Lock()
	left := append(l.answers, l.posts...)
	l.answers, l.posts = nil, nil
	q.queued -= len(left)
	q.mu.Unlock()
	for _, j := range left {
		q.finish(j, err)
	}
}

// gone reports whether a chat is no more, or the bot may not write there.
func gone(err error) bool {
	return codeOf(err) == http.StatusForbidden || codeOf(err) == http.StatusBadRequest && says(err,
		"chat not found", "not enough rights", "have no rights to send", "chat_write_forbidden", "topic_closed", "chat_restricted",
		"group chat was deactivated", "group chat was upgraded", "message thread not found", "peer_id_invalid", "user_is_blocked")
}
