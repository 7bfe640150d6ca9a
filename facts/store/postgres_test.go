package store_test

import (
	"testing"

	"testigo/facts/store"
	"testigo/facts/store/pgtest"
	"testigo/facts/store/storetest"
)

// All that is tested on PostgreSQL shares one server.
func TestPostgres(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	for _, tt := range []struct {
		name string
		test func(*testing.T, *pgtest.Server)
	}{
		{"an entry that commits late is never skipped", lateCommit},
		{"of many that begin at once one makes the tables", openedAtOnce},
		{"a database that is not ours is refused and left as it is", notOurs},
		{"addresses that cannot be used are refused without telling the password", badAddresses},
		{"while the database is cut off, calls fail soon as away, and go on by themselves", cutOff},
		{"a database that does not answer is away", silent},
		{"a server that restarts breaks what runs and no more", restarted},
		{"a program that is killed loses nothing it acknowledged", killed},
		{"a statement that waits for too long is given up", tooLong},
		{"there are never more connections than was said", poolIsBounded},
		{"the server is told to end transactions of programs that hang", settingsHold},
		{"a change is told by a notice", noticed},
		{"a file is copied to it, and back", copies},
		{"a backup is refused with the name of the tool for it", backupIsRefused},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, server) })
	}
	t.Run("the contract", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) store.Store { return open(t, server.Address(t)) })
	})
}
