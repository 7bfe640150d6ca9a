package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"testigo/config"
	"testigo/facts/store"
)

// database is the path of the database that a command is about.
func (a *app) database(named string) string {
	return firstOf(named, a.config.DB, a.getenv("TESTIGO_DB"), config.DefaultDB)
}

// mark is what a process that serves a database is known by, beside its file or, where that is on a server, in the working directory. The address
// of a server holds a password, so it is no part of it.
func mark(db string) string {
	if store.IsPostgres(db) {
		return "testigo.postgres"
	}
	return db
}

type backupCommand struct {
	File string `arg:"" help:"New file for the copy."`
	DB   string `name:"db" help:"Database file (default: $$TESTIGO_DB, else ./testigo.db)." placeholder:"PATH"`
}

func (c *backupCommand) Run(a *app) (err error) {
	path := a.database(c.DB)
	if _, err := os.Stat(path); err != nil && !store.IsPostgres(path) {
		return fmt.Errorf("backup: there is no database to copy: %w", err)
	}
	db, err := store.Open(a.ctx, path, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Backup(a.ctx, c.File); err != nil {
		return unmade(c.File, err)
	}
	copied, err := store.Open(a.ctx, c.File, store.Options{})
	if err != nil {
		return fmt.Errorf("backup: %s was written and could not be checked; do not rely on it: %w", c.File, err)
	}
	entries, fault, err := copied.Verify(a.ctx)
	if err = errors.Join(err, copied.Close()); err != nil {
		return err
	}
	if fault != "" {
		return fmt.Errorf("backup: the log in %s has a fault, as it has in %s: %s (testigo doctor says more)", c.File, store.Name(path), fault)
	}
	fmt.Fprintf(a.out, "%s: %s of the log, checked\n", c.File, counted(entries, "entry", "entries"))
	return nil
}

// unmade puts before an error why a file could not be made, where that can be said.
func unmade(file string, err error) error {
	folder := filepath.Dir(file)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already, and a copy takes the place of nothing: name another file (%w)", file, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s to put the copy into (%w)", folder, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("whoever runs this may not make files in %s (%w)", folder, err)
	}
	return err
}

type restoreDBCommand struct {
	File  string `arg:"" help:"Backup to put in place."`
	DB    string `name:"db" help:"Database file (default: $$TESTIGO_DB, else ./testigo.db)." placeholder:"PATH"`
	Force bool   `help:"Where there is a database already, move it aside and keep it."`
}

func (c *restoreDBCommand) Run(a *app) error {
	path := a.database(c.DB)
	if _, err := os.Stat(c.File); err != nil && !store.IsPostgres(path) { // that has tools of its own, which the store names
		return fmt.Errorf("restore: there is no backup to read: %w", err)
	}
	r, err := store.Restore(a.ctx, c.File, path, c.Force)
	if errors.Is(err, fs.ErrExist) && !c.Force {
		return fmt.Errorf("%s is there already; with --force it is moved aside and kept (%w)", store.Name(path), err)
	}
	if err != nil {
		return unmade(path, err)
	}
	fmt.Fprintf(a.out, "%s: %s of the log, checked\n", path, counted(r.Entries, "entry", "entries"))
	if r.Aside != "" {
		fmt.Fprintf(a.out, "what was there before is %s\n", r.Aside)
	}
	return nil
}
