package store

import (
	"context"

	"testigo/facts"
)

// Processes keep in memory what they read of drafts and channels, and ask for what changed since. The table moved has a row for each of the two, as
// head is one for the log: a change takes its number there before anything else and holds the row until it commits, so that numbers are seen in
// their order and two changes never wait for each other in a circle.

// move takes the next number of a table, and has the other processes look.
func (d *DB) move(ctx context.Context, q querier, table string) (number int64, err error) {
	if number, err = first(ctx, q, scanValue[int64], "UPDATE moved SET number = number + 1 WHERE what = ? RETURNING number", table); err != nil {
		return 0, err
	}
	return number, run(ctx, q, d.tell)
}

// remove deletes rows of a table, and returns how many.
func (d *DB) remove(ctx context.Context, q querier, table, where string, args ...any) (int64, error) {
	if _, err := d.move(ctx, q, table); err != nil {
		return 0, err
	}
	n, err := exec(ctx, q, "DELETE FROM "+table+" WHERE "+where, args...)
	if err != nil || n == 0 {
		return 0, err
	}
	_, err = exec(ctx, q, "UPDATE moved SET gone = number WHERE what = ?", table)
	return n, err
}

// changedSince reads what changed of a table after seen. The last argument of the query is whether the table is to be read whole.
func changedSince[T any](ctx context.Context, d *DB, scan func(row) (T, error), table string, seen int64, text string, args ...any) (c facts.Changed[T], err error) {
	m, err := find(ctx, d, scanMoved, "SELECT number, gone FROM moved WHERE what = ?", table)
	if err != nil {
		return c, err
	}
	c.Seen, c.Whole = m.number, m.gone > seen
	if c.Seen != seen {
		// What is saved between the two reads is in the list already, and comes once more the next time.
		c.List, err = list(ctx, d, scan, text, append(args, c.Whole)...)
	}
	return c, err
}

type moved struct{ number, gone int64 }

func scanMoved(r row) (m moved, err error) {
	err = r.Scan(&m.number, &m.gone)
	return m, err
}
