package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store/pgtest"
)

// square is a platform that keeps what was posted, and fails as it is told.
type square struct {
	posted map[string][]time.Time // by channel and local date, with the moments
	facts  map[string]string      // the fact of the last post, by channel and date
	now    *time.Time
	fate   func() fate
	killed bool
}

type fate int

const (
	fine    fate = iota
	unsent       // a failure that surely came before delivery
	unsure       // delivered, but the answer was lost
	lost         // not delivered, and nobody knows
	crashed      // delivered, and the process died before it could record it
	died         // the process died before it was delivered
)

func (s *square) Send(_ context.Context, to MessageRef, r Reply) (MessageRef, error) {
	if r.Answered == "" { // a word to the moderators
		return to, nil
	}
	f := s.fate()
	if f == fine || f == unsure || f == crashed {
		key := strings.TrimPrefix(r.Key, "daily ")
		s.posted[key] = append(s.posted[key], *s.now)
		s.facts[key] = r.Answered
	}
	switch f {
	case unsent:
		return to, fmt.Errorf("no connection: %w", ErrUnsent)
	case unsure, lost:
		return to, errors.New("the answer was cut off")
	case crashed, died: // nothing more of what the process would have done is done
		s.killed = true
		runtime.Goexit()
	}
	to.Message = "p"
	return to, nil
}

func (s *square) Edit(context.Context, MessageRef, Reply) error { return nil }

// subscribe gives a channel a plan.
func (d *desk) subscribe(channel string, p plan) {
	d.t.Helper()
	m := d.message("ana", Moderator, "")
	m.At.Channel = channel
	if err := d.keepPlan(d.t.Context(), m, nil, &p); err != nil {
		d.t.Fatal(err)
	}
}

// tick makes what is due, and says whether the process was killed meanwhile.
func (d *desk) tick(b *Bot, s *square) (killed bool) {
	s.killed = false
	b.Tick(d.t.Context(), d.now)
	return s.killed
}

