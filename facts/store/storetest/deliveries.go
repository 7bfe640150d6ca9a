package storetest

import (
	"strings"
	"time"

	"testigo/facts"
)

func deliveryPromises() []promise {
	return []promise{
		{"a delivery comes back as it was given", deliveryComesBack},
		{"delivered tells which messages carry an older revision", delivered},
		{"a message carries what it was last given", redelivered},
		{"several deliveries are kept at once, all or none", severalDeliveries},
		{"askers are the newest of each channel that others can read", askers},
		{"an act that was claimed stays claimed, settled or not", claims},
		{"what is kept for a time fades, the rest stays", fade},
		{"people of whom nothing is left fade", fadePeople},
	}
}

func message(channel, id string) facts.MessageRef {
	return facts.MessageRef{Platform: "discord", Channel: channel, Message: id}
}

func (s subject) deliver(v facts.Delivery) {
	s.Helper()
	s.ok(s.Deliver(s.ctx, v))
}

// carriers returns the messages that carry an older revision of fact "a" than number.
func (s subject) carriers(number int, since time.Time) string {
	s.Helper()
	got, err := s.Delivered(s.ctx, "s", "a", number, since)
	s.ok(err)
	var out []string
	for _, v := range got {
		out = append(out, v.Message)
	}
	return strings.Join(out, " ")
}

func severalDeliveries(s subject) {
	v := func(id string) facts.Delivery {
		return facts.Delivery{MessageRef: message("1", id), Space: "s", Fact: "a", Revision: 1, At: day(5)}
	}
	s.ok(s.Deliver(s.ctx, v("1"), v("2"), v("3")))
	if err := s.Deliver(s.ctx, v("4"), v("no\x00id")); err == nil {
		s.Error("an id with a NUL in it was taken")
	}
	if got := s.carriers(2, day(1)); got != "1 2 3" {
		s.Errorf("kept: %s", got)
	}
}

func deliveryComesBack(s subject) {
	want := facts.Delivery{MessageRef: message("1", "2"), ReplyTo: "3", Space: "s", Fact: "a", Revision: 4, Lang: facts.Spanish, Private: true, At: day(5)}
	s.deliver(want)
	got, err := s.Delivered(s.ctx, "s", "a", 5, day(1))
	s.ok(err)
	s.same("delivered", got, []facts.Delivery{want})
}

func delivered(s subject) {
	for i, v := range []facts.Delivery{
		{Space: "s", Fact: "a", Revision: 2}, // m0, on day 1
		{Space: "s", Fact: "a"},              // m1, on day 2: the shared set's
		{Space: "s", Fact: "a", Revision: 3},
		{Space: "s", Fact: "b", Revision: 1},
		{Space: "t", Fact: "a", Revision: 1},
		{Space: "s", Fact: "a", Revision: 1}, // m5, on day 6
	} {
		v.MessageRef, v.At = message("1", "m"+string(rune('0'+i))), day(i+1)
		s.deliver(v)
	}
	for _, tt := range []struct {
		number int
		since  time.Time
		want   string
	}{{3, day(1), "m0 m1 m5"}, {4, day(1), "m0 m1 m2 m5"}, {3, day(2), "m1 m5"}, {1, day(1), "m1"}, {0, day(1), ""}, {3, day(7), ""}} {
		if got := s.carriers(tt.number, tt.since); got != tt.want {
			s.Errorf("below r%d since %v: %q, want %q", tt.number, tt.since, got, tt.want)
		}
	}
}

func redelivered(s subject) {
	s.deliver(facts.Delivery{MessageRef: message("1", "m1"), Space: "s", Fact: "a", Revision: 1, At: day(1)})
	s.deliver(facts.Delivery{MessageRef: message("2", "m1"), Space: "s", Fact: "a", Revision: 1, At: day(1)})
	s.ok(s.Redelivered(s.ctx, message("1", "m1"), 2))
	s.ok(s.Redelivered(s.ctx, message("1", "never sent"), 2))
	got, err := s.Delivered(s.ctx, "s", "a", 2, day(1))
	s.ok(err)
	if len(got) != 1 || got[0].Channel != "2" {
		s.Errorf("below r2: %+v", got)
	}
	s.deliver(facts.Delivery{MessageRef: message("2", "m1"), Space: "s", Fact: "b", Revision: 1, At: day(2)}) // a button drew another fact in its place
	if got := s.carriers(9, day(1)); got != "m1" {
		s.Errorf("carry a: %q, want only the first channel's", got)
	}
}

func askers(s subject) {
	for i, v := range []struct {
		channel string
		gap     int64
		private bool
	}{{"1", 7, false}, {"1", 7, false}, {"2", 7, false}, {"1", 7, true}, {"3", 7, true}, {"4", 8, false}, {"2", 7, false}} {
		at := day(1) // within one second the order still counts
		if v.channel == "1" {
			at = day(9 - i)
		}
		s.deliver(facts.Delivery{MessageRef: message(v.channel, "m"+string(rune('0'+i))), Space: "s", Gap: v.gap, Private: v.private, Lang: facts.English, At: at})
	}
	got, err := s.Askers(s.ctx, 7)
	s.ok(err)
	var places []facts.MessageRef
	for _, v := range got {
		places = append(places, v.MessageRef)
	}
	s.same("askers", places, []facts.MessageRef{message("1", "m0"), message("2", "m6")})
	if none, err := s.Askers(s.ctx, 0); err != nil || len(none) != 0 {
		s.Errorf("of no gap: %v (%v)", none, err)
	}
}

