package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store"
	"testigo/facts/store/pgtest"
)

// fill puts something into every table that is copied.
func fill(t *testing.T, s *store.DB) {
	t.Helper()
	ctx := t.Context()
	ana, berta := facts.Author{Platform: "discord", ID: "803", Name: "Ana Ñandú 🌵"}, facts.Author{Platform: "telegram", ID: "42", Name: "Berta"}
	at := facts.MessageRef{Platform: "discord", Channel: "1", Message: "2"}
	text := strings.Repeat("<ü> \\ ' \" \r\n %s ? $1 ", 50)
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var entries []facts.Entry
	for i := range 250 { // more than are written at once
		entries = append(entries, facts.Entry{Space: "s", Fact: fmt.Sprint("fact-", i%7), State: facts.Proposed, Body: facts.Content{Value: &text}, By: ana, Reason: text, Marked: i%2 == 0})
	}
	must(s.AppendAll(ctx, entries))
	must(nil, s.Watch(ctx, 1, at, facts.Spanish, berta))
	for i := range 3 {
		must(s.CountGap(ctx, facts.Gap{Space: "s", Text: fmt.Sprint("who ", i), Sample: "¿Quién?", Lang: facts.Spanish}))
		must(s.AddReport(ctx, facts.Report{Space: "s", Fact: "fact-1", Kind: facts.ReportWrong, Note: text}))
		must(nil, s.Deliver(ctx, facts.Delivery{MessageRef: facts.MessageRef{Platform: "discord", Channel: "1", Message: fmt.Sprint(i)}, Space: "s", Fact: "fact-1", Private: i == 1}))
	}
	must(nil, s.CloseReport(ctx, 3, "done"))
	must(s.SaveDraft(ctx, facts.Draft{Space: "s", By: berta, Body: []byte{0, 1, 255, '\'', '\\'}}))
	must(s.Claim(ctx, "act"))
	must(s.ChangeChannel(ctx, "telegram", "-100", func(c *facts.Channel) { c.Lang, c.Gone = facts.English, true }))
	must(nil, s.Subscribe(ctx, facts.Subscription{Space: "s", Platform: "discord", Channel: "1", Spec: []byte("{}")}))
	must(s.ClaimPost(ctx, facts.Post{Space: "s", Platform: "discord", Channel: "1", Date: "2026-09-26", Fact: "fact-1"}))
	_, _, err := s.Acquire(ctx, "poller", "a", time.Hour)
	must(nil, err)
}

// all is what a store shows of what fill put in.
func all(t *testing.T, s *store.DB) (seen []any) {
	t.Helper()
	ctx := t.Context()
	look := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if reflect.ValueOf(v).Len() == 0 {
			t.Errorf("nothing to compare of %T", v)
		}
		seen = append(seen, v)
	}
	look(s.Since(ctx, 0, 1000))
	look(s.Gaps(ctx, "s", 0, 99))
	look(s.Reports(ctx, "s", 0, 99))
	look(s.DraftsOf(ctx, facts.Author{Platform: "telegram", ID: "42"})) // with their versions
	look(s.Delivered(ctx, "s", "fact-1", 99, time.Unix(0, 0)))
	channels, err := s.ChannelsSince(ctx, 0)
	look(channels.List, err)
	look(s.Subscriptions(ctx))
	look(s.Posted(ctx, "s", "discord", "1", 99))
	return seen
}

func TestCopyBetweenFiles(t *testing.T) {
	checkCopy(t, func() string { return filepath.Join(t.TempDir(), "from.db") }, func() string { return filepath.Join(t.TempDir(), "to.db") })
}

// copies goes from a file to PostgreSQL, the way back, and between two places there.
func copies(t *testing.T, server *pgtest.Server) {
	file, there := func() string { return filepath.Join(t.TempDir(), "facts.db") }, func() string { return server.Address(t) }
	checkCopy(t, file, there)
	checkCopy(t, there, file)
	checkCopy(t, there, there)
}

