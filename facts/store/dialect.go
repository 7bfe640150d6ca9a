package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What is SQLite's alone: this file and schema.sql. The queries elsewhere keep to what PostgreSQL understands too, but for its placeholders ($1
// for ?), which a driver in its place would have to rewrite. There the update of head locks the row, which here BEGIN IMMEDIATE does for the
// whole file; and texts have to be compared byte by byte (COLLATE "C").

// driverName is what modernc.org/sqlite registers itself as.
const driverName = "sqlite"

// tableNames lists the tables of the database.
const tableNames = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`

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
	}})
}

func readerDSN(file string, wait time.Duration) string {
	return dsn(file, wait, url.Values{"_txlock": {"deferred"}, "_pragma": {"trusted_schema(0)"}})
}

func dsn(file string, wait time.Duration, v url.Values) string {
	v.Add("_pragma", "busy_timeout("+strconv.FormatInt(wait.Milliseconds(), 10)+")")
	// Opaque, so that a relative path stays one; escaped, so that no character of it is read as the query.
	path := url.URL{Path: filepath.ToSlash(file)}
	return "file:" + path.EscapedPath() + "?" + v.Encode()
}

// inWords says what an error of the database means to whoever runs the program, "" where there is nothing to say.
func inWords(err error) string {
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

// integrityCheck gives "ok", or a line for each thing wrong.
const integrityCheck = "PRAGMA integrity_check(1)"

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
