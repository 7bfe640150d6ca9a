package store

import (
	"context"
	"time"

	"testigo/facts"
)

// Deliver implements Deliveries.
func (d *DB) Deliver(ctx context.Context, list ...facts.Delivery) error {
	return d.changeMany(ctx, len(list), func(ctx context.Context, q querier) error {
		for _, v := range list {
			if err := d.deliver(ctx, q, v); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *DB) deliver(ctx context.Context, q querier, v facts.Delivery) error {
	_, err := exec(ctx, q, `INSERT INTO deliveries (platform, channel, message, reply_to, space, fact, revision, gap, lang, private, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (platform, channel, message) DO UPDATE SET reply_to = excluded.reply_to, space = excluded.space, fact = excluded.fact,
			revision = excluded.revision, gap = excluded.gap, lang = excluded.lang, private = excluded.private, at = excluded.at`,
		v.Platform, v.Channel, v.Message, v.ReplyTo, v.Space, v.Fact, v.Revision, v.Gap, string(v.Lang), v.Private, d.moment(v.At))
	return err
}

const deliveryColumns = "platform, channel, message, reply_to, space, fact, revision, gap, lang, private, at"

func scanDelivery(r row) (v facts.Delivery, err error) {
	err = r.Scan(&v.Platform, &v.Channel, &v.Message, &v.ReplyTo, &v.Space, &v.Fact, &v.Revision, &v.Gap, &v.Lang, &v.Private, unix{&v.At})
	return v, err
}

// Delivered implements Deliveries.
func (d *DB) Delivered(ctx context.Context, space, fact string, number int, since time.Time) ([]facts.Delivery, error) {
	return list(ctx, d, scanDelivery, "SELECT "+deliveryColumns+` FROM deliveries
		WHERE space = ? AND fact = ? AND gap = 0 AND revision < ? AND at >= ? ORDER BY at, id`, space, fact, number, since.Unix())
}

// Redelivered implements Deliveries.
func (d *DB) Redelivered(ctx context.Context, at facts.MessageRef, number int) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		_, err := exec(ctx, q, "UPDATE deliveries SET revision = ? WHERE platform = ? AND channel = ? AND message = ?",
			number, at.Platform, at.Channel, at.Message)
		return err
	})
}

// Askers implements Deliveries.
func (d *DB) Askers(ctx context.Context, gap int64) ([]facts.Delivery, error) {
	return list(ctx, d, scanDelivery, "SELECT "+deliveryColumns+` FROM (
			SELECT v.*, ROW_NUMBER() OVER (PARTITION BY platform, channel ORDER BY at DESC, id DESC) AS place
			FROM deliveries v WHERE gap = ? AND gap <> 0 AND private = 0) newest
		WHERE place = 1 ORDER BY platform, channel`, gap)
}

// Claim implements Deliveries.
func (d *DB) Claim(ctx context.Context, key string) (got bool, err error) {
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		n, err := exec(ctx, q, "INSERT INTO notices (key, outcome, at) VALUES (?, '', ?) ON CONFLICT (key) DO NOTHING", key, d.now().Unix())
		got = n == 1
		return err
	})
	return got && err == nil, err
}

// Settle implements Deliveries.
func (d *DB) Settle(ctx context.Context, key, outcome string) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		if outcome == "" {
			return errNoOutcome
		}
		return touched(exec(ctx, q, "UPDATE notices SET outcome = ?, at = ? WHERE key = ?", outcome, d.now().Unix(), key))
	})
}

// Fade implements Store.
func (d *DB) Fade(ctx context.Context, before time.Time) (rows int64, err error) {
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		if rows, err = d.remove(ctx, q, "drafts", "at < ?", before.Unix()); err != nil {
			return err
		}
		if err := run(ctx, q, d.exclusive); err != nil {
			return err
		}
		for _, text := range []string{
			"DELETE FROM deliveries WHERE at < ?",
			"DELETE FROM deliveries WHERE gap IN (SELECT id FROM gaps WHERE last < ?)",
			"DELETE FROM gaps WHERE last < ?",
			"DELETE FROM notices WHERE outcome <> '' AND at < ?",
			"DELETE FROM reports WHERE outcome <> '' AND closed < ?",
			"DELETE FROM watches WHERE seq IN (SELECT decides FROM log WHERE decides <> 0 AND at < ?)",
		} {
			n, err := exec(ctx, q, text, before.Unix())
			if err != nil {
				return err
			}
			rows += n
		}
		n, err := exec(ctx, q, "DELETE FROM leases WHERE ABS(until) < ? AND until <= "+d.clock, before.UnixMilli())
		if err != nil {
			return err
		}
		rows += n
		n, err = exec(ctx, q, `DELETE FROM people WHERE NOT EXISTS (SELECT 1 FROM log WHERE author = people.key)
			AND NOT EXISTS (SELECT 1 FROM drafts WHERE person = people.key) AND NOT EXISTS (SELECT 1 FROM watches WHERE person = people.key)`)
		rows += n
		return err
	})
	if err != nil {
		return 0, err
	}
	return rows, nil
}
