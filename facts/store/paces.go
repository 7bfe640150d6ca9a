package store

import (
	"context"
	"errors"
	"time"

	"testigo/facts"
)

// errPace: nothing could ever be taken, or everything always.
var errPace = errors.New("a pace needs a name, a time of at least a millisecond and a burst of at least one")

// aheadAtMost is how far ahead a pace may be beyond twice what its burst allows: there may be one who takes by another burst.
const aheadAtMost = time.Minute

// Take implements Paces. A row has the time at which a burst would be whole again, and each that is taken moves it on; it may be ahead of now by what a
// burst allows (the generic cell rate algorithm, ITU-T I.371). One statement looks and takes, in a transaction of its own: many wait for the same row, and
// nobody is to hold it while messages go to and fro. A time much further ahead than taking brings it is from before the clock was set back: nobody is to
// wait until it is reached again, so it counts as now.
func (d *DB) Take(ctx context.Context, name string, every time.Duration, burst int) (wait time.Duration, err error) {
	if name == "" || every < time.Millisecond || burst < 1 {
		return 0, errPace
	}
	each := (every + time.Millisecond - 1).Milliseconds()
	ahead, most := each*int64(burst-1), 2*each*int64(burst)+aheadAtMost.Milliseconds()
	hurried, cancel := d.hurry(ctx, 1)
	defer cancel()
	_, err = first(hurried, d.on(d.writer), scanValue[int64], `INSERT INTO paces (name, free) VALUES (?, `+d.clock+` + ?)
		ON CONFLICT (name) DO UPDATE SET free = ? + CASE WHEN paces.free > `+d.clock+` AND paces.free <= `+d.clock+` + ? THEN paces.free ELSE `+d.clock+` END
		WHERE paces.free <= `+d.clock+` + ? OR paces.free > `+d.clock+` + ? RETURNING free`, name, each, each, most, ahead, most)
	if !errors.Is(err, facts.ErrNotFound) {
		return 0, d.explain(ctx, err)
	}
	left, err := first(hurried, d.on(d.writer), scanValue[int64], "SELECT free - "+d.clock+" FROM paces WHERE name = ?", name)
	if err != nil {
		return 0, d.explain(ctx, err)
	}
	return max(time.Millisecond, time.Duration(left-ahead)*time.Millisecond), nil
}
