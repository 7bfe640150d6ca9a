package store

import (
	"context"
	"time"
)

// changesEvery is how often the log's counter is looked at: soon enough that nobody waits for a change for a second.
const changesEvery = 500 * time.Millisecond

// Changes implements Log. A hint only has the counter looked at sooner, so that a lost one costs half a second and a needless one a query.
func (d *DB) Changes(ctx context.Context, changed func(fault error) error) {
	hints := make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if d.listen == nil {
			return
		}
		d.listen(ctx, func() {
			select {
			case hints <- struct{}{}:
			default: // one is enough
			}
		})
	}()
	defer func() { <-ended }()
	tick := time.NewTicker(changesEvery)
	defer tick.Stop()
	seen := int64(-1)
	for ctx.Err() == nil {
		seq, err := find(ctx, d, scanValue[int64], "SELECT seq FROM head")
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			seen = -1 // whoever was told of the fault is told of its end
			_ = changed(err)
		case seq != seen:
			if seen = seq; changed(nil) != nil {
				seen = -1
			}
		}
		select {
		case <-hints:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}
