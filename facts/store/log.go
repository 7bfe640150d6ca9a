package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"time"

	"testigo/facts"
)

// Append implements Log.
func (d *DB) Append(ctx context.Context, e facts.Entry) (facts.Revision, error) {
	all, err := d.AppendAll(ctx, []facts.Entry{e})
	if err != nil {
		return facts.Revision{}, err
	}
	return all[0], nil
}

// AppendAll implements Log.
func (d *DB) AppendAll(ctx context.Context, entries []facts.Entry) ([]facts.Revision, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	var added []facts.Revision
	err := d.changeMany(ctx, len(entries), func(ctx context.Context, q querier) error {
		// The counter's row comes first, and is held until the end. That Since skips nothing follows from it: entry n+1 gets its Seq from a
		// statement that could touch the row only after the transaction of entry n had ended, and a database lets go of a row after what was
		// committed can be seen. So whoever sees n+1, committed later still, sees n. A transaction that is rolled back gives its Seq back with the
		// row. (A sequence in the place of the row would hand out n+1 while n may yet commit, or never.) For the same reason what add reads
		// stays as it is: nobody else appends meanwhile, and each statement sees all that was committed before it began.
		last, err := first(ctx, q, scanHead, "UPDATE head SET seq = seq + ? RETURNING seq, hash", len(entries))
		if err != nil {
			return err
		}
		last.seq -= int64(len(entries))
		at := time.Unix(d.now().Unix(), 0).UTC()
		for _, e := range entries {
			r, err := d.add(ctx, q, e, last, at)
			if err != nil {
				return fmt.Errorf("%s: %w", e.Fact, err)
			}
			added = append(added, r)
			last = head{r.Seq, r.Hash}
		}
		_, err = exec(ctx, q, "UPDATE head SET hash = ?", last.hash)
		return err
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// head is the end of the log.
type head struct {
	seq  int64
	hash string
}

func scanHead(r row) (h head, err error) {
	err = r.Scan(&h.seq, &h.hash)
	return h, err
}

// add appends one entry after the last.
func (d *DB) add(ctx context.Context, q querier, e facts.Entry, last head, at time.Time) (facts.Revision, error) {
	r := facts.Revision{
		Seq: last.seq + 1, Space: e.Space, Fact: e.Fact, State: e.State, Of: e.Of, Undoes: e.Undoes, Marked: e.Marked, Reason: e.Reason,
		At: at, Prev: last.hash,
	}
	if err := d.check(ctx, q, e, r.Live()); err != nil {
		return r, err
	}
	var err error
	if r.Body, err = body(e); err != nil {
		return r, err
	}
	if r.Number, err = first(ctx, q, scanValue[int], "SELECT COALESCE(MAX(number), 0) + 1 FROM log WHERE space = ? AND fact = ?",
		e.Space, e.Fact); err != nil {
		return r, err
	}
	if r.By, err = d.meet(ctx, q, e.By); err != nil {
		return r, err
	}
	r.Hash = r.Sum()
	_, err = exec(ctx, q, `INSERT INTO log (seq, space, fact, number, state, decides, undoes, body, author, marked, reason, at, prev, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Seq, r.Space, r.Fact, r.Number, string(r.State), r.Of, r.Undoes, string(r.Body), r.By.Key, r.Marked, r.Reason, r.At.Unix(), r.Prev, r.Hash)
	return r, err
}

// body returns what an entry's body is in the log: nothing where it says nothing.
func body(e facts.Entry) (json.RawMessage, error) {
	if e.State == facts.Rejected || e.State == facts.Hidden || reflect.ValueOf(e.Body).IsZero() {
		return nil, nil
	}
	return e.Body.Encode()
}

// check finds what stands against an entry.
func (d *DB) check(ctx context.Context, q querier, e facts.Entry, live bool) error {
	switch e.State {
	case facts.Proposed, facts.Hidden:
		if e.Of != 0 {
			return fmt.Errorf("%q decides no proposal", e.State)
		}
	case facts.Approved:
	case facts.Rejected:
		if e.Of == 0 {
			return fmt.Errorf("%q names no proposal", e.State)
		}
	default:
		return fmt.Errorf("there is no state %q", e.State)
	}
	if e.Fact == "" {
		return fmt.Errorf("an entry without a fact")
	}
	if e.Of != 0 {
		if err := d.checkProposal(ctx, q, e); err != nil {
			return err
		}
	}
	if e.Undoes != 0 {
		if _, err := first(ctx, q, scanValue[int64], "SELECT seq FROM log WHERE seq = ? AND space = ? AND fact = ?",
			e.Undoes, e.Space, e.Fact); err != nil {
			return fmt.Errorf("entry %d: %w", e.Undoes, err)
		}
	}
	if !live {
		return nil
	}
	base, err := first(ctx, q, scanValue[int64],
		"SELECT COALESCE(MAX(seq), 0) FROM log WHERE space = ? AND fact = ? AND state IN ('approved', 'hidden')", e.Space, e.Fact)
	if err == nil && base != e.Base {
		err = facts.ErrChanged
	}
	return err
}

func (d *DB) checkProposal(ctx context.Context, q querier, e facts.Entry) error {
	p, err := first(ctx, q, scanProposal, `SELECT author, EXISTS (SELECT 1 FROM log d WHERE d.decides = l.seq AND d.decides <> 0)
		FROM log l WHERE l.seq = ? AND l.space = ? AND l.fact = ? AND l.state = 'proposed'`, e.Of, e.Space, e.Fact)
	switch {
	case err != nil:
	case p.decided:
		err = facts.ErrDecided
	case e.State == facts.Approved && p.author == d.key(e.By.Platform, e.By.ID):
		err = facts.ErrOwn
	}
	if err != nil {
		return fmt.Errorf("proposal %d: %w", e.Of, err)
	}
	return nil
}

type proposal struct {
	author  string // key
	decided bool
}

func scanProposal(r row) (p proposal, err error) {
	err = r.Scan(&p.author, &p.decided)
	return p, err
}

// revisions begins every query for entries of the log; scanRevision reads its columns.
const revisions = `SELECT l.seq, l.space, l.fact, l.number, l.state, l.decides, l.undoes, l.body, l.marked, l.reason, l.at, l.prev, l.hash,
	p.key, p.platform, p.id, p.name FROM log l JOIN people p ON p.key = l.author `

func scanRevision(s row) (r facts.Revision, err error) {
	err = s.Scan(&r.Seq, &r.Space, &r.Fact, &r.Number, &r.State, &r.Of, &r.Undoes, (*[]byte)(&r.Body), &r.Marked, &r.Reason, unix{&r.At},
		&r.Prev, &r.Hash, &r.By.Key, &r.By.Platform, &r.By.ID, &r.By.Name)
	if len(r.Body) == 0 {
		r.Body = nil
	}
	return r, err
}

// Since implements Log.
func (d *DB) Since(ctx context.Context, seq int64, limit int) ([]facts.Revision, error) {
	return list(ctx, d, scanRevision, revisions+"WHERE l.seq > ? ORDER BY l.seq LIMIT ?", seq, max(limit, 0))
}

// Revision implements Log.
func (d *DB) Revision(ctx context.Context, seq int64) (facts.Revision, error) {
	return find(ctx, d, scanRevision, revisions+"WHERE l.seq = ?", seq)
}

// Live implements Log.
func (d *DB) Live(ctx context.Context, space, fact string) (facts.Revision, error) {
	return find(ctx, d, scanRevision, revisions+`WHERE l.space = ? AND l.fact = ? AND l.state IN ('approved', 'hidden')
		ORDER BY l.seq DESC LIMIT 1`, space, fact)
}

// Current implements Log.
func (d *DB) Current(ctx context.Context, space string) ([]facts.Revision, error) {
	return list(ctx, d, scanRevision, revisions+`WHERE l.seq IN (
		SELECT MAX(n.seq) FROM log n WHERE n.space = ? AND n.state IN ('approved', 'hidden') GROUP BY n.fact) ORDER BY l.fact`, space)
}

// History implements Log.
func (d *DB) History(ctx context.Context, space, fact string, before int64, limit int) ([]facts.Revision, error) {
	return list(ctx, d, scanRevision, revisions+"WHERE l.space = ? AND l.fact = ? AND l.seq < ? ORDER BY l.seq DESC LIMIT ?",
		space, fact, orEnd(before), max(limit, 0))
}

// Recent implements Log.
func (d *DB) Recent(ctx context.Context, space string, before int64, limit int) ([]facts.Revision, error) {
	return list(ctx, d, scanRevision, revisions+"WHERE l.space = ? AND l.seq < ? ORDER BY l.seq DESC LIMIT ?",
		space, orEnd(before), max(limit, 0))
}

func orEnd(before int64) int64 {
	if before == 0 {
		return math.MaxInt64
	}
	return before
}

// Pending implements Log.
func (d *DB) Pending(ctx context.Context, space string) ([]facts.Revision, error) {
	return list(ctx, d, scanRevision, revisions+`WHERE l.space = ? AND l.state = 'proposed'
		AND NOT EXISTS (SELECT 1 FROM log d WHERE d.decides = l.seq AND d.decides <> 0) ORDER BY l.seq`, space)
}
