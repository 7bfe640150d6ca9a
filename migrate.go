package main

import (
	"errors"
	"fmt"
	"os"

	"testigo/facts/store"
)

type migrateCommand struct {
	From string `required:"" help:"Database to copy: a file, or postgres://..." placeholder:"DB"`
	To   string `help:"Database to copy to, which holds nothing yet; made if it is a file (default: $$TESTIGO_DB, which does not show the password to whoever lists processes)." placeholder:"DB"`
}

// Run copies a database to another, say a file to PostgreSQL. It may be run again until the copy is used.
func (c *migrateCommand) Run(a *app) (err error) {
	to := firstOf(c.To, a.getenv("TESTIGO_DB"))
	if to == "" {
		return usageError("there is no database to copy to: name one with --to or in TESTIGO_DB")
	}
	if !store.IsPostgres(c.From) { // a file that is missing would be made
		if _, err := os.Stat(c.From); err != nil {
			return fmt.Errorf("--from: %w", err)
		}
	}
	source, err := store.Open(a.ctx, c.From, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := store.Open(a.ctx, to, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	copied, err := store.Copy(a.ctx, source, target)
	if err != nil {
		return err
	}
	what := "copied"
	if copied.Before {
		what = "nothing to do, all was there:"
	}
	_, err = fmt.Fprintf(a.out, "%s %s, %d of them entries of the log; the chain holds on both sides, and what was written is what was read\n",
		what, countOf(int(copied.Rows), "row"), copied.Entries)
	return err
}
