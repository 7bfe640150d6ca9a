package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/cluster"
	"testigo/facts"
	"testigo/facts/store"
)

// mortal is a process's way to the database, which can end at once.
type mortal struct {
	cluster.Store
	dead atomic.Bool
	slow *atomic.Bool // the database took too long to keep a pace over all processes

	mu     sync.Mutex
	froze  string        // the lease whose next renewal stands still, as in a process that is stopped; "" for none
	frozen chan struct{} // closed when it goes on
	asked  atomic.Int32  // renewals of the lease that stands still which came since
}

// freeze has the next renewal of a lease stand still until go on is called.
func (m *mortal) freeze(lease string) (goOn func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.froze, m.frozen = lease, make(chan struct{})
	return sync.OnceFunc(func() { close(m.frozen) })
}

// stands waits where a renewal is to stand still.
func (m *mortal) stands(name string) {
	m.mu.Lock()
	frozen, first := m.frozen, m.froze == name
	if first {
		m.froze = ""
	}
	m.mu.Unlock()
	switch {
	case first:
		<-frozen
	case frozen != nil && strings.HasSuffix(name, "/0"):
		m.asked.Add(1)
	}
}

func (m *mortal) Take(ctx context.Context, name string, every time.Duration, burst int) (time.Duration, error) {
	wait, err := m.Store.Take(ctx, name, every, burst)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		m.slow.Store(true)
	}
	return wait, err
}

var errDead = errors.New("the process is dead")

func (m *mortal) gone() error {
	if m.dead.Load() {
		return errDead
	}
	return nil
}

func (m *mortal) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (facts.Lease, bool, error) {
	if m.gone() != nil {
		return facts.Lease{}, false, errDead
	}
	return m.Store.Acquire(ctx, name, holder, ttl)
}

func (m *mortal) Renew(ctx context.Context, name string, number int64, ttl time.Duration) (bool, error) {
	m.stands(name)
	if m.gone() != nil {
		return false, errDead
	}
	return m.Store.Renew(ctx, name, number, ttl)
}

func (m *mortal) Release(ctx context.Context, name string, number int64, note string) error {
	if m.gone() != nil {
		return errDead
	}
	return m.Store.Release(ctx, name, number, note)
}

// several are processes of one bot on a double and a database.
type several struct {
	*discordtest.Server
	t     *testing.T
	db    *store.DB
	lease time.Duration // 0 for what is usual
	slow  atomic.Bool
	all   []*process
}

// process is one of them.
type process struct {
	*running
	cluster *cluster.Cluster
	way     *mortal
}

func newSeveral(t *testing.T, shards int) *several {
	t.Helper()
	t.Parallel()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "facts.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := discordtest.New(t)
	s.Shards = shards
	s.IdentifyEvery = 100 * time.Millisecond
	s.PerSecond = 50
	s.FirstWithin = time.Minute
	return &several{Server: s, t: t, db: db}
}

func (s *several) begin() *process {
	s.t.Helper()
	return s.beginWith(Options{})
}

func (s *several) beginWith(o Options) *process {
	s.t.Helper()
	way := &mortal{Store: s.db, slow: &s.slow}
	c := cluster.New(way, s.lease, slog.New(slog.DiscardHandler))
	o.Cluster = c
	p := quick()
	p.identify = 300 * time.Millisecond // the double refuses what comes much sooner
	p.answer = s.FirstWithin
	a, log := adapterOn(s.t, s.Server, adaptertest.NewBot(s.t), o, p)
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { c.Run(ctx) })
	s.t.Cleanup(func() { cancel(); group.Wait() })
	s.all = append(s.all, &process{run(s.t, s.Server, a, log), c, way})
	s.t.Cleanup(func() { // all at once: each takes a second
		for _, p := range s.all {
			p.stop()
		}
	})
	return s.all[len(s.all)-1]
}

// dies ends a process that gives nothing back.
func (p *process) dies() {
	p.way.dead.Store(true)
	p.stop()
}

