package storetest

import (
	"time"

	"testigo/facts"
)

func gapPromises() []promise {
	return []promise{
		{"a gap is counted by its space and text, and tells the newest way it was asked", gapsCount},
		{"gaps are listed most asked first, then newest, in pages", gapsListed},
		{"an answered gap is not listed until it is asked again", gapsClosed},
		{"a report comes back as it was given", reportComesBack},
		{"open reports are listed oldest first, in pages", reportsListed},
		{"a report is closed once", reportClosedOnce},
	}
}

func gapsCount(s subject) {
	first := facts.Gap{Space: "s", Text: "quien fue", Sample: "¿Quién fue?", Lang: facts.Spanish, Last: day(1), Nearest: "a"}
	id, err := s.CountGap(s.ctx, first)
	s.ok(err)
	got, err := s.Gap(s.ctx, id)
	s.ok(err)
	first.ID, first.Count, first.First = id, 1, day(1)
	s.same("asked once", got, first)

	again, err := s.CountGap(s.ctx, facts.Gap{Space: "s", Text: "quien fue", Sample: "quien FUE", Lang: facts.English, Last: day(3)})
	if err != nil || again != id {
		s.Errorf("its id was %d and is %d (%v)", id, again, err)
	}
	got, err = s.Gap(s.ctx, id)
	s.ok(err)
	s.same("asked twice", got, facts.Gap{ID: id, Space: "s", Text: "quien fue", Sample: "quien FUE", Lang: facts.English, Count: 2, First: day(1), Last: day(3)})

	other, err := s.CountGap(s.ctx, facts.Gap{Space: "t", Text: "quien fue"})
	if err != nil || other == id {
		s.Errorf("another space's gap has the id %d (%v)", other, err)
	}
	if got, err = s.Gap(s.ctx, other); err != nil || time.Since(got.Last) > time.Hour || got.First != got.Last {
		s.Errorf("asked now, and kept at %v and %v (%v)", got.First, got.Last, err)
	}
	_, err = s.Gap(s.ctx, 99)
	s.fails(err, facts.ErrNotFound)
}

func gapsListed(s subject) {
	for i, q := range []string{"newest", "twice", "newer", "twice", "once"} {
		_, err := s.CountGap(s.ctx, facts.Gap{Space: "s", Text: q, Last: day(9 - i)})
		s.ok(err)
	}
	_, err := s.CountGap(s.ctx, facts.Gap{Space: "t", Text: "elsewhere"})
	s.ok(err)
	for _, tt := range []struct {
		skip, limit int
		want        []string
	}{{0, 9, []string{"twice", "newest", "newer", "once"}}, {1, 2, []string{"newest", "newer"}}, {4, 9, []string{}}, {0, 0, []string{}}, {-1, 1, []string{"twice"}}} {
		got, err := s.Gaps(s.ctx, "s", tt.skip, tt.limit)
		s.ok(err)
		texts := []string{}
		for _, g := range got {
			texts = append(texts, g.Text)
		}
		s.same("gaps", texts, tt.want)
	}
}

func gapsClosed(s subject) {
	id, err := s.CountGap(s.ctx, facts.Gap{Space: "s", Text: "who"})
	s.ok(err)
	for _, fact := range []string{"a", "-"} {
		s.ok(s.CloseGap(s.ctx, id, fact))
		if got, err := s.Gap(s.ctx, id); err != nil || got.Fact != fact {
			s.Errorf("answered by %q, want %q (%v)", got.Fact, fact, err)
		}
		s.openGaps(0)
	}
	s.ok(s.CloseGap(s.ctx, id, ""))
	s.openGaps(1)
	s.ok(s.CloseGap(s.ctx, id, "a"))
	_, err = s.CountGap(s.ctx, facts.Gap{Space: "s", Text: "who"})
	s.ok(err)
	s.openGaps(1)
	s.fails(s.CloseGap(s.ctx, 99, "a"), facts.ErrNotFound)
}

func (s subject) openGaps(n int) {
	s.Helper()
	if got, err := s.Gaps(s.ctx, "s", 0, 9); err != nil || len(got) != n {
		s.Errorf("%d gaps are open, want %d (%v)", len(got), n, err)
	}
}

func reportComesBack(s subject) {
	want := facts.Report{Space: "s", Fact: "a", Revision: 3, Kind: facts.ReportSource, Note: "Eso no lo dice — línea\nnueva 👀", Lang: facts.Spanish, At: day(1)}
	id, err := s.AddReport(s.ctx, want)
	s.ok(err)
	want.ID = id
	got, err := s.Report(s.ctx, id)
	s.ok(err)
	s.same("the report", got, want)
	_, err = s.Report(s.ctx, 99)
	s.fails(err, facts.ErrNotFound)
}

func reportsListed(s subject) {
	var ids []int64
	for _, space := range []string{"s", "t", "s", "s"} {
		id, err := s.AddReport(s.ctx, facts.Report{Space: space, Fact: "a", Kind: facts.ReportWrong})
		s.ok(err)
		ids = append(ids, id)
	}
	for _, tt := range []struct {
		skip, limit int
		want        []int64
	}{{0, 9, []int64{ids[0], ids[2], ids[3]}}, {1, 1, []int64{ids[2]}}, {0, 0, []int64{}}} {
		got, err := s.Reports(s.ctx, "s", tt.skip, tt.limit)
		s.ok(err)
		found := []int64{}
		for _, r := range got {
			found = append(found, r.ID)
		}
		s.same("reports", found, tt.want)
	}
}

func reportClosedOnce(s subject) {
	id, err := s.AddReport(s.ctx, facts.Report{Space: "s", Fact: "a"})
	s.ok(err)
	if err := s.CloseReport(s.ctx, id, ""); err == nil {
		s.Error("closed without an outcome")
	}
	s.ok(s.CloseReport(s.ctx, id, "corrected"))
	s.fails(s.CloseReport(s.ctx, id, "declined"), facts.ErrDecided)
	s.fails(s.CloseReport(s.ctx, 99, "declined"), facts.ErrNotFound)
	if got, err := s.Report(s.ctx, id); err != nil || got.Outcome != "corrected" {
		s.Errorf("outcome %q (%v)", got.Outcome, err)
	}
	if open, err := s.Reports(s.ctx, "s", 0, 9); err != nil || len(open) != 0 {
		s.Errorf("still open: %v (%v)", open, err)
	}
}
