package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"testigo/facts"
)

// tally is an observer that keeps what it is told.
type tally struct {
	mu     sync.Mutex
	asked  []Question
	events []string
}

func (c *tally) Asked(q Question) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, q)
}

func (c *tally) Happened(platform string, e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, platform+" "+e.String())
}

// otherSet is a set of one fact over the source it names.
func otherSet(t *testing.T, source, answer string) *facts.Engine {
	t.Helper()
	lines := fmt.Sprintf(`{"source":{"id":%q,"title":"t","publisher":"p","lang":"en","address":"https://example.org"}}
{"fact":{"id":"opened","standing":"established","en":{"question":"When was the library opened?","answer":%q},"quotes":[{"source":%[1]q,"exact":"it was opened"}]}}
`, source, answer)
	pack, err := facts.LoadChecked("other", []byte(lines))
	if err != nil {
		t.Fatal(err)
	}
	return facts.NewEngine(pack)
}

func TestReloadKeepsWhatACommunityChanged(t *testing.T) {
	d := newDesk(t)
	d.says("ana", Moderator, "/hide first-librarian the date has to be checked")
	if err := d.Reload(t.Context(), otherSet(t, "chronicle", "In another year."), Live{}); err != nil {
		t.Fatal(err)
	}
	if got := texts(d.says("mia", Member, "when was the library opened")); !strings.Contains(got, "In another year.") {
		t.Errorf("the new set is not answered from:\n%s", got)
	}
	revision := d.State().Revision
	pack, err := facts.Load("../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Reload(t.Context(), facts.NewEngine(pack), Live{}); err != nil {
		t.Fatal(err)
	}
	if _, shown := d.engine.Get(string(town), "first-librarian"); shown {
		t.Error("what was hidden is shown again")
	}
	if _, shown := d.engine.Get("", "first-librarian"); !shown {
		t.Error("it is hidden for others too")
	}
	d.says("ana", Moderator, "/restore first-librarian")
	if _, shown := d.engine.Get(string(town), "first-librarian"); !shown || d.State().Revision <= revision {
		t.Errorf("changes are not taken in after a reload: r%d, then r%d", revision, d.State().Revision)
	}
}

func TestReloadIsRefusedWhereACommunitysFactWouldLoseItsSource(t *testing.T) {
	d := newDesk(t)
	if r, err := d.Put(t.Context(), d.message("ana", Moderator, ""), d.fact("curtains", "Green."), ""); err != nil || r.Changed == nil {
		t.Fatal(texts(r), err)
	}
	err := d.Reload(t.Context(), otherSet(t, "another", "In another year."), Live{Limits: Limits{PerPerson: Limit{1, 1}}})
	var faults facts.Faults
	if !errors.As(err, &faults) || faults[0].ID != "curtains" {
		t.Fatalf("got %v", err)
	}
	for range 3 { // neither the set nor the limits are new
		if got := texts(d.says("mia", Member, "what colour are the curtains")); !strings.Contains(got, "Green.") {
			t.Fatalf("the old set is not in force:\n%s", got)
		}
	}
}

func TestAFactWhoseSourceIsGoneAtTheStartIsNotShown(t *testing.T) {
	d := newDesk(t)
	if r, err := d.Put(t.Context(), d.message("ana", Moderator, ""), d.fact("curtains", "Green."), ""); err != nil || r.Changed == nil {
		t.Fatal(texts(r), err)
	}
	b := New(otherSet(t, "another", "In another year."), Options{Store: d.db})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := b.Handle(t.Context(), d.message("mia", Member, "what colour are the curtains"))
	if err != nil || r.Answered != "" {
		t.Errorf("%q, %v", r.Answered, err)
	}
}