// parts waits until the processes keep so many connections each, in whichever order, and all stand.
func (s *several) parts(of []*process, want ...int) {
	s.t.Helper()
	s.Await(fmt.Sprint("parts of ", want), func() bool {
		var parts []int
		for _, p := range of {
			if !p.a.Connected() {
				return false
			}
			parts = append(parts, int(p.a.kept.Load()))
		}
		slices.Sort(parts)
		return slices.Equal(parts, want) && s.stand()
	})
}

// stand reports whether every shard has one session, and one only.
func (s *several) stand() bool {
	sessions := s.Sessions()
	for _, list := range sessions {
		if len(list) != 1 {
			return false
		}
	}
	return len(sessions) == s.Shards
}

// wellBehaved checks what Discord would mind.
func (s *several) wellBehaved() {
	s.t.Helper()
	g := s.Stats()
	if s.slow.Load() {
		s.t.Log("this machine was too slow to tell whether paces are kept")
	} else if g.TooSoon > 0 || s.OverRate() > 0 {
		s.t.Errorf("%d of %d identifies came too soon, and %d requests were beyond the limit per second", g.TooSoon, g.Identifies, s.OverRate())
	}
	if g.Elsewhere > 0 {
		s.t.Errorf("%d of %d resumes went elsewhere than where Discord wants them", g.Elsewhere, g.Resumes)
	}
	for _, m := range s.Sent("") {
		if m.Repeats > 0 {
			s.t.Errorf("a message was sent %d times more", m.Repeats)
		}
	}
}

// asked is what people asked on all shards.
type asked struct {
	messages     []string
	interactions []*discordtest.Interaction
}

// ask asks a question on each shard, by message and by command.
func (s *several) ask(a *asked) {
	for i := range s.Shards {
		guild := discordtest.GuildOn(i, s.Shards)
		a.messages = append(a.messages, s.Say(discordtest.Said{Text: question, Mention: true, Guild: guild, Channel: fmt.Sprintf("8%017d", i)}))
		command := slash("ask", "", text("question", question))
		command["guild_id"] = guild
		a.interactions = append(a.interactions, s.Send(command))
	}
}

// once waits until everything was answered, and checks that it was once.
func (s *several) once(a *asked) {
	s.t.Helper()
	count := map[string]int{}
	open := func() (ids []string) {
		clear(count)
		for _, m := range s.Sent("") {
			count[m.ReplyTo]++
		}
		for _, id := range a.messages {
			if count[id] == 0 {
				ids = append(ids, "message "+id)
			}
		}
		for _, i := range a.interactions {
			if len(s.Responses(i)) == 0 {
				ids = append(ids, "command "+i.ID)
			}
		}
		return ids
	}
	for end := time.Now().Add(20 * time.Second); len(open()) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("of %d messages and %d commands these were not answered: %v", len(a.messages), len(a.interactions), open())
		}
	}
	for _, id := range a.messages {
		if count[id] != 1 {
			s.t.Errorf("question %s was answered %d times", id, count[id])
		}
	}
	for _, i := range a.interactions {
		if n := len(s.Responses(i)); n != 1 {
			s.t.Errorf("command %s was answered %d times", i.ID, n)
		}
	}
}

// firstShard is the lease of a bot's only connection.
const firstShard = "discord/" + discordtest.BotID + "/shards/1/0"

// note leaves a note in the place of the one there.
func (s *several) note(note string) {
	l, ok, err := s.db.Acquire(s.t.Context(), firstShard, "somebody", time.Minute)
	if err != nil || !ok {
		s.t.Fatal(ok, err)
	}
	if err := s.db.Release(s.t.Context(), firstShard, l.Number, note); err != nil {
		s.t.Fatal(err)
	}
}

// stranger is a note that leads to somebody else's address, of a session that is none.
func (s *several) stranger() string {
	other := discordtest.New(s.t)
	other.Connect = func(int) discordtest.Behaviour {
		s.t.Error("somebody else was connected to")
		return discordtest.Behaviour{}
	}
	r := &resumption{Session: "x", Sequence: 1, URL: "ws" + other.URL[len("http"):] + "/ws", Intents: Intents, Left: time.Now()}
	return r.note()
}
