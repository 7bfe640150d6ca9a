package store

import (
	"context"
	"database/sql"
	"time"
)

// dialect is what one database has otherwise than the other: sqlite.go and postgres.go each make one. The queries elsewhere, and schema.sql, are
// in words that both understand. What a query relies on:
//
//   - On SQLite a change has the whole file to itself. On PostgreSQL several run at once, each statement sees what was committed before it began
//     (READ COMMITTED), and who updates a row holds it until the end. So a change that reads before it writes must first hold what it relies on:
//     the log has the row of head for that, drafts and channels have theirs of moved, Fade has exclusive; all others decide in the one statement that writes.
//   - Texts are compared byte by byte. Truths are 0 or 1.
type dialect struct {
	name   string // what errors call the database; holds no password
	open   func() (reader, writer *sql.DB, err error)
	tables string // the query that lists the tables there are
	ddl    func(text string) string
	extra  string // more to make with the tables, "" for nothing
	// integrity is the query that gives "ok", or a line for each thing wrong with the database; "" where it watches over itself.
	integrity string
	clock     string // expression: the database's own clock, in milliseconds since 1970 UTC

	bind     func(querier) querier // nil: queries are run as they are written
	patience time.Duration         // how long a read or a change may take, 0 for as long as the caller's context
	detached bool                  // a transaction that commits no longer minds the caller's context: giving up then, one would not know how it ended
	snapshot sql.TxOptions         // of a transaction that reads all as of one moment

	// Statements for the beginning of a transaction, "" for none: single lets one program at a time make tables; slow allows statements that take
	// long; exclusive keeps out whoever else writes people or gaps.
	single, slow, exclusive string
	tell                    string // the statement with which a change has other processes look at once, "" for none: they look twice a second

	lastID    string // the query for the highest id that a table has given out, 0 for none
	setLastID func(ctx context.Context, q querier, table string, id int64) error

	// words says what an error means to whoever runs the program, "" where there is nothing to say, and whether the database is away.
	words  func(error) (text string, away bool)
	settle func(context.Context, querier) error                    // has what was deleted leave the disk; nil where that cannot be asked for
	backup func(ctx context.Context, q querier, file string) error // writes a copy to a file that is empty
	listen func(ctx context.Context, hint func())                  // calls hint when the log may have grown, until ctx ends; nil where there are no hints
}

// on returns a querier that takes the queries of this package.
func (d *dialect) on(q querier) querier {
	if d.bind == nil {
		return q
	}
	return d.bind(q)
}

// hurry returns the context of a read or change of so many parts that is not to take longer than the database is given.
func (d *dialect) hurry(ctx context.Context, parts int) (context.Context, context.CancelFunc) {
	if d.patience == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d.patience*time.Duration(1+parts/100))
}

// detach returns a context for a transaction, which ends with ctx until settle is called: from then on it lasts for so long that what was
// asked for can be done. settle reports whether ctx had not ended before. free is to be called in the end.
func detach(ctx context.Context, patience time.Duration) (own context.Context, settle func() bool, free func()) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	follow := context.AfterFunc(ctx, cancel)
	var limit *time.Timer
	settle = func() bool {
		if !follow() {
			return false
		}
		limit = time.AfterFunc(patience, cancel)
		return true
	}
	free = func() {
		follow()
		if limit != nil {
			limit.Stop()
		}
		cancel()
	}
	return own, settle, free
}

// run runs statements of a dialect, if there are any.
func run(ctx context.Context, q querier, statements string) error {
	if statements == "" {
		return nil
	}
	_, err := exec(ctx, q, statements)
	return err
}
