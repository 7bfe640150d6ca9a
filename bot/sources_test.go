package bot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestModeratorsAreToldOfTheirSources(t *testing.T) {
	d := newDesk(t)
	reads := 0
	found := []SourceFinding{
		{Source: "chronicle", Address: "https://example.org/chronicle", Quote: "with 612 books given by its neighbours", Facts: []string{"books-at-opening", "opened"}},
		{Source: "letter", Address: "https://example.org/letter"},
		{Source: "register", Address: "https://example.org/register", To: "https://example.org/archive"},
	}
	var fails error
	read := func(context.Context) ([]SourceFinding, error) { reads++; return found, fails }
	tick := func() {
		t.Helper()
		if err := d.watchSources(t.Context(), read); !errors.Is(err, fails) {
			t.Errorf("got %v, want %v", err, fails)
		}
	}
	tick()
	d.says("ana", Owner, "/settings watch_sources on")
	tick()
	if reads != 0 {
		t.Errorf("read %d times before anybody asked for it and had a channel", reads)
	}
	d.says("ana", Owner, "/settings review_channel desk")
	d.sent = nil
	tick()
	tick()
	d.open() // as after a crash
	tick()
	if reads != 1 || len(d.sent) != 1 {
		t.Fatalf("read %d times, told %d times in one week", reads, len(d.sent))
	}
	told := d.sent[0]
	if told.at.Channel != "desk" || !strings.Contains(told.text, "chronicle: “with 612 books given by its neighbours” is no longer at https://example.org/chronicle. It stands under: books-at-opening, opened") ||
		!strings.Contains(told.text, "letter: https://example.org/letter gives no page") || !strings.Contains(told.text, "register: https://example.org/register leads to https://example.org/archive now") {
		t.Errorf("told in %s:\n%s", told.at.Channel, told.text)
	}
	d.says("ana", Owner, "/settings language es")
	d.now = d.now.Add(7 * 24 * time.Hour)
	for range 40 {
		found = append(found, found[1])
	}
	d.sent = nil
	tick()
	if reads != 2 || len(d.sent) != 1 || !strings.Contains(d.sent[0].text, "«with 612") || !strings.Contains(d.sent[0].text, "Y 31 más.") {
		t.Errorf("a week later: read %d times, %+v", reads, d.sent)
	}
	d.now = d.now.Add(7 * 24 * time.Hour)
	d.sent, found = nil, nil
	tick()
	if reads != 3 || len(d.sent) != 0 {
		t.Errorf("with nothing found: %+v", d.sent)
	}
	d.now = d.now.Add(7 * 24 * time.Hour)
	fails = errors.New("no network")
	tick()
	fails = nil
	tick()
	if reads != 4 {
		t.Errorf("a week that failed was begun again: read %d times", reads)
	}
}

func TestWatchingSourcesEnds(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.WatchSources(ctx, nil); err != nil {
		t.Error(err)
	}
}

// A community that set nothing but how long things are kept is heard, and /privacy says what holds.
func TestHowLongIsKept(t *testing.T) {
	d := newDesk(t)
	d.says("ana", Owner, "/settings keep_days 30")
	if got := d.keep(); got != 30*24*time.Hour {
		t.Errorf("kept for %v", got)
	}
	if got := texts(d.says("eva", Member, "/privacy")); !strings.Contains(got, "deleted after 30 days") {
		t.Errorf("/privacy says\n%s", got)
	}
}
