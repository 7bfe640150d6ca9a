package bot

import (
	"context"
	"fmt"
	"sync"

	"testigo/facts"
)

// Channel is what is kept of a channel.
type Channel = facts.Channel

// maxChannels is how many channels a bot without a store remembers; then it begins anew.
const maxChannels = 10_000

// channels holds what is kept of channels over the store, so that no question waits for it. Without a store it is kept until the program ends.
type channels struct {
	store   Store         // nil keeps nothing
	keeping chan struct{} // holds the one who changes or follows, so that nothing older takes the place of what is newer
	seen    int64

	mu sync.RWMutex
	of map[facts.MessageRef]facts.Channel
}

func newChannels() *channels {
	return &channels{keeping: make(chan struct{}, 1), of: map[facts.MessageRef]facts.Channel{}}
}

// keep waits until nobody else changes or follows. With a database that is silent that may take long, so it ends with ctx.
func (c *channels) keep(ctx context.Context) error {
	select {
	case c.keeping <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *channels) kept() { <-c.keeping }

// follow takes in what changed since it was last called, whoever changed it.
func (c *channels) follow(ctx context.Context) error {
	if err := c.keep(ctx); err != nil {
		return err
	}
	defer c.kept()
	changed, err := c.store.ChannelsSince(ctx, c.seen)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if changed.Whole {
		clear(c.of)
	}
	for _, x := range changed.List {
		c.of[placeOf(x.Platform, x.Channel)] = x
	}
	c.seen = changed.Seen
	return nil
}

func placeOf(platform, channel string) facts.MessageRef {
	return facts.MessageRef{Platform: platform, Channel: channel}
}

func (c *channels) get(at facts.MessageRef) facts.Channel {
	c.mu.RLock()
	defer c.mu.RUnlock()
	x, ok := c.of[placeOf(at.Platform, at.Channel)]
	if !ok {
		return facts.Channel{Platform: at.Platform, Channel: at.Channel}
	}
	return x
}

// change changes what is kept of a channel, one caller at a time, also of several processes.
func (c *channels) change(ctx context.Context, at facts.MessageRef, change func(*facts.Channel)) error {
	if err := c.keep(ctx); err != nil {
		return fmt.Errorf("keeping a channel: %w", err)
	}
	defer c.kept()
	x := c.get(at)
	if c.store == nil {
		change(&x)
	} else {
		var err error
		if x, err = c.store.ChangeChannel(ctx, at.Platform, at.Channel, change); err != nil {
			return fmt.Errorf("keeping a channel: %w", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.store == nil && len(c.of) >= maxChannels {
		clear(c.of)
	}
	c.of[placeOf(at.Platform, at.Channel)] = x
	return nil
}

// forget drops what is remembered of a channel; the store has dropped it. Where ctx ends before it is its turn, a change that is under way may bring it
// back until the next follow.
func (c *channels) forget(ctx context.Context, platform, channel string) {
	if c.keep(ctx) == nil {
		defer c.kept()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.of, placeOf(platform, channel))
}

// Channel returns what is kept of a channel; for one never seen, only its place. Of what another process changed, it may be late by a second.
func (b *Bot) Channel(platform, channel string) Channel {
	return b.channels.get(MessageRef{Platform: platform, Channel: channel})
}

// ChangeChannel changes what is kept of a channel, which outlives a restart where there is a store; nothing is asked of that where Channel shows
// nothing to change. change gets what is kept now, also by other processes, and no other change comes between. It may be called twice, and may not
// call the bot.
func (b *Bot) ChangeChannel(ctx context.Context, platform, channel string, change func(*Channel)) error {
	before := b.Channel(platform, channel)
	x := before
	if change(&x); x == before {
		return nil
	}
	return b.channels.change(ctx, MessageRef{Platform: platform, Channel: channel}, change)
}
