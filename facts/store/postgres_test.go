package store_test

import (
	"testing"

	"testigo/facts/store"
	"testigo/facts/store/pgtest"
	"testigo/facts/store/storetest"
)

// All that is tested on PostgreSQL shares one server.
func TestPostgres(t *testing.T) {
	server := pgtest.Start(t)
	t.Run("the contract", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) store.Store { return open(t, server.Address(t)) })
	})
}
