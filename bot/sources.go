package bot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"testigo/facts"
)

// SourceFinding is what has become of a source's address.
type SourceFinding struct {
	Source, Address string
	Quote           string   // that is no longer there; "" where it is about the address alone
	Facts           []string // that rest on the quote
	To              string   // where the address leads now; "" with no Quote: it gives no page
}

// shownFindings is how many findings a notice holds; a page that was rebuilt loses all its quotes at once.
const shownFindings = 12

// WatchSources has read look at the sources' addresses once in each week of the calendar (UTC), where any community has the setting watch_sources on and a
// channel for its moderators, and tells them there what it found. It returns when ctx ends; read is not called again after that. A week that was begun is
// not begun again after a crash.
func (b *Bot) WatchSources(ctx context.Context, read func(context.Context) ([]SourceFinding, error)) error {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for {
		if err := b.watchSources(ctx, read); err != nil && ctx.Err() == nil {
			b.Log.Error("the sources' addresses could not be read again", "error", err)
		}
		select {
		case <-hour.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (b *Bot) watchSources(ctx context.Context, read func(context.Context) ([]SourceFinding, error)) error {
	var spaces []SpaceID
	for _, s := range b.spaces() {
		if b.Setting(SpaceID(s), SetWatchSources) == "on" && b.Setting(SpaceID(s), SetReviewChannel) != "" {
			spaces = append(spaces, SpaceID(s))
		}
	}
	if len(spaces) == 0 {
		return nil
	}
	year, week := b.Clock().UTC().ISOWeek()
	key := fmt.Sprintf("sources %d-W%02d", year, week)
	mine, err := b.Store.Claim(ctx, key)
	if err != nil || !mine {
		return err
	}
	found, err := read(ctx)
	outcome := fmt.Sprintf("%d findings", len(found))
	if err != nil {
		outcome = "failed: " + err.Error()
	}
	if err := b.Store.Settle(context.WithoutCancel(ctx), key, outcome); err != nil {
		b.Log.Error("the outcome of reading the sources was not kept", "error", err)
	}
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return nil
	}
	for _, s := range spaces {
		if err := b.tellOfSources(ctx, s, key, found); err != nil {
			b.Log.Error("moderators could not be told of the sources", "space", s, "error", err)
		}
	}
	return nil
}

// tellOfSources writes to the moderators' channel, on the platform from which that was set.
func (b *Bot) tellOfSources(ctx context.Context, space SpaceID, key string, found []SourceFinding) error {
	set, err := b.Store.Live(ctx, string(space), facts.SettingPrefix+SetReviewChannel)
	if err != nil {
		return fmt.Errorf("looking up the channel: %w", err)
	}
	lang := Lang(b.Setting(space, SetLanguage))
	if !lang.Valid() {
		lang = English
	}
	at := MessageRef{Platform: set.By.Platform, Channel: b.Setting(space, SetReviewChannel)}
	return b.once(ctx, at.Platform, key+" "+string(space), func(c Courier) error {
		_, err := c.Send(ctx, at, foundReply(lang, found))
		return err
	})
}

func foundReply(lang Lang, found []SourceFinding) Reply {
	r := plain(lang, say(lang, "sources_read"))
	for _, f := range found[:min(len(found), shownFindings)] {
		text := say(lang, "source_dead", f.Source, f.Address)
		switch {
		case f.Quote != "":
			text = say(lang, "source_lost", f.Source, shorten(f.Quote, maxPreview), f.Address, strings.Join(f.Facts, ", "))
		case f.To != "":
			text = say(lang, "source_moved", f.Source, f.Address, f.To)
		}
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: text})
	}
	if more := len(found) - shownFindings; more > 0 {
		r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: say(lang, "sources_more", more)})
	}
	r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: say(lang, "sources_todo")})
	return r
}
