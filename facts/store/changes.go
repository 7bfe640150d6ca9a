package store

import (
	"context"
	"time"
)

// changesEvery is how often the counters are looked at: soon enough that nobody waits for a change for a second.
const changesEvery = 500 * time.Millisecond

// counters say how much has changed: of the log, drafts and channels.
type counters struct{ log, drafts, channels int64 }

func scanCounters(r row) (c counters, err error) {
	err = r.Scan(&c.log, &c.drafts, &c.channels)
	return c, err
}

// Changes implements Log. A hint only has the counters looked at sooner, so that a lost one costs half a second and a needless one a query.
func (d *DB) Changes(ctx context.Context, looked func(moved bool, fault error) error) {
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
	never := counters{-1, -1, -1}
	seen := never
	for ctx.Err() == nil {
		now, err := find(ctx, d, scanCounters, `SELECT seq, d.number, c.number FROM head, moved d, moved c
			WHERE d.what = 'drafts' AND c.what = 'channels'`)
		if ctx.Err() != nil {
			return
		}
		if told := looked(err == nil && now != seen, err); told != nil || err != nil {
			now = never // whoever was told of a fault is told of its end
		}
		seen = now
		select {
		case <-hints:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}
