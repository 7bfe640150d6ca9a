package storetest

import (
	"context"
	"strings"
	"time"

	"testigo/facts"
	"testigo/facts/store"
)

func edgePromises() []promise {
	return []promise{
		{"when the context has ended every method says so and writes nothing", contextEnded},
		{"a context that ends while a method waits ends it", contextEndsMeanwhile},
		{"texts that could not come back as they were given are refused", badTexts},
		{"long texts come back", longTexts},
		{"words that mean something to a database are just text", injections},
	}
}

func contextEnded(s subject) {
	p := s.add(proposal("a"))
	gap, err := s.CountGap(s.ctx, facts.Gap{Space: "s", Text: "q"})
	s.ok(err)
	report, err := s.AddReport(s.ctx, facts.Report{Space: "s"})
	s.ok(err)
	before := s.snapshot()
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	at := message("1", "2")
	for name, call := range map[string]func() error{
		"Append":        func() error { _, err := s.Append(ctx, proposal("a")); return err },
		"AppendAll":     func() error { _, err := s.AppendAll(ctx, []facts.Entry{proposal("a")}); return err },
		"Since":         func() error { _, err := s.Since(ctx, 0, 9); return err },
		"Revision":      func() error { _, err := s.Revision(ctx, 1); return err },
		"Live":          func() error { _, err := s.Live(ctx, "s", "a"); return err },
		"Current":       func() error { _, err := s.Current(ctx, "s"); return err },
		"History":       func() error { _, err := s.History(ctx, "s", "a", 0, 9); return err },
		"Recent":        func() error { _, err := s.Recent(ctx, "s", 0, 9); return err },
		"Pending":       func() error { _, err := s.Pending(ctx, "s"); return err },
		"Watch":         func() error { return s.Watch(ctx, p.Seq, at, facts.English, ana()) },
		"Watchers":      func() error { _, err := s.Watchers(ctx, p.Seq); return err },
		"CountGap":      func() error { _, err := s.CountGap(ctx, facts.Gap{Space: "s", Text: "q"}); return err },
		"Gaps":          func() error { _, err := s.Gaps(ctx, "s", 0, 9); return err },
		"Gap":           func() error { _, err := s.Gap(ctx, gap); return err },
		"CloseGap":      func() error { return s.CloseGap(ctx, gap, "a") },
		"AddReport":     func() error { _, err := s.AddReport(ctx, facts.Report{Space: "s"}); return err },
		"Reports":       func() error { _, err := s.Reports(ctx, "s", 0, 9); return err },
		"Report":        func() error { _, err := s.Report(ctx, report); return err },
		"CloseReport":   func() error { return s.CloseReport(ctx, report, "done") },
		"SaveDraft":     func() error { _, err := s.SaveDraft(ctx, facts.Draft{Space: "s", By: ana()}); return err },
		"Draft":         func() error { _, err := s.Draft(ctx, "s", ana()); return err },
		"DraftsOf":      func() error { _, err := s.DraftsOf(ctx, ana()); return err },
		"DraftsSince":   func() error { _, err := s.DraftsSince(ctx, 0); return err },
		"DeleteDraft":   func() error { return s.DeleteDraft(ctx, "s", ana(), 1) },
		"Deliver":       func() error { return s.Deliver(ctx, facts.Delivery{MessageRef: at, Space: "s", Fact: "a"}) },
		"Delivered":     func() error { _, err := s.Delivered(ctx, "s", "a", 1, day(1)); return err },
		"Redelivered":   func() error { return s.Redelivered(ctx, at, 1) },
		"Askers":        func() error { _, err := s.Askers(ctx, gap); return err },
		"Claim":         func() error { return notGot(s.Claim(ctx, "key")) },
		"Settle":        func() error { return s.Settle(ctx, "key", "done") },
		"Channel":       func() error { _, err := s.Channel(ctx, "discord", "1"); return err },
		"ChangeChannel": func() error { _, err := s.ChangeChannel(ctx, "discord", "1", func(*facts.Channel) {}); return err },
		"ChannelsSince": func() error { _, err := s.ChannelsSince(ctx, 0); return err },
		"Subscriptions": func() error { _, err := s.Subscriptions(ctx); return err },
		"Subscribe":     func() error { return s.Subscribe(ctx, facts.Subscription{Space: "s"}) },
		"Unsubscribe":   func() error { return s.Unsubscribe(ctx, "s", "discord", "1") },
		"ClaimPost":     func() error { return notGot(s.ClaimPost(ctx, post("2026-09-26"))) },
		"ReleasePost":   func() error { return s.ReleasePost(ctx, post("2026-09-26"), "why") },
		"SettlePost":    func() error { p := post("2026-09-26"); p.State = "sent"; return s.SettlePost(ctx, p) },
		"Posted":        func() error { _, err := s.Posted(ctx, "s", "discord", "1", 9); return err },
		"Verify":        func() error { _, _, err := s.Verify(ctx); return err },
		"Fade":          func() error { _, err := s.Fade(ctx, time.Now().Add(time.Hour)); return err },
		"Forget":        func() error { _, err := s.Forget(ctx, ana().Platform, ana().ID); return err },
		"Acquire":       func() error { return notGot(ends(s.Acquire(ctx, "poller", "ana", long))) },
		"Renew":         func() error { return notGot(s.Renew(ctx, "poller", 1, long)) },
		"Release":       func() error { return s.Release(ctx, "poller", 1, "") },
		"Take":          func() error { _, err := s.Take(ctx, "all", long, 1); return err },
		"Leases":        func() error { _, err := s.Leases(ctx); return err },
		"Known":         func() error { _, err := s.Known(ctx, ana().Platform, ana().ID); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
			s.Errorf("%s: %v", name, err)
		} else {
			s.fails(err, context.Canceled)
		}
	}
	s.same("what is kept", s.snapshot(), before)
	s.intact(1)
}

