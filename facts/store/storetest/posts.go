package storetest

import (
	"testigo/facts"
)

func postPromises() []promise {
	return []promise{
		{"a channel comes back as it was set", channelsComeBack},
		{"a channel has one subscription", subscriptions},
		{"a post is claimed for a channel and date, and again only once released", claimPost},
		{"an outcome is recorded once", settlePost},
		{"posts are listed newest first", posted},
	}
}

func channelsComeBack(s subject) {
	got, err := s.Channel(s.ctx, "discord", "1")
	s.ok(err)
	s.same("never seen", got, facts.Channel{Platform: "discord", Channel: "1"})
	telegram := facts.Channel{Platform: "telegram", Channel: "-1", Lang: facts.Spanish}
	discord := facts.Channel{Platform: "discord", Channel: "1", Lang: facts.English}
	set := func(to, before facts.Channel) {
		s.Helper()
		got := s.sets(to.Platform, to.Channel, func(c *facts.Channel) {
			s.same("before", *c, before)
			*c = to
			c.Channel = "another" // where it is cannot be changed
		})
		s.same("changed", got, to)
	}
	set(telegram, facts.Channel{Platform: "telegram", Channel: "-1"})
	set(discord, facts.Channel{Platform: "discord", Channel: "1"})
	before := telegram
	telegram.Gone, telegram.MovedTo, telegram.Home, telegram.Lang = true, "-100", "-5", ""
	set(telegram, before)
	for _, want := range []facts.Channel{telegram, discord} {
		got, err = s.Channel(s.ctx, want.Platform, want.Channel)
		s.ok(err)
		s.same("kept", got, want)
	}
}

func subscriptions(s subject) {
	a := facts.Subscription{Space: "s", Platform: "discord", Channel: "1", Spec: []byte(`{"hour":9}`), At: day(1)}
	b := facts.Subscription{Space: "s", Platform: "telegram", Channel: "1", Spec: []byte("x"), At: day(2)}
	for _, sub := range []facts.Subscription{b, a} {
		s.ok(s.Subscribe(s.ctx, sub))
	}
	a.Space, a.Spec, a.At = "t", []byte("\x00\xff"), day(3)
	s.ok(s.Subscribe(s.ctx, a))
	got, err := s.Subscriptions(s.ctx)
	s.ok(err)
	s.same("subscriptions", got, []facts.Subscription{a, b})
	s.ok(s.Unsubscribe(s.ctx, "t", "discord", "1"))
	s.ok(s.Unsubscribe(s.ctx, "t", "discord", "1"))
	s.ok(s.Unsubscribe(s.ctx, "another space", "telegram", "1"))
	got, err = s.Subscriptions(s.ctx)
	s.ok(err)
	s.same("the other channel's", got, []facts.Subscription{b})
}

// post is a daily post of channel 1.
func post(date string) facts.Post {
	return facts.Post{Space: "s", Platform: "discord", Channel: "1", Date: date, Fact: "a", Revision: 2, At: day(1)}
}

func (s subject) claims(p facts.Post, want bool) {
	s.Helper()
	if got, err := s.ClaimPost(s.ctx, p); err != nil || got != want {
		s.Errorf("the claim of %s: %v, want %v (%v)", p.Date, got, want, err)
	}
}

// lastPost returns the newest post of channel 1.
func (s subject) lastPost() facts.Post {
	s.Helper()
	got, err := s.Posted(s.ctx, "s", "discord", "1", 1)
	s.ok(err)
	if len(got) != 1 {
		s.Fatalf("%d posts", len(got))
	}
	return got[0]
}

func claimPost(s subject) {
	p := post("2026-09-26")
	s.claims(p, true)
	s.claims(p, false)
	elsewhere := p
	elsewhere.Channel = "2"
	s.claims(elsewhere, true)
	want := p
	want.State, want.Attempts = "claimed", 1
	s.same("claimed", s.lastPost(), want)

	s.ok(s.ReleasePost(s.ctx, p, "no network"))
	s.fails(s.ReleasePost(s.ctx, p, "no network"), facts.ErrDecided)
	want.State, want.Why = "released", "no network"
	s.same("released", s.lastPost(), want)
	p.Fact = "b"
	s.claims(p, true)
	s.claims(p, false)
	want.State, want.Why, want.Attempts, want.Fact = "claimed", "", 2, "b"
	s.same("claimed again", s.lastPost(), want)
	s.ok(s.ReleasePost(s.ctx, p, "no network"))
	s.claims(p, true)
	want.Attempts = 3
	s.same("claimed a third time", s.lastPost(), want)
	s.fails(s.ReleasePost(s.ctx, post("2026-09-27"), "never claimed"), facts.ErrNotFound)
}

func settlePost(s subject) {
	p := post("2026-09-26")
	p.State, p.Message = "sent", "77"
	s.fails(s.SettlePost(s.ctx, p), facts.ErrNotFound)
	s.claims(p, true)
	for _, state := range []string{"", "claimed", "released", "lost"} {
		wrong := p
		wrong.State = state
		if err := s.SettlePost(s.ctx, wrong); err == nil {
			s.Errorf("settled as %q", state)
		}
	}
	s.ok(s.SettlePost(s.ctx, p))
	p.Attempts = 1
	s.same("settled", s.lastPost(), p)
	s.claims(p, false)
	s.fails(s.ReleasePost(s.ctx, p, "late"), facts.ErrDecided)
	p.State = "failed"
	s.fails(s.SettlePost(s.ctx, p), facts.ErrDecided)

	given := post("2026-09-27")
	s.claims(given, true)
	s.ok(s.ReleasePost(s.ctx, given, "no network"))
	given.State, given.Why = "skipped", "too late"
	s.ok(s.SettlePost(s.ctx, given))
	s.claims(given, false)
	given.Attempts = 1
	s.same("given up", s.lastPost(), given)
}

func posted(s subject) {
	for _, date := range []string{"2026-09-26", "2026-10-01", "2026-09-27"} {
		s.claims(post(date), true)
	}
	other := post("2026-10-02")
	other.Channel = "2"
	s.claims(other, true)
	elsewhere := post("2026-10-03")
	elsewhere.Space, elsewhere.Channel = "t", "3"
	s.claims(elsewhere, true)
	for _, tt := range []struct {
		platform string
		limit    int
		want     []string
	}{
		{"discord", 9, []string{"2026-10-01", "2026-09-27", "2026-09-26"}}, {"discord", 2, []string{"2026-10-01", "2026-09-27"}}, {"discord", 0, nil},
		{"", 9, []string{"2026-10-02", "2026-10-01", "2026-09-27", "2026-09-26"}}, {"telegram", 9, nil},
	} {
		got, err := s.Posted(s.ctx, "s", tt.platform, "1", tt.limit)
		s.ok(err)
		var dates []string
		for _, p := range got {
			dates = append(dates, p.Date)
		}
		s.same("dates", dates, tt.want)
	}
}
