package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"testigo/facts/store"
)

// standing are the shards that a session stands of.
func (s *swarm) standing() map[int]bool {
	found := map[int]bool{}
	for shard := range s.discord.Sessions() {
		found[shard] = true
	}
	return found
}

// watchShards finds out how long a shard is without a session at most.
func (s *swarm) watchShards(done <-chan struct{}) {
	last := make([]time.Time, shards)
	for i := range last {
		last[i] = time.Now()
	}
	for {
		select {
		case <-done:
			return
		case <-time.After(20 * time.Millisecond):
		}
		up := s.standing()
		s.mu.Lock()
		for i := range last {
			s.apart = max(s.apart, time.Since(last[i]))
			if up[i] {
				last[i] = time.Now()
			}
		}
		s.mu.Unlock()
	}
}

// answers is how many answers each question got.
func (s *swarm) answers() map[*question]int {
	byMessage, byChat := map[string]int{}, map[int64]int{}
	for _, m := range s.discord.Sent("") {
		byMessage[m.ReplyTo]++
	}
	for _, m := range s.telegram.Sent() {
		byChat[m.Chat]++
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[*question]int{}
	for _, q := range s.questions {
		switch {
		case q.command != nil:
			for _, r := range s.discord.Responses(q.command) {
				if !r.Edit {
					found[q]++
				}
			}
		case q.chat != 0:
			found[q] = byChat[q.chat]
		default:
			found[q] = byMessage[q.message]
		}
	}
	return found
}

// lost reports whether a question may have been taken in by a process that died, or stood still, before it could answer. A command on Discord has
// three seconds: one that is asked while its shard changes hands may not be answered in time.
func (s *swarm) lost(q *question) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.gone, func(g span) bool { return q.at.After(g.from) && q.at.Before(g.to) })
}

// settle waits until every process is ready and all is answered that is going to be.
func (s *swarm) settle() {
	for _, seat := range s.seats {
		seat.process.await("readiness", func() bool { return seat.process.address() != "" && seat.process.ask("readyz") == http.StatusOK })
	}
	left := func() (n int) {
		answers := s.answers()
		s.mu.Lock()
		questions := slices.Clone(s.questions)
		s.mu.Unlock()
		for _, q := range questions {
			if answers[q] == 0 && q.command == nil && !s.lost(q) {
				n++
			}
		}
		return n
	}
	for end := time.Now().Add(30 * time.Second); left() > 0 && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(2 * time.Second) // what would come twice comes now
}

// checkQuestions: none is answered twice, and all are that were asked while who heard them lived.
func (s *swarm) checkQuestions() {
	answers := s.answers()
	kinds := map[string]*[3]int{"message": {}, "command": {}, "telegram": {}} // asked, answered, not answered although they should
	for _, q := range s.questions {
		kind := "message"
		switch {
		case q.command != nil:
			kind = "command"
		case q.chat != 0:
			kind = "telegram"
		}
		counts := kinds[kind]
		counts[0]++
		switch n := answers[q]; {
		case n > 1:
			s.t.Errorf("a %s of %s was answered %d times", kind, q.at.Format("15:04:05.000"), n)
		case n == 1:
			counts[1]++
		case !s.lost(q):
			counts[2]++
			s.t.Logf("a %s of %s was not answered", kind, q.at.Format("15:04:05.000"))
		}
	}
	for kind, c := range kinds {
		s.t.Logf("%s: %d asked, %d answered, %d not although nobody had died", kind, c[0], c[1], c[2])
	}
	// A machine that is busy with other tests answers some too late, and then somebody dies who was still at it. Three seconds are short where a shard
	// changes hands.
	for kind, most := range map[string]int{"message": 100, "command": 20, "telegram": 100} {
		if c := kinds[kind]; c[2]*most > c[0] {
			s.t.Errorf("%d of %d were not answered: %s", c[2], c[0], kind)
		}
	}
	tooMany := 0
	for _, p := range s.telegram.Problems() {
		if strings.Contains(p, "more than Telegram takes") { // while the database is away and another takes over, neither knows what the one before sent
			tooMany++
			continue
		}
		s.t.Errorf("Telegram complains: %s", p)
	}
	if of := len(s.telegram.Sent()); tooMany*50 > of {
		s.t.Errorf("%d of %d messages were more than Telegram takes", tooMany, of)
	}
}

