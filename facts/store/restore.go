package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ErrInUse says that another program has the database open.
var ErrInUse = errors.New("a program has it open: stop the bot first")

// Restored is what a restoring did.
type Restored struct {
	Entries int64  // of the log, all of them checked
	Aside   string // where the database that was there lies now, "" where there was none
}

// Restore puts a copy of a backup in the place of the database in file, after it has checked the whole copy: the database, its chain of hashes
// and that this program knows its tables, which it brings to the newest version. Where anything is wrong, file is as it was. A database that is
// there already is refused (fs.ErrExist) or, with replace, moved aside and kept, damaged or not; one that is in use is refused in any case (ErrInUse).
// The backup is only read.
func Restore(ctx context.Context, backup, file string, replace bool) (Restored, error) {
	r, err := restore(ctx, backup, file, replace)
	if err != nil {
		return Restored{}, fmt.Errorf("restore %s from %s: %w", Name(file), backup, new(DB).ofSQLite().plainly(ctx, err))
	}
	return r, nil
}

func restore(ctx context.Context, backup, file string, replace bool) (r Restored, err error) {
	if IsPostgres(file) {
		return r, errors.New("a PostgreSQL database is restored with pg_restore")
	}
	there := anyOf(file)
	if there && !replace {
		return r, fs.ErrExist
	}
	// What a program has not yet brought from there into the database would be missing from the copy.
	if wal, err := os.Stat(backup + "-wal"); err == nil && wal.Size() > 0 {
		return r, fmt.Errorf("%s-wal lies beside it, so it is a database in use and no backup", backup)
	}
	temp, err := copyBeside(backup, file)
	if err != nil {
		return r, err
	}
	defer removeAll(temp)
	if r.Entries, err = inspect(ctx, temp); err != nil {
		return r, fmt.Errorf("the backup is not good: %w", err)
	}
	if there {
		if err := unused(ctx, file); err != nil {
			return r, err
		}
		r.Aside = file + ".before-" + time.Now().UTC().Format("20060102T150405Z")
		if anyOf(r.Aside) {
			return r, fmt.Errorf("%s: %w", r.Aside, fs.ErrExist)
		}
		if err := moveAll(file, r.Aside); err != nil {
			return r, err
		}
	}
	if err := os.Rename(temp, file); err != nil {
		if there {
			err = errors.Join(err, moveAll(r.Aside, file))
		}
		return r, err
	}
	return r, syncDir(file)
}

// copyBeside copies the backup to a new file in the folder of the target, which the target's name can be given to at once.
func copyBeside(backup, file string) (name string, err error) {
	from, err := os.Open(backup)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.tmp") // for the owner's eyes only
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		removeAll(to.Name())
		return "", err
	}
	return to.Name(), nil
}

// inspect opens a database, which brings its tables to the newest version, checks all of it and returns how many entries its log has.
func inspect(ctx context.Context, file string) (entries int64, err error) {
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		return 0, errors.Join(err, errors.New("the file is empty")) // opening would make a new database in it
	}
	d, err := Open(ctx, file, Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	fault, err := d.Examine(ctx)
	if err == nil && fault == "" {
		entries, fault, err = d.Verify(ctx)
	}
	if err == nil && fault != "" {
		err = errors.New(fault)
	}
	return entries, err
}

// Examine has SQLite look through the whole database and returns, in words, the first thing wrong with it ("" where nothing is). It reads
// everything, and takes as long. PostgreSQL watches over itself: there it finds nothing.
func (d *DB) Examine(ctx context.Context) (fault string, err error) {
	if d.integrity == "" {
		return "", nil
	}
	found, err := list(ctx, d, scanValue[string], d.integrity)
	if err != nil || len(found) == 1 && found[0] == "ok" {
		return "", err
	}
	if len(found) == 0 {
		return "the database gives no answer", nil
	}
	return found[0], nil
}

// What SQLite keeps beside a database, by the ends of the names.
var besides = [...]string{"", "-wal", "-shm", "-journal"}

func moveAll(from, to string) error {
	for _, end := range besides {
		if err := os.Rename(from+end, to+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func removeAll(file string) {
	for _, end := range besides {
		_ = os.Remove(file + end) // mostly there is none
	}
}

// anyOf reports whether there is a database or something that was left of one: a write-ahead log would be taken for the new database's.
func anyOf(file string) bool {
	for _, end := range besides {
		if _, err := os.Lstat(file + end); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

func syncDir(file string) error {
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
