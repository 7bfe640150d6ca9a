package cluster

import (
	"context"
	"time"
)

const (
	// takeFor is how long the database may take to answer before a process paces itself alone.
	takeFor = time.Second
	// silentFor is for how long it then is not asked.
	silentFor = 3 * time.Second
	// mostPaces is how many names a process remembers paces of while the database is away; then it forgets them.
	mostPaces = 10_000
)

// Wait waits until one more of what all processes together may do once in every, and so many at once after a rest, may be done, and takes it. The error
// is the context's. While the database is away each process does its part of it: what all may, divided by how many they were.
func (c *Cluster) Wait(ctx context.Context, name string, every time.Duration, burst int) error {
	for {
		wait := c.take(ctx, name, every, burst)
		if wait <= 0 || !pause(ctx, wait) {
			return ctx.Err()
		}
	}
}

// take takes one, or returns how long to wait.
func (c *Cluster) take(ctx context.Context, name string, every time.Duration, burst int) time.Duration {
	if c.asks() {
		asking, cancel := context.WithTimeout(ctx, takeFor)
		wait, err := c.store.Take(asking, name, every, burst)
		cancel()
		if err == nil || ctx.Err() != nil {
			return wait
		}
		c.mu.Lock()
		c.silent = time.Now().Add(silentFor)
		c.mu.Unlock()
	}
	return c.takeAlone(name, every)
}

// asks reports whether the database is asked about paces.
func (c *Cluster) asks() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !time.Now().Before(c.silent)
}

// takeAlone is take by what this process knows, one at a time.
func (c *Cluster) takeAlone(name string, every time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if wait := c.paced[name].Sub(now); wait > 0 {
		return wait
	}
	if len(c.paced) >= mostPaces {
		clear(c.paced)
	}
	c.paced[name] = now.Add(every * time.Duration(len(c.peers)))
	return 0
}
