package discord

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

// Each keeps as many as the others or one more; who joins gets its part, and nobody identifies again for that.
func TestShardsAreShared(t *testing.T) {
	s := newSeveral(t, 5)
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
	s := newSeveral(t, 1)
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
	s := newSeveral(t, 6)
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
	s := newSeveral(t, 4)
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
			s := newSeveral(t, 1)
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

// A process that was stopped for longer than its lease, and wakes, does nothing in the place of who has its connections now.
func TestAProcessThatWakes(t *testing.T) {
	s := newSeveral(t, 1)
	p := s.begin()
	s.parts([]*process{p}, 1)
	taken := func() (ok bool) {
		l, err := s.db.Leases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range l {
			if l.Name == firstShard && l.Holder != "another" {
				_ = s.db.Release(t.Context(), l.Name, l.Number, "")
			}
		}
		_, ok, err = s.db.Acquire(t.Context(), firstShard, "another", time.Hour)
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

// A process that stood still for longer than its lease gets what came meanwhile all at once, over a connection that still stands. Another has it too.
func TestWhatCameToAProcessThatStoodStill(t *testing.T) {
	s := newSeveral(t, 1)
	s.lease = 2 * time.Second
	p := s.begin()
	s.parts([]*process{p}, 1)
	goOn := p.way.freeze(firstShard)
	defer goOn()
	s.Await("another to have it", func() bool {
		_, ok, err := s.db.Acquire(t.Context(), firstShard, "another", time.Hour)
		return ok && err == nil
	})
	s.Say(discordtest.Said{Text: question, Private: true})
	s.Await("it to ask whose it is, or to answer", func() bool { return p.way.asked.Load() > 0 || len(s.Sent("")) > 0 })
	goOn()
	s.Await("it to let go", func() bool { return p.a.kept.Load() == 0 })
	p.stop()
	if err := p.end(); err != nil {
		t.Error(err)
	}
	if n := len(s.Sent("")); n != 0 {
		t.Errorf("%d answers to what another process was given", n)
	}
}

// Two bots have one database, which nobody should do: each keeps its own connections all the same, and none of the other's.
func TestTwoBotsOnOneDatabase(t *testing.T) {
	real := newSeveral(t, 3)
	to := discordtest.New(t)
	to.Bot, to.Shards, to.IdentifyEvery, to.PerSecond, to.FirstWithin = "222222222222222222", 2, real.IdentifyEvery, real.PerSecond, real.FirstWithin
	try := &several{Server: to, t: t, db: real.db}
	one, other := real.begin(), try.begin()
	real.parts([]*process{one}, 3)
	try.parts([]*process{other}, 2)
}

// A connection that waits behind another for its turn to identify is given up at once: that may be hours, and another process is to have it.
func TestWaitingToIdentifyEnds(t *testing.T) {
	s := discordtest.New(t)
	a, _ := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
	opening, opened := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		_ = a.identify.open(t.Context(), 0, func() error {
			close(opening)
			<-opened
			return nil
		})
	})
	<-opening
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	given := make(chan error, 1)
	group.Go(func() { given <- a.identify.open(ctx, 0, func() error { return errors.New("it connected") }) })
	select {
	case err := <-given:
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits on")
	}
	close(opened)
	group.Wait()
}

// However many processes connect at once, one of them slowly, Discord sees their identifies one after the other. Where each was told its shard, too.
func TestIdentifiesOfAllProcesses(t *testing.T) {
	s := newSeveral(t, 6)
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
	s := newSeveral(t, 2)
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