func claims(s subject) {
	for i, want := range []bool{true, false} {
		if got, err := s.Claim(s.ctx, "key ñ"); err != nil || got != want {
			s.Errorf("claim %d: %v (%v)", i, got, err)
		}
	}
	s.ok(s.Settle(s.ctx, "key ñ", "sent"))
	if got, err := s.Claim(s.ctx, "key ñ"); err != nil || got {
		s.Errorf("claimed again after it was settled: %v (%v)", got, err)
	}
	if got, err := s.Claim(s.ctx, "another"); err != nil || !got {
		s.Errorf("another key: %v (%v)", got, err)
	}
	s.fails(s.Settle(s.ctx, "never claimed", "sent"), facts.ErrNotFound)
	if err := s.Settle(s.ctx, "another", ""); err == nil {
		s.Error("settled without an outcome")
	}
}

func fade(s subject) {
	p := s.add(proposal("a"))
	waiting := s.add(proposal("b"))
	s.add(facts.Entry{Space: "s", Fact: "a", State: facts.Rejected, Of: p.Seq, By: berta()})
	old, err := s.CountGap(s.ctx, facts.Gap{Space: "s", Text: "old", Last: day(1)})
	s.ok(err)
	asked, err := s.CountGap(s.ctx, facts.Gap{Space: "s", Text: "asked again", Last: day(1)})
	s.ok(err)
	_, err = s.CountGap(s.ctx, facts.Gap{Space: "s", Text: "asked again", Last: day(9)})
	s.ok(err)
	s.deliver(facts.Delivery{MessageRef: message("1", "old gap's, late"), Space: "s", Gap: old, At: day(9)})
	s.deliver(facts.Delivery{MessageRef: message("1", "asked gap's"), Space: "s", Gap: asked, At: day(9)})
	s.deliver(facts.Delivery{MessageRef: message("1", "old"), Space: "s", Fact: "a", At: day(4)})
	s.deliver(facts.Delivery{MessageRef: message("1", "on the day"), Space: "s", Fact: "a", At: day(5)})
	s.saves(facts.Draft{Space: "s", By: ana(), At: day(1)})
	s.saves(facts.Draft{Space: "t", By: ana(), At: day(9)})
	open, err := s.AddReport(s.ctx, facts.Report{Space: "s", At: day(1)})
	s.ok(err)
	closed, err := s.AddReport(s.ctx, facts.Report{Space: "s", At: day(1)})
	s.ok(err)
	s.ok(s.CloseReport(s.ctx, closed, "done"))
	for _, key := range []string{"settled", "open"} {
		_, err := s.Claim(s.ctx, key)
		s.ok(err)
	}
	s.ok(s.Settle(s.ctx, "settled", "sent"))
	for _, seq := range []int64{p.Seq, waiting.Seq} {
		s.ok(s.Watch(s.ctx, seq, message("1", ""), facts.English, ana()))
	}
	log := s.all()

	// The gap, two deliveries, the draft. What ends with a decision was decided now, so it is not old.
	if n, err := s.Fade(s.ctx, day(5)); err != nil || n != 4 {
		s.Errorf("%d rows went, want 4 (%v)", n, err)
	}
	_, err = s.Gap(s.ctx, old)
	s.fails(err, facts.ErrNotFound)
	if got, err := s.Askers(s.ctx, old); err != nil || len(got) != 0 {
		s.Errorf("of the faded gap: %v (%v)", got, err)
	}
	if got, err := s.Askers(s.ctx, asked); err != nil || len(got) != 1 {
		s.Errorf("of the gap asked again: %v (%v)", got, err)
	}
	if got := s.carriers(1, day(1)); got != "on the day" {
		s.Errorf("deliveries left: %q", got)
	}
	_, err = s.Draft(s.ctx, "s", ana())
	s.fails(err, facts.ErrNotFound)
	_, err = s.Draft(s.ctx, "t", ana())
	s.ok(err)
	_, err = s.Report(s.ctx, closed)
	s.ok(err)

	// The other gap, two deliveries, the draft, the report, the notice, the watch of what was decided.
	if n, err := s.Fade(s.ctx, time.Now().Add(time.Hour)); err != nil || n != 7 {
		s.Errorf("%d rows went, want 7 (%v)", n, err)
	}
	_, err = s.Report(s.ctx, closed)
	s.fails(err, facts.ErrNotFound)
	_, err = s.Report(s.ctx, open)
	s.ok(err)
	if got, err := s.Claim(s.ctx, "open"); err != nil || got {
		s.Errorf("an act that may have been done was claimed again: %v (%v)", got, err)
	}
	if w, err := s.Watchers(s.ctx, p.Seq); err != nil || len(w) != 0 {
		s.Errorf("watchers of what was decided: %v (%v)", w, err)
	}
	if w, err := s.Watchers(s.ctx, waiting.Seq); err != nil || len(w) != 1 {
		s.Errorf("watchers of what waits: %v (%v)", w, err)
	}
	s.same("the log", s.all(), log)
	s.intact(3)
}

func fadePeople(s subject) {
	s.add(proposal("a"))
	s.saves(facts.Draft{Space: "s", By: berta(), At: day(1)})
	if n, err := s.Fade(s.ctx, day(2)); err != nil || n != 2 { // the draft and Berta
		s.Errorf("%d rows went, want 2 (%v)", n, err)
	}
	if got, err := s.Known(s.ctx, berta().Platform, berta().ID); err != nil || got.Name != "" {
		s.Errorf("known: %+v (%v)", got, err)
	}
	if got, err := s.Known(s.ctx, ana().Platform, ana().ID); err != nil || got.Name != ana().Name {
		s.Errorf("an author of the log: %+v (%v)", got, err)
	}
}
