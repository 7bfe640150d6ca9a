package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"testigo/facts/store/pgtest"
)

func TestPlan(t *testing.T) {
	for name, c := range map[string]struct {
		peers []string
		held  []string // by piece
		take  []int    // by b
		give  int
	}{
		"alone it takes all":                              {[]string{"b"}, []string{"", "", ""}, []int{0, 1, 2}, -1},
		"two take one by one":                             {[]string{"a", "b"}, []string{"", "", "", ""}, []int{1, 3}, -1},
		"who has fewest takes what is free":               {[]string{"a", "b"}, []string{"a", "a", "", ""}, []int{2, 3}, -1},
		"who has more leaves it to the other":             {[]string{"a", "b"}, []string{"b", "b", "", "a"}, nil, -1},
		"what a dead process holds is not free yet":       {[]string{"b"}, []string{"dead", "b"}, nil, -1},
		"one more than others is even":                    {[]string{"a", "b"}, []string{"b", "b", "a"}, nil, -1},
		"two more than another is not":                    {[]string{"a", "b", "c"}, []string{"b", "b", "a"}, nil, 1},
		"of two who have most the first gives":            {[]string{"a", "b", "c"}, []string{"b", "b", "a", "a"}, nil, -1},
		"nothing is given away while something is free":   {[]string{"a", "b", "c"}, []string{"b", "b", "b", ""}, nil, -1},
		"more processes than pieces":                      {[]string{"a", "b", "c"}, []string{"a", ""}, []int{1}, -1},
		"more processes than pieces, and all of it taken": {[]string{"a", "b", "c"}, []string{"a", "c"}, nil, -1},
	} {
		held := map[int]string{}
		for i, holder := range c.held {
			if holder != "" {
				held[i] = holder
			}
		}
		if take, give := plan(len(c.held), "b", c.peers, held); !slices.Equal(take, c.take) || give != c.give {
			t.Errorf("%s: takes %v and gives %d, want %v and %d", name, take, give, c.take, c.give)
		}
	}
}

// Whatever the beginning, planning by turns comes to an even share and then changes nothing.
func FuzzPlanComesToRest(f *testing.F) {
	f.Add(uint8(7), uint8(3), []byte("abcab"))
	f.Fuzz(func(t *testing.T, pieces, processes uint8, who []byte) {
		count, peers, held := int(pieces%40), []string{}, map[int]string{}
		for i := range int(processes%6) + 1 {
			peers = append(peers, fmt.Sprint("p", i))
		}
		for i, w := range who[:min(len(who), count)] {
			if n := int(w) % (len(peers) + 1); n < len(peers) {
				held[i] = peers[n]
			}
		}
		for range 3*count + 3 {
			before := len(held)
			for _, p := range peers {
				take, give := plan(count, p, peers, held)
				for _, i := range take {
					if held[i] != "" {
						t.Fatalf("%s takes what %s holds", p, held[i])
					}
					held[i] = p
				}
				if give >= 0 {
					if held[give] != p {
						t.Fatalf("%s gives away what %s holds", p, held[give])
					}
					delete(held, give)
				}
			}
			if before > len(held)+1 {
				t.Fatalf("%d pieces given away in one round", before-len(held))
			}
		}
		has := map[string]int{}
		for _, p := range held {
			has[p]++
		}
		for _, p := range peers {
			if n := has[p]; len(held) != count || n < count/len(peers) || n > (count+len(peers)-1)/len(peers) {
				t.Fatalf("%d of %d are held: %v", len(held), count, has)
			}
		}
	})
}

// worked is what several processes work on.
type worked struct {
	mu    sync.Mutex
	on    map[int][]string // who is at work on each piece
	count int
	most  int      // at work on one piece at once
	why   []string // work ended
}

func (w *worked) work(self string) func(context.Context, int, int, Held) error {
	return func(ctx context.Context, i, count int, h Held) error {
		w.mu.Lock()
		w.on[i] = append(w.on[i], self)
		w.most, w.count = max(w.most, len(w.on[i])), count
		w.mu.Unlock()
		<-ctx.Done()
		h.Leave(fmt.Sprint(i))
		w.mu.Lock()
		defer w.mu.Unlock()
		w.on[i] = slices.DeleteFunc(w.on[i], func(s string) bool { return s == self })
		w.why = append(w.why, context.Cause(ctx).Error())
		return nil
	}
}