func TestReloadTakesOverSpacesLimitsAndStandards(t *testing.T) {
	d := newDesk(t)
	seen := &tally{}
	d.Observer = seen
	if got := d.Space("discord", "7"); got != "discord:7" {
		t.Errorf("space %q", got)
	}
	live := Live{Spaces: map[string]SpaceID{"discord:7": "school"}, Standards: map[string]string{SetLanguage: "es"}, Limits: Limits{PerPerson: Limit{1, 1}}}
	pack, err := facts.Load("../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Reload(t.Context(), facts.NewEngine(pack), live); err != nil {
		t.Fatal(err)
	}
	if got := d.Space("discord", "7"); got != "school" {
		t.Errorf("space %q", got)
	}
	m := d.message("mia", Member, "when was the library opened")
	m.Lang = ""
	if r := d.hears(m); r.Lang != Spanish {
		t.Errorf("it answers in %q", r.Lang)
	}
	if r := d.hears(m); r.Answered != "" || !slices.Contains(seen.events, "test too_fast") {
		t.Errorf("nothing is limited: %q, %q", r.Answered, seen.events)
	}
}

// While sets are exchanged over and over, every question is answered whole from one or the other, and no change is lost.
func TestReloadWhilePeopleAskAndChange(t *testing.T) {
	d := newDesk(t)
	pack, err := facts.Load("../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var group sync.WaitGroup
	var answers, changes atomic.Int64
	group.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			engine := facts.NewEngine(pack)
			if n%2 == 0 {
				engine = otherSet(t, "another", "On 4 March 1931, says another.")
			}
			if err := d.Reload(t.Context(), engine, Live{}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	group.Go(func() {
		for ctx.Err() == nil {
			for _, say := range []string{"/hide opened because", "/restore opened r0"} {
				m := d.message("ana", Moderator, say)
				m.Space = "test:elsewhere"
				if r, err := d.Handle(t.Context(), m); err != nil || r.Changed == nil {
					t.Errorf("%s: %s, %v", say, texts(r), err)
					return
				}
				changes.Add(1)
			}
		}
	})
	for range 2 {
		group.Go(func() {
			for ctx.Err() == nil {
				r, err := d.Handle(t.Context(), d.message("mia", Member, "when was the library opened"))
				if err != nil || r.Answered == "" || !strings.Contains(texts(r), "4 March 1931") {
					t.Errorf("%q, %v", texts(r), err)
					return
				}
				answers.Add(1)
			}
		})
	}
	group.Wait()
	if answers.Load() == 0 || changes.Load() == 0 {
		t.Errorf("%d answers, %d changes", answers.Load(), changes.Load())
	}
	if got := d.State().Revision; got != changes.Load() {
		t.Errorf("the log has %d changes, the bot knows %d", changes.Load(), got)
	}
}

func TestObserverIsToldOfQuestionsAndGaps(t *testing.T) {
	d := newDesk(t)
	seen := &tally{}
	d.Observer = seen
	d.asks("square", "1", "when was the library opened")
	d.asks("square", "2", "how do I bake bread")
	if len(seen.asked) != 2 || seen.asked[0].Kind != facts.Answer || seen.asked[1].Kind != facts.NoFact || seen.asked[0].Lang != English {
		t.Fatalf("%+v", seen.asked)
	}
	if q := seen.asked[0]; q.Confidence < 0.5 || q.Confidence > 1 || q.Lookup <= 0 || q.Answer < q.Lookup {
		t.Errorf("%+v", q)
	}
	if !slices.Equal(seen.events, []string{"test gap_counted"}) {
		t.Errorf("%q", seen.events)
	}
	names := map[string]bool{}
	for _, e := range Events() {
		names[e.String()] = true
	}
	if len(names) != int(events) || names[""] {
		t.Errorf("events have %d names: %v", len(names), names)
	}
}

// A post that is being sent when the bot stops may end, but not last for ever.
func TestWhatWasBegunOutlivesAStopForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		sending, cancel := outliving(ctx, settleFor)
		defer cancel()
		stop()
		time.Sleep(settleFor - time.Millisecond)
		synctest.Wait()
		if sending.Err() != nil {
			t.Error("it ends with the bot")
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if sending.Err() == nil {
			t.Error("it goes on")
		}
	})
}
