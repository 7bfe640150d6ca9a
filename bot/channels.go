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
	store   Store // nil keeps nothing
	writing sync.Mutex
	mu      sync.RWMutex
	of      map[facts.MessageRef]facts.Channel
}

func (c *channels) load(ctx context.Context) error {
	list, err := c.store.Channels(ctx)
	if err != nil {
		return fmt.Errorf("reading channels: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range list {
		c.of[facts.MessageRef{Platform: x.Platform, Channel: x.Channel}] = x
	}
	return nil
}

func (c *channels) get(at facts.MessageRef) facts.Channel {
	key := facts.MessageRef{Platform: at.Platform, Channel: at.Channel}
	c.mu.RLock()
	defer c.mu.RUnlock()
	x, ok := c.of[key]
	if !ok {
		return facts.Channel{Platform: at.Platform, Channel: at.Channel}
	}
	return x
}

// change changes what is kept of a channel, one caller at a time.
func (c *channels) change(ctx context.Context, at facts.MessageRef, change func(*facts.Channel)) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	before := c.get(at)
	x := before
	if change(&x); x == before {
		return nil
	}
	if c.store != nil {
		if err := c.store.SetChannel(ctx, x); err != nil {
			return fmt.Errorf("keeping a channel: %w", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.store == nil && len(c.of) >= maxChannels {
		clear(c.of)
	}
	c.of[facts.MessageRef{Platform: at.Platform, Channel: at.Channel}] = x
	return nil
}

// Channel returns what is kept of a channel; for one never seen, only its place.
func (b *Bot) Channel(platform, channel string) Channel {
	return b.channels.get(MessageRef{Platform: platform, Channel: channel})
}

// ChangeChannel changes what is kept of a channel, which outlives a restart where there is a store. No other change comes between; change may not call
// the bot.
func (b *Bot) ChangeChannel(ctx context.Context, platform, channel string, change func(*Channel)) error {
	return b.channels.change(ctx, MessageRef{Platform: platform, Channel: channel}, change)
}
