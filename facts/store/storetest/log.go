package storetest

import (
	"strings"
	"time"

	"testigo/facts"
)

func logPromises() []promise {
	return []promise{
		{"an entry comes back as it was given, with order, number, time, key and hash", entryComesBack},
		{"an entry without a body has none", bodiesThatAreEmpty},
		{"numbers count a fact's entries in its space, seqs count all", numbers},
		{"each entry carries the hash of the one before", chain},
		{"what stands against an entry is told, and nothing is written", refusals},
		{"a change on top of one not seen is refused", changedSince},
		{"a proposal is decided once", decidedOnce},
		{"nobody approves their own proposal, everybody may withdraw it", ownProposal},
		{"many are appended in order", appendAll},
		{"of many, one fault leaves nothing", appendAllOrNone},
	}
}

func entryComesBack(s subject) {
	fact := &facts.Fact{ID: "opened", Standing: facts.Established, Topics: []string{"building"},
		En:     &facts.Text{Question: "When <was> it \"opened\" & why?", Answer: "In 1950.\nSo it is."},
		Es:     &facts.Text{Question: "¿Cuándo abrió?", Answer: "En 1950 – así fue…"},
		Quotes: []facts.Quote{{Source: "letter", Exact: "мы открыли 図書館 👩🏽‍🏫", Typed: true}}}
	e := facts.Entry{Space: "discord:1", Fact: "opened", State: facts.Approved, By: ana(), Marked: true, Reason: "n\u0303 stays two runes; 'quotes'; \u202eRTL; 🌵; 50%",
		Body: facts.Content{Fact: fact, Sources: []*facts.Source{{ID: "letter", Title: "Letter"}}}}
	before := time.Now().Truncate(time.Second)
	r := s.add(e)
	if r.At.Before(before) || r.At.After(time.Now()) || r.At.Nanosecond() != 0 || r.At.Location() != time.UTC {
		s.Errorf("at %v, appended after %v", r.At, before)
	}
	if r.Hash != r.Sum() || len(r.Hash) != 64 || r.Prev != "" {
		s.Errorf("hash %q after %q, want %q", r.Hash, r.Prev, r.Sum())
	}
	if r.By.Key == "" || strings.Contains(r.By.Key, ana().ID) {
		s.Errorf("key %q", r.By.Key)
	}
	body, err := e.Body.Encode()
	s.ok(err)
	want := facts.Revision{Seq: 1, Space: "discord:1", Fact: "opened", Number: 1, State: facts.Approved, Body: body, Marked: true, Reason: e.Reason,
		By: ana(), At: r.At, Hash: r.Hash}
	want.By.Key = r.By.Key
	s.same("appended", r, want)
	again, err := s.Revision(s.ctx, 1)
	s.ok(err)
	s.same("read", again, want)
	content, err := again.Content()
	s.ok(err)
	fact.Revision = 1
	s.same("content", content, e.Body)
}

func bodiesThatAreEmpty(s subject) {
	p := s.add(proposal("a"))
	for _, e := range []facts.Entry{
		{Fact: "a", State: facts.Approved},
		{Fact: "b", State: facts.Proposed},
		{Fact: "c", State: facts.Hidden, Body: text("ignored")},
		{Fact: "a", State: facts.Rejected, Of: p.Seq, Body: text("ignored")},
	} {
		e.Space, e.By = "s", berta()
		r := s.add(e)
		again, err := s.Revision(s.ctx, r.Seq)
		s.ok(err)
		if len(r.Body) != 0 {
			s.Errorf("%s has the body %q", e.State, r.Body)
		}
		s.same("read", again, r)
	}
	s.intact(5)
}

func numbers(s subject) {
	steps := []struct {
		space, fact string
		number      int
	}{{"s", "a", 1}, {"s", "b", 1}, {"s", "a", 2}, {"t", "a", 1}, {"", "a", 1}, {"s", "a", 3}, {"s", facts.SettingPrefix + "lang", 1}, {"t", "a", 2}}
	for i, step := range steps {
		e := proposal(step.fact)
		e.Space = step.space
		if r := s.add(e); r.Seq != int64(i+1) || r.Number != step.number {
			s.Errorf("%q %s: seq %d r%d, want seq %d r%d", step.space, step.fact, r.Seq, r.Number, i+1, step.number)
		}
	}
	s.intact(8)
}

