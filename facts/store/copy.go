package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"testigo/facts"
)

// Why Copy refuses.
var (
	errUsed    = errors.New("it holds something else, or was used since it was copied to: nothing was changed; name a new database")
	errDiffers = errors.New("what was written is not what was read: nothing was changed")
)

// kept is a table that Copy copies, and how its rows are ordered.
type kept struct{ name, order string }

// keptTables are in an order in which each comes after those it refers to. Of meta there is only the salt, without which nobody in the log would be
// known again. Leases stay behind: they belong to processes that run.
var keptTables = []kept{
	{"meta", "name"}, {"people", "key"}, {"head", "one"}, {"log", "seq"}, {"watches", "seq, platform, channel, message"}, {"gaps", "id"},
	{"reports", "id"}, {"drafts", "space, person"}, {"deliveries", "id"}, {"notices", "key"}, {"channels", "platform, channel"},
	{"subscriptions", "platform, channel"}, {"posts", "platform, channel, day"}, {"moved", "what"},
}

// numberedTables give out ids, none twice.
var numberedTables = []string{"gaps", "reports", "deliveries"}

func (t kept) where() string {
	if t.name == "meta" {
		return " WHERE name = 'salt'"
	}
	return ""
}

// Copied is what came of a copy.
type Copied struct {
	Rows    int64 // in all tables
	Entries int64 // of them in the log
	Before  bool  // all was there before: nothing was written
}

// Copy copies all that from holds into to, in one transaction. The chain of the log is verified on both sides, and all that was written is read
// again and held against what was read. It may be run again: then to gets what from holds by then. A to that holds anything else, or was used
// since it was copied to, is refused and left as it is. What is written to from meanwhile is left out. Nobody may use to meanwhile.
func Copy(ctx context.Context, from, to *DB) (c Copied, err error) {
	var fault string
	err = from.look(ctx, func(q querier) error {
		if c.Entries, fault, err = from.walk(ctx, q); err != nil || fault != "" {
			return errors.Join(err, faulty(fault))
		}
		source, err := sumOf(ctx, q)
		if err != nil {
			return err
		}
		c.Rows = source.rows
		c.Before, err = to.receive(ctx, q, source, from.lastID)
		return err
	})
	if err != nil {
		return Copied{}, err
	}
	return c, nil
}

func faulty(fault string) error {
	if fault == "" {
		return nil
	}
	return fmt.Errorf("the log is damaged: %s", fault)
}

// receive takes in all that q holds, which comes to source; lastOf is the query for q's last ids. It reports whether all was there before.
func (d *DB) receive(ctx context.Context, q querier, source sum, lastOf string) (before bool, err error) {
	salt := d.salt
	err = d.transact(ctx, func(w querier) error {
		for _, statement := range []string{d.slow, "UPDATE head SET seq = seq"} { // one at a time
			if err := run(ctx, w, statement); err != nil {
				return err
			}
		}
		last, err := lastCopy(ctx, w)
		if err != nil {
			return err
		}
		if before = last == source.hash; before {
			return nil
		}
		if err := replace(ctx, q, w); err != nil {
			return err
		}
		if err := d.finish(ctx, w, source); err != nil {
			return err
		}
		return d.carryIDs(ctx, q, w, lastOf)
	})
	if err != nil {
		d.salt = salt
		return false, d.explain(ctx, err)
	}
	return before, nil
}

// lastCopy returns what was last copied to a database, "" for nothing, or an error where it may not be copied to.
func lastCopy(ctx context.Context, w querier) (string, error) {
	empty := true
	for _, t := range keptTables {
		if t.name == "meta" || t.name == "head" || t.name == "moved" { // these are never empty
			continue
		}
		found, err := query(ctx, w, scanValue[int], "SELECT 1 FROM "+t.name+" LIMIT 1")
		if err != nil {
			return "", err
		}
		empty = empty && len(found) == 0
	}
	last, err := first(ctx, w, scanValue[string], "SELECT value FROM meta WHERE name = 'copied'")
	if errors.Is(err, facts.ErrNotFound) {
		if empty {
			return "", nil
		}
		return "", errUsed
	}
	if err != nil {
		return "", err
	}
	now, err := sumOf(ctx, w)
	if err == nil && now.hash != last {
		err = errUsed
	}
	return last, err
}

// replace has w hold what q holds.
func replace(ctx context.Context, q, w querier) error {
	for _, t := range slices.Backward(keptTables) {
		if _, err := exec(ctx, w, "DELETE FROM "+t.name+t.where()); err != nil {
			return err
		}
	}
	for _, t := range keptTables {
		if err := copyTable(ctx, q, w, t); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// Bounds of what is written at once: rows, and roughly bytes.
const (
	batchRows  = 100
	batchBytes = 1 << 20
)

func copyTable(ctx context.Context, q, w querier, t kept) error {
	var values []any
	var rows, size int
	var columns []string
	flush := func() error {
		if rows == 0 {
			return nil
		}
		row := "(" + strings.Repeat("?, ", len(columns)-1) + "?)"
		_, err := exec(ctx, w, "INSERT INTO "+t.name+" ("+strings.Join(columns, ", ")+") VALUES "+strings.Repeat(row+", ", rows-1)+row, values...)
		values, rows, size = values[:0], 0, 0
		return err
	}
	err := eachRow(ctx, q, t, func(names []string, row []any) error {
		columns = names
		values, rows = append(values, row...), rows+1
		for _, v := range row {
			size += len(plain(v))
		}
		if rows == batchRows || size > batchBytes {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// finish verifies what was written and remembers that it is a copy.
func (d *DB) finish(ctx context.Context, w querier, source sum) error {
	if err := d.readSalt(ctx, w); err != nil {
		return err
	}
	written, err := sumOf(ctx, w)
	if err != nil {
		return err
	}
	if written != source {
		return errDiffers
	}
	if _, fault, err := d.walk(ctx, w); err != nil || fault != "" {
		return errors.Join(err, faulty(fault))
	}
	_, err = exec(ctx, w, "INSERT INTO meta (name, value) VALUES ('copied', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", written.hash)
	return err
}