// A year in three zones with both hemispheres' daylight saving, with failures of every kind, restarts, kills, and two processes on one database:
// no post twice, none outside its window, and none missing but where nobody can know whether it was made.
func TestAYearOfPosts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a year takes some seconds")
	}
	plans := map[string]plan{
		"mexico":   {Hour: 9, Zone: "America/Mexico_City", Lang: Spanish, Kind: onEveryDay},
		"madrid":   {Hour: 2, Minute: 30, Zone: "Europe/Madrid", Lang: Spanish, Kind: onThisDay},           // an hour that is left out once and comes twice once
		"santiago": {Hour: 23, Minute: 45, Zone: "America/Santiago", Lang: English, Kind: onAnniversaries}, // a window that reaches into the next day
	}
	for _, quiet := range []bool{true, false} {
		t.Run(map[bool]string{true: "with nothing wrong", false: "with all that goes wrong"}[quiet], func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(7, 43))
			d := newDesk(t)
			d.now = time.Date(2027, time.December, 31, 0, 0, 0, 0, time.UTC) // the year to come has a 29 February
			begin := d.now
			for channel, p := range plans {
				d.subscribe(channel, p)
			}
			s := &square{posted: map[string][]time.Time{}, facts: map[string]string{}, now: &d.now, fate: func() fate { return fine }}
			excused := map[string]bool{} // where it is not known whether it was made
			var last string
			if !quiet {
				s.fate = func() fate {
					f := fate(min(random.IntN(40), int(fine)+35))
					if f > died {
						f = fine
					}
					return f
				}
			}
			start := func() *Bot {
				pack, err := facts.Load("../facts/testdata/library")
				if err != nil {
					t.Fatal(err)
				}
				b := New(facts.NewEngine(pack), Options{Store: d.db, Clock: func() time.Time { return d.now }})
				if err := b.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				b.Attach("test", s)
				return b
			}
			one, two := start(), start()
			down := time.Time{}
			for ; d.now.Before(begin.AddDate(0, 0, yearDays+2)); d.now = d.now.Add(time.Hour) {
				if !quiet && random.IntN(600) == 0 {
					down = d.now.Add(time.Duration(random.IntN(150)) * time.Minute) // nobody is there for a while
				}
				if d.now.Before(down) {
					continue
				}
				if d.tick(one, s) || !quiet && random.IntN(300) == 0 {
					one = start()
				}
				if quiet {
					continue
				}
				if d.tick(two, s) {
					two = start()
				}
			}
			posts := map[string]facts.Post{}
			for channel := range plans {
				list, err := d.db.Posted(t.Context(), string(town), "test", channel, 1000)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range list {
					key := "test " + channel + " " + x.Date
					posts[key] = x
					if x.State == "failed" || x.State == "claimed" {
						excused[key] = true
					}
					last = x.Date
				}
			}
			if last == "" {
				t.Fatal("nothing was posted all year")
			}
			wanted := wantedPosts(one, plans, begin, begin.AddDate(0, 0, yearDays))
			for key, at := range wanted {
				made := s.posted[key]
				switch {
				case len(made) > 1:
					t.Errorf("%s was posted %d times", key, len(made))
				case len(made) == 0 && !excused[key]:
					t.Errorf("%s was not posted, and is %q", key, posts[key].State)
				case len(made) == 1 && (made[0].Before(at) || made[0].Sub(at) >= dailyWindow):
					t.Errorf("%s was posted at %v, due from %v", key, made[0], at)
				case quiet && made[0].Sub(at) > time.Hour:
					t.Errorf("%s was posted %v late on a quiet day", key, made[0].Sub(at))
				}
			}
			for key := range s.posted {
				if _, ok := wanted[key]; !ok && key[len(key)-10:] < begin.AddDate(0, 0, yearDays).Format(dateForm) {
					t.Errorf("%s was posted and should not", key)
				}
			}
			if n := len(excused); quiet && n > 0 || n > len(wanted)/4 {
				t.Errorf("%d of %d posts are not known to be made", n, len(wanted))
			}
			if len(wanted) < yearDays+1 {
				t.Errorf("only %d posts were due", len(wanted))
			}
		})
	}
}

// wantedPosts says by the rules, without the code under test, which posts are due and when.
func wantedPosts(b *Bot, plans map[string]plan, begin, end time.Time) map[string]time.Time {
	wanted := map[string]time.Time{}
	for channel, p := range plans {
		zone, err := time.LoadLocation(p.Zone)
		if err != nil {
			panic(err)
		}
		for day := begin; day.Before(end); day = day.AddDate(0, 0, 1) {
			at := time.Date(day.Year(), day.Month(), day.Day(), p.Hour, p.Minute, 0, 0, zone)
			if at.Before(begin) {
				continue
			}
			due := p.Kind == onEveryDay
			for _, d := range b.engine.Pack("").Days {
				due = due || d.On.Month == day.Month() && d.On.Day == day.Day()
			}
			for _, f := range b.engine.Facts(string(town), "") {
				for _, d := range f.Dates {
					due = due || p.Kind == onThisDay && d.Month == day.Month() && d.Day == day.Day() && (f.Daily == nil || *f.Daily)
				}
			}
			if due {
				wanted["test "+channel+" "+day.Format(dateForm)] = at
			}
		}
	}
	return wanted
}

