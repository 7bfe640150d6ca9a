package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testigo/adapters/telegram/telegramtest"
	"testigo/cluster"
	"testigo/facts"
	"testigo/facts/store"
)

// replicas are several adapters that are the same bot, on one double of Telegram and one database.
type replicas struct {
	*telegramtest.Server
	t   *testing.T
	db  *store.DB
	all []*replica
}

// replica is one of them, with its own ways to the database and to Telegram, which can be cut.
type replica struct {
	*world
	cluster *cluster.Cluster
	db      *link
	net     *wire
	stop    func()
}

// link is a way to the database.
type link struct {
	*store.DB
	cut atomic.Bool
}

var errCut = errors.New("the database is away")

func (l *link) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (facts.Lease, bool, error) {
	if l.cut.Load() {
		return facts.Lease{}, false, errCut
	}
	return l.DB.Acquire(ctx, name, holder, ttl)
}

func (l *link) Renew(ctx context.Context, name string, number int64, ttl time.Duration) (bool, error) {
	if l.cut.Load() {
		return false, errCut
	}
	return l.DB.Renew(ctx, name, number, ttl)
}

func (l *link) Release(ctx context.Context, name string, number int64, note string) error {
	if l.cut.Load() {
		return errCut
	}
	return l.DB.Release(ctx, name, number, note)
}

func (l *link) Leases(ctx context.Context) ([]facts.Lease, error) {
	if l.cut.Load() {
		return nil, errCut
	}
	return l.DB.Leases(ctx)
}

func (l *link) Take(ctx context.Context, name string, every time.Duration, burst int) (time.Duration, error) {
	if l.cut.Load() {
		return 0, errCut
	}
	return l.DB.Take(ctx, name, every, burst)
}

// wire is a way to Telegram.
type wire struct {
	mu    sync.Mutex
	away  bool
	conns []net.Conn
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.away {
		_ = c.Close()
		return nil, errors.New("the network is away")
	}
	w.conns = append(w.conns, c)
	return c, nil
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = true
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = false
}

// newReplicas makes n adapters, beside other tests that wait as much; run starts them. When the test ends they are stopped, and must leave no goroutine,
// which TestMain looks at.
func newReplicas(t *testing.T, n int, ttl time.Duration, change ...func(*replica)) *replicas {
	t.Helper()
	t.Parallel()
	return moreReplicas(t, n, ttl, change...)
}

func moreReplicas(t *testing.T, n int, ttl time.Duration, change ...func(*replica)) *replicas {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "facts.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	all := &replicas{Server: telegramtest.New(t), t: t, db: db}
	for range n {
		r := &replica{db: &link{DB: db}, net: &wire{}, stop: func() {}}
		r.cluster = cluster.New(r.db, ttl, slog.New(slog.NewTextHandler(t.Output(), nil)))
		r.world = buildOn(t, all.Server, Options{Cluster: r.cluster})
		r.adapter.client.http.Transport.(*http.Transport).DialContext = r.net.dial
		for _, c := range change {
			c(r)
		}
		all.all = append(all.all, r)
	}
	return all
}

// run starts a replica, which its stop stops.
func (all *replicas) run(r *replica) {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	var group sync.WaitGroup
	group.Go(func() { r.cluster.Run(ctx) })
	group.Go(func() {
		if err := r.adapter.Run(ctx); err != nil {
			all.t.Error(err)
		}
	})
	r.stop = sync.OnceFunc(func() {
		cancel()
		group.Wait()
		noToken(all.t, r.log.String())
	})
	all.t.Cleanup(r.stop)
}

// start makes replicas, starts them and returns them once the first of the list polls.
func startReplicas(t *testing.T, n int, ttl time.Duration, change ...func(*replica)) *replicas {
	t.Helper()
	all := newReplicas(t, n, ttl, change...)
	for i, r := range all.all {
		all.run(r)
		if i == 0 {
			all.await(r)
		}
	}
	return all
}

// poller is who polls, nil for nobody.
func (all *replicas) poller() *replica {
	leases, err := all.db.Leases(all.t.Context())
	if err != nil {
		all.t.Fatal(err)
	}
	for _, l := range leases {
		for _, r := range all.all {
			if l.Name == nameOf(telegramtest.BotID, "poller") && l.Holder == r.cluster.Name() {
				return r
			}
		}
	}
	return nil
}

// await waits until it is the turn of one of some.
func (all *replicas) await(some ...*replica) (r *replica) {
	all.t.Helper()
	all.Wait("another's turn", func() bool {
		for _, s := range some {
			if r = all.poller(); r != nil && r == s {
				return true
			}
		}
		return false
	})
	return r
}

// question has one more person ask, whose number it returns.
func (all *replicas) question(n int64) int64 {
	u := telegramtest.User{ID: firstAsker + n, Name: fmt.Sprint("P", n)}
	all.Message(telegramtest.Private(u), u, "whose was the mill")
	return n
}

const firstAsker = 10_000

// asking asks every now and then until done is called, which returns how many asked.
func (all *replicas) asking() (asked *atomic.Int64, done func() int64) {
	asked = &atomic.Int64{}
	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(15 * time.Millisecond):
				all.question(asked.Load())
				asked.Add(1)
			}
		}
	})
	done = sync.OnceValue(func() int64 {
		close(stop)
		group.Wait()
		return asked.Load()
	})
	all.t.Cleanup(func() { done() })
	return asked, done
}

// answers is how often each who asked was answered.
func (all *replicas) answers() map[int64]int {
	per := map[int64]int{}
	for _, m := range all.Sent() {
		if m.Chat >= firstAsker {
			per[m.Chat-firstAsker]++
		}
	}
	return per
}

// answered waits until all who asked from one on, up to another, are answered, and checks that nobody is twice.
func (all *replicas) answered(from, to int64) {
	all.t.Helper()
	all.Wait("all answers", func() bool { return all.missing(from, to) == 0 })
	all.onlyOnce()
}

// answeredOrLeft is answered where the database is away: a machine that stands still looks to an adapter as if it had been stopped, and it says how many
// questions it left therefore.
func (all *replicas) answeredOrLeft(from, to int64) {
	all.t.Helper()
	left := func() (n int) {
		for _, r := range all.all {
			for _, m := range leftUpdates.FindAllStringSubmatch(r.log.String(), -1) {
				one, _ := strconv.Atoi(m[1])
				n += one
			}
		}
		return n
	}
	all.Wait("all answers", func() bool { return all.missing(from, to) <= left() })
	if n := all.missing(from, to); n > 0 {
		all.t.Logf("%d of %d are left, because the machine stood still", n, to-from)
	}
	all.onlyOnce()
}

var leftUpdates = regexp.MustCompile(`was stopped while it took messages.* updates=([0-9]+)`)

// missing is how many of those who asked are not answered.
func (all *replicas) missing(from, to int64) (n int) {
	per := all.answers()
	for i := from; i < to; i++ {
		if per[i] == 0 {
			n++
		}
	}
	return n
}

func (all *replicas) onlyOnce() {
	all.t.Helper()
	for who, n := range all.answers() {
		if n > 1 {
			all.t.Errorf("question %d was answered %d times", who, n)
		}
	}
}

// heard is how many questions a replica handled.
func (r *replica) heard() int { return len(r.bot.messages()) }
