package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	d := openFile(t, filepath.Join(dir, "facts.db"), Options{})
	mustAppend(t, d, "before")
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
				if _, err := d.Append(context.Background(), entry(strings.Repeat("x", i%5000))); err != nil {
					stopped <- err
					return
				}
			}
		}
	}()
	target := filepath.Join(dir, "it's a copy.db")
	err := d.Backup(t.Context(), target)
	close(stop)
	if err := errors.Join(err, <-stopped); err != nil {
		t.Fatal(err)
	}
	checkBackup(t, d, target)

	before, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Backup(t.Context(), target)
	if saysWhatIsWrong(t, err, target, "exists"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if after, err := os.ReadFile(target); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was overwritten (%v)", err)
	}
	nowhere := filepath.Join(dir, "none", "copy.db")
	saysWhatIsWrong(t, d.Backup(t.Context(), nowhere), nowhere, "no such file")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Backup(ended, filepath.Join(dir, "cancelled.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "cancelled.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a backup that failed is there (%v)", err)
	}
}

// checkBackup opens the copy and finds in it a beginning of the log, and the same people.
func checkBackup(t *testing.T, d *DB, target string) {
	t.Helper()
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	theirs := openFile(t, target, Options{})
	n, fault, err := theirs.Verify(t.Context())
	if n < 1 || fault != "" || err != nil {
		t.Errorf("%d entries, %s (%v)", n, fault, err)
	}
	got, err := theirs.Since(t.Context(), 0, int(n))
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Since(t.Context(), 0, int(n))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the copy's %d entries are not the original's %d (%v)", len(got), len(want), err)
	}
	if r := mustAppend(t, theirs, "on its own"); r.By != want[0].By {
		t.Errorf("the author is %+v, was %+v", r.By, want[0].By)
	}
	theirs.Close()
}