// notGot is the error of a claim, and another one where it was got in spite of an error.
func notGot(got bool, err error) error {
	if got {
		return errLate
	}
	return err
}

// ends leaves out the lease.
func ends(_ facts.Lease, ok bool, err error) (bool, error) { return ok, err }

// snapshot is what can be seen of space "s".
func (s subject) snapshot() (seen []any) {
	s.Helper()
	look := func(v any, err error) {
		s.ok(err)
		seen = append(seen, v)
	}
	look(s.Since(s.ctx, 0, 99))
	look(s.Gaps(s.ctx, "s", 0, 99))
	look(s.Reports(s.ctx, "s", 0, 99))
	look(s.DraftsOf(s.ctx, ana()))
	look(s.Delivered(s.ctx, "s", "a", 99, day(1)))
	channels, err := s.ChannelsSince(s.ctx, 0)
	look(channels.List, err)
	look(s.Subscriptions(s.ctx))
	look(s.Posted(s.ctx, "s", "discord", "1", 99))
	look(s.Known(s.ctx, ana().Platform, ana().ID))
	look(s.Leases(s.ctx))
	return seen
}

func contextEndsMeanwhile(s subject) {
	ctx, cancel := context.WithCancel(s.ctx)
	var acknowledged, failed int
	for i := range 200 {
		if i == 100 {
			go cancel() // at some moment of the next writes
		}
		if _, err := s.Append(ctx, proposal("a")); err == nil {
			acknowledged++
		} else {
			s.fails(err, context.Canceled)
			failed++
		}
	}
	cancel()
	if failed == 0 || acknowledged < 100 {
		s.Errorf("%d were acknowledged and %d failed", acknowledged, failed)
	}
	s.intact(int64(acknowledged))
	s.add(proposal("a")) // the store goes on
}

func badTexts(s subject) {
	for name, bad := range map[string]string{"not UTF-8": "a\xffb", "a NUL": "a\x00b", "too long": strings.Repeat("x", store.MaxValue+1)} {
		e := proposal("a")
		e.Reason = bad
		if _, err := s.Append(s.ctx, e); err == nil {
			s.Errorf("%s: appended", name)
		}
		if _, err := s.CountGap(s.ctx, facts.Gap{Space: "s", Text: bad}); err == nil {
			s.Errorf("%s: counted", name)
		}
		if _, err := s.Live(s.ctx, "s", bad); err == nil {
			s.Errorf("%s: looked up", name)
		}
	}
	s.intact(0)
}

func longTexts(s subject) {
	e := proposal("a")
	e.Reason = strings.Repeat("ñ🌵", 100_000)
	e.Body = text(strings.Repeat("<ü>", 100_000))
	r := s.add(e)
	s.same("the log", s.all(), []facts.Revision{r})
	s.intact(1)
}

func injections(s subject) {
	for _, t := range []string{`'; DROP TABLE log; --`, `"`, `%`, `_`, `\`, "NULL", "?", "$1", ":a", "0", "'", "\r\n"} {
		e := change("fact "+t, 0)
		e.Space, e.Reason = t, t
		r := s.add(e)
		got, err := s.Current(s.ctx, t)
		s.ok(err)
		s.same(t, got, []facts.Revision{r})
	}
	s.intact(12)
}
