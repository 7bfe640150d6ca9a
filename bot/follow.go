package bot

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Follow takes in what other processes change, within a second, until ctx ends: facts, settings and reviews, who has a form open, and what is kept
// of channels. While the database is away, answers are from what was taken in before; it says so in the log once, and goes on by itself.
func (b *Bot) Follow(ctx context.Context) {
	if b.Store == nil {
		<-ctx.Done()
		return
	}
	behind := false
	b.Store.Changes(ctx, func(moved bool, fault error) error {
		err := fault
		if err == nil && moved {
			err = b.follow(ctx)
		}
		if err == nil {
			b.looked.now()
		}
		switch {
		case ctx.Err() != nil:
		case err != nil && !behind:
			b.Log.Error("changes are not followed; questions are answered from what is known", "error", err)
		case err == nil && behind:
			b.Log.Info("changes are followed again")
		}
		behind = err != nil
		return err
	})
}

// follow takes in what the store has now and did not have before. What fails of it does not keep back the rest.
func (b *Bot) follow(ctx context.Context) error {
	return errors.Join(b.ledger.follow(ctx), b.drafts.forms.follow(ctx, b.Store), b.channels.follow(ctx))
}

// moment is when something last happened, by a clock that nobody sets.
type moment struct {
	began time.Time
	after atomic.Int64 // since began
}

func (m *moment) now() { m.after.Store(int64(time.Since(m.began))) }

// ago is how long ago it last happened, or since began where it never did.
func (m *moment) ago() time.Duration { return time.Since(m.began) - time.Duration(m.after.Load()) }
