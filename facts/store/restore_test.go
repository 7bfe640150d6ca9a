package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// madeBackup makes a database with entries for the reasons and returns a backup of it.
func madeBackup(t *testing.T, reasons ...string) string {
	t.Helper()
	dir := t.TempDir()
	d := openFile(t, filepath.Join(dir, "facts.db"), Options{})
	for _, r := range reasons {
		mustAppend(t, d, r)
	}
	name := filepath.Join(dir, "backup.db")
	if err := d.Backup(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	return name
}

func reasonsIn(t *testing.T, file string) string {
	t.Helper()
	d := openFile(t, file, Options{})
	defer d.Close()
	list, err := d.Since(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range list {
		all = append(all, r.Reason)
	}
	return strings.Join(all, " ")
}

func TestRestore(t *testing.T) {
	backup := madeBackup(t, "one", "two")
	before, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "facts.db")
	r, err := Restore(t.Context(), backup, file, false)
	if err != nil || r != (Restored{Entries: 2}) {
		t.Fatalf("%+v, %v", r, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v (%v)", info.Mode(), err)
	}
	d := openFile(t, file, Options{})
	mustAppend(t, d, "three")
	d.Close()

	if _, err := Restore(t.Context(), backup, file, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a database: %v", err)
	}
	if got := reasonsIn(t, file); got != "one two three" {
		t.Errorf("a refused restoring left %q", got)
	}
	r, err = Restore(t.Context(), backup, file, true)
	if err != nil || r.Entries != 2 || r.Aside == "" {
		t.Fatalf("%+v, %v", r, err)
	}
	if now, then := reasonsIn(t, file), reasonsIn(t, r.Aside); now != "one two" || then != "one two three" {
		t.Errorf("there is %q now, and aside %q", now, then)
	}
	if after, err := os.ReadFile(backup); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup was changed (%v)", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*.tmp*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestADatabaseInUseIsNotReplaced(t *testing.T) {
	backup, file := madeBackup(t, "one"), filepath.Join(t.TempDir(), "facts.db")
	d := openFile(t, file, Options{})
	mustAppend(t, d, "acknowledged")
	if _, err := Restore(t.Context(), backup, file, true); !errors.Is(err, ErrInUse) {
		t.Errorf("while it is in use: %v", err)
	}
	mustAppend(t, d, "after")
	if n, fault, err := d.Verify(t.Context()); n != 2 || fault != "" || err != nil {
		t.Errorf("%d entries, %s (%v)", n, fault, err)
	}
	if _, err := Restore(t.Context(), file, filepath.Join(t.TempDir(), "copy.db"), false); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a database in use was taken for a backup: %v", err)
	}
}

func TestADamagedDatabaseIsMovedAsideWhole(t *testing.T) {
	backup, file := madeBackup(t, "one"), filepath.Join(t.TempDir(), "facts.db")
	rubbish := bytes.Repeat([]byte("words "), 500)
	for _, name := range []string{file, file + "-wal"} {
		if err := os.WriteFile(name, rubbish, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Restore(t.Context(), backup, file, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := reasonsIn(t, file); got != "one" {
		t.Errorf("there is %q", got)
	}
	if kept, err := os.ReadFile(r.Aside); err != nil || !bytes.Equal(kept, rubbish) {
		t.Errorf("what was there is not kept as it was (%v)", err)
	}
}

// A write-ahead log without its database would be read into the one that is put there.
func TestWhatWasLeftOfADatabaseIsMovedAside(t *testing.T) {
	backup, file := madeBackup(t, "one"), filepath.Join(t.TempDir(), "facts.db")
	if err := os.WriteFile(file+"-wal", []byte("left"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), backup, file, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("beside it: %v", err)
	}
	r, err := Restore(t.Context(), backup, file, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(r.Aside + "-wal"); err != nil {
		t.Error(err)
	}
	if got := reasonsIn(t, file); got != "one" {
		t.Errorf("there is %q", got)
	}
}

func TestABackupThatIsNotGood(t *testing.T) {
	tests := []struct {
		name  string
		make  func(file string) error
		words string
	}{
		{"is not there", func(string) error { return nil }, "no such file"},
		{"is empty", func(f string) error { return os.WriteFile(f, nil, 0o600) }, "empty"},
		{"is text", func(f string) error { return os.WriteFile(f, bytes.Repeat([]byte("words "), 500), 0o600) }, "not a database"},
		{"is cut", makeDamaged, "damaged"},
		{"has an entry that somebody changed", tampered, "not what it was when it was written"},
		{"is of another program", ofAnother, "another program"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			backup := filepath.Join(t.TempDir(), "backup.db")
			if err := tt.make(backup); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "facts.db")
			d := openFile(t, file, Options{})
			mustAppend(t, d, "kept")
			d.Close()
			_, err := Restore(t.Context(), backup, file, true)
			saysWhatIsWrong(t, err, backup, tt.words)
			if got := reasonsIn(t, file); got != "kept" {
				t.Errorf("the database holds %q now", got)
			}
			if found, _ := filepath.Glob(file + "*"); len(found) != 1 {
				t.Errorf("beside the database: %v", found)
			}
		})
	}
}

// tampered makes a database whose log was changed from outside.
func tampered(file string) error {
	d, err := Open(context.Background(), file, Options{})
	if err != nil {
		return err
	}
	_, err1 := d.Append(context.Background(), entry("the true reason"))
	_, err2 := d.writer.Exec("UPDATE log SET reason = 'another'")
	return errors.Join(err1, err2, d.Close())
}

func ofAnother(file string) error {
	d, err := Open(context.Background(), file, Options{})
	if err != nil {
		return err
	}
	_, err = d.writer.Exec("ALTER TABLE meta RENAME TO theirs")
	return errors.Join(err, d.Close())
}

func TestExamine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "facts.db")
	d := openFile(t, file, Options{})
	mustAppend(t, d, "one")
	if fault, err := d.Examine(t.Context()); fault != "" || err != nil {
		t.Errorf("of a good database: %s (%v)", fault, err)
	}
	// An index that lacks a row that its table has: what a damaged file looks like to whoever reads on.
	for _, text := range []string{"PRAGMA writable_schema = 1", "UPDATE sqlite_master SET sql = replace(sql, 'log (author)', 'log (reason)') WHERE name = 'log_author'"} {
		if _, err := d.writer.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	d.Close()
	d = openFile(t, file, Options{})
	if fault, err := d.Examine(t.Context()); fault == "" || err != nil {
		t.Errorf("of a damaged index: %q (%v)", fault, err)
	}
}