func TestTheHourOfADay(t *testing.T) {
	noon := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	tests := []struct {
		name  string
		p     plan
		now   time.Time
		since time.Time
		want  string
	}{
		{"before its hour nothing is due", plan{Hour: 9, Zone: "UTC"}, at("2026-09-26T08:59:00Z"), noon(2026, 1, 1), "2026-09-25 late"},
		{"from its hour on it is", plan{Hour: 9, Zone: "UTC"}, at("2026-09-26T09:00:00Z"), noon(2026, 1, 1), "2026-09-25 late, 2026-09-26"},
		{"to the end of its window", plan{Hour: 9, Zone: "UTC"}, at("2026-09-26T11:59:00Z"), noon(2026, 1, 1), "2026-09-25 late, 2026-09-26"},
		{"and then it is late", plan{Hour: 9, Zone: "UTC"}, at("2026-09-26T12:00:00Z"), noon(2026, 1, 1), "2026-09-26 late"},
		{"for a day", plan{Hour: 9, Zone: "UTC"}, at("2026-09-27T12:00:00Z"), noon(2026, 1, 1), "2026-09-27 late"},
		{"the date is the channel's own", plan{Hour: 20, Zone: "America/Mexico_City"}, at("2026-09-27T02:30:00Z"), noon(2026, 1, 1), "2026-09-25 late, 2026-09-26"},
		{"a window may reach into the next day", plan{Hour: 23, Minute: 30, Zone: "UTC"}, at("2026-09-27T01:00:00Z"), noon(2026, 1, 1), "2026-09-25 late, 2026-09-26"},
		{"nothing is due from before it was switched on", plan{Hour: 9, Zone: "UTC"}, at("2026-09-26T10:00:00Z"), at("2026-09-26T09:30:00Z"), ""},
		{"a pause holds until its day", plan{Hour: 9, Zone: "UTC", Until: "2026-09-27"}, at("2026-09-26T09:30:00Z"), noon(2026, 1, 1), ""},
		{"and not longer", plan{Hour: 9, Zone: "UTC", Until: "2026-09-26"}, at("2026-09-26T09:30:00Z"), noon(2026, 1, 1), "2026-09-26"},
		{"an hour that daylight saving leaves out still has one moment", plan{Hour: 2, Minute: 30, Zone: "Europe/Madrid"}, at("2026-03-29T02:00:00Z"), at("2026-03-28T12:00:00Z"), "2026-03-29"},
		{"an hour that comes twice has one moment", plan{Hour: 2, Minute: 30, Zone: "Europe/Madrid"}, at("2026-10-25T03:00:00Z"), at("2026-10-24T12:00:00Z"), "2026-10-25"},
		{"a zone that is none is taken as UTC", plan{Hour: 9, Zone: "Moon/Base"}, at("2026-09-26T09:30:00Z"), at("2026-09-26T00:00:00Z"), "2026-09-26"},
	}
	for _, tt := range tests {
		var got []string
		for _, d := range tt.p.due(tt.now, tt.since, dailyWindow) {
			s := d.date
			if d.late {
				s += " late"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.want)
		}
	}
}

