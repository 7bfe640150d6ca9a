package storetest

import (
	"context"
	"fmt"
	"time"

	"testigo/facts"
)

func changePromises() []promise {
	return []promise{
		{"changes are told when looking begins, and when the log has grown", changesAreTold},
		{"changes of drafts and channels are told too", otherChangesAreTold},
		{"each look is told, also where nothing has changed", looksAreTold},
		{"who fails when told is told again", toldAgain},
		{"who reads on when told misses nothing that is written meanwhile", nothingIsMissed},
	}
}

// tell runs Changes and returns where it tells; it is waited for when the test ends.
func (s subject) tell() <-chan error {
	ctx, cancel := context.WithCancel(s.ctx)
	told, ended := make(chan error, 1000), make(chan struct{})
	go func() {
		defer close(ended)
		s.Changes(ctx, func(moved bool, fault error) error {
			if moved || fault != nil {
				told <- fault
			}
			return nil
		})
	}()
	s.Cleanup(func() {
		cancel()
		<-ended
	})
	return told
}

// next waits until something is told.
func (s subject) next(told <-chan error) {
	s.Helper()
	select {
	case err := <-told:
		s.ok(err)
	case <-time.After(10 * time.Second):
		s.Fatal("nothing was told")
	}
}

func changesAreTold(s subject) {
	s.add(proposal("a"))
	told := s.tell()
	s.next(told)
	for range 3 {
		s.add(proposal("a"))
		s.next(told)
	}
	// What is no entry of the log is not told, nor is an entry that did not come to be.
	_, err := s.CountGap(s.ctx, facts.Gap{Space: "s", Text: "who"})
	s.ok(err)
	_, err = s.Append(s.ctx, change("a", 99))
	s.fails(err, facts.ErrChanged)
	select {
	case err := <-told:
		s.Errorf("told, without a change: %v", err)
	case <-time.After(700 * time.Millisecond): // longer than it takes to look once more
	}
}

func otherChangesAreTold(s subject) {
	told := s.tell()
	s.next(told)
	d := s.saves(facts.Draft{Space: "s", By: ana()})
	s.next(told)
	s.ok(s.DeleteDraft(s.ctx, "s", ana(), d.Version))
	s.next(told)
	s.sets("discord", "1", func(c *facts.Channel) { c.Lang = facts.Spanish })
	s.next(told)
}

func looksAreTold(s subject) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	var looks []bool
	s.Changes(ctx, func(moved bool, fault error) error {
		s.ok(fault)
		if looks = append(looks, moved); len(looks) == 3 {
			cancel()
		}
		return nil
	})
	s.same("whether something had changed", looks, []bool{true, false, false})
}

func toldAgain(s subject) {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	times := 0
	s.Changes(ctx, func(moved bool, fault error) error {
		s.ok(fault)
		if !moved {
			s.Error("it is not told again")
		}
		if times++; times == 2 {
			cancel()
			return nil
		}
		return errLate
	})
	s.same("times told", times, 2)
}

func nothingIsMissed(s subject) {
	const writers, each = 4, 10
	told := s.tell()
	read := make(chan []int64)
	go func() {
		defer close(read)
		var got []int64
		for last := int64(0); last < writers*each; {
			select {
			case <-told:
			case <-time.After(10 * time.Second):
				s.Errorf("after entry %d nothing more was told", last)
				return
			}
			page, err := s.Since(s.ctx, last, 1000)
			if err != nil {
				s.Error(err)
				return
			}
			for _, r := range page {
				got, last = append(got, r.Seq), r.Seq
			}
		}
		read <- got
	}()
	together(writers, func(i int) { s.write(fmt.Sprintf("fact-%d", i), each) })
	for i, seq := range <-read {
		if seq != int64(i+1) {
			s.Fatalf("entry %d was read in place of %d", seq, i+1)
		}
	}
}
