package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
	"testigo/cluster"
	"testigo/facts"
	"testigo/facts/store"
)

// mortal is a process's way to the database, which can end at once.
type mortal struct {
	cluster.Store
	dead atomic.Bool
	slow *atomic.Bool // the database took too long to keep a pace over all processes
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

func together(t *testing.T, shards int) *several {
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

// Each keeps as many as the others or one more; who joins gets its part, and nobody identifies again for that.
func TestShardsAreShared(t *testing.T) {
	s := together(t, 5)
	s.Concurrency = 2
	first := s.begin()
	s.parts([]*process{first}, 5)
	second := s.begin()
	s.parts([]*process{first, second}, 2, 3)
	third := s.begin()
	s.parts([]*process{first, second, third}, 1, 2, 2)
	if g := s.Stats(); g.Identifies != 5 || g.Resumes != 3 {
		t.Errorf("%d identifies and %d resumes", g.Identifies, g.Resumes)
	}
	if n, want := len(s.Requests("POST", "/applications/")), len(s.Commands()); n != want {
		t.Errorf("%d commands were registered in %d requests", want, n)
	}
	var a asked
	s.ask(&a)
	s.once(&a)
	s.wellBehaved()
}

// More processes than connections: one stands by, and takes over.
func TestStandingBy(t *testing.T) {
	s := together(t, 1)
	both := []*process{s.begin(), s.begin()}
	s.parts(both, 0, 1)
	holder, other := both[0], both[1]
	if holder.a.kept.Load() == 0 {
		holder, other = other, holder
	}
	holder.stop()
	s.parts([]*process{other}, 1)
	if g := s.Stats(); g.Identifies != 1 || g.Resumes != 1 {
		t.Errorf("%d identifies and %d resumes", g.Identifies, g.Resumes)
	}
}

// The connections of a process that died are the others' soon. Their sessions died with it, and new ones begin, no faster than Discord allows though two
// processes begin them.
func TestAProcessDies(t *testing.T) {
	s := together(t, 6)
	s.Concurrency, s.lease = 2, 3*time.Second
	dying := s.begin()
	s.parts([]*process{dying}, 6)
	others := []*process{s.begin(), s.begin()}
	before := s.Stats()
	dying.dies()
	s.parts(others, 3, 3)
	if g := s.Stats(); g.Identifies-before.Identifies < 4 {
		t.Errorf("%d identifies after %d", g.Identifies, before.Identifies)
	}
	var a asked
	s.ask(&a)
	s.once(&a)
	s.wellBehaved()
}

// While processes stop as planned and others join, every question is answered, once, and no session begins anew.
func TestHandingOver(t *testing.T) {
	s := together(t, 4)
	s.Concurrency = 4
	first := s.begin()
	s.parts([]*process{first}, 4) // one that is still identifying has nothing to hand over
	second := s.begin()
	s.parts([]*process{first, second}, 2, 2)
	stop := make(chan struct{})
	var a asked
	var asking sync.WaitGroup
	asking.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(250 * time.Millisecond):
				s.ask(&a)
			}
		}
	})
	second.stop()
	if err := second.end(); err != nil {
		t.Error(err)
	}
	s.parts([]*process{first}, 4)
	third := s.begin()
	s.parts([]*process{first, third}, 2, 2)
	first.stop()
	s.parts([]*process{third}, 4)
	s.CloseGateway(0) // what was handed over is resumed as anything else
	s.parts([]*process{third}, 4)
	close(stop)
	asking.Wait()
	s.once(&a)
	s.wellBehaved()
	if g := s.Stats(); g.Identifies != 4 {
		t.Errorf("%d identifies of 4 shards", g.Identifies)
	}
	if missed := s.Missed(); len(missed) > 0 {
		t.Errorf("nobody was there for %v", missed)
	}
	t.Logf("%d questions; %+v", len(a.messages)+len(a.interactions), s.Stats())
}

