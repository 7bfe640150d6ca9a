package bot

import (
	"context"
	"sync"

	"testigo/facts"
)

// Channel is what is kept of a channel.
type Channel = facts.Channel

// Channels keeps what adapters must know of a channel after a restart; the store is one.
type Channels interface {
	// Channel returns what is kept of a channel; for one never seen, only its place.
	Channel(ctx context.Context, platform, channel string) (facts.Channel, error)
	SetChannel(ctx context.Context, c facts.Channel) error
}

// Channel returns what is kept of a channel; for one never seen, only its place.
func (b *Bot) Channel(ctx context.Context, platform, channel string) (Channel, error) {
	return b.Channels.Channel(ctx, platform, channel)
}

// SetChannel keeps what is known of a channel in the place of what was kept.
func (b *Bot) SetChannel(ctx context.Context, c Channel) error { return b.Channels.SetChannel(ctx, c) }

// maxChannels is how many channels a bot without a store remembers; then it begins anew.
const maxChannels = 10_000

// channelMemory is Channels for a bot that keeps nothing on disk.
type channelMemory struct {
	mu   sync.Mutex
	kept map[[2]string]facts.Channel
}

func (m *channelMemory) Channel(_ context.Context, platform, channel string) (facts.Channel, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, ok := m.kept[[2]string{platform, channel}]; ok {
		return c, nil
	}
	return facts.Channel{Platform: platform, Channel: channel}, nil
}

func (m *channelMemory) SetChannel(_ context.Context, c facts.Channel) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) >= maxChannels {
		m.kept = map[[2]string]facts.Channel{}
	}
	m.kept[[2]string{c.Platform, c.Channel}] = c
	return nil
}
