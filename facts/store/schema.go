package store

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// schema makes the tables of a new file, at the newest version.
//
//go:embed schema.sql
var schema string

// steps brings older files to the newest version: the first step from version 1 to 2, and so on. A step that has been used is never changed. What
// comes out must be what schema makes; a test holds them against each other, over the old tables kept in testdata.
var steps = [...]string{
	`ALTER TABLE gaps ADD COLUMN sample TEXT NOT NULL DEFAULT '';
	UPDATE gaps SET sample = text;
	ALTER TABLE channels ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';`,
	`ALTER TABLE channels ADD COLUMN home TEXT NOT NULL DEFAULT '';`,
	`CREATE TABLE leases (
		name   TEXT PRIMARY KEY,
		holder TEXT NOT NULL,
		number INTEGER NOT NULL,
		until  INTEGER NOT NULL
	) STRICT;`,
	`ALTER TABLE leases ADD COLUMN note TEXT NOT NULL DEFAULT '';
	ALTER TABLE leases ADD COLUMN noted INTEGER NOT NULL DEFAULT 0;
	CREATE TABLE paces (
		name TEXT PRIMARY KEY,
		free INTEGER NOT NULL
	) STRICT;`,
	`CREATE TABLE moved (
		what   TEXT PRIMARY KEY,
		number INTEGER NOT NULL,
		gone   INTEGER NOT NULL
	) STRICT;
	INSERT INTO moved (what, number, gone) VALUES ('drafts', 1, 0), ('channels', 1, 0);
	ALTER TABLE drafts ADD COLUMN change INTEGER NOT NULL DEFAULT 1;
	ALTER TABLE channels ADD COLUMN change INTEGER NOT NULL DEFAULT 1;
	CREATE INDEX drafts_change ON drafts (change);
	CREATE INDEX channels_change ON channels (change);`,
}

// newest is the version that schema makes.
const newest = len(steps) + 1

// version returns the version of the tables there are, 0 for none. It refuses tables it cannot know.
func version(ctx context.Context, q querier, tables string) (int, error) {
	names, err := query(ctx, q, scanValue[string], tables)
	if err != nil || len(names) == 0 {
		return 0, err
	}
	for _, name := range names {
		if name == "meta" {
			return versionIn(ctx, q)
		}
	}
	return 0, errors.New("this database belongs to another program")
}

func versionIn(ctx context.Context, q querier) (int, error) {
	text, err := first(ctx, q, scanValue[string], "SELECT value FROM meta WHERE name = 'schema'")
	if err != nil {
		return 0, fmt.Errorf("version of the tables: %w", err)
	}
	v, err := strconv.Atoi(text)
	switch {
	case err != nil || v < 1:
		return 0, fmt.Errorf("version of the tables: %q is none", text)
	case v > newest:
		return 0, fmt.Errorf("its tables are version %d and this program knows version %d: a newer testigo has used it", v, newest)
	}
	return v, nil
}

// migrate makes the tables, or brings them to the newest version, in a transaction of the caller's. Of several programs that begin at once, one
// does it and the others find it done.
func (d *DB) migrate(ctx context.Context, q querier) error {
	if err := run(ctx, q, d.single); err != nil {
		return err
	}
	v, err := version(ctx, q, d.tables)
	if err != nil {
		return err
	}
	if err := run(ctx, q, d.slow); err != nil {
		return err
	}
	if v == 0 {
		return d.create(ctx, q)
	}
	for ; v < newest; v++ {
		if _, err := exec(ctx, q, d.ddl(steps[v-1])); err != nil {
			return fmt.Errorf("bring the tables from version %d to %d: %w", v, v+1, err)
		}
	}
	// Also where nothing was to be done: who may not write learns it now.
	_, err = exec(ctx, q, "UPDATE meta SET value = ? WHERE name = 'schema'", strconv.Itoa(v))
	return err
}

func (d *DB) create(ctx context.Context, q querier) error {
	for _, text := range []string{d.ddl(schema), d.extra} {
		if err := run(ctx, q, text); err != nil {
			return fmt.Errorf("make the tables: %w", err)
		}
	}
	salt := make([]byte, 32)
	rand.Read(salt) // never fails, see crypto/rand
	if _, err := exec(ctx, q, "INSERT INTO meta (name, value) VALUES ('schema', ?), ('salt', ?)", strconv.Itoa(newest),
		hex.EncodeToString(salt)); err != nil {
		return err
	}
	_, err := exec(ctx, q, "INSERT INTO head (one, seq, hash) VALUES (1, 0, '')")
	return err
}
