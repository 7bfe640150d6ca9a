package store

import (
	"context"
	"database/sql"
)

// Pool is the pool that writes, for tests that look at connections.
func (d *DB) Pool() *sql.DB { return d.writer }

// Listen is the dialect's.
func (d *DB) Listen(ctx context.Context, hint func()) { d.listen(ctx, hint) }
