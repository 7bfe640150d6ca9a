package telegram

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"testigo/cluster"
)

// turn is one time that this process polls, of several that are the same bot. Why it does what it does is written in updates.go. A nil turn is that
// of a process that is alone, which never ends.
type turn struct {
	*Adapter
	held  cluster.Held
	quiet time.Duration
}

const (
	// stopped is the note of who gave its turn back and polls no more.
	stopped = "stopped"
	// announceWait is how long a call waits that announces this process: two who announce themselves meet in one.
	announceWait = time.Second
	// maxConflicts is how often an announcement may be interrupted until whoever does it counts as a stranger: a process of ours gives way at the first
	// call that is ended.
	maxConflicts = 20
)

// errUnreached: Telegram cannot be reached from here, and may be from another process.
var errUnreached = errors.New("telegram: not reached for the time of a lease")

// pollInTurns polls until ctx ends, which is no error; where other processes are the same bot, while it is this one's turn.
func (a *Adapter) pollInTurns(ctx context.Context) error {
	if a.cluster == nil {
		return a.poll(ctx, nil)
	}
	for {
		err := a.cluster.Only(ctx, nameOf(a.me().ID, "poller"), a.takeTurn)
		if !errors.Is(err, errUnreached) {
			return err
		}
		a.log.Warn("telegram: not reached from here for long; it is another process's turn to poll")
		if err := a.connect(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		a.up.Store(true)
	}
}

// takeTurn polls until its turn is over.
func (a *Adapter) takeTurn(ctx context.Context, h cluster.Held) error {
	t := &turn{a, h, a.cluster.TTL() / 5}
	a.rights.forgetAll() // of changes another was told meanwhile
	if h.Note != stopped {
		if err := t.announce(ctx); err != nil || ctx.Err() != nil {
			return err
		}
	}
	h.Leave(stopped)
	err := a.poll(ctx, t)
	if !errors.Is(err, errUnreached) {
		a.up.Store(true) // another polls
	}
	return err
}

// announce makes every other process that still polls notice this one, and returns when none was noticed for the quiet time, or ctx ended.
func (t *turn) announce(ctx context.Context) error {
	var oldest int64 // update that waits
	quiet, answered := time.Now(), time.Now()
	failures, conflicts := 0, 0
	for ctx.Err() == nil && time.Since(quiet) < t.quiet {
		got, _, err := t.fetch(ctx, 0, announceWait)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !conflict(err) {
			if end := t.pollFault(ctx, t, err, answered); end != nil {
				return end
			}
			t.up.Store(false)
			failures++
			sleep(ctx, backoff(t.client.firstWait, failures, err))
			quiet, oldest = time.Now(), 0
			continue
		}
		t.up.Store(true)
		failures, answered = 0, time.Now()
		before := oldest
		oldest = 0
		if len(got) > 0 {
			oldest = got[0].ID
		}
		if err != nil {
			if conflicts++; conflicts >= maxConflicts {
				return nil
			}
		}
		if err != nil || before != 0 && oldest != before { // somebody else is in a call, or confirmed something
			t.yield(ctx)
			quiet = time.Now()
		}
		sleep(ctx, t.breath())
	}
	return nil
}

// breath is how long this process waits between calls that others are to notice.
func (t *turn) breath() time.Duration { return t.quiet / 20 }

// ask asks whether nobody else was given the turn. known is false where the database could not be asked. It does not end with ctx.
func (t *turn) ask(ctx context.Context) (mine, known bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.quiet/4)
	defer cancel()
	mine, err := t.held.Still(ctx)
	return mine && err == nil, err == nil
}

// interrupted reports whether so long has passed since Telegram last answered that another may have begun to poll unnoticed.
func (t *turn) interrupted(answered time.Time) bool {
	return t != nil && time.Since(answered) > t.quiet/2
}

// resume is asked before polling goes on after that. It reports whether all is as before; else what was fetched and not confirmed is to be left.
func (t *turn) resume(ctx context.Context) (same bool, err error) {
	mine, known := t.ask(ctx)
	if known {
		t.endUnless(ctx, mine)
		return true, nil
	}
	return false, t.announce(ctx)
}

// mayHandle reports whether n updates that Telegram was told are taken are this process's to handle; it was told so long after it gave them.
func (t *turn) mayHandle(ctx context.Context, n int, took time.Duration) bool {
	if t == nil {
		return true
	}
	mine, known := t.ask(ctx)
	if mine || !known && took <= t.quiet {
		return true
	}
	for end := time.Now().Add(t.cluster.TTL()); !known && time.Now().Before(end) && sleep(ctx, t.breath()); { // it is worth some waiting
		if mine, known = t.ask(ctx); mine {
			return true
		}
	}
	t.log.Warn("telegram: this process was stopped while it took messages; another may have answered them, so this one does not", "updates", n, "for", took)
	if known {
		t.endUnless(ctx, false)
	}
	return false
}

// yield is called when somebody else was seen to poll. Where that may be a process whose turn it is, it waits until the database says that it is not,
// or ctx ends, and reports that it waited: what was fetched and not confirmed is to be left.
func (t *turn) yield(ctx context.Context) bool {
	mine, known := t.ask(ctx)
	if mine {
		t.once.log(slog.LevelError, "telegram: somebody else polls: another program with the same token, which has to be stopped, or a process of this bot that was cut off, which stops by itself", "conflict", nil)
		return false
	}
	if !known {
		t.log.Warn("telegram: another process polls, and the database cannot be asked whose turn it is: it is left to the other")
	}
	for !known && sleep(ctx, t.quiet/4) {
		mine, known = t.ask(ctx)
	}
	t.endUnless(ctx, mine)
	return true
}

// endUnless waits for the end of a turn that is over, of which ctx is told soon.
func (t *turn) endUnless(ctx context.Context, mine bool) {
	if !mine {
		<-ctx.Done()
	}
}

// hopeless reports whether another process may have better luck.
func (t *turn) hopeless(answered time.Time, err error) bool {
	return t != nil && codeOf(err) != http.StatusConflict && time.Since(answered) > t.cluster.TTL() && len(t.cluster.Peers()) > 1
}
