package storetest

import (
	"fmt"
	"slices"
	"sync/atomic"

	"testigo/facts"
)

func draftPromises() []promise {
	return []promise{
		{"a draft is kept for each person and space", draftsComeBack},
		{"a step over another than it goes on from is refused", staleStep},
		{"a person's drafts are listed, the one saved last first", draftsOf},
		{"what changed of drafts is told to who asks, and what is gone", draftsSince},
		{"what changed of channels is told to who asks, and what is gone", channelsSince},
	}
}

// saves keeps a draft and returns it with its version.
func (s subject) saves(d facts.Draft) facts.Draft {
	s.Helper()
	var err error
	d.Version, err = s.SaveDraft(s.ctx, d)
	s.ok(err)
	return d
}

// sets changes a channel.
func (s subject) sets(platform, channel string, change func(*facts.Channel)) facts.Channel {
	s.Helper()
	c, err := s.ChangeChannel(s.ctx, platform, channel, change)
	s.ok(err)
	return c
}

func draftsComeBack(s subject) {
	_, err := s.Draft(s.ctx, "s", ana())
	s.fails(err, facts.ErrNotFound)
	first := s.saves(facts.Draft{Space: "s", By: ana(), Body: []byte("first"), At: day(1)})
	want := facts.Draft{Space: "s", By: ana(), Body: []byte("\x00\xff any bytes"), At: day(2), Version: first.Version}
	want = s.saves(want)
	s.saves(facts.Draft{Space: "t", By: ana(), At: day(3)})
	hers := s.saves(facts.Draft{Space: "s", By: berta(), Body: []byte("hers"), At: day(4)})
	got, err := s.Draft(s.ctx, "s", facts.Author{Platform: ana().Platform, ID: ana().ID})
	s.ok(err)
	key := got.By.Key
	got.By.Key = ""
	s.same("the draft", got, want)
	if r := s.add(proposal("a")); key != r.By.Key {
		s.Errorf("the draft's author has the key %q, in the log %q", key, r.By.Key)
	}
	s.ok(s.DeleteDraft(s.ctx, "s", ana(), want.Version))
	s.ok(s.DeleteDraft(s.ctx, "s", ana(), want.Version))
	_, err = s.Draft(s.ctx, "s", ana())
	s.fails(err, facts.ErrNotFound)
	for _, left := range []struct {
		space string
		who   facts.Author
	}{{"t", ana()}, {"s", berta()}} {
		if _, err := s.Draft(s.ctx, left.space, left.who); err != nil {
			s.Errorf("%s's in %s: %v", left.who.Name, left.space, err)
		}
	}
	if again := s.saves(facts.Draft{Space: "s", By: ana()}); again.Version <= hers.Version {
		s.Errorf("a new draft has the version %d, and another had %d", again.Version, hers.Version)
	}
}

func staleStep(s subject) {
	first := s.saves(facts.Draft{Space: "s", By: ana(), Body: []byte("first")})
	second := first
	second.Body = []byte("second")
	second = s.saves(second)
	refused := func(what string, d facts.Draft) {
		s.Helper()
		d.Body = []byte("stale")
		if _, err := s.SaveDraft(s.ctx, d); err == nil {
			s.Errorf("%s was kept", what)
		} else {
			s.fails(err, facts.ErrChanged)
		}
	}
	refused("a step over a newer one", first)
	refused("a new draft over one that is there", facts.Draft{Space: "s", By: ana()})
	refused("a step of a draft that never was", facts.Draft{Space: "t", By: ana(), Version: second.Version})
	refused("a step of somebody else's", facts.Draft{Space: "s", By: berta(), Version: second.Version})
	s.fails(s.DeleteDraft(s.ctx, "s", ana(), first.Version), facts.ErrChanged)
	if got, err := s.Draft(s.ctx, "s", ana()); err != nil || string(got.Body) != "second" || got.Version != second.Version {
		s.Errorf("what is there now: %q, version %d (%v)", got.Body, got.Version, err)
	}
	s.ok(s.DeleteDraft(s.ctx, "s", ana(), second.Version))
	refused("a step of a draft that is gone", second)
}

