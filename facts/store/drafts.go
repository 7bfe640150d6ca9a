package store

import (
	"context"

	"testigo/facts"
)

// SaveDraft implements Drafts.
func (d *DB) SaveDraft(ctx context.Context, f facts.Draft) (version int64, err error) {
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		if version, err = d.move(ctx, q, "drafts"); err != nil {
			return err
		}
		by, err := d.meet(ctx, q, f.By)
		if err != nil {
			return err
		}
		var n int64
		if f.Version == 0 {
			n, err = exec(ctx, q, "INSERT INTO drafts (space, person, body, at, change) VALUES (?, ?, ?, ?, ?) ON CONFLICT (space, person) DO NOTHING",
				f.Space, by.Key, notNil(f.Body), d.moment(f.At), version)
		} else {
			n, err = exec(ctx, q, "UPDATE drafts SET body = ?, at = ?, change = ? WHERE space = ? AND person = ? AND change = ?",
				notNil(f.Body), d.moment(f.At), version, f.Space, by.Key, f.Version)
		}
		if err == nil && n == 0 {
			err = facts.ErrChanged
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return version, nil
}

const (
	drafts    = "SELECT f.space, f.body, " + draftRest
	draftRest = "f.at, f.change, p.key, p.platform, p.id, p.name FROM drafts f JOIN people p ON p.key = f.person "
)

func scanDraft(r row) (f facts.Draft, err error) {
	err = r.Scan(&f.Space, &f.Body, unix{&f.At}, &f.Version, &f.By.Key, &f.By.Platform, &f.By.ID, &f.By.Name)
	return f, err
}

// Draft implements Drafts.
func (d *DB) Draft(ctx context.Context, space string, who facts.Author) (facts.Draft, error) {
	return find(ctx, d, scanDraft, drafts+"WHERE f.space = ? AND f.person = ?", space, d.key(who.Platform, who.ID))
}

// DraftsOf implements Drafts.
func (d *DB) DraftsOf(ctx context.Context, who facts.Author) ([]facts.Draft, error) {
	return list(ctx, d, scanDraft, drafts+"WHERE f.person = ? ORDER BY f.change DESC, f.at DESC, f.space", d.key(who.Platform, who.ID))
}

// DraftsSince implements Drafts.
func (d *DB) DraftsSince(ctx context.Context, seen int64) (facts.Changed[facts.Draft], error) {
	return changedSince(ctx, d, scanDraft, "drafts", seen, "SELECT f.space, CASE WHEN f.change > ? THEN f.body ELSE '' END, "+draftRest+
		"WHERE f.change > ? OR ? = 1 ORDER BY f.change, f.at, f.space, f.person", seen, seen)
}

// DeleteDraft implements Drafts.
func (d *DB) DeleteDraft(ctx context.Context, space string, who facts.Author, version int64) error {
	key := d.key(who.Platform, who.ID)
	return d.change(ctx, func(ctx context.Context, q querier) error {
		n, err := d.remove(ctx, q, "drafts", "space = ? AND person = ? AND change = ?", space, key, version)
		if err != nil || n > 0 {
			return err
		}
		left, err := query(ctx, q, scanValue[int], "SELECT 1 FROM drafts WHERE space = ? AND person = ?", space, key)
		if err == nil && len(left) > 0 {
			err = facts.ErrChanged
		}
		return err
	})
}

// notNil is b for a column that is never NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
