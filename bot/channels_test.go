package bot

import (
	"context"
	"errors"
	"testing"
	"time"
)

// One who changes something for a channel waits for the one before, who may wait for a silent database; no longer than their context lasts.
func TestWaitingToChangeAChannelEnds(t *testing.T) {
	b := newBot(t)
	if err := b.channels.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.ChangeChannel(ctx, "telegram", "7", func(c *Channel) { c.Home = "-100" }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
	b.channels.kept()
	if err := b.ChangeChannel(t.Context(), "telegram", "7", func(c *Channel) { c.Home = "-100" }); err != nil {
		t.Error(err)
	}
}

func TestChannelsWithoutAStoreAreKeptInMemory(t *testing.T) {
	b, ctx := newBot(t), context.Background()
	if c := b.Channel("telegram", "7"); c != (Channel{Platform: "telegram", Channel: "7"}) {
		t.Errorf("one never seen: %+v", c)
	}
	for _, change := range []func(*Channel){func(c *Channel) { c.Home = "-100" }, func(c *Channel) { c.Lang = Spanish }} {
		if err := b.ChangeChannel(ctx, "telegram", "7", change); err != nil {
			t.Fatal(err)
		}
	}
	if c := b.Channel("telegram", "7"); c != (Channel{Platform: "telegram", Channel: "7", Lang: Spanish, Home: "-100"}) {
		t.Errorf("%+v", c)
	}
	if c := b.Channel("discord", "7"); c.Home != "" {
		t.Errorf("another platform's channel: %+v", c)
	}
}