// A process that starts soon after the last one stopped answers what was asked in between.
func TestOneAfterTheOther(t *testing.T) {
	tests := []struct {
		name                string
		between             func(*several)
		identifies, resumes int
		answers             int // to what was asked in between
	}{
		{"the session is resumed", func(*several) {}, 1, 1, 1},
		{"one that Discord forgot is tried, then a new one begun", func(s *several) { s.Forget() }, 2, 1, 0},
		{"a note of something else is no use", func(s *several) { s.note(`{"session":"x","seq":1}`) }, 2, 0, 0},
		{"neither is one that is none", func(s *several) { s.note("{") }, 2, 0, 0},
		{"the token goes nowhere that Discord did not say", func(s *several) { s.note(s.stranger()) }, 2, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := together(t, 1)
			first := s.begin()
			s.parts([]*process{first}, 1)
			first.stop()
			if err := first.end(); err != nil {
				t.Error(err)
			}
			s.Await("the end of the connection", func() bool { return s.Stats().Open == 0 })
			s.Say(discordtest.Said{Text: question, Private: true})
			tt.between(s)
			second := s.begin()
			s.parts([]*process{second}, 1)
			s.Await("the sessions", func() bool {
				g := s.Stats()
				return g.Identifies == tt.identifies && g.Resumes == tt.resumes
			})
			s.Await("the answer", func() bool { return len(s.Sent("")) == tt.answers })
			second.answered()
			if codes := s.Stats().CloseCodes; slices.Contains(codes, 1000) || slices.Contains(codes, 1001) {
				t.Errorf("closed with %v", codes)
			}
		})
	}
}

// note leaves a note in the place of the one there.
func (s *several) note(note string) {
	l, ok, err := s.db.Acquire(s.t.Context(), shardsName+"/1/0", "somebody", time.Minute)
	if err != nil || !ok {
		s.t.Fatal(ok, err)
	}
	if err := s.db.Release(s.t.Context(), shardsName+"/1/0", l.Number, note); err != nil {
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

// A process that was stopped for longer than its lease, and wakes, does nothing in the place of who has its connections now.
func TestAProcessThatWakes(t *testing.T) {
	s := together(t, 1)
	p := s.begin()
	s.parts([]*process{p}, 1)
	taken := func() (ok bool) {
		l, err := s.db.Leases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range l {
			if l.Name == shardsName+"/1/0" && l.Holder != "another" {
				_ = s.db.Release(t.Context(), l.Name, l.Number, "")
			}
		}
		_, ok, err = s.db.Acquire(t.Context(), shardsName+"/1/0", "another", time.Hour)
		return ok && err == nil
	}
	s.Await("another to have it", taken)
	s.CloseGateway(0)
	s.Await("it to let go", func() bool { return p.a.kept.Load() == 0 })
	time.Sleep(time.Second) // it looks for what is free twice in that
	if g := s.Stats(); g.Identifies+g.Resumes != 1 {
		t.Errorf("it opened %d sessions of a connection that is another's", g.Identifies+g.Resumes-1)
	}
}

// However many processes connect at once, one of them slowly, Discord sees their identifies one after the other. Where each was told its shard, too.
func TestIdentifiesOfAllProcesses(t *testing.T) {
	s := together(t, 6)
	s.Connect = func(n int) discordtest.Behaviour {
		return discordtest.Behaviour{Slow: time.Duration(n%2) * 250 * time.Millisecond}
	}
	for i := range s.Shards {
		s.beginWith(Options{Shard: i, Shards: s.Shards})
	}
	s.AwaitReady(s.Shards)
	if !s.stand() {
		t.Errorf("the sessions are %v", s.Sessions())
	}
	s.wellBehaved()
}

// Not all processes together send more than Discord takes of one bot.
func TestRequestsOfAllProcesses(t *testing.T) {
	s := together(t, 2)
	both := []*process{s.begin(), s.begin()}
	s.parts(both, 1, 1)
	var group sync.WaitGroup
	for i, p := range both {
		for c := range 20 {
			group.Go(func() {
				for range 3 {
					to := bot.MessageRef{Platform: Platform, Channel: fmt.Sprintf("8%016d%d", c, i)}
					if _, err := p.a.Send(t.Context(), to, bot.Reply{Blocks: paragraph("hello")}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	group.Wait()
	if n := len(s.Sent("")); n != 120 {
		t.Errorf("%d messages", n)
	}
	s.wellBehaved()
}
