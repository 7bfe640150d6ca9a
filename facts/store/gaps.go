package store

import (
	"context"
	"errors"

	"testigo/facts"
)

// CountGap implements Gaps.
func (d *DB) CountGap(ctx context.Context, g facts.Gap) (id int64, err error) {
	at := d.moment(g.Last)
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		id, err = first(ctx, q, scanValue[int64], `INSERT INTO gaps (space, text, sample, lang, asked, first, last, nearest, fact)
			VALUES (?, ?, ?, ?, 1, ?, ?, ?, '')
			ON CONFLICT (space, text) DO UPDATE SET sample = excluded.sample, lang = excluded.lang, asked = gaps.asked + 1,
				last = excluded.last, nearest = excluded.nearest, fact = ''
			RETURNING id`, g.Space, g.Text, g.Sample, string(g.Lang), at, at, g.Nearest)
		return err
	})
	return id, err
}

const gaps = "SELECT id, space, text, sample, lang, asked, first, last, nearest, fact FROM gaps "

func scanGap(r row) (g facts.Gap, err error) {
	err = r.Scan(&g.ID, &g.Space, &g.Text, &g.Sample, &g.Lang, &g.Count, unix{&g.First}, unix{&g.Last}, &g.Nearest, &g.Fact)
	return g, err
}

// Gaps implements Gaps.
func (d *DB) Gaps(ctx context.Context, space string, skip, limit int) ([]facts.Gap, error) {
	return list(ctx, d, scanGap, gaps+"WHERE space = ? AND fact = '' ORDER BY asked DESC, last DESC, id DESC LIMIT ? OFFSET ?",
		space, max(limit, 0), max(skip, 0))
}

// Gap implements Gaps.
func (d *DB) Gap(ctx context.Context, id int64) (facts.Gap, error) {
	return find(ctx, d, scanGap, gaps+"WHERE id = ?", id)
}

// CloseGap implements Gaps.
func (d *DB) CloseGap(ctx context.Context, id int64, fact string) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		return touched(exec(ctx, q, "UPDATE gaps SET fact = ? WHERE id = ?", fact, id))
	})
}

// touched is facts.ErrNotFound where a statement that ran touched no row.
func touched(n int64, err error) error {
	if err == nil && n == 0 {
		return facts.ErrNotFound
	}
	return err
}

// AddReport implements Reports.
func (d *DB) AddReport(ctx context.Context, r facts.Report) (id int64, err error) {
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		id, err = first(ctx, q, scanValue[int64], `INSERT INTO reports (space, fact, revision, kind, note, lang, at, outcome, closed)
			VALUES (?, ?, ?, ?, ?, ?, ?, '', 0) RETURNING id`,
			r.Space, r.Fact, r.Revision, string(r.Kind), r.Note, string(r.Lang), d.moment(r.At))
		return err
	})
	return id, err
}

const reports = "SELECT id, space, fact, revision, kind, note, lang, at, outcome FROM reports "

func scanReport(s row) (r facts.Report, err error) {
	err = s.Scan(&r.ID, &r.Space, &r.Fact, &r.Revision, &r.Kind, &r.Note, &r.Lang, unix{&r.At}, &r.Outcome)
	return r, err
}

// Reports implements Reports.
func (d *DB) Reports(ctx context.Context, space string, skip, limit int) ([]facts.Report, error) {
	return list(ctx, d, scanReport, reports+"WHERE space = ? AND outcome = '' ORDER BY id LIMIT ? OFFSET ?", space, max(limit, 0), max(skip, 0))
}

// Report implements Reports.
func (d *DB) Report(ctx context.Context, id int64) (facts.Report, error) {
	return find(ctx, d, scanReport, reports+"WHERE id = ?", id)
}

// errNoOutcome: it would stay open.
var errNoOutcome = errors.New("an outcome is missing")

// CloseReport implements Reports.
func (d *DB) CloseReport(ctx context.Context, id int64, outcome string) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		if outcome == "" {
			return errNoOutcome
		}
		n, err := exec(ctx, q, "UPDATE reports SET outcome = ?, closed = ? WHERE id = ? AND outcome = ''", outcome, d.now().Unix(), id)
		if err != nil || n == 1 {
			return err
		}
		return decidedIf(ctx, q, "SELECT COUNT(*) FROM reports WHERE id = ?", id)
	})
}

// decidedIf is facts.ErrDecided where the query counts any, else facts.ErrNotFound: why an update touched nothing.
func decidedIf(ctx context.Context, q querier, text string, args ...any) error {
	n, err := first(ctx, q, scanValue[int], text, args...)
	switch {
	case err != nil:
		return err
	case n == 0:
		return facts.ErrNotFound
	}
	return facts.ErrDecided
}
