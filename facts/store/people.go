package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"testigo/facts"
)

// key returns what stands for a person in the log. Without the salt nobody can tell who it is; with it, whoever guesses the id can see that the
// guess is right.
func (d *DB) key(platform, id string) string {
	h := hmac.New(sha256.New, d.salt)
	h.Write([]byte(platform + "\x00" + id))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// meet keeps who somebody is, under their key, and returns them with it. A name that is not known this time does not take away the one that was.
func (d *DB) meet(ctx context.Context, q querier, a facts.Author) (facts.Author, error) {
	a.Key = d.key(a.Platform, a.ID)
	var err error
	a.Name, err = first(ctx, q, scanValue[string], `INSERT INTO people (key, platform, id, name) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET id = excluded.id, name = CASE excluded.name WHEN '' THEN people.name ELSE excluded.name END
		RETURNING name`, a.Key, a.Platform, a.ID, a.Name)
	return a, err
}

// Forget implements Store.
func (d *DB) Forget(ctx context.Context, platform, id string) (entries int, err error) {
	key := d.key(platform, id)
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		if _, err := d.remove(ctx, q, "drafts", "person = ?", key); err != nil {
			return err
		}
		if _, err := d.remove(ctx, q, "channels", "platform = ? AND channel = ?", platform, id); err != nil {
			return err
		}
		entries, err = first(ctx, q, scanValue[int], "SELECT COUNT(*) FROM log WHERE author = ?", key)
		if err != nil {
			return err
		}
		for _, text := range []string{"UPDATE people SET id = '', name = '' WHERE key = ?", "DELETE FROM watches WHERE person = ?"} {
			if _, err := exec(ctx, q, text, key); err != nil {
				return err
			}
		}
		_, err = exec(ctx, q, "DELETE FROM deliveries WHERE platform = ? AND channel = ?", platform, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	if d.settle != nil {
		_ = d.settle(ctx, d.on(d.writer)) // they are forgotten; what fails here is made good when the log is next brought to the file
	}
	return entries, nil
}

// Known implements Store.
func (d *DB) Known(ctx context.Context, platform, id string) (facts.Personal, error) {
	key := d.key(platform, id)
	return find(ctx, d, scanPersonal, `SELECT COALESCE((SELECT name FROM people WHERE key = ?), ''), (SELECT COUNT(*) FROM log WHERE author = ?),
		(SELECT COUNT(*) FROM drafts WHERE person = ?), (SELECT COUNT(*) FROM watches WHERE person = ?)`, key, key, key, key)
}

func scanPersonal(r row) (p facts.Personal, err error) {
	err = r.Scan(&p.Name, &p.Entries, &p.Drafts, &p.Watches)
	return p, err
}

// Watch implements Log.
func (d *DB) Watch(ctx context.Context, seq int64, at facts.MessageRef, lang facts.Lang, by facts.Author) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		if _, err := first(ctx, q, scanValue[int64], "SELECT seq FROM log WHERE seq = ? AND state = 'proposed'", seq); err != nil {
			return fmt.Errorf("proposal %d: %w", seq, err)
		}
		by, err := d.meet(ctx, q, by)
		if err != nil {
			return err
		}
		_, err = exec(ctx, q, `INSERT INTO watches (seq, person, platform, channel, message, lang) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (seq, platform, channel, message) DO UPDATE SET person = excluded.person, lang = excluded.lang`,
			seq, by.Key, at.Platform, at.Channel, at.Message, string(lang))
		return err
	})
}

// Watchers implements Log.
func (d *DB) Watchers(ctx context.Context, seq int64) (found []facts.Watcher, err error) {
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		found, err = query(ctx, q, scanWatcher, "DELETE FROM watches WHERE seq = ? RETURNING platform, channel, message, lang", seq)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func scanWatcher(r row) (w facts.Watcher, err error) {
	err = r.Scan(&w.Platform, &w.Channel, &w.Message, &w.Lang)
	return w, err
}