func draftsOf(s subject) {
	got, err := s.DraftsOf(s.ctx, ana())
	if err != nil || len(got) != 0 {
		s.Errorf("before the first: %+v (%v)", got, err)
	}
	a := s.saves(facts.Draft{Space: "a", By: ana(), Body: []byte("1"), At: day(2)})
	b := s.saves(facts.Draft{Space: "b", By: ana(), Body: []byte("2"), At: day(2)})
	s.saves(facts.Draft{Space: "a", By: berta(), At: day(3)})
	a.Body = []byte("3")
	a = s.saves(a)
	got, err = s.DraftsOf(s.ctx, facts.Author{Platform: ana().Platform, ID: ana().ID})
	s.ok(err)
	s.same("drafts", keyless(got), []facts.Draft{a, b})
}

// keyless leaves out the keys of authors.
func keyless(list []facts.Draft) []facts.Draft {
	list = slices.Clone(list)
	for i := range list {
		list[i].By.Key = ""
	}
	return list
}

func draftsSince(s subject) {
	var seen int64
	since := func(what string, whole bool, want ...facts.Draft) {
		s.Helper()
		got, err := s.DraftsSince(s.ctx, seen)
		s.ok(err)
		for i := range got.List {
			if got.List[i].Version <= seen && len(got.List[i].Body) == 0 {
				got.List[i].Body = nil
			}
		}
		if got.Whole != whole || got.Seen < seen {
			s.Errorf("%s: %+v after %d", what, got, seen)
		}
		s.same(what, append([]facts.Draft{}, keyless(got.List)...), append([]facts.Draft{}, want...))
		seen = got.Seen
	}
	since("nothing yet", false)
	b := s.saves(facts.Draft{Space: "t", By: berta(), Body: []byte("1"), At: day(2)})
	a := s.saves(facts.Draft{Space: "s", By: ana(), Body: []byte("2"), At: day(1)})
	since("two are new", false, b, a)
	since("nothing since", false)
	a.Body = []byte("3")
	a = s.saves(a)
	_, err := s.SaveDraft(s.ctx, facts.Draft{Space: "s", By: ana()})
	s.fails(err, facts.ErrChanged)
	since("one went on", false, a)
	c := s.saves(facts.Draft{Space: "u", By: ana(), Body: []byte("4"), At: day(3)})
	s.ok(s.DeleteDraft(s.ctx, "t", berta(), b.Version))
	old := a
	old.Body = nil
	since("one is new, one gone", true, old, c)
	_, err = s.Fade(s.ctx, day(3)) // takes a
	s.ok(err)
	c.Body = nil
	since("one faded", true, c)
	_, err = s.Fade(s.ctx, day(3))
	s.ok(err)
	s.ok(s.DeleteDraft(s.ctx, "t", berta(), b.Version))
	since("nothing was there to delete", false)
	_, err = s.Forget(s.ctx, ana().Platform, ana().ID)
	s.ok(err)
	since("she is forgotten", true)
}

func channelsSince(s subject) {
	var seen int64
	since := func(what string, whole bool, want ...facts.Channel) {
		s.Helper()
		got, err := s.ChannelsSince(s.ctx, seen)
		s.ok(err)
		if got.Whole != whole || got.Seen < seen {
			s.Errorf("%s: %+v after %d", what, got, seen)
		}
		s.same(what, append([]facts.Channel{}, got.List...), append([]facts.Channel{}, want...))
		seen = got.Seen
	}
	since("nothing yet", false)
	group := s.sets("telegram", "-1", func(c *facts.Channel) { c.Lang = facts.Spanish })
	chat := s.sets("telegram", berta().ID, func(c *facts.Channel) { c.Home = "-1" })
	since("two are new", false, group, chat)
	group = s.sets("telegram", "-1", func(c *facts.Channel) { c.Gone = true })
	since("one changed", false, group)
	s.sets("telegram", "-1", func(c *facts.Channel) { c.Gone = true })
	since("nothing since", false)
	_, err := s.Forget(s.ctx, "telegram", "999")
	s.ok(err)
	since("nobody was forgotten", false)
	_, err = s.Forget(s.ctx, "telegram", berta().ID)
	s.ok(err)
	since("one is gone", true, group)
}

