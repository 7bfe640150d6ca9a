package cluster

import (
	"context"
	"time"
)

// Pace is how often all processes together may do something.
type Pace struct {
	Name  string
	Every time.Duration // one is done, in whole milliseconds rounded up
	Burst int           // so many at once after a rest
	// Kept: each process keeps to it by itself, and that is enough while the database is away, because what counts is seldom done by two.
	Kept bool
}

const (
	// takeFor is how long the database may take to answer before a process paces itself alone.
	takeFor = time.Second
	// silentFor is for how long it then is not asked.
	silentFor = 3 * time.Second
	// alonePart is the part of a pace that processes divide among them while the database is away. They find that out, and that it is back, one after the
	// other, and who can ask it goes at full pace.
	alonePart = 4
	// mostPaces is how many names a process remembers paces of while the database is away; then it forgets them.
	mostPaces = 10_000
)

// Wait waits until one more may be done, and takes it. The error is the context's. While the database is away each process does a part of it, see Pace.
func (c *Cluster) Wait(ctx context.Context, p Pace) error {
	for {
		wait := c.take(ctx, p)
		if wait <= 0 || !pause(ctx, wait) {
			return ctx.Err()
		}
	}
}

// take takes one, or returns how long to wait. Without the database that is never for long: it may be back before it would be one's turn alone.
func (c *Cluster) take(ctx context.Context, p Pace) time.Duration {
	if c.asks() {
		asking, cancel := context.WithTimeout(ctx, takeFor)
		wait, err := c.store.Take(asking, p.Name, p.Every, p.Burst)
		cancel()
		if ctx.Err() != nil {
			return 0
		}
		if c.answered(err); err == nil {
			return wait
		}
	}
	if p.Kept {
		return 0
	}
	return min(c.takeAlone(p), silentFor)
}

// asks reports whether the database is asked about paces.
func (c *Cluster) asks() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !time.Now().Before(c.silent)
}

// answered remembers whether the database answered. It logs when that changes.
func (c *Cluster) answered(err error) {
	c.mu.Lock()
	before := c.alone
	c.alone = err != nil
	if c.alone {
		c.silent = time.Now().Add(silentFor)
	}
	if c.alone && !before {
		clear(c.paced)
	}
	c.mu.Unlock()
	switch {
	case err != nil && !before:
		c.log.Warn("how much all processes send cannot be asked of the database; this one keeps to a part of it", "error", err)
	case err == nil && before:
		c.log.Info("how much all processes send is kept to together again")
	}
}

// takeAlone is take by what this process knows, one at a time. The first has to wait as long as any other: what was taken just before is not known here.
func (c *Cluster) takeAlone(p Pace) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	every := p.Every
	if n := len(c.peers); n > 1 {
		every *= time.Duration(n * alonePart)
	}
	now := time.Now()
	next, known := c.paced[p.Name]
	if !known {
		if len(c.paced) >= mostPaces {
			clear(c.paced)
		}
		next = now.Add(every)
		c.paced[p.Name] = next
	}
	if wait := next.Sub(now); wait > 0 {
		return wait
	}
	c.paced[p.Name] = now.Add(every)
	return 0
}