func chain(s subject) {
	prev := ""
	for range 3 {
		r := s.add(proposal("a"))
		if r.Prev != prev || r.Hash != r.Sum() {
			s.Errorf("entry %d follows %q, want %q", r.Seq, r.Prev, prev)
		}
		prev = r.Hash
	}
	s.intact(3)
}

func refusals(s subject) {
	p := s.add(proposal("a"))
	other := s.add(facts.Entry{Space: "t", Fact: "a", State: facts.Approved, By: ana()})
	live := s.add(change("b", 0))
	decided := s.add(proposal("d"))
	s.add(facts.Entry{Space: "s", Fact: "d", State: facts.Rejected, Of: decided.Seq, By: ana()})
	for _, tt := range []struct {
		name string
		e    facts.Entry
		want error // nil: any
	}{
		{"no state", facts.Entry{Fact: "a"}, nil},
		{"an unknown state", facts.Entry{Fact: "a", State: "published"}, nil},
		{"no fact", facts.Entry{State: facts.Proposed}, nil},
		{"rejecting nothing", facts.Entry{Fact: "a", State: facts.Rejected}, nil},
		{"proposing what decides", facts.Entry{Fact: "a", State: facts.Proposed, Of: p.Seq}, nil},
		{"hiding what decides", facts.Entry{Fact: "a", State: facts.Hidden, Of: p.Seq}, nil},
		{"approving no entry", facts.Entry{Fact: "a", State: facts.Approved, Of: 99}, facts.ErrNotFound},
		{"approving another fact's proposal", facts.Entry{Fact: "b", State: facts.Approved, Of: p.Seq, Base: live.Seq}, facts.ErrNotFound},
		{"approving another space's entry", facts.Entry{Fact: "a", State: facts.Approved, Of: other.Seq}, facts.ErrNotFound},
		{"approving what is no proposal", facts.Entry{Fact: "b", State: facts.Approved, Of: live.Seq, Base: live.Seq}, facts.ErrNotFound},
		{"undoing no entry", facts.Entry{Fact: "a", State: facts.Approved, Undoes: 99}, facts.ErrNotFound},
		{"undoing another fact's entry", facts.Entry{Fact: "a", State: facts.Approved, Undoes: live.Seq}, facts.ErrNotFound},
		{"not having seen the live entry", facts.Entry{Fact: "b", State: facts.Approved}, facts.ErrChanged},
		{"hiding without having seen it", facts.Entry{Fact: "b", State: facts.Hidden}, facts.ErrChanged},
		{"having seen one that is not there", facts.Entry{Fact: "c", State: facts.Approved, Base: p.Seq}, facts.ErrChanged},
		{"having seen only the proposal", facts.Entry{Fact: "a", State: facts.Approved, Of: p.Seq, Base: p.Seq}, facts.ErrChanged},
		{"decided comes before changed", facts.Entry{Fact: "d", State: facts.Approved, Of: decided.Seq, Base: 99}, facts.ErrDecided},
		{"not found comes before decided", facts.Entry{Fact: "d", State: facts.Approved, Of: decided.Seq + 90}, facts.ErrNotFound},
	} {
		tt.e.Space, tt.e.By = "s", berta()
		_, err := s.Append(s.ctx, tt.e)
		if err == nil {
			s.Errorf("%s: appended", tt.name)
		}
		if tt.want != nil {
			s.fails(err, tt.want)
		}
	}
	if known, err := s.Known(s.ctx, berta().Platform, berta().ID); err != nil || known.Name != "" {
		s.Errorf("of who never got anything in is kept %+v (%v)", known, err)
	}
	s.intact(5)
	if r := s.add(proposal("a")); r.Seq != 6 {
		s.Errorf("the next entry is %d, want 6: refused ones left a gap", r.Seq)
	}
}

