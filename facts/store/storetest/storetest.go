// Package storetest holds what every implementation of store.Store must do, as tests that an implementation's own tests run.
package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store"
)

// Run tests an implementation. open returns a new, empty store each time and sees to it that it is closed when the test ends.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, group := range []struct {
		name     string
		promises []promise
	}{
		{"log", logPromises()},
		{"reading the log", readingPromises()},
		{"at once", atOncePromises()},
		{"people", peoplePromises()},
		{"drafts and channels", draftPromises()},
		{"gaps and reports", gapPromises()},
		{"deliveries", deliveryPromises()},
		{"posts and channels", postPromises()},
		{"changes", changePromises()},
		{"leases", leasePromises()},
		{"paces", pacePromises()},
		{"edges", edgePromises()},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, p := range group.promises {
				t.Run(p.name, func(t *testing.T) {
					t.Parallel() // they wait for the disk
					p.check(subject{open(t), t, t.Context()})
				})
			}
		})
	}
}

// promise is one sentence of the contract.
type promise struct {
	name  string
	check func(s subject)
}

// subject is the store under test.
type subject struct {
	store.Store
	*testing.T
	ctx context.Context
}

// People of the tests.
func ana() facts.Author {
	return facts.Author{Platform: "discord", ID: "80351110224678912", Name: "Ana Ñandú 🌵"}
}
func berta() facts.Author { return facts.Author{Platform: "telegram", ID: "4242424242", Name: "Berta"} }

// text is a body that says one text.
func text(s string) facts.Content { return facts.Content{Value: &s} }

// proposal and change are entries of space "s" by Ana.
func proposal(fact string) facts.Entry {
	return facts.Entry{Space: "s", Fact: fact, State: facts.Proposed, Body: text("proposed"), By: ana()}
}

func change(fact string, base int64) facts.Entry {
	return facts.Entry{Space: "s", Fact: fact, State: facts.Approved, Body: text("approved"), By: ana(), Base: base}
}

// add appends an entry that must go in.
func (s subject) add(e facts.Entry) facts.Revision {
	s.Helper()
	r, err := s.Append(s.ctx, e)
	s.ok(err)
	return r
}

// all returns the whole log.
func (s subject) all() []facts.Revision {
	s.Helper()
	got, err := s.Since(s.ctx, 0, 1_000_000)
	s.ok(err)
	return got
}

// intact fails the test unless the log verifies and has n entries.
func (s subject) intact(n int64) {
	s.Helper()
	entries, fault, err := s.Verify(s.ctx)
	s.ok(err)
	if entries != n || fault != "" {
		s.Errorf("the log has %d entries, want %d; fault: %q", entries, n, fault)
	}
}

func (s subject) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// fails checks that an error is, or wraps, the one wanted.
func (s subject) fails(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("got error %v, want %v", err, want)
	}
}

// same checks that two values are equal in every part.
func (s subject) same(what string, got, want any) {
	s.Helper()
	if !reflect.DeepEqual(got, want) {
		s.Errorf("%s:\ngot  %+v\nwant %+v", what, got, want)
	}
}

// seqs returns the entries' places in the log.
func seqs(entries []facts.Revision) []int64 {
	out := []int64{}
	for _, r := range entries {
		out = append(out, r.Seq)
	}
	return out
}

// day is a moment far enough from now that nothing happens in it by itself.
func day(n int) time.Time { return time.Date(2020, 1, n, 12, 30, 15, 0, time.UTC) }
