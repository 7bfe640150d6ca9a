package bot

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestEveryCommandByEveryRole(t *testing.T) {
	for role := Member; role <= Owner; role++ {
		d := newDesk(t)
		for i := range d.commands {
			c := &d.commands[i]
			r := d.says("ana", role, "/"+c.Name+" opened x")
			refused := strings.Contains(texts(r), "is for: ")
			if want := role < c.Who; refused != want {
				t.Errorf("/%s by a %s is refused: %v, want %v", c.Name, roleName(role, English), refused, want)
			}
			if refused && r.Changed != nil {
				t.Errorf("/%s by a %s was refused and done", c.Name, roleName(role, English))
			}
			help := texts(d.says("ana", role, "/help"))
			if shown := strings.Contains(help, c.Usage(English)+" — "); !c.internal && shown != (role >= c.Who) {
				t.Errorf("/%s stands in the help of a %s: %v", c.Name, roleName(role, English), shown)
			}
		}
	}
}

func TestAForgedButtonDoesNothing(t *testing.T) {
	d := newDesk(t)
	d.puts("ana", d.fact("curtains", "Green."))                 // #1
	d.says("mia", Member, "/suggest opened")                    // mia's draft
	d.says("mia", Member, "/draft preview")                     //
	d.says("mia", Member, "/draft save")                        // #2, a proposal
	d.says("mia", Member, "/report opened wrong")               // report 1
	d.asks("square", "q", "who wove the carpets of the castle") // gap 1
	d.says("ana", Moderator, "/edit curtains")                  // ana's draft
	elsewhere := func(m Message) Message { m.Space = "test:village"; return m }
	tests := []struct {
		name string
		m    Message
	}{
		{"undo of another space's change", elsewhere(d.message("eve", Owner, "/undo 1"))},
		{"approval of another space's proposal", elsewhere(d.message("eve", Owner, "/approve 2"))},
		{"rejection of another space's proposal", elsewhere(d.message("eve", Owner, "/reject 2 no"))},
		{"another space's gap", elsewhere(d.message("eve", Owner, "/gap 1 never"))},
		{"another space's report", elsewhere(d.message("eve", Owner, "/resolve 1 no"))},
		{"a draft of one's own in another space", elsewhere(d.message("ana", Moderator, "/draft save"))},
		{"somebody else's draft", d.message("eve", Owner, "/draft save")},
		{"somebody else's page", d.message("eve", Owner, "/draft page text")},
		{"a member's undo", d.message("mia", Member, "/undo 1")},
		{"a member's approval of their own proposal", d.message("mia", Member, "/approve 2")},
		{"an author's approval of their own proposal", d.message("mia", Moderator, "/approve 2")},
		{"an approval of what is no proposal", d.message("eve", Moderator, "/approve 1")},
		{"an approval of a revision there is not", d.message("eve", Moderator, "/approve 77")},
		{"an undo of a proposal", d.message("eve", Moderator, "/undo 2")},
		{"an undo in private, outside any space", func() Message { m := d.message("eve", Moderator, "/undo 1"); m.Space = ""; return m }()},
		{"an import confirmed that was not begun", d.message("eve", Owner, "/import yes")},
		{"a member's import", d.message("mia", Member, "/import yes")},
		{"a command cut off", d.message("eve", Moderator, "/gap 1")},
		{"a number too large", d.message("eve", Moderator, "/undo 99999999999999999999")},
	}
	for _, tt := range tests {
		if r := d.hears(tt.m); r.Changed != nil || len(r.Blocks) == 0 {
			t.Errorf("%s changed %v and said %q", tt.name, r.Changed, texts(r))
		}
	}
	list, err := d.db.Since(t.Context(), 0, 100)
	if err != nil || len(list) != 2 {
		t.Errorf("the log has %d entries, want 2 (%v)", len(list), err)
	}
	if g, err := d.db.Gap(t.Context(), 1); err != nil || g.Fact != "" {
		t.Errorf("the gap is %+v, %v", g, err)
	}
	if r, err := d.db.Report(t.Context(), 1); err != nil || r.Outcome != "" {
		t.Errorf("the report is %+v, %v", r, err)
	}
}

func TestTooMuchAtOnceIsToldOnce(t *testing.T) {
	d := newDesk(t)
	d.limit.set(Limits{PerPerson: Limit{PerMinute: 60, Burst: 4}, PerChannel: Limit{PerMinute: 600, Burst: 6}})
	said := func(who string) string { return texts(d.says(who, Member, "/topics")) }
	for range 4 {
		if said("mia") == "" {
			t.Fatal("within the limit there was silence")
		}
	}
	if !strings.Contains(said("mia"), "a lot at once") || said("mia") != "" || said("mia") != "" {
		t.Error("it was not told once and then silent")
	}
	d.now = d.now.Add(time.Second) // one more is due, but that is no rest
	if said("mia") == "" || said("mia") != "" {
		t.Error("one more a second was due, and then silence")
	}
	d.now = d.now.Add(time.Minute)
	for range 4 {
		said("mia")
	}
	if !strings.Contains(said("mia"), "a lot at once") {
		t.Error("after a rest it is told anew")
	}
	for _, who := range []string{"a", "b", "c", "d", "e", "f"} {
		said(who)
	}
	if r := said("g"); strings.Contains(r, "Topics") {
		t.Errorf("the channel's limit is not kept: %q", r)
	}
	d.now = d.now.Add(2 * sweepEvery)
	said("mia")
	if n := len(d.limit.of); n > 2 {
		t.Errorf("%d buckets are kept of people long gone", n)
	}
}

// However many people ask, only those are remembered whose last questions still count.
func TestMemoryOfManyWhoAsk(t *testing.T) {
	l, now := newLimiter(Limits{PerPerson: Limit{PerMinute: 20, Burst: 10}}), time.Now()
	most := 0
	for i := range 50_000 {
		now = now.Add(10 * time.Millisecond) // a question counts for three seconds: 300 people
		if l.allow(Message{Author: Author{Platform: "p", ID: strconv.Itoa(i)}}, now) != pass {
			t.Fatal("somebody's first question is one too many")
		}
		most = max(most, len(l.of))
	}
	if most > sweepFrom+2*301 {
		t.Errorf("%d people were remembered at once", most)
	}
}