func oneStep(s subject) {
	begun := s.saves(facts.Draft{Space: "s", By: ana(), Body: []byte("begun")})
	for range 3 {
		var kept atomic.Int64
		won := s.winners(12, func(i int) error {
			next := begun
			next.Body = fmt.Appendf(nil, "step %d", i)
			version, err := s.SaveDraft(s.ctx, next)
			if err == nil {
				kept.Store(version)
			}
			return err
		}, facts.ErrChanged)
		got, err := s.Draft(s.ctx, "s", ana())
		s.ok(err)
		if won != 1 || got.Version != kept.Load() {
			s.Errorf("%d were kept; the version is %d, want %d", won, got.Version, kept.Load())
		}
		begun = got
	}
	if won := s.winners(12, func(i int) error {
		_, err := s.SaveDraft(s.ctx, facts.Draft{Space: "new", By: ana()})
		return err
	}, facts.ErrChanged); won != 1 {
		s.Errorf("%d new ones were kept", won)
	}
}

func allChangesOfAChannel(s subject) {
	const n = 12
	together(n, func(i int) {
		if _, err := s.ChangeChannel(s.ctx, "discord", "1", func(c *facts.Channel) { c.Home += "x" }); err != nil {
			s.Error(err)
		}
	})
	if got, err := s.Channel(s.ctx, "discord", "1"); err != nil || len(got.Home) != n {
		s.Errorf("%+v (%v)", got, err)
	}
}

// Some save and delete while one follows, who in the end has what there is.
func followed(s subject) {
	const writers, each = 6, 8
	var writing atomic.Int64
	writing.Store(writers)
	place := func(d facts.Draft) string { return d.Space + " " + d.By.ID }
	drafts, channels := map[string]int64{}, map[string]facts.Channel{}
	var seenDrafts, seenChannels int64
	look := func() {
		changed, err := s.DraftsSince(s.ctx, seenDrafts)
		if err != nil {
			s.Error(err)
			return
		}
		if seenDrafts = changed.Seen; changed.Whole {
			clear(drafts)
		}
		for _, d := range changed.List {
			drafts[place(d)] = d.Version
		}
		news, err := s.ChannelsSince(s.ctx, seenChannels)
		if err != nil {
			s.Error(err)
			return
		}
		if seenChannels = news.Seen; news.Whole {
			clear(channels)
		}
		for _, c := range news.List {
			channels[c.Channel] = c
		}
	}
	together(writers+1, func(i int) {
		if i == writers {
			for writing.Load() > 0 {
				look()
			}
			look()
			return
		}
		defer writing.Add(-1)
		who := facts.Author{Platform: "telegram", ID: fmt.Sprint(i)}
		for n := range each {
			version, err := s.SaveDraft(s.ctx, facts.Draft{Space: fmt.Sprint(n), By: who})
			if err == nil && n%3 == 0 {
				err = s.DeleteDraft(s.ctx, fmt.Sprint(n), who, version)
			}
			if err == nil {
				_, err = s.ChangeChannel(s.ctx, "telegram", who.ID, func(c *facts.Channel) { c.Home = fmt.Sprint(n) })
			}
			if err == nil && n == each/2 && i%2 == 0 {
				_, err = s.Forget(s.ctx, who.Platform, who.ID)
			}
			if err != nil {
				s.Error(err)
			}
		}
	})
	all, err := s.DraftsSince(s.ctx, 0)
	s.ok(err)
	want := map[string]int64{}
	for _, d := range all.List {
		want[place(d)] = d.Version
	}
	s.same("drafts", drafts, want)
	there, err := s.ChannelsSince(s.ctx, 0)
	s.ok(err)
	set := map[string]facts.Channel{}
	for _, c := range there.List {
		set[c.Channel] = c
	}
	s.same("channels", channels, set)
}
