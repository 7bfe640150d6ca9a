package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram/telegramtest"
	"testigo/facts"
	"testigo/facts/store"
	"testigo/facts/store/pgtest"
)

var trouble = flag.Duration("trouble", 20*time.Second, "how long TestReplicas goes on; from five minutes on with leases as they are by default")

const (
	shards   = 4
	replicas = 3
	// heldWithin is how long after a death every piece of work is held again.
	heldWithin = 30 * time.Second
)

// Three processes are one bot, on both platforms and one database. While people ask and moderators change things, processes are killed, stopped and made
// to stand still, and the database is restarted, cut off and slowed. What it must come to is in replicas_checks_test.go.
//
//	go test . -run Replicas -v -trouble 10m -timeout 20m
func TestReplicas(t *testing.T) {
	s := newSwarm(t)
	s.subscribe(40)
	for _, seat := range s.seats {
		seat.sit()
	}
	s.await("every shard is held", func() bool { return len(s.standing()) == shards })

	done := make(chan struct{})
	var people sync.WaitGroup
	people.Go(func() { s.watchShards(done) })
	people.Go(func() { s.askAll(done) })
	for i := range 2 {
		people.Go(func() { s.moderateOnTelegram(done, i) })
		people.Go(func() { s.moderateOnDiscord(done, i) })
	}
	s.troubles(time.Now().Add(*trouble))
	close(done)
	people.Wait()

	s.settle()
	s.checkQuestions()
	s.checkChanges()
	s.checkPosts()
	s.checkPolls()
	s.checkShards()
}

// swarm is several processes that are one bot.
type swarm struct {
	t        testing.TB
	server   *pgtest.Server
	address  string
	discord  *discordtest.Server
	telegram *telegramtest.Server
	seats    []*seat
	random   *rand.Rand // of what goes wrong

	mu        sync.Mutex
	questions []*question
	commands  map[*discordtest.Interaction]int // of moderators, and the shards they were given on
	gone      []span                           // when somebody died or stood still, with what they had taken in
	apart     time.Duration                    // longest time that a shard was held by nobody, whatever went wrong meanwhile
	held      time.Duration                    // longest time after a death until all were held, with nothing else wrong
	done      map[string]int
}

// seat is where one process after the other runs.
type seat struct {
	*swarm
	n       int
	proxy   *pgtest.Proxy
	process *process
}

// span is a time.
type span struct{ from, to time.Time }

func newSwarm(t testing.TB) *swarm {
	s := &swarm{t: t, server: pgtest.Start(t), discord: discordtest.New(t), telegram: telegramtest.New(t), done: map[string]int{}, commands: map[*discordtest.Interaction]int{}}
	seed := uint64(time.Now().UnixNano())
	t.Logf("what goes wrong goes by the seed %d", seed)
	s.random = rand.New(rand.NewPCG(seed, 43))
	s.address = s.server.Address(t)
	s.discord.Shards, s.discord.Concurrency = shards, shards
	s.discord.PerSecond, s.discord.IdentifyEvery = 50, 5*time.Second
	s.telegram.CountLimits(1)
	for i := range replicas {
		s.seats = append(s.seats, &seat{swarm: s, n: i, proxy: s.server.Proxy(t)})
	}
	return s
}

// sit has a process begin here.
func (s *seat) sit() {
	s.t.Helper()
	lease := "5s"
	if *trouble >= 5*time.Minute {
		lease = "20s"
	}
	s.process = &process{t: s.t, discord: s.discord, telegram: s.telegram, dir: s.t.TempDir(), ended: make(chan struct{}),
		more: []string{"TESTIGO_DB=" + s.proxy.Through(s.address), "TESTIGO_REPLICAS_LEASE=" + lease}}
	s.process.start("pack: $LIBRARY\nlog: {format: json}\n" +
		"limits: {person: {per_minute: 100000, burst: 100000}, channel: {per_minute: 100000, burst: 100000}}\n")
}

// await waits for something that has to come.
func (s *swarm) await(what string, done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("in vain waited for: %s", what)
		}
	}
}

