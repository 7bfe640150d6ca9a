package storetest

import "testigo/facts"

func readingPromises() []promise {
	return []promise{
		{"an empty log has nothing and verifies", emptyLog},
		{"since pages through all spaces in order", sincePages},
		{"live is the newest that changes the answer", live},
		{"current has the live entry of each fact and setting of the space", current},
		{"history and recent page back from the newest", history},
		{"pending has what nobody decided, oldest first", pending},
		{"who watches a proposal is told once, at each place", watches},
	}
}

func emptyLog(s subject) {
	s.intact(0)
	_, err := s.Revision(s.ctx, 1)
	s.fails(err, facts.ErrNotFound)
	_, err = s.Live(s.ctx, "s", "a")
	s.fails(err, facts.ErrNotFound)
	current, err := s.Current(s.ctx, "s")
	if err != nil || len(current) != 0 || len(s.all()) != 0 {
		s.Errorf("current has %v (%v)", current, err)
	}
}

func sincePages(s subject) {
	for i := range 7 {
		e := proposal("a")
		e.Space = []string{"s", "t", ""}[i%3]
		s.add(e)
	}
	for _, tt := range []struct {
		after int64
		limit int
		want  []int64
	}{{0, 3, []int64{1, 2, 3}}, {3, 3, []int64{4, 5, 6}}, {6, 3, []int64{7}}, {7, 3, []int64{}}, {99, 3, []int64{}}, {-5, 2, []int64{1, 2}},
		{0, 0, []int64{}}, {0, -1, []int64{}}} {
		got, err := s.Since(s.ctx, tt.after, tt.limit)
		s.ok(err)
		s.same("a page", seqs(got), tt.want)
	}
}

func live(s subject) {
	s.add(proposal("a"))
	_, err := s.Live(s.ctx, "s", "a")
	s.fails(err, facts.ErrNotFound)
	first := s.add(change("a", 0))
	s.add(proposal("a"))
	got, err := s.Live(s.ctx, "s", "a")
	s.ok(err)
	s.same("after a proposal", got, first)
	hide := s.add(facts.Entry{Space: "s", Fact: "a", State: facts.Hidden, By: ana(), Base: first.Seq})
	got, err = s.Live(s.ctx, "s", "a")
	s.ok(err)
	s.same("after it was hidden", got, hide)
	_, err = s.Live(s.ctx, "t", "a")
	s.fails(err, facts.ErrNotFound)
}

func current(s subject) {
	setting := s.add(change(facts.SettingPrefix+"lang", 0))
	b := s.add(change("b", 0))
	a := s.add(change("a", 0))
	b = s.add(change("b", b.Seq))
	accented := s.add(change("é", 0))
	capital := s.add(change("Z", 0))
	s.add(proposal("c"))
	e := change("b", 0)
	e.Space = "t"
	s.add(e)
	c := s.add(facts.Entry{Space: "s", Fact: "d", State: facts.Hidden, By: berta()})
	got, err := s.Current(s.ctx, "s")
	s.ok(err)
	s.same("current, in the order of bytes", got, []facts.Revision{capital, a, b, c, setting, accented})
}

func history(s subject) {
	for _, fact := range []string{"a", "b", "a", "a", "b", "a"} { // a: 1 3 4 6
		s.add(proposal(fact))
	}
	e := proposal("a")
	e.Space = "t"
	s.add(e)
	for _, tt := range []struct {
		before      int64
		limit       int
		fact, space []int64
	}{
		{0, 3, []int64{6, 4, 3}, []int64{6, 5, 4}},
		{3, 3, []int64{1}, []int64{2, 1}},
		{1, 3, []int64{}, []int64{}},
		{0, 0, []int64{}, []int64{}},
		{0, 99, []int64{6, 4, 3, 1}, []int64{6, 5, 4, 3, 2, 1}},
	} {
		got, err := s.History(s.ctx, "s", "a", tt.before, tt.limit)
		s.ok(err)
		s.same("history", seqs(got), tt.fact)
		got, err = s.Recent(s.ctx, "s", tt.before, tt.limit)
		s.ok(err)
		s.same("recent", seqs(got), tt.space)
	}
}

func pending(s subject) {
	b, a, c := s.add(proposal("b")), s.add(proposal("a")), s.add(proposal("c"))
	other := proposal("a")
	other.Space = "t"
	s.add(other)
	s.add(change("d", 0))
	got, err := s.Pending(s.ctx, "s")
	s.ok(err)
	s.same("all three", got, []facts.Revision{b, a, c})
	s.add(facts.Entry{Space: "s", Fact: "a", State: facts.Approved, Of: a.Seq, By: berta()})
	s.add(facts.Entry{Space: "s", Fact: "b", State: facts.Rejected, Of: b.Seq, By: berta()})
	got, err = s.Pending(s.ctx, "s")
	s.ok(err)
	s.same("the last one", got, []facts.Revision{c})
}

func watches(s subject) {
	p := s.add(proposal("a"))
	live := s.add(change("b", 0))
	here := facts.MessageRef{Platform: "discord", Channel: "1", Message: "2"}
	there := facts.MessageRef{Platform: "telegram", Channel: "-1"}
	for _, at := range []facts.MessageRef{here, there, here} {
		s.ok(s.Watch(s.ctx, p.Seq, at, facts.Spanish, ana()))
	}
	s.fails(s.Watch(s.ctx, live.Seq, here, facts.English, ana()), facts.ErrNotFound)
	s.fails(s.Watch(s.ctx, 99, here, facts.English, ana()), facts.ErrNotFound)
	got, err := s.Watchers(s.ctx, p.Seq)
	s.ok(err)
	places := map[facts.Watcher]int{}
	for _, w := range got {
		places[w]++
	}
	s.same("watchers", places, map[facts.Watcher]int{{MessageRef: here, Lang: facts.Spanish}: 1, {MessageRef: there, Lang: facts.Spanish}: 1})
	got, err = s.Watchers(s.ctx, p.Seq)
	if err != nil || len(got) != 0 {
		s.Errorf("told again: %v (%v)", got, err)
	}
}
