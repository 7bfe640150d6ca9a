package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"testigo/facts"
)

// DB is the Store in a database: an SQLite file, which several processes on one machine may have open, or PostgreSQL, for processes on several.
type DB struct {
	dialect
	writer *sql.DB
	reader *sql.DB // on PostgreSQL the same as the writer
	now    func() time.Time
	salt   []byte // of people's keys
}

var _ Store = (*DB)(nil)

// Options is how a store is opened; the zero value will do.
type Options struct {
	Clock func() time.Time // nil is time.Now
	// Wait is how long to wait for another program that has the file locked, or for PostgreSQL to answer a statement; 0 is 5 seconds.
	Wait time.Duration
	// Conns is how many connections to PostgreSQL to keep at most, besides one that listens; 0 is 8.
	Conns int
}

const (
	defaultWait  = 5 * time.Second
	defaultConns = 8
)

// MaxValue is how many bytes one text of what is stored may have: twice what a platform lets a person attach.
const MaxValue = 16 << 20

// Open opens the store at an address: that of a PostgreSQL database (postgres://user:password@host/database), else the name of an SQLite file,
// which it makes where there is none, for the owner's eyes only. Tables of an older version are brought to the newest; a database of a newer
// version or of another program is refused and left as it is. Errors name the file, or the server and database. The caller closes the store.
func Open(ctx context.Context, address string, o Options) (*DB, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Wait == 0 {
		o.Wait = defaultWait
	}
	if o.Conns == 0 {
		o.Conns = defaultConns
	}
	open := sqliteDialect
	if IsPostgres(address) {
		open = postgresDialect
	}
	dialect, err := open(address, o)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	d := &DB{dialect: dialect, now: o.Clock}
	if err := d.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store %s: %w", d.name, d.plainly(ctx, err)), d.Close())
	}
	return d, nil
}