func checkCopy(t *testing.T, source, target func() string) {
	t.Helper()
	ctx := t.Context()
	from, address := open(t, source()), target()
	to := open(t, address)
	fill(t, from)
	copied := func(entries int64, before bool) {
		t.Helper()
		c, err := store.Copy(ctx, from, to)
		if err != nil || c.Entries != entries || c.Rows < entries+10 || c.Before != before {
			t.Fatalf("%+v, want %d entries, there before: %t (%v)", c, entries, before, err)
		}
		if n, fault, err := to.Verify(ctx); n != entries || fault != "" || err != nil {
			t.Errorf("the copy: %d entries, want %d; %s (%v)", n, entries, fault, err)
		}
		if got, want := all(t, to), all(t, from); !reflect.DeepEqual(got, want) {
			t.Errorf("the copy holds\n%.2000v\nwant\n%.2000v", got, want)
		}
	}
	copied(250, false)
	copied(250, true)
	if leases, err := to.Leases(ctx); err != nil || len(leases) != 0 {
		t.Errorf("leases were copied: %+v (%v)", leases, err)
	}
	// The source goes on, something in it is deleted, and it is copied once more.
	if _, err := from.Append(ctx, entry("more")); err != nil {
		t.Fatal(err)
	}
	if id, err := from.CountGap(ctx, facts.Gap{Space: "s", Text: "fades", Last: time.Unix(5, 0)}); err != nil || id < 4 {
		t.Fatal(id, err)
	}
	if n, err := from.Fade(ctx, time.Unix(9, 0)); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	copied(251, false)
	copied(251, true)
	goesOn(t, from, to, address)
}

// goesOn uses a copy: ids are not given twice, people are known, the watch is there; then it is no longer copied to.
func goesOn(t *testing.T, from, to *store.DB, address string) {
	t.Helper()
	ctx := t.Context()
	theirs, err := from.CountGap(ctx, facts.Gap{Space: "s", Text: "next"})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := to.CountGap(ctx, facts.Gap{Space: "s", Text: "next"})
	if err != nil || ours < theirs {
		t.Errorf("the next id is %d, and there %d (%v)", ours, theirs, err)
	}
	if w, err := to.Watchers(ctx, 1); err != nil || len(w) != 1 {
		t.Errorf("watchers: %+v (%v)", w, err)
	}
	again := open(t, address) // with the salt that is in the database now
	if known, err := again.Known(ctx, "discord", "803"); err != nil || known.Entries != 250 {
		t.Errorf("known: %+v (%v)", known, err)
	}
	before := all(t, to)
	if _, err := store.Copy(ctx, from, to); err == nil || !strings.Contains(err.Error(), "was used since") {
		t.Errorf("over a copy that was used: %v", err)
	}
	if _, err := store.Copy(ctx, to, to); err == nil || !strings.Contains(err.Error(), "was used since") {
		t.Errorf("over itself: %v", err)
	}
	if after := all(t, to); !reflect.DeepEqual(after, before) {
		t.Error("a refused copy changed something")
	}
}

func TestCopyRefuses(t *testing.T) {
	ctx := t.Context()
	file := filepath.Join(t.TempDir(), "from.db")
	from := open(t, file)
	fill(t, from)
	other := open(t, filepath.Join(t.TempDir(), "other.db"))
	if _, err := other.CountGap(ctx, facts.Gap{Space: "s", Text: "who"}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Copy(ctx, from, other); err == nil || !strings.Contains(err.Error(), "holds something else") {
		t.Errorf("over another: %v", err)
	}
	if got, err := other.Gaps(ctx, "s", 0, 9); err != nil || len(got) != 1 {
		t.Errorf("the other holds %+v (%v)", got, err)
	}
	raw, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Exec("UPDATE log SET reason = 'better' WHERE seq = 3"); err != nil {
		t.Fatal(err)
	}
	fresh := open(t, filepath.Join(t.TempDir(), "fresh.db"))
	if _, err := store.Copy(ctx, from, fresh); err == nil || !strings.Contains(err.Error(), "entry 3 is not what it was") {
		t.Errorf("of a damaged log: %v", err)
	}
	if got, err := fresh.Since(ctx, 0, 9); err != nil || len(got) != 0 {
		t.Errorf("a damaged log was copied: %d entries (%v)", len(got), err)
	}
}
