package store

import (
	"context"
	"fmt"

	"testigo/facts"
)

// Verify implements Store.
func (d *DB) Verify(ctx context.Context) (entries int64, fault string, err error) {
	err = d.look(ctx, func(q querier) error { // the log and its head as of one moment
		entries, fault, err = d.walk(ctx, q)
		return err
	})
	return entries, fault, err
}

// look reads as of one moment, for as long as it takes.
func (d *DB) look(ctx context.Context, f func(querier) error) error {
	tx, err := d.reader.BeginTx(ctx, &d.snapshot)
	if err != nil {
		return d.explain(ctx, err)
	}
	defer tx.Rollback() // nothing was written
	q := d.on(tx)
	if err := run(ctx, q, d.slow); err != nil {
		return d.explain(ctx, err)
	}
	return d.explain(ctx, f(q))
}

func (d *DB) walk(ctx context.Context, tx querier) (entries int64, fault string, err error) {
	rows, err := tx.QueryContext(ctx, revisions+"ORDER BY l.seq")
	if err != nil {
		return 0, "", err
	}
	defer rows.Close()
	var last head
	numbers := map[[2]string]int{} // newest, by space and fact
	for rows.Next() {
		r, err := scanRevision(rows)
		if err != nil {
			return entries, "", err
		}
		entries++
		if fault == "" {
			fault = d.fault(&r, last, numbers)
		}
		last = head{r.Seq, r.Hash}
	}
	if err := rows.Err(); err != nil {
		return entries, "", err
	}
	end, err := first(ctx, tx, scanHead, "SELECT seq, hash FROM head")
	if err == nil && fault == "" && end != last {
		fault = fmt.Sprintf("the counter says the log ends with entry %d (%.8s…), it ends with %d (%.8s…)", end.seq, end.hash, last.seq, last.hash)
	}
	return entries, fault, err
}

// fault says in words what is wrong with an entry, "" if nothing is.
func (d *DB) fault(r *facts.Revision, last head, numbers map[[2]string]int) string {
	key := [2]string{r.Space, r.Fact}
	numbers[key]++
	switch {
	case r.Seq != last.seq+1:
		return fmt.Sprintf("after entry %d comes %d", last.seq, r.Seq)
	case r.Prev != last.hash:
		return fmt.Sprintf("entry %d does not follow from the one before it", r.Seq)
	case r.Hash != r.Sum():
		return fmt.Sprintf("entry %d is not what it was when it was written", r.Seq)
	case r.Number != numbers[key]:
		return fmt.Sprintf("entry %d is r%d of %s, and should be r%d", r.Seq, r.Number, r.Fact, numbers[key])
	case r.By.ID != "" && r.By.Key != d.key(r.By.Platform, r.By.ID):
		return fmt.Sprintf("entry %d bears the name of somebody who did not write it", r.Seq)
	}
	return ""
}