// IsPostgres reports whether an address names a PostgreSQL database and not a file.
func IsPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// Name is what errors call the database at an address: the file, or server and database without user and password.
func Name(address string) string {
	if !IsPostgres(address) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "postgres" // what is wrong with it may stand beside the password
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// prepare connects and sees to the tables.
func (d *DB) prepare(ctx context.Context) (err error) {
	if d.reader, d.writer, err = d.open(); err != nil {
		return err
	}
	hurried, cancel := d.hurry(ctx, 1)
	defer cancel()
	if _, err := version(hurried, d.on(d.reader), d.tables); err != nil { // before the writer's first connection changes the file's journal
		return err
	}
	return d.transact(ctx, func(q querier) error {
		if err := d.migrate(ctx, q); err != nil {
			return err
		}
		return d.readSalt(ctx, q)
	})
}

func (d *DB) readSalt(ctx context.Context, q querier) error {
	salt, err := first(ctx, q, scanValue[string], "SELECT value FROM meta WHERE name = 'salt'")
	if err != nil {
		return fmt.Errorf("salt: %w", err)
	}
	d.salt, err = hex.DecodeString(salt)
	return err
}

// Close waits for what is running and closes the file.
func (d *DB) Close() error {
	var errs []error
	for _, db := range []*sql.DB{d.reader, d.writer} { // the writer last: the last connection tidies the file up
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// explain wraps an error for the log: where it was, what it means, the cause. What callers tell apart stays as it is.
func (d *DB) explain(ctx context.Context, err error) error {
	for _, told := range []error{nil, facts.ErrNotFound, facts.ErrChanged, facts.ErrDecided, facts.ErrOwn} {
		if errors.Is(err, told) {
			return err
		}
	}
	return fmt.Errorf("store %s: %w", d.name, d.plainly(ctx, err))
}

// plainly puts what an error means before it.
func (d *DB) plainly(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) { // the database calls it an interruption
		return fmt.Errorf("%w (%v)", ctx.Err(), err)
	}
	if ctx.Err() != nil {
		return err
	}
	words, away := d.words(err)
	if words != "" {
		err = fmt.Errorf("%s: %w", words, err)
	}
	if away {
		err = fmt.Errorf("%w: %w", facts.ErrAway, err)
	}
	return err
}

// change runs f in a transaction that writes. The context that f gets ends when the change has taken too long.
func (d *DB) change(ctx context.Context, f func(context.Context, querier) error) error {
	return d.changeMany(ctx, 1, f)
}

// changeMany is change for one that has so many parts and may take longer for it.
func (d *DB) changeMany(ctx context.Context, parts int, f func(context.Context, querier) error) error {
	hurried, cancel := d.hurry(ctx, parts)
	defer cancel()
	return d.explain(ctx, d.transact(hurried, func(q querier) error { return f(hurried, q) }))
}

func (d *DB) transact(ctx context.Context, f func(querier) error) error {
	own, settle := ctx, func() bool { return true }
	if d.detached {
		var free func()
		own, settle, free = detach(ctx, d.patience)
		defer free()
	}
	err := d.transactIn(own, settle, f)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil { // own is cancelled also where ctx ran out of time
		return fmt.Errorf("%w (%v)", ctx.Err(), err)
	}
	return err
}

func (d *DB) transactIn(ctx context.Context, settle func() bool, f func(querier) error) error {
	tx, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(d.on(tx)); err != nil {
		_ = tx.Rollback() // what f says is the cause
		return err
	}
	if !settle() {
		_ = tx.Rollback() // the context ended
		return context.Canceled
	}
	return tx.Commit()
}

// list reads rows outside of any change; find reads the first, or facts.ErrNotFound.
func list[T any](ctx context.Context, d *DB, scan func(row) (T, error), text string, args ...any) ([]T, error) {
	hurried, cancel := d.hurry(ctx, 1)
	defer cancel()
	found, err := query(hurried, d.on(d.reader), scan, text, args...)
	return found, d.explain(ctx, err)
}

func find[T any](ctx context.Context, d *DB, scan func(row) (T, error), text string, args ...any) (T, error) {
	hurried, cancel := d.hurry(ctx, 1)
	defer cancel()
	found, err := first(hurried, d.on(d.reader), scan, text, args...)
	return found, d.explain(ctx, err)
}

// querier is a connection pool or a transaction.
type querier interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// row is where a scan function reads its columns.
type row interface{ Scan(into ...any) error }

// exec runs a statement and returns how many rows it touched.
func exec(ctx context.Context, q querier, text string, args ...any) (int64, error) {
	if err := checkArgs(args); err != nil {
		return 0, err
	}
	result, err := q.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func query[T any](ctx context.Context, q querier, scan func(row) (T, error), text string, args ...any) (found []T, err error) {
	if err := checkArgs(args); err != nil {
		return nil, err
	}
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, rows.Err()
}

func first[T any](ctx context.Context, q querier, scan func(row) (T, error), text string, args ...any) (v T, err error) {
	found, err := query(ctx, q, scan, text, args...)
	if err != nil {
		return v, err
	}
	if len(found) == 0 {
		return v, facts.ErrNotFound
	}
	return found[0], nil
}

// scanValue reads a row of one column.
func scanValue[T any](r row) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

// checkArgs refuses what would not come back as it was given from every database.
func checkArgs(args []any) error {
	for _, arg := range args {
		switch a := arg.(type) {
		case string:
			switch {
			case len(a) > MaxValue:
				return fmt.Errorf("a text of %d bytes is too long: at most %d", len(a), MaxValue)
			case !utf8.ValidString(a):
				return fmt.Errorf("a text is not UTF-8: %.40q", a)
			case strings.IndexByte(a, 0) >= 0:
				return fmt.Errorf("a text has a NUL in it: %.40q", a)
			}
		case []byte:
			if len(a) > MaxValue {
				return fmt.Errorf("%d bytes are too many: at most %d", len(a), MaxValue)
			}
		}
	}
	return nil
}

// unix reads a time from a column.
type unix struct{ *time.Time }

func (u unix) Scan(v any) error {
	seconds, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is %T", v)
	}
	*u.Time = time.Unix(seconds, 0).UTC()
	return nil
}

// moment is the time to keep where a caller gave t: now where it gave none.
func (d *DB) moment(t time.Time) int64 {
	if t.IsZero() {
		t = d.now()
	}
	return t.Unix()
}