func changedSince(s subject) {
	first := s.add(change("a", 0))
	second := s.add(change("a", first.Seq))
	_, err := s.Append(s.ctx, change("a", first.Seq))
	s.fails(err, facts.ErrChanged)
	s.add(proposal("a")) // is not live and changes nothing for others
	hide := change("a", second.Seq)
	hide.State = facts.Hidden
	hidden := s.add(hide)
	_, err = s.Append(s.ctx, change("a", second.Seq))
	s.fails(err, facts.ErrChanged)
	s.add(change("a", hidden.Seq))
	s.intact(5)
}

func decidedOnce(s subject) {
	for i, first := range []facts.State{facts.Approved, facts.Rejected} {
		fact := []string{"a", "b"}[i]
		p := s.add(proposal(fact))
		decide := facts.Entry{Space: "s", Fact: fact, State: first, Of: p.Seq, Body: text("x"), By: berta()}
		decision := s.add(decide)
		if decision.Of != p.Seq {
			s.Errorf("the decision is of %d, want %d", decision.Of, p.Seq)
		}
		for _, second := range []facts.State{facts.Approved, facts.Rejected} {
			decide.State = second
			_, err := s.Append(s.ctx, decide)
			s.fails(err, facts.ErrDecided)
		}
	}
	s.intact(4)
}

func ownProposal(s subject) {
	p := s.add(proposal("a"))
	approve := facts.Entry{Space: "s", Fact: "a", State: facts.Approved, Of: p.Seq, Body: text("x"), By: ana()}
	_, err := s.Append(s.ctx, approve)
	s.fails(err, facts.ErrOwn)
	approve.By.Name = "under another name"
	_, err = s.Append(s.ctx, approve)
	s.fails(err, facts.ErrOwn)
	_, err = s.Forget(s.ctx, ana().Platform, ana().ID)
	s.ok(err)
	_, err = s.Append(s.ctx, approve)
	s.fails(err, facts.ErrOwn)
	s.add(facts.Entry{Space: "s", Fact: "a", State: facts.Rejected, Of: p.Seq, By: ana()})
	s.intact(2)
}

func appendAll(s subject) {
	s.add(proposal("z"))
	got, err := s.AppendAll(s.ctx, []facts.Entry{change("b", 0), change("a", 0), proposal("b"), {Space: "t", Fact: "b", State: facts.Hidden, By: berta()}})
	s.ok(err)
	s.same("seqs", seqs(got), []int64{2, 3, 4, 5})
	s.same("the log", s.all()[1:], got)
	none, err := s.AppendAll(s.ctx, nil)
	if err != nil || len(none) != 0 {
		s.Errorf("nothing appended: %v, %v", none, err)
	}
	s.intact(5)
}

func appendAllOrNone(s subject) {
	s.add(change("a", 0))
	stranger := change("x", 0)
	stranger.By = berta()
	for name, entries := range map[string][]facts.Entry{
		"the last is stale":                 {stranger, change("y", 0), change("a", 0)},
		"one meets another of the same ask": {stranger, change("a", 1), change("a", 1)},
	} {
		got, err := s.AppendAll(s.ctx, entries)
		s.fails(err, facts.ErrChanged)
		if len(got) != 0 || err == nil || !strings.HasPrefix(err.Error(), "a: ") {
			s.Errorf("%s: got %v and error %q, which should begin with the fact", name, got, err)
		}
	}
	s.intact(1)
	s.same("seqs", seqs(s.all()), []int64{1})
	if _, err := s.Live(s.ctx, "s", "x"); err == nil {
		s.Error("the first of them is there")
	}
	if known, err := s.Known(s.ctx, berta().Platform, berta().ID); err != nil || known.Name != "" {
		s.Errorf("their author is kept: %+v (%v)", known, err)
	}
	if r := s.add(proposal("a")); r.Seq != 2 {
		s.Errorf("the next entry is %d, want 2", r.Seq)
	}
}
