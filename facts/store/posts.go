package store

import (
	"context"
	"errors"
	"fmt"

	"testigo/facts"
)

// Channel implements Channels.
func (d *DB) Channel(ctx context.Context, platform, channel string) (facts.Channel, error) {
	c, err := find(ctx, d, scanChannel, channelAt, platform, channel)
	if errors.Is(err, facts.ErrNotFound) {
		return facts.Channel{Platform: platform, Channel: channel}, nil
	}
	return c, err
}

const channels = "SELECT platform, channel, lang, gone, moved_to, home FROM channels "

const channelAt = channels + "WHERE platform = ? AND channel = ?"

func scanChannel(r row) (c facts.Channel, err error) {
	err = r.Scan(&c.Platform, &c.Channel, &c.Lang, &c.Gone, &c.MovedTo, &c.Home)
	return c, err
}

// ChangeChannel implements Channels.
func (d *DB) ChangeChannel(ctx context.Context, platform, channel string, change func(*facts.Channel)) (c facts.Channel, err error) {
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		version, err := d.move(ctx, q, "channels")
		if err != nil {
			return err
		}
		c = facts.Channel{Platform: platform, Channel: channel}
		before, err := query(ctx, q, scanChannel, channelAt, platform, channel)
		if err != nil {
			return err
		}
		if len(before) > 0 {
			c = before[0]
		}
		change(&c)
		c.Platform, c.Channel = platform, channel
		if len(before) > 0 && c == before[0] {
			return nil
		}
		_, err = exec(ctx, q, `INSERT INTO channels (platform, channel, lang, gone, moved_to, home, change) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (platform, channel) DO UPDATE SET lang = excluded.lang, gone = excluded.gone, moved_to = excluded.moved_to,
				home = excluded.home, change = excluded.change`, platform, channel, string(c.Lang), c.Gone, c.MovedTo, c.Home, version)
		return err
	})
	if err != nil {
		return facts.Channel{}, err
	}
	return c, nil
}

// ChannelsSince implements Channels.
func (d *DB) ChannelsSince(ctx context.Context, seen int64) (facts.Changed[facts.Channel], error) {
	return changedSince(ctx, d, scanChannel, "channels", seen, channels+"WHERE change > ? OR ? = 1 ORDER BY change, platform, channel", seen)
}

// Subscriptions implements Posts.
func (d *DB) Subscriptions(ctx context.Context) ([]facts.Subscription, error) {
	return list(ctx, d, scanSubscription, "SELECT space, platform, channel, spec, at FROM subscriptions ORDER BY platform, channel")
}

func scanSubscription(r row) (s facts.Subscription, err error) {
	err = r.Scan(&s.Space, &s.Platform, &s.Channel, &s.Spec, unix{&s.At})
	return s, err
}

// Subscribe implements Posts.
func (d *DB) Subscribe(ctx context.Context, s facts.Subscription) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		_, err := exec(ctx, q, `INSERT INTO subscriptions (space, platform, channel, spec, at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (platform, channel) DO UPDATE SET space = excluded.space, spec = excluded.spec, at = excluded.at`,
			s.Space, s.Platform, s.Channel, notNil(s.Spec), d.moment(s.At))
		return err
	})
}

// Unsubscribe implements Posts.
func (d *DB) Unsubscribe(ctx context.Context, space, platform, channel string) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		_, err := exec(ctx, q, "DELETE FROM subscriptions WHERE space = ? AND platform = ? AND channel = ?", space, platform, channel)
		return err
	})
}

// ClaimPost implements Posts.
func (d *DB) ClaimPost(ctx context.Context, p facts.Post) (got bool, err error) {
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		n, err := exec(ctx, q, `INSERT INTO posts (platform, channel, day, space, fact, revision, state, message, why, attempts, at)
			VALUES (?, ?, ?, ?, ?, ?, 'claimed', '', '', 1, ?)
			ON CONFLICT (platform, channel, day) DO UPDATE SET space = excluded.space, fact = excluded.fact, revision = excluded.revision,
				state = 'claimed', why = '', attempts = posts.attempts + 1, at = excluded.at
			WHERE posts.state = 'released'`,
			p.Platform, p.Channel, p.Date, p.Space, p.Fact, p.Revision, d.moment(p.At))
		got = n == 1
		return err
	})
	return got && err == nil, err
}

// ReleasePost implements Posts.
func (d *DB) ReleasePost(ctx context.Context, p facts.Post, why string) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		n, err := exec(ctx, q, "UPDATE posts SET state = 'released', why = ?, at = ? WHERE platform = ? AND channel = ? AND day = ? AND state = 'claimed'",
			why, d.moment(p.At), p.Platform, p.Channel, p.Date)
		if err != nil || n == 1 {
			return err
		}
		return decidedIf(ctx, q, postCount, p.Platform, p.Channel, p.Date)
	})
}

const postCount = "SELECT COUNT(*) FROM posts WHERE platform = ? AND channel = ? AND day = ?"

// SettlePost implements Posts.
func (d *DB) SettlePost(ctx context.Context, p facts.Post) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		if p.State != "sent" && p.State != "failed" && p.State != "skipped" {
			return fmt.Errorf("%q is no outcome of a post", p.State)
		}
		n, err := exec(ctx, q, `UPDATE posts SET fact = ?, revision = ?, state = ?, message = ?, why = ?, at = ?
			WHERE platform = ? AND channel = ? AND day = ? AND state IN ('claimed', 'released')`,
			p.Fact, p.Revision, p.State, p.Message, p.Why, d.moment(p.At), p.Platform, p.Channel, p.Date)
		if err != nil || n == 1 {
			return err
		}
		return decidedIf(ctx, q, postCount, p.Platform, p.Channel, p.Date)
	})
}

// Posted implements Posts.
func (d *DB) Posted(ctx context.Context, space, platform, channel string, limit int) ([]facts.Post, error) {
	return list(ctx, d, scanPost, `SELECT space, platform, channel, day, fact, revision, state, message, why, attempts, at FROM posts
		WHERE space = ? AND (? = '' OR platform = ? AND channel = ?) ORDER BY day DESC, platform, channel LIMIT ?`, space, platform, platform, channel, max(limit, 0))
}

func scanPost(r row) (p facts.Post, err error) {
	err = r.Scan(&p.Space, &p.Platform, &p.Channel, &p.Date, &p.Fact, &p.Revision, &p.State, &p.Message, &p.Why, &p.Attempts, unix{&p.At})
	return p, err
}