// parts is how many pieces each is at work on, sorted.
func (w *worked) parts() (parts []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	by := map[string]int{}
	for _, who := range w.on {
		for _, self := range who {
			by[self]++
		}
	}
	for _, n := range by {
		parts = append(parts, n)
	}
	slices.Sort(parts)
	return parts
}

func (w *worked) await(t *testing.T, want ...int) {
	t.Helper()
	for end := time.Now().Add(soon); !slices.Equal(w.parts(), want); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("they have %v, want %v", w.parts(), want)
		}
	}
}

// sharing begins a process that shares pieces; stop ends it.
func sharing(t *testing.T, s Store, w *worked, count int) (c *Cluster, stop func()) {
	c = New(s, time.Second, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { c.Run(ctx) })
	group.Go(func() {
		if err := c.Share(ctx, "shard", count, w.work(c.Name())); err != nil {
			t.Error(err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); group.Wait() })
	t.Cleanup(stop)
	return c, stop
}

func TestPiecesAreSpreadEvenly(t *testing.T) {
	s, w := open(t, filepath.Join(t.TempDir(), "facts.db")), &worked{on: map[int][]string{}}
	_, stopFirst := sharing(t, s, w, 7)
	w.await(t, 7)
	sharing(t, s, w, 7)
	w.await(t, 3, 4)
	last, _ := sharing(t, s, w, 7)
	w.await(t, 2, 2, 3)
	for end := time.Now().Add(soon); len(last.Peers()) != 3; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it knows of %v", last.Peers())
		}
	}
	for end := time.Now().Add(soon); ; time.Sleep(5 * time.Millisecond) {
		held, count := last.Shared("shard")
		if held == 7 && count == 7 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it knows that %d of %d are held", held, count)
		}
	}
	if held, count := last.Shared("something else"); held != 0 || count != 0 {
		t.Errorf("of what it does not share it knows that %d of %d are held", held, count)
	}
	stopFirst()
	w.await(t, 3, 4)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.most != 1 {
		t.Errorf("%d worked on one piece at once", w.most)
	}
	if !slices.Contains(w.why, ErrGiven.Error()) {
		t.Errorf("nothing was handed over: %q", w.why)
	}
}

func TestAllWorkWithTheSameCount(t *testing.T) {
	s, w := open(t, filepath.Join(t.TempDir(), "facts.db")), &worked{on: map[int][]string{}}
	sharing(t, s, w, 4)
	w.await(t, 4)
	sharing(t, s, w, 9)
	w.await(t, 2, 2)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count != 4 {
		t.Errorf("the count is %d", w.count)
	}
}

func TestAPieceThatFailsEndsTheShare(t *testing.T) {
	s, broken := open(t, filepath.Join(t.TempDir(), "facts.db")), errors.New("broken")
	c := New(s, time.Second, slog.New(slog.DiscardHandler))
	err := c.Share(t.Context(), "shard", 3, func(ctx context.Context, i, _ int, _ Held) error {
		if i == 1 {
			return broken
		}
		<-ctx.Done()
		return nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if held, err := s.Leases(t.Context()); err != nil || len(held) > 1 { // the count ends by itself
		t.Errorf("still held: %+v (%v)", held, err)
	}
}

// Neither does who comes back first take what the others hold, nor does anybody stop.
func TestAllKeepWhatTheyHaveWhileTheDatabaseIsAway(t *testing.T) {
	server := pgtest.Start(t)
	proxy, address := server.Proxy(t), server.Address(t)
	w := &worked{on: map[int][]string{}}
	for range 3 {
		sharing(t, open(t, proxy.Through(address)), w, 6)
	}
	w.await(t, 2, 2, 2)
	w.mu.Lock()
	w.why = nil
	w.mu.Unlock()
	near := open(t, address)
	gone := func() bool {
		held, err := near.Leases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(held) == 0
	}
	proxy.Cut()
	for end := time.Now().Add(soon); !gone(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the leases do not end")
		}
	}
	proxy.Resume()
	for end := time.Now().Add(soon); ; time.Sleep(10 * time.Millisecond) {
		held, err := near.Leases(t.Context())
		if err != nil || time.Now().After(end) {
			t.Fatalf("not all leases came back: %+v (%v)", held, err)
		}
		if len(held) == 6+1+3+3 { // pieces, their count, who shares, who runs
			break
		}
	}
	w.await(t, 2, 2, 2)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.why) > 0 || w.most != 1 {
		t.Errorf("%d worked on one piece at once; work ended because of %q", w.most, w.why)
	}
}