// calendarPack is a set with a day, a run over the new year and a 29 February.
func calendarPack(t *testing.T) *facts.Pack {
	t.Helper()
	var lines strings.Builder
	lines.WriteString(`{"source":{"id":"s","title":"t","publisher":"p","lang":"en","address":"https://example.org","file":"s.txt","sha256":"` + strings.Repeat("0", 64) + `"}}
{"topic":{"id":"a","name":{"en":"A","es":"A"}}}
{"topic":{"id":"b","name":{"en":"B","es":"B"}}}
{"day":{"id":"night","on":"2014-09-26","name":{"en":"The night","es":"La noche"},"fact":"f3"}}
{"day":{"id":"leap","on":"2016-02-29","name":{"en":"The leap","es":"El salto"},"fact":"f5"}}
{"day":{"id":"row","on":"2014-12-30","days":4,"name":{"en":"The row","es":"La serie"},"fact":"f1"}}
`)
	rows := []struct{ id, topic, dates, more string }{
		{"f1", "b", `["2014-09-26"]`, ""}, {"f2", "a", `["2012-09-26"]`, ""}, {"f3", "b", `[]`, ""}, {"f4", "a", `["2013-09-26"]`, `"daily":false,`},
		{"f5", "a", `["2016-02-29"]`, ""}, {"f6", "b", `["2011-05-03","2014-05"]`, ""},
	}
	for _, r := range rows {
		fmt.Fprintf(&lines, `{"fact":{"id":%q,"topics":[%q],"standing":"established",%s"dates":%s,"en":{"question":"Question %s?","answer":"Answer %s."},"quotes":[{"source":"s","exact":"the words of the source %s"}]}}`+"\n",
			r.id, r.topic, r.more, r.dates, r.id, r.id, r.id)
	}
	p, err := facts.LoadLines("calendar", []byte(lines.String()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheFactOfADay(t *testing.T) {
	b := New(facts.NewEngine(calendarPack(t)), Options{})
	latest := func(pairs ...string) past {
		p := past{map[string]string{}, map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			p.latest[pairs[i]] = pairs[i+1]
			p.on[pairs[i+1]] = pairs[i]
		}
		return p
	}
	tests := []struct {
		name   string
		p      plan
		on     string
		before past
		want   string // id and why; "" for nothing
	}{
		{"an anniversary's own fact comes first", plan{}, "2026-09-26", latest(), "f3 On this day: The night. 12 years ago today."},
		{"the next year the oldest dated one that was not posted", plan{}, "2027-09-26", latest("f3", "2026-09-26"), "f2 On this day: The night. 13 years ago today."},
		{"when all were, the one posted longest ago", plan{}, "2029-09-26", latest("f3", "2026-09-26", "f2", "2027-09-26", "f1", "2028-09-26"), "f3 On this day: The night. 15 years ago today."},
		{"another channel of the space gets the same that day", plan{}, "2026-09-26", latest("f1", "2026-09-26"), "f1 On this day: The night. 12 years ago today."},
		{"only facts of the topic, where there is one", plan{Topic: "a"}, "2026-09-26", latest(), "f2 On this day: The night. 12 years ago today."},
		{"on an ordinary day an anniversaries' plan posts nothing", plan{}, "2026-05-03", latest(), ""},
		{"on a day a fact is dated, the next kind does", plan{Kind: onThisDay}, "2026-05-03", latest(), "f6 15 years ago today."},
		{"a date of a month's precision is of no day", plan{Kind: onThisDay}, "2026-05-14", latest(), ""},
		{"every day has the one never posted", plan{Kind: onEveryDay}, "2026-07-01", latest("f1", "2026-06-01", "f2", "2026-06-02"), "f3 A fact a day"},
		{"and then the one posted longest ago, never one that is not to be posted", plan{Kind: onEveryDay}, "2026-07-01", latest("f1", "2026-06-09", "f2", "2026-06-02", "f3", "2026-06-03", "f5", "2026-06-04", "f6", "2026-06-05"), "f2 A fact a day"},
		{"29 February is marked on itself", plan{}, "2028-02-29", latest(), "f5 On this day: The leap. 12 years ago today."},
		{"and on 28 February in other years", plan{}, "2027-02-28", latest(), "f5 On this day: The leap. 11 years ago today."},
		{"but not on 28 February of a leap year", plan{}, "2028-02-28", latest(), ""},
		{"a run begins with its day", plan{}, "2026-12-30", latest(), "f1 On this day: The row. 12 years ago today."},
		{"goes on in the order of the topics", plan{}, "2026-12-31", latest("f1", "2026-12-30"), "f2 Day 2 of 4: The row"},
		{"over the new year", plan{}, "2027-01-01", latest("f1", "2026-12-30", "f2", "2026-12-31"), "f5 Day 3 of 4: The row"},
		{"what was posted before it began counts not", plan{}, "2026-12-31", latest("f2", "2026-11-11", "f1", "2026-12-30"), "f2 Day 2 of 4: The row"},
		{"and ends", plan{}, "2027-01-03", latest(), ""},
		{"a run of one's own can go by date", plan{Runs: []run{{"Mine", facts.Date{Year: 2026, Month: 7, Day: 1}, 3, true}}}, "2026-07-02", latest("f6", "2026-07-01"), "f2 Day 2 of 3: Mine"},
		{"what moderators chose stands above all", plan{Chosen: map[string]string{"2026-09-26": "f6"}}, "2026-09-26", latest(), "f6 A fact a day"},
		{"and a skipped day stays empty", plan{Chosen: map[string]string{"2026-09-26": skipDay}}, "2026-09-26", latest(), ""},
		{"the year it happened is no anniversary", plan{}, "2014-09-26", latest(), ""},
	}
	for _, tt := range tests {
		on, err := facts.ParseDate(tt.on)
		if err != nil {
			t.Fatal(err)
		}
		if tt.p.Kind == "" {
			tt.p.Kind = onAnniversaries
		}
		tt.p.Lang = English
		got := ""
		if x, ok := b.pick("", &tt.p, on, tt.before); ok {
			got = x.fact.ID + " " + x.why
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestARunPostsNoneTwiceUntilAllWere(t *testing.T) {
	b := New(facts.NewEngine(calendarPack(t)), Options{})
	p := plan{Lang: English, Kind: onAnniversaries, Runs: []run{{"Mine", facts.Date{Year: 2026, Month: 6, Day: 1}, 10, false}}}
	before := past{map[string]string{}, map[string]string{}}
	times := map[string]int{}
	for day := 1; day <= 10; day++ {
		on := facts.Date{Year: 2026, Month: 6, Day: day}
		x, ok := b.pick("", &p, on, before)
		if !ok {
			t.Fatalf("nothing on day %d", day)
		}
		before.latest[x.fact.ID] = on.String()
		times[x.fact.ID]++
		if day == 5 && slices.Max(slices.Collect(maps.Values(times))) != 1 {
			t.Errorf("after five days of five facts: %v", times)
		}
	}
	if slices.Max(slices.Collect(maps.Values(times))) != 2 || len(times) != 5 {
		t.Errorf("after ten days of five facts: %v", times)
	}
}

func TestADailyPostIsCorrected(t *testing.T) {
	d := newDesk(t)
	d.now = time.Date(2026, time.March, 4, 9, 0, 0, 0, time.UTC)
	d.subscribe("board", plan{Hour: 9, Zone: "UTC", Lang: English, Kind: onThisDay})
	d.Tick(t.Context(), d.now)
	d.Tick(t.Context(), d.now)
	if len(d.sent) != 1 || !strings.Contains(d.sent[0].text, "years ago today") {
		t.Fatalf("%+v", d.sent)
	}
	d.puts("ana", d.fact("opened", "On 4 March 1931, by the river."))
	if len(d.sent) != 2 || !d.sent[1].edit || d.sent[1].at.Message != "sent-1" {
		t.Errorf("the correction is %+v", d.sent[1:])
	}
}

func TestModeratorsAreToldOfAPostThatWasMissed(t *testing.T) {
	d := newDesk(t)
	d.says("olga", Owner, "/settings review_channel desk")
	d.now = time.Date(2026, time.March, 4, 8, 0, 0, 0, time.UTC)
	d.subscribe("board", plan{Hour: 9, Zone: "UTC", Lang: English, Kind: onThisDay})
	d.now = d.now.Add(6 * time.Hour)
	for range 3 {
		d.Tick(t.Context(), d.now)
		d.open()
	}
	if len(d.sent) != 1 || d.sent[0].at.Channel != "desk" || !strings.Contains(d.sent[0].text, "its time was over") {
		t.Errorf("%+v", d.sent)
	}
}

func TestAPictureShowsNoSideOfADispute(t *testing.T) {
	d := newDesk(t)
	for id, quoted := range map[string]bool{"opened": true, "flood-blame": false} {
		on := facts.Date{Year: 2027, Month: time.March, Day: 4}
		p := plan{Zone: "UTC", Lang: English, Kind: onThisDay, Card: true, Chosen: map[string]string{on.String(): id}}
		r, _, ok, err := d.daysPost(t.Context(), town, &p, on)
		if err != nil || !ok || r.Picture == nil || !bytes.HasPrefix(r.Picture.Data, []byte("\x89PNG")) {
			t.Fatalf("%s: %v %v %+v", id, ok, err, r.Picture)
		}
		if has := strings.Contains(r.Picture.Alt, "“"); has != quoted {
			t.Errorf("the picture of %s has a quote: %v; its words are %q", id, has, r.Picture.Alt)
		}
	}
}

// meeting is a courier with whom a channel's post goes out only once another's is on its way too.
type meeting struct{ here chan struct{} }

func (m meeting) Send(ctx context.Context, to MessageRef, _ Reply) (MessageRef, error) {
	select {
	case m.here <- struct{}{}:
	case <-m.here:
	case <-time.After(10 * time.Second):
		return to, errors.New("nobody else came")
	}
	to.Message = "p"
	return to, nil
}

func (meeting) Edit(context.Context, MessageRef, Reply) error { return nil }

func TestOneSpacesPostsDoNotWaitForAnothers(t *testing.T) {
	d := newDesk(t)
	d.Attach("test", meeting{make(chan struct{})})
	for _, space := range []string{"one", "two"} {
		if err := d.db.Subscribe(t.Context(), facts.Subscription{Space: space, Platform: "test", Channel: space, At: d.now.Add(-time.Hour),
			Spec: []byte(`{"hour": 12, "zone": "UTC", "lang": "es", "kind": "every_day"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	d.Tick(t.Context(), d.now)
	for _, space := range []string{"one", "two"} {
		if posts, err := d.db.Posted(t.Context(), space, "", "", 9); err != nil || len(posts) != 1 || posts[0].State != "sent" {
			t.Errorf("%s: %+v (%v)", space, posts, err)
		}
	}
}

// Of a channel that was taken off the list while its post failed, nothing is remembered for good.
func TestWhatFailedIsForgotten(t *testing.T) {
	b := newBot(t)
	now := time.Date(2027, time.May, 1, 0, 0, 0, 0, time.UTC)
	b.daily.tried("test channel 2027-05-01", now, false)
	b.daily.forget(now.AddDate(0, 0, 3))
	if len(b.daily.again) != 1 || len(b.daily.tries) != 1 {
		t.Error("it was forgotten while it may be tried again")
	}
	b.daily.forget(now.AddDate(0, 0, 5))
	if n := len(b.daily.again) + len(b.daily.tries); n != 0 {
		t.Errorf("%d things are remembered", n)
	}
}

// cutting is a courier with whom the database goes away while a post is sent.
type cutting struct{ cut func() }

func (c *cutting) Send(_ context.Context, to MessageRef, _ Reply) (MessageRef, error) {
	c.cut()
	to.Message = "p"
	return to, nil
}

func (*cutting) Edit(context.Context, MessageRef, Reply) error { return nil }

// That a post was made is known also where the database went away just then.
func TestAPostIsSettledOnceTheDatabaseIsBack(t *testing.T) {
	server := pgtest.Start(t)
	proxy, address := server.Proxy(t), server.Address(t)
	b := replica(t, proxy.Through(address))
	b.Attach("test", &cutting{proxy.Cut})
	now := time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC)
	if err := b.Store.Subscribe(t.Context(), facts.Subscription{Space: "one", Platform: "test", Channel: "one", At: now.Add(-time.Hour),
		Spec: []byte(`{"hour": 12, "zone": "UTC", "lang": "es", "kind": "every_day"}`)}); err != nil {
		t.Fatal(err)
	}
	b.Tick(t.Context(), now)
	proxy.Resume()
	wait(t, "the post is settled", func() bool {
		posts, err := b.Store.Posted(t.Context(), "one", "", "", 9)
		return err == nil && len(posts) == 1 && posts[0].State == "sent" && posts[0].Message == "p"
	})
}
