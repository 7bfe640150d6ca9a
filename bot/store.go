package bot

import (
	"context"
	"time"

	"testigo/facts"
)

// Store is what the bot keeps things in. What each method promises is written in facts/store, whose interface has all of these.
type Store interface {
	Append(ctx context.Context, e facts.Entry) (facts.Revision, error)
	AppendAll(ctx context.Context, entries []facts.Entry) ([]facts.Revision, error)
	Changes(ctx context.Context, looked func(moved bool, fault error) error)
	Since(ctx context.Context, seq int64, limit int) ([]facts.Revision, error)
	Revision(ctx context.Context, seq int64) (facts.Revision, error)
	Live(ctx context.Context, space, fact string) (facts.Revision, error)
	Current(ctx context.Context, space string) ([]facts.Revision, error)
	History(ctx context.Context, space, fact string, before int64, limit int) ([]facts.Revision, error)
	Recent(ctx context.Context, space string, before int64, limit int) ([]facts.Revision, error)
	Pending(ctx context.Context, space string) ([]facts.Revision, error)
	Watch(ctx context.Context, seq int64, at facts.MessageRef, lang facts.Lang, by facts.Author) error
	Watchers(ctx context.Context, seq int64) ([]facts.Watcher, error)
	Verify(ctx context.Context) (entries int64, fault string, err error)

	CountGap(ctx context.Context, g facts.Gap) (id int64, err error)
	Gaps(ctx context.Context, space string, skip, limit int) ([]facts.Gap, error)
	Gap(ctx context.Context, id int64) (facts.Gap, error)
	CloseGap(ctx context.Context, id int64, fact string) error

	AddReport(ctx context.Context, r facts.Report) (id int64, err error)
	Reports(ctx context.Context, space string, skip, limit int) ([]facts.Report, error)
	Report(ctx context.Context, id int64) (facts.Report, error)
	CloseReport(ctx context.Context, id int64, outcome string) error

	SaveDraft(ctx context.Context, d facts.Draft) (version int64, err error)
	DraftsOf(ctx context.Context, who facts.Author) ([]facts.Draft, error)
	DraftsSince(ctx context.Context, seen int64) (facts.Changed[facts.Draft], error)
	DeleteDraft(ctx context.Context, space string, who facts.Author, version int64) error

	Deliver(ctx context.Context, list ...facts.Delivery) error
	Delivered(ctx context.Context, space, fact string, number int, since time.Time) ([]facts.Delivery, error)
	Redelivered(ctx context.Context, at facts.MessageRef, number int) error
	Askers(ctx context.Context, gap int64) ([]facts.Delivery, error)
	Claim(ctx context.Context, key string) (bool, error)
	Settle(ctx context.Context, key, outcome string) error

	ChangeChannel(ctx context.Context, platform, channel string, change func(*facts.Channel)) (facts.Channel, error)
	ChannelsSince(ctx context.Context, seen int64) (facts.Changed[facts.Channel], error)

	Subscriptions(ctx context.Context) ([]facts.Subscription, error)
	Subscribe(ctx context.Context, s facts.Subscription) error
	Unsubscribe(ctx context.Context, space, platform, channel string) error
	ClaimPost(ctx context.Context, p facts.Post) (bool, error)
	ReleasePost(ctx context.Context, p facts.Post, why string) error
	SettlePost(ctx context.Context, p facts.Post) error
	Posted(ctx context.Context, space, platform, channel string, limit int) ([]facts.Post, error)

	Known(ctx context.Context, platform, id string) (facts.Personal, error)
	Forget(ctx context.Context, platform, id string) (entries int, err error)
	Fade(ctx context.Context, before time.Time) (int64, error)
}
