// Package cluster has several processes be one bot: each does a part of the work, what only one may do is done by one, and by another soon after
// that one died; and together they keep to what a platform allows the bot.
//
// There is nothing between the processes but their database, in which all of it stands: leases, with numbers that only grow, and paces.
package cluster

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"testigo/facts"
)

// Store is where it is kept what the processes agree on. What each method promises is written in facts/store.
type Store interface {
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) (lease facts.Lease, ok bool, err error)
	Renew(ctx context.Context, name string, number int64, ttl time.Duration) (ok bool, err error)
	Release(ctx context.Context, name string, number int64, note string) error
	Leases(ctx context.Context) ([]facts.Lease, error)
	Take(ctx context.Context, name string, every time.Duration, burst int) (wait time.Duration, err error)
}

const (
	// DefaultTTL is how long after its death a process's work is free at the latest, unless something else is set.
	DefaultTTL = 20 * time.Second
	// lookEvery is how often a process looks for free work at the least: what was given back is not to wait for long.
	lookEvery = 500 * time.Millisecond
)

// Cluster is this process among those that are the same bot. Its methods may be called from any number of goroutines.
type Cluster struct {
	store Store
	ttl   time.Duration
	log   *slog.Logger
	self  string // no other process has the same name

	mu     sync.Mutex
	peers  []string // the names of all that run, this one's too, when last seen
	paced  map[string]time.Time
	silent time.Time // until when the database is not asked about paces
	alone  bool      // since it did not answer
	shared map[string]spread
}

// spread is how many pieces of work there are, and how many of them some process held when last seen.
type spread struct{ held, count int }

// process is what the leases are called by which processes know of each other.
const process = "process/"

// New returns this process as one of those that share the store. A ttl of 0 is DefaultTTL.
func New(store Store, ttl time.Duration, log *slog.Logger) *Cluster {
	if ttl == 0 {
		ttl = DefaultTTL
	}
	host, _ := os.Hostname() // only for those who look at the leases
	self := fmt.Sprintf("%.40s-%d-%s", host, os.Getpid(), rand.Text()[:8])
	return &Cluster{store: store, ttl: ttl, log: log, self: self, peers: []string{self}, paced: map[string]time.Time{}, shared: map[string]spread{}}
}

// TTL is how long after a process's death its work is free at the latest.
func (c *Cluster) TTL() time.Duration { return c.ttl }

// Name is what the others know this process by.
func (c *Cluster) Name() string { return c.self }

// Run has the others know of this process, and this one of them, until ctx ends.
func (c *Cluster) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { c.present(ctx, process) })
	for {
		c.look(ctx)
		if !pause(ctx, c.soon()) {
			return
		}
	}
}

// present has the others see this process under a name until ctx ends.
func (c *Cluster) present(ctx context.Context, under string) {
	_ = c.keeper(under+c.self, false).keep(ctx, func(ctx context.Context, _ Held) error {
		<-ctx.Done()
		return nil
	})
}

// presentIn are the processes that are seen under a name, sorted; this one always is.
func (c *Cluster) presentIn(leases []facts.Lease, under string) []string {
	peers := []string{c.self}
	for _, l := range leases {
		if name, ok := strings.CutPrefix(l.Name, under); ok && name != c.self {
			peers = append(peers, name)
		}
	}
	slices.Sort(peers)
	return peers
}

// soon is how long to wait before the database is asked again who holds what; not all ask at once.
func (c *Cluster) soon() time.Duration { return jitter(min(c.ttl/10, lookEvery)) }

// look finds out who runs.
func (c *Cluster) look(ctx context.Context) {
	leases, err := c.store.Leases(ctx)
	if err != nil {
		return // those seen last count; who renews a lease logs it
	}
	c.seen(leases)
}

func (c *Cluster) seen(leases []facts.Lease) {
	peers := c.presentIn(leases, process)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(peers, c.peers) {
		c.log.Info("the processes of this bot", "count", len(peers), "all", peers)
	}
	c.peers = peers
}

// Peers are the names of all processes that ran when that could last be found out, this one's too, sorted.
func (c *Cluster) Peers() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.peers)
}

// Only has work done while this process is the one to do it, until ctx ends or work returns by itself, and returns what work returned in the latter
// case. Another process takes over when this one has died, or gives it up.
//
// While the database cannot be reached the work goes on, because nobody may be there to take it over; whether somebody has is known only when it can be
// asked again (see Held.Still), and then work's context ends. Work that must never be done by two at once asks Still first; work of which
// nobody can tell must have another way to find out.
func (c *Cluster) Only(ctx context.Context, name string, work func(ctx context.Context, h Held) error) error {
	return c.keeper(name, true).keep(ctx, work)
}

func (c *Cluster) keeper(name string, insist bool) *keeper {
	return &keeper{store: c.store, name: name, holder: c.self, ttl: c.ttl, look: c.soon, log: c.log, insist: insist}
}
