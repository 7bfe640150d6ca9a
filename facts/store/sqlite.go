package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteDialect is what SQLite has of its own. A change takes the file's lock when it begins, so changes come one after the other.
func sqliteDialect(file string, o Options) (dialect, error) {
	return dialect{
		name:      file,
		open:      func() (reader, writer *sql.DB, err error) { return openSQLite(file, o.Wait) },
		tables:    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
		ddl:       func(text string) string { return text },
		snapshot:  sql.TxOptions{ReadOnly: true},
		integrity: "PRAGMA integrity_check(1)",
		clock:     "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
		lastID:    "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = ?), 0)",
		setLastID: func(ctx context.Context, q querier, table string, id int64) error {
			if _, err := exec(ctx, q, "DELETE FROM sqlite_sequence WHERE name = ?", table); err != nil {
				return err
			}
			_, err := exec(ctx, q, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, id)
			return err
		},
		words:  func(err error) (string, bool) { return sqliteWords(err), false },
		settle: settleFile,
		backup: copyInto,
	}, nil
}

// driverName is what modernc.org/sqlite registers itself as.
const driverName = "sqlite"

const readers = 4 // connections; more do not make reading faster on the machines this runs on

// openSQLite opens a file with a pool to read from and one connection to write: writes wait for each other there, with their context, and not for
// the file's lock.
func openSQLite(file string, wait time.Duration) (reader, writer *sql.DB, err error) {
	// SQLite would make it readable for all. An existing file is not opened here: closing it would drop the locks of another store on it in
	// this process (POSIX advisory locks).
	made, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = made.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, nil, err
	}
	if reader, err = sql.Open(driverName, readerDSN(file, wait)); err != nil {
		return nil, nil, err
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	if writer, err = sql.Open(driverName, writerDSN(file, wait)); err != nil {
		return reader, nil, err
	}
	writer.SetMaxOpenConns(1)
	return reader, writer, nil
}

// The names of the databases that database/sql opens: pragmas stand in them, because they hold for one connection only and the pool opens others.
// A write takes the file's lock when it begins (_txlock): two that read first and then wrote could not both go on.
func writerDSN(file string, wait time.Duration) string {
	return dsn(file, wait, url.Values{"_txlock": {"immediate"}, "_pragma": {
		"journal_mode(WAL)",  // readers and the writer do not wait for each other
		"synchronous(FULL)",  // a commit is on the disk when it returns
		"foreign_keys(1)",    // off unless asked for
		"secure_delete(1)",   // what is deleted is overwritten: forgetting means it
		"trusted_schema(0)",  // a file from elsewhere runs no functions of ours
		"cell_size_check(1)", // a damaged file is noticed early
		sqliteCache,
	}})
}

// sqliteCache is how much of the file each connection keeps in memory, in KiB: what is read again and again is little, and the rest the system's own
// cache has. SQLite's default is 2,000, for each of the five.
const sqliteCache = "cache_size(-256)"

func readerDSN(file string, wait time.Duration) string {
	return dsn(file, wait, url.Values{"_txlock": {"deferred"}, "_pragma": {"trusted_schema(0)", sqliteCache}})
}

func dsn(file string, wait time.Duration, v url.Values) string {
	v.Add("_pragma", "busy_timeout("+strconv.FormatInt(wait.Milliseconds(), 10)+")")
	// Opaque, so that a relative path stays one; escaped, so that no character of it is read as the query.
	path := url.URL{Path: filepath.ToSlash(file)}
	return "file:" + path.EscapedPath() + "?" + v.Encode()
}

// sqliteWords says what an error of the database means to whoever runs the program, "" where there is nothing to say.
func sqliteWords(err error) string {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Code() & 0xff { // the higher bits say more closely what failed
	case sqlite3.SQLITE_CANTOPEN:
		return "the file cannot be opened or made"
	case sqlite3.SQLITE_READONLY:
		return "the file may be read but not written"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another program keeps the file locked"
	case sqlite3.SQLITE_FULL:
		return "the disk is full"
	case sqlite3.SQLITE_IOERR:
		return "the disk could not be read or written"
	case sqlite3.SQLITE_NOTADB:
		return "the file is not a database"
	case sqlite3.SQLITE_CORRUPT:
		return "the file is damaged"
	}
	return ""
}

// copyInto writes a copy of the database, as of one moment, to a file that is empty or not there. It does not wait for the disk.
func copyInto(ctx context.Context, q querier, file string) error {
	_, err := exec(ctx, q, "VACUUM INTO ?", file)
	return err
}

// settleFile brings what is in the write-ahead log to the file and empties it, so that nothing deleted stays there. Where a long read stands in
// the way that happens later; it is no fault.
func settleFile(ctx context.Context, q querier) error {
	_, err := query(ctx, q, scanValue3, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func scanValue3(r row) (busy int, err error) {
	var pages, moved int
	err = r.Scan(&busy, &pages, &moved)
	return busy, err
}

// ofSQLite has a store that was never opened put errors into SQLite's words.
func (d *DB) ofSQLite() *DB {
	d.words = func(err error) (string, bool) { return sqliteWords(err), false }
	return d
}

// unused returns ErrInUse where another program has the database open. A file that is no database anymore is not in use.
func unused(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err != nil { // opening it would make one, over what was left of another
		return nil
	}
	db, err := sql.Open(driverName, dsn(file, time.Second, url.Values{}))
	if err != nil {
		return err
	}
	defer db.Close()
	// Leaving the write-ahead log behind takes that nobody else has the file open, and brings what is in that log into the database.
	_, err = query(ctx, db, scanValue[string], "PRAGMA journal_mode(DELETE)")
	var e *sqlite.Error
	if errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED) {
		return ErrInUse
	}
	return ctx.Err()
}
