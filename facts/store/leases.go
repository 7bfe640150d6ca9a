package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"testigo/facts"
)

// errLease: it could never be told apart, or would be over at once.
var errLease = errors.New("a lease needs a name, a holder and a time of at least a millisecond")

// Acquire implements Leases. The condition is looked at by the statement that writes, after it has waited for whoever was writing the row, and by
// the database's clock at that moment.
func (d *DB) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (lease facts.Lease, ok bool, err error) {
	if name == "" || holder == "" || ttl < time.Millisecond {
		return lease, false, errLease
	}
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		lease, err = first(ctx, q, scanTaken, `INSERT INTO leases (name, holder, number, until) VALUES (?, ?, 1, `+d.clock+` + ?)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, number = leases.number + 1, until = excluded.until
			WHERE leases.until <= `+d.clock+` OR leases.holder = excluded.holder
			RETURNING number, CASE WHEN noted = number - 1 THEN note ELSE '' END`, name, holder, ttl.Milliseconds())
		return err
	})
	if errors.Is(err, facts.ErrNotFound) { // somebody else holds it
		return facts.Lease{}, false, nil
	}
	if err != nil {
		return facts.Lease{}, false, err
	}
	lease.Name, lease.Holder, lease.Left = name, holder, ttl
	return lease, true, nil
}

func scanTaken(r row) (l facts.Lease, err error) {
	if err := r.Scan(&l.Number, &l.Note); err != nil {
		return l, fmt.Errorf("lease: %w", err)
	}
	return l, nil
}

// Renew implements Leases.
func (d *DB) Renew(ctx context.Context, name string, number int64, ttl time.Duration) (ok bool, err error) {
	if ttl < time.Millisecond {
		return false, errLease
	}
	err = d.change(ctx, func(ctx context.Context, q querier) error {
		n, err := exec(ctx, q, "UPDATE leases SET until = "+d.clock+" + ? WHERE name = ? AND number = ? AND until > 0",
			ttl.Milliseconds(), name, number)
		ok = n == 1
		return err
	})
	return ok && err == nil, err
}

// Release implements Leases.
func (d *DB) Release(ctx context.Context, name string, number int64, note string) error {
	return d.change(ctx, func(ctx context.Context, q querier) error {
		_, err := exec(ctx, q, "UPDATE leases SET until = -("+d.clock+"), note = ?, noted = number WHERE name = ? AND number = ?", note, name, number)
		return err
	})
}

// Leases implements Leases.
func (d *DB) Leases(ctx context.Context) ([]facts.Lease, error) {
	return list(ctx, d, scanLease, "SELECT name, holder, number, until - "+d.clock+" FROM leases WHERE until > "+d.clock+" ORDER BY name")
}

func scanLease(r row) (l facts.Lease, err error) {
	var left int64
	if err := r.Scan(&l.Name, &l.Holder, &l.Number, &left); err != nil {
		return l, fmt.Errorf("lease: %w", err)
	}
	l.Left = time.Duration(left) * time.Millisecond
	return l, nil
}