// troubles makes one trouble after the other until the end, and leaves all well.
func (s *swarm) troubles(end time.Time) {
	kinds := []struct {
		name string
		do   func(*seat)
	}{
		{"killed", (*seat).die},
		{"stopped", (*seat).leave},
		{"stood still", (*seat).freeze},
		{"cut off from the database", func(s *seat) { s.without((*pgtest.Proxy).Cut, s) }},
		{"not answered by the database", func(s *seat) { s.without((*pgtest.Proxy).Hold, s) }},
		{"database slow for all", func(s *seat) {
			s.without(func(p *pgtest.Proxy) { p.Slow(100 * time.Millisecond) }, s.seats...)
		}},
		{"database away for all", func(s *seat) { s.without((*pgtest.Proxy).Cut, s.seats...) }},
		{"database restarted", func(s *seat) { s.server.Restart(s.t, s.address) }},
	}
	for i := 0; time.Now().Before(end) || i < len(kinds); i++ {
		k := kinds[i%len(kinds)] // each comes up, whoever it meets
		seat := s.seats[s.random.IntN(len(s.seats))]
		s.t.Logf("%s: %d %s", time.Now().Format("15:04:05.000"), seat.n, k.name)
		k.do(seat)
		s.mu.Lock()
		s.done[k.name]++
		s.mu.Unlock()
		time.Sleep(s.while(2 * time.Second))
	}
}

// while is up to a time, and not nothing.
func (s *swarm) while(most time.Duration) time.Duration {
	return most/10 + time.Duration(s.random.Int64N(int64(most)))
}

func (s *seat) die() {
	s.lose(2*time.Second, func() {
		_ = s.process.cmd.Process.Kill()
		<-s.process.ended
	})
	if died := time.Now(); s.done["killed"]%2 == 0 { // now and then nothing else goes wrong until the others have taken over
		for len(s.standing()) < shards && time.Since(died) < 2*heldWithin {
			time.Sleep(10 * time.Millisecond)
		}
		s.held = max(s.held, time.Since(died))
	}
	time.Sleep(s.while(4 * time.Second))
	s.sit()
}

// lose does what may lose what the seat's process took in shortly before, and until it is over.
func (s *seat) lose(before time.Duration, do func()) {
	from := time.Now().Add(-before)
	do()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = append(s.gone, span{from, time.Now()})
}

func (s *seat) leave() {
	if err := s.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Error(err)
	}
	select {
	case <-s.process.ended:
	case <-time.After(10 * time.Second):
		s.t.Errorf("it has not stopped 10 seconds after it was told to")
		<-s.process.ended
	}
	time.Sleep(s.while(time.Second))
	s.sit()
}

// freeze has the process stand still for longer than its leases last.
func (s *seat) freeze() {
	s.lose(2*time.Second, func() {
		_ = s.process.cmd.Process.Signal(syscall.SIGSTOP)
		time.Sleep(s.while(8 * time.Second))
		_ = s.process.cmd.Process.Signal(syscall.SIGCONT)
		time.Sleep(2 * time.Second) // what waited for it is looked at
	})
}

// without has processes be without the database, in some way, for a while.
func (s *swarm) without(how func(*pgtest.Proxy), seats ...*seat) {
	for _, seat := range seats {
		how(seat.proxy)
	}
	time.Sleep(s.while(8 * time.Second))
	for _, seat := range seats {
		seat.proxy.Resume()
	}
}

// subscribe has channels get a daily post, the first of them at once and the last when all is over.
func (s *swarm) subscribe(n int) {
	db, err := store.Open(s.t.Context(), s.address, store.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	now := time.Now().UTC()
	for i := range n {
		place := facts.Subscription{Platform: "discord", Channel: strconv.Itoa(700_000_000_000_000_000 + i)}
		if i%2 == 1 {
			group := telegramtest.Chat{ID: int64(-100700000 - i)}
			s.telegram.Member(group, telegramUser, "member") // it is there
			place = facts.Subscription{Platform: "telegram", Channel: strconv.FormatInt(group.ID, 10)}
		}
		at := now.Add(time.Duration(i)**trouble/time.Duration(n) - time.Minute)
		place.Space, place.At = place.Platform+":"+place.Channel, now.Add(-time.Hour)
		place.Spec = fmt.Appendf(nil, `{"hour": %d, "minute": %d, "zone": "UTC", "lang": "es", "kind": "every_day"}`, at.Hour(), at.Minute())
		if err := db.Subscribe(s.t.Context(), place); err != nil {
			s.t.Fatal(err)
		}
	}
}
