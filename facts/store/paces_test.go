package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"testigo/facts/store/pgtest"
)

// A clock that is set back by a day does not have everybody wait for a day.
func TestAPaceOutlivesAClockThatIsSetBack(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"SQLite": filepath.Join(t.TempDir(), "facts.db"), "PostgreSQL": ""} {
		t.Run(name, func(t *testing.T) {
			if address == "" {
				address = pgtest.Start(t).Address(t)
			}
			s := open(t, address)
			take := func() time.Duration {
				t.Helper()
				wait, err := s.Take(t.Context(), "all", time.Minute, 2)
				if err != nil {
					t.Fatal(err)
				}
				return wait
			}
			take()
			if _, err := s.Pool().ExecContext(t.Context(), "UPDATE paces SET free = free + 24 * 60 * 60 * 1000"); err != nil {
				t.Fatal(err)
			}
			if wait := take(); wait != 0 {
				t.Errorf("told to wait %v", wait)
			}
			if take(); take() == 0 {
				t.Error("it bounds nothing any more")
			}
		})
	}
}
