package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"testigo/facts"
)

func atOncePromises() []promise {
	return []promise{
		{"writers and readers do not get into each other's way", writersAndReaders},
		{"since never skips an entry that commits late", tailing},
		{"of changes on top of the same entry, one wins", oneWins},
		{"of decisions on a proposal, one wins", oneDecides},
		{"an act is claimed once", oneClaims},
		{"a post is claimed once", oneClaimsPost},
		{"of steps that go on from the same one, one is kept", oneStep},
		{"no change of a channel is lost", allChangesOfAChannel},
		{"who follows drafts and channels misses nothing", followed},
		{"a gap is counted each time", allCount},
		{"fading does not get into the way of those who act", fadingMeanwhile},
	}
}

// together runs f n times at once and waits.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	all.Wait()
}

func writersAndReaders(s subject) {
	const writers, each, readers = 20, 10, 200
	var mine [writers][]facts.Revision
	together(writers+readers, func(i int) {
		if i < writers {
			mine[i] = s.write(fmt.Sprintf("fact-%d", i), each)
			return
		}
		s.read(fmt.Sprintf("fact-%d", i%writers), i%40 == 0)
	})
	s.intact(writers * each)
	log := s.all()
	for i := range mine {
		for _, r := range mine[i] {
			s.same("an acknowledged entry", log[r.Seq-1], r)
		}
		if got, err := s.History(s.ctx, "s", fmt.Sprintf("fact-%d", i), 0, 99); err != nil || len(got) != each {
			s.Errorf("writer %d: %d of %d entries (%v)", i, len(got), each, err)
		}
	}
}

// write makes n changes, each on top of the one before.
func (s subject) write(fact string, n int) (added []facts.Revision) {
	base := int64(0)
	for range n {
		r, err := s.Append(s.ctx, change(fact, base))
		if err != nil {
			s.Error(err)
			return added
		}
		base = r.Seq
		added = append(added, r)
	}
	return added
}

// read reads in several ways, also the slow one where asked, and checks that what it sees is whole.
func (s subject) read(fact string, verify bool) {
	if r, err := s.Live(s.ctx, "s", fact); err == nil && r.Hash != r.Sum() || err != nil && !errors.Is(err, facts.ErrNotFound) {
		s.Errorf("live: %+v (%v)", r, err)
	}
	log, err := s.Since(s.ctx, 0, 10)
	if err != nil {
		s.Error(err)
	}
	for i, r := range log {
		if r.Seq != int64(i+1) || r.Hash != r.Sum() {
			s.Errorf("entry %d is at place %d", r.Seq, i+1)
		}
	}
	if _, err := s.Current(s.ctx, "s"); err != nil {
		s.Error(err)
	}
	if !verify {
		return
	}
	if _, fault, err := s.Verify(s.ctx); err != nil || fault != "" {
		s.Errorf("verify: %s (%v)", fault, err)
	}
}

func tailing(s subject) {
	const writers, each = 8, 12
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	var tail sync.WaitGroup
	var read []int64
	tail.Go(func() {
		for last := int64(0); last < writers*each && ctx.Err() == nil; {
			page, err := s.Since(s.ctx, last, 7)
			if err != nil {
				s.Error(err)
				return
			}
			for _, r := range page {
				read, last = append(read, r.Seq), r.Seq
			}
		}
	})
	together(writers, func(i int) {
		one := proposal(fmt.Sprint("fact-", i))
		for _, size := range []int{1, 3, 2, 1, 5} { // several in one transaction take longer to commit
			if _, err := s.AppendAll(s.ctx, slices.Repeat([]facts.Entry{one}, size)); err != nil {
				s.Error(err)
				stop()
			}
		}
	})
	tail.Wait()
	for i, seq := range read {
		if seq != int64(i+1) {
			s.Fatalf("entry %d was read in place of %d", seq, i+1)
		}
	}
	if len(read) != writers*each {
		s.Errorf("%d entries were read, want %d", len(read), writers*each)
	}
}

func oneWins(s subject) {
	base := s.add(change("a", 0))
	won := s.winners(12, func(int) error {
		_, err := s.Append(s.ctx, change("a", base.Seq))
		return err
	}, facts.ErrChanged)
	if won != 1 {
		s.Errorf("%d won", won)
	}
	s.intact(2)
}

func oneDecides(s subject) {
	p := s.add(proposal("a"))
	won := s.winners(12, func(i int) error {
		e := facts.Entry{Space: "s", Fact: "a", State: facts.Rejected, Of: p.Seq, By: berta()}
		if i%2 == 0 {
			e.State = facts.Approved
		}
		_, err := s.Append(s.ctx, e)
		return err
	}, facts.ErrDecided)
	if won != 1 {
		s.Errorf("%d decided", won)
	}
	s.intact(2)
}

// winners runs f n times at once and returns how often it succeeded; it must else fail with the error named.
func (s subject) winners(n int, f func(i int) error, otherwise error) int {
	var won atomic.Int32
	together(n, func(i int) {
		switch err := f(i); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, otherwise):
			s.Error(err)
		}
	})
	return int(won.Load())
}

// errLate: somebody else was first.
var errLate = errors.New("late")

func orLate(got bool, err error) error {
	if err == nil && !got {
		return errLate
	}
	return err
}

func oneClaims(s subject) {
	if won := s.winners(12, func(int) error { return orLate(s.Claim(s.ctx, "correct:discord:1:2:r3")) }, errLate); won != 1 {
		s.Errorf("%d got the claim", won)
	}
}

func oneClaimsPost(s subject) {
	p := facts.Post{Space: "s", Platform: "discord", Channel: "1", Date: "2026-09-26", Fact: "a"}
	claim := func(i int) error {
		mine := p
		mine.Space = fmt.Sprint("space-", i%2) // the channel has one post, whichever space it belongs to
		return orLate(s.ClaimPost(s.ctx, mine))
	}
	if won := s.winners(12, claim, errLate); won != 1 {
		s.Errorf("%d got the claim", won)
	}
	s.ok(s.ReleasePost(s.ctx, p, "the network was down"))
	if won := s.winners(12, claim, errLate); won != 1 {
		s.Errorf("%d got the released claim", won)
	}
}

func allCount(s subject) {
	together(15, func(int) {
		if _, err := s.CountGap(s.ctx, facts.Gap{Space: "s", Text: "who"}); err != nil {
			s.Error(err)
		}
	})
	got, err := s.Gaps(s.ctx, "s", 0, 9)
	s.ok(err)
	if len(got) != 1 || got[0].Count != 15 {
		s.Errorf("counted %+v", got)
	}
}

// People without anything left are deleted while the same people act again.
func fadingMeanwhile(s subject) {
	const people, each = 4, 15
	together(people+2, func(i int) {
		if i >= people {
			for range 2 * each {
				if _, err := s.Fade(s.ctx, day(20)); err != nil {
					s.Error(err)
				}
			}
			return
		}
		who := facts.Author{Platform: "discord", ID: fmt.Sprint(i)}
		for range each {
			d := facts.Draft{Space: "s", By: who, At: day(1)}
			if _, err := s.SaveDraft(s.ctx, d); err != nil { // it may fade at once
				s.Error(err)
			}
			e := proposal("a")
			e.By = who
			if _, err := s.Append(s.ctx, e); err != nil {
				s.Error(err)
			}
			if _, err := s.Forget(s.ctx, who.Platform, who.ID); err != nil {
				s.Error(err)
			}
		}
	})
	s.intact(people * each)
}
