package bot

import (
	"context"
	"testing"
)

func TestChannelsWithoutAStoreAreKeptInMemory(t *testing.T) {
	b, ctx := newBot(t), context.Background()
	if c, err := b.Channel(ctx, "telegram", "7"); err != nil || c != (Channel{Platform: "telegram", Channel: "7"}) {
		t.Errorf("one never seen: %+v, %v", c, err)
	}
	want := Channel{Platform: "telegram", Channel: "7", Lang: Spanish, Home: "-100"}
	if err := b.SetChannel(ctx, want); err != nil {
		t.Fatal(err)
	}
	if c, _ := b.Channel(ctx, "telegram", "7"); c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
	if c, _ := b.Channel(ctx, "discord", "7"); c.Home != "" {
		t.Errorf("another platform's channel: %+v", c)
	}
}
