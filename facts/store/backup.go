package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup implements Store.
func (d *DB) Backup(ctx context.Context, file string) error {
	if err := d.backup(ctx, file); err != nil {
		return fmt.Errorf("store %s: backup to %s: %w", d.name, file, d.plainly(ctx, err))
	}
	return nil
}

func (d *DB) backup(ctx context.Context, file string) error {
	if _, err := os.Lstat(file); err == nil {
		return fs.ErrExist
	}
	// Beside its target, so that it can be given its name at once when it is whole and on the disk.
	temp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	if err := d.dialect.backup(ctx, d.on(d.reader), temp.Name()); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	// A link, unlike a renaming, never takes the place of a file; not every file system has links.
	if err := os.Link(temp.Name(), file); errors.Is(err, fs.ErrExist) {
		return fs.ErrExist
	} else if err != nil {
		if err := os.Rename(temp.Name(), file); err != nil {
			return err
		}
	}
	return syncDir(file)
}

// Readable finds out whether something can be read now, also where nothing can be written.
func (d *DB) Readable(ctx context.Context) error {
	_, err := find(ctx, d, scanValue[int64], "SELECT seq FROM head")
	return err
}

// Writable finds out whether something can be committed now, by writing what is there already. It waits for others that write.
func (d *DB) Writable(ctx context.Context) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		_, err := exec(ctx, q, "UPDATE meta SET value = value WHERE name = 'salt'")
		return err
	})
}
