package bot

import (
	"context"
	"fmt"

	"testigo/facts"
)

// Live is what may change while the bot runs, see Reload. It is not changed itself.
type Live struct {
	// Spaces says which space a community belongs to, where it is not one of its own: by "platform:community".
	Spaces map[string]SpaceID
	// Standards are what settings are where a space set nothing else, by the settings' names.
	Standards map[string]string
	Limits    Limits
}

// Reload has the bot answer from what another engine has, with what the communities changed laid over it, and takes over what else may change.
// Whoever asks gets all of the old or all of the new, and nothing that is acknowledged meanwhile is missing. The engine is not used by anybody
// else afterwards. Where the error is not nil, nothing has changed.
func (b *Bot) Reload(ctx context.Context, next *facts.Engine, live Live) error {
	next.Warm()
	if b.ledger != nil {
		if err := b.ledger.move(ctx, next); err != nil {
			return err
		}
	} else {
		b.engine.Replace(next)
	}
	b.current.Store(&live)
	b.limit.set(live.Limits)
	return nil
}

// Warm builds the indexes that are not built yet; without it the first question in each language waits for that.
func (b *Bot) Warm() { b.engine.Warm() }

// move replays the log over another engine and then puts that in the place of this one's.
func (l *ledger) move(ctx context.Context, next *facts.Engine) error {
	replayed := newLedger(l.store, next)
	if err := replayed.follow(ctx); err != nil { // the most of it, while changes are still taken in
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := replayed.follow(ctx); err != nil {
		return err
	}
	var lost facts.Faults
	for _, space := range next.Spaces() {
		_, faults := next.Unsourced(space)
		lost = append(lost, faults...)
	}
	if len(lost) > 0 {
		return lost
	}
	l.engine.Replace(next)
	l.seen = replayed.seen
	l.state.Store(replayed.state.Load())
	l.revision.Store(l.seen)
	return nil
}

// hideUnsourced stops showing what the set under it no longer has the sources for: without its source nothing is an answer. The log keeps it, and it
// is shown again once the source is back.
func (b *Bot) hideUnsourced() {
	for _, space := range b.engine.Spaces() {
		ids, faults := b.engine.Unsourced(space)
		if len(ids) > 0 {
			b.engine.Put(space, facts.Change{Hide: ids})
			b.Log.Error("facts of a community are not shown", "space", space, "error", fmt.Sprint(faults))
		}
	}
}