// revision is what is said to have been saved.
var revision = regexp.MustCompile(`\bopened r(\d+)`)

// checkChanges: what was acknowledged is in the log, whose chain is whole.
func (s *swarm) checkChanges() {
	ctx, t := context.Background(), s.t
	db, err := store.Open(ctx, s.address, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	entries, fault, err := db.Verify(ctx)
	if err != nil || fault != "" {
		t.Errorf("the log: %s (%v)", fault, err)
	}
	said := map[string]map[int]bool{}
	note := func(space, text string) {
		for _, found := range revision.FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(found[1])
			if said[space] == nil {
				said[space] = map[int]bool{}
			}
			said[space][n] = true
		}
	}
	for _, m := range s.telegram.Sent() {
		note(fmt.Sprint("telegram:", m.Chat), m.Text)
	}
	for in, shard := range s.commands {
		for _, r := range s.discord.Responses(in) {
			note("discord:"+guildOf(shard), r.Content)
		}
	}
	acknowledged := 0
	for space, numbers := range said {
		history, err := db.History(ctx, space, "opened", 0, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		for n := range numbers {
			acknowledged++
			if n > len(history) {
				t.Errorf("%s: r%d was acknowledged and is not in the log, which ends with r%d", space, n, len(history))
			}
		}
	}
	t.Logf("%d acknowledged changes, %d entries in the log", acknowledged, entries)
	if acknowledged < 4 {
		t.Error("moderators got nothing done")
	}
}

// checkPosts: each channel got its post of the day once, or not at all where whoever made it died.
func (s *swarm) checkPosts() {
	posts := map[string]int{}
	for _, m := range s.discord.Sent("") {
		if strings.HasPrefix(m.Channel, "7000000000000000") {
			posts[m.Channel]++
		}
	}
	for _, m := range s.telegram.Sent() {
		if m.Chat <= -100700000 && m.Chat > -100800000 {
			posts[strconv.FormatInt(m.Chat, 10)]++
		}
	}
	for channel, n := range posts {
		if n > 1 {
			s.t.Errorf("channel %s got %d posts", channel, n)
		}
	}
	s.t.Logf("%d channels got their daily post", len(posts))
	if len(posts) == 0 {
		s.t.Error("there was no daily post")
	}
}

// checkPolls: nobody is interrupted, which Telegram does with one of two who poll.
func (s *swarm) checkPolls() {
	before := s.telegram.Conflicts()
	time.Sleep(5 * time.Second)
	if after := s.telegram.Conflicts(); after != before {
		s.t.Errorf("two processes poll, with nothing wrong: %d polls were ended by another", after-before)
	}
	s.t.Logf("while things went wrong %d polls were ended by another", before)
}

// checkShards: none is left alone for long, none is held by two in the end, and together they kept to what Discord allows.
func (s *swarm) checkShards() {
	for shard, sessions := range s.discord.Sessions() {
		if len(sessions) != 1 {
			s.t.Errorf("shard %d has %d sessions", shard, len(sessions))
		}
	}
	if n := s.discord.Stats().TooSoon; n > 0 {
		s.t.Errorf("%d identifies came too soon", n)
	}
	// Where the database takes its time to give a turn, two that were given apart may be used at once. Discord then says to wait, and that is done.
	if n, of := s.discord.OverRate(), len(s.discord.Sent("")); n*50 > of {
		s.t.Errorf("%d requests, for %d messages, were more than Discord allows", n, of)
	}
	s.t.Logf("what happened: %v; after a death all shards were held in %v at most; one was held by nobody for %v at most", s.done,
		s.held.Round(time.Millisecond), s.apart.Round(time.Millisecond))
	if s.held > heldWithin {
		s.t.Errorf("after a death it took %v until all shards were held", s.held)
	}
}
