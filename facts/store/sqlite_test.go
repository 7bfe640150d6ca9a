package store_test

import (
	"path/filepath"
	"testing"

	"testigo/facts/store"
	"testigo/facts/store/storetest"
)

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, filepath.Join(t.TempDir(), "facts.db"))
	})
}

// open opens a store that is closed when the test ends.
func open(t testing.TB, file string) *store.DB {
	t.Helper()
	s, err := store.Open(t.Context(), file, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
