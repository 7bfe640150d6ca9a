package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"testigo/facts"
)

func entry(reason string) facts.Entry {
	return facts.Entry{Space: "s", Fact: "a", State: facts.Proposed, Reason: reason, By: facts.Author{Platform: "discord", ID: "80351110224678912", Name: "Ana"}}
}

func mustAppend(t *testing.T, d *DB, reason string) facts.Revision {
	t.Helper()
	r, err := d.Append(t.Context(), entry(reason))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// An error names the file and says in words what is wrong; the cause is kept.
func saysWhatIsWrong(t *testing.T, err error, file, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v, want the file and %q", err, words)
	}
}

func TestFilesThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name, file string
		make       func(file string) error
		words      string
	}{
		{"a folder that is not there", filepath.Join(dir, "none", "facts.db"), nil, "no such file"},
		{"a folder", dir, nil, "cannot be opened"},
		{"no name", "", nil, "no such file"},
		{"text", filepath.Join(dir, "text"), func(f string) error { return os.WriteFile(f, bytes.Repeat([]byte("words "), 500), 0o600) }, "not a database"},
		{"a file that only has the beginning of one", filepath.Join(dir, "cut"), func(f string) error {
			return errors.Join(os.WriteFile(f, nil, 0o600), makeDamaged(f))
		}, "damaged"},
		// The number that SQLite takes for "may only be read"; unlike the file's permissions it holds for root too.
		{"a file that may only be read", filepath.Join(dir, "read-only"), makeReadOnly, "may be read but not written"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.make != nil {
				if err := tt.make(tt.file); err != nil {
					t.Fatal(err)
				}
			}
			d, err := Open(t.Context(), tt.file, Options{})
			saysWhatIsWrong(t, err, tt.file, tt.words)
			if d != nil {
				t.Error("a store was returned with the error")
			}
		})
	}
}

// makeFile makes a store's file and lets change what is in it.
func makeFile(file string, change func([]byte) []byte) error {
	d, err := Open(context.Background(), file, Options{})
	if err != nil {
		return err
	}
	_, err = d.Append(context.Background(), entry("x"))
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, change(content), 0o600)
}

func makeDamaged(file string) error {
	return makeFile(file, func(b []byte) []byte { return b[:len(b)/3] })
}

func makeReadOnly(file string) error {
	const writeVersion = 18 // place in the header, see SQLite's Database File Format, 1.3.3
	return makeFile(file, func(b []byte) []byte { b[writeVersion] = 3; return b })
}

func TestAFileIsMadeForItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "año 50%?&#1 = 'x'; \"y\".db")
	d := openFile(t, file, Options{})
	mustAppend(t, d, "x")
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(f.Name(), filepath.Base(file)) {
			t.Errorf("%q has the mode %v (%v)", f.Name(), info.Mode(), err)
		}
	}
	if len(found) == 0 {
		t.Error("no file was made")
	}
	t.Chdir(dir)
	if r := mustAppend(t, openFile(t, filepath.Base(file), Options{}), "y"); r.Seq != 2 {
		t.Errorf("by its relative name it is another file: entry %d", r.Seq)
	}
}

func TestAFullDisk(t *testing.T) {
	file := filepath.Join(t.TempDir(), "facts.db")
	d := openFile(t, file, Options{})
	mustAppend(t, d, "before")
	var pages int
	if err := d.writer.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) { // the database's own limit gives the error that the disk's would
		if _, err := d.writer.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages)
	_, err := d.Append(t.Context(), entry(strings.Repeat("x", 100_000)))
	saysWhatIsWrong(t, err, file, "the disk is full")
	limit(1_000_000)
	if n, fault, err := d.Verify(t.Context()); n != 1 || fault != "" || err != nil {
		t.Errorf("%d entries, %s (%v)", n, fault, err)
	}
	mustAppend(t, d, "after")
}

func TestALockedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "facts.db")
	d := openFile(t, file, Options{Wait: time.Millisecond})
	mustAppend(t, d, "before")
	if err := d.Writable(t.Context()); err != nil {
		t.Error(err)
	}
	other, err := sql.Open(driverName, file)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	_, err = d.Append(t.Context(), entry("meanwhile"))
	saysWhatIsWrong(t, err, file, "another program keeps the file locked")
	saysWhatIsWrong(t, d.Writable(t.Context()), file, "another program keeps the file locked")
	_, err = Open(t.Context(), file, Options{Wait: time.Millisecond})
	saysWhatIsWrong(t, err, file, "another program keeps the file locked")
	if got, err := d.Since(t.Context(), 0, 9); err != nil || len(got) != 1 {
		t.Errorf("reading meanwhile: %d entries (%v)", len(got), err)
	}
	// Who waits for longer can still leave.
	patient := openWhileLocked(t, other, file)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := patient.Append(ctx, entry("meanwhile")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for the lock: %v", err)
	}
	if _, err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, patient, "after")
	if r := mustAppend(t, d, "after"); r.Seq != 3 {
		t.Errorf("entry %d, want 3", r.Seq)
	}
}

// openWhileLocked opens the file, which needs its lock, and has the other hold it again.
func openWhileLocked(t *testing.T, other *sql.DB, file string) *DB {
	t.Helper()
	if _, err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	d := openFile(t, file, Options{Wait: time.Hour})
	if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheClockIsTheOptions(t *testing.T) {
	at := time.Date(2026, 9, 26, 23, 59, 59, 999_999_999, time.FixedZone("", -6*3600))
	d := openFile(t, filepath.Join(t.TempDir(), "facts.db"), Options{Clock: func() time.Time { return at }})
	want := time.Date(2026, 9, 27, 5, 59, 59, 0, time.UTC)
	if r := mustAppend(t, d, "x"); r.At != want {
		t.Errorf("at %v, want %v", r.At, want)
	}
	if r, err := d.Revision(t.Context(), 1); err != nil || r.At != want || r.Hash != r.Sum() {
		t.Errorf("read: at %v, want %v (%v)", r.At, want, err)
	}
}

// A pragma with a wrong name is silently no pragma, and one that was run by hand holds for one connection only.
func TestPragmasHoldOnEveryConnection(t *testing.T) {
	d := openFile(t, filepath.Join(t.TempDir(), "facts.db"), Options{Wait: 1234 * time.Millisecond})
	for range 2 {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1",
			"busy_timeout": "1234", "trusted_schema": "0", "cell_size_check": "1"} {
			if got, err := first(t.Context(), d.writer, scanValue[string], "PRAGMA "+pragma); err != nil || got != want {
				t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
			}
		}
		d.writer.SetMaxIdleConns(0) // closes the connection: the next round has a new one
		d.writer.SetMaxIdleConns(1)
	}
	var readers []*sql.Conn
	for range 4 {
		c, err := d.reader.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, c)
		if got, err := first(t.Context(), c, scanValue[string], "PRAGMA busy_timeout"); err != nil || got != "1234" {
			t.Errorf("a reader waits %s ms (%v)", got, err)
		}
	}
	for _, c := range readers {
		c.Close()
	}
}
