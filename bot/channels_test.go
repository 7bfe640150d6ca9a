package bot

import (
	"context"
	"testing"
)

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
