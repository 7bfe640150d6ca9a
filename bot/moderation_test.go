package bot

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/facts"
)

func TestUndoWorksForADay(t *testing.T) {
	d := newDesk(t)
	d.puts("ana", d.fact("opened", "Never."))
	d.now = d.now.Add(undoFor + time.Second)
	if r := d.says("ana", Moderator, "/undo 1"); r.Changed != nil || !strings.Contains(texts(r), "more than 24 hours") {
		t.Errorf("%q", texts(r))
	}
	d.puts("ana", d.fact("opened", "Not at all."))
	d.now = d.now.Add(undoFor)
	if r := d.says("bea", Moderator, "/undo 2"); r.Changed == nil {
		t.Errorf("%q", texts(r))
	}
	if r := d.asks("square", "1", "when was the library opened"); !strings.Contains(texts(r), "Never.") {
		t.Errorf("%q", texts(r))
	}
}

func TestImportIsAllOrNothingAndTwiceIsOnce(t *testing.T) {
	d := newDesk(t)
	d.puts("ana", d.fact("curtains", "Green."))
	d.puts("ana", d.fact("opened", "On 4 March 1931, by the river."))
	data, err := d.Export(t.Context(), town)
	if err != nil || strings.Count(string(data), "\n") != 2 {
		t.Fatalf("%s %v", data, err)
	}
	again, err := d.Export(t.Context(), town)
	if err != nil || string(again) != string(data) {
		t.Error("two exports of the same facts differ")
	}
	other := newDesk(t)
	m := other.message("olga", Owner, "/import")
	m.File = append(append([]byte{}, data...), []byte(`{"fact":{"id":"bad"}}`+"\n")...)
	if r := other.hears(m); len(r.Choices) != 0 || !strings.Contains(texts(r), "import:3: bad") {
		t.Errorf("a bad line is met with %q", texts(r))
	}
	m.File = data
	r := other.hears(m)
	if !strings.Contains(texts(r), "New: 1. Changed: 1. The same: 0.") {
		t.Fatalf("the plan is %q", texts(r))
	}
	if list, _ := other.db.Since(t.Context(), 0, 10); len(list) != 0 {
		t.Error("the plan was carried out before it was confirmed")
	}
	other.says("olga", Owner, "/import yes")
	if r := other.hears(m); !strings.Contains(texts(r), "New: 0. Changed: 0. The same: 2.") {
		t.Errorf("importing again would do %q", texts(r))
	}
	out, err := other.Export(t.Context(), town)
	if err != nil || string(out) != string(data) {
		t.Errorf("what was imported exports as\n%s\nwant\n%s", out, data)
	}
}

func TestFormsKeepWhatWasTyped(t *testing.T) {
	d := newDesk(t)
	m := d.message("ana", Moderator, "/add")
	m.Forms = true
	r := d.hears(m)
	if r.Form == nil || len(r.Form.Fields) > MaxFields || r.Form.Command != "/draft page text" {
		t.Fatalf("%+v", r.Form)
	}
	m.Text, m.Answers = r.Form.Command, map[string]string{"question": "What colour are the curtains?", "answer": "Green.\x00", "standing": "sure", "as_of": "soon"}
	r = d.hears(m)
	if r.Form != nil || !strings.Contains(texts(r), "“sure” is none of the choices") || !strings.Contains(texts(r), "“soon” is no date") {
		t.Fatalf("%q", texts(r))
	}
	d.open()
	m.Text, m.Answers = r.Choices[0].Command, nil
	r = d.hears(m)
	if r.Form == nil || r.Form.Fields[0].Value != "What colour are the curtains?" || r.Form.Fields[1].Value != "Green." || r.Form.Fields[2].Value != "sure" {
		t.Fatalf("what was typed is lost: %+v", r.Form)
	}
	fill := func(answers map[string]string) {
		t.Helper()
		m.Text, m.Answers = r.Form.Command, answers
		r = d.hears(m)
		if len(r.Choices) > 0 && strings.HasPrefix(r.Choices[0].Command, "/draft open") {
			m.Text, m.Answers = r.Choices[0].Command, nil
			r = d.hears(m)
		}
	}
	fill(map[string]string{"standing": "alleged", "as_of": ""})
	fill(map[string]string{"holder": "A neighbour", "says": "They are green."})
	fill(map[string]string{"quote": "The curtains are green, said a neighbour.", "source": "chronicle"})
	fill(map[string]string{"phrasings": "curtain colour\n- hue of the drapes"})
	fill(map[string]string{})
	if r.Form != nil || !strings.Contains(texts(r), "This is how members will see it") || !strings.Contains(texts(r), "A neighbour — asserts: They are green.") {
		t.Fatalf("the preview is %q", texts(r))
	}
	m.Text = "/draft save"
	if r = d.hears(m); r.Changed == nil || r.Changed.State != facts.Proposed {
		t.Errorf("%+v %q", r.Changed, texts(r))
	}
}

func TestCommandsOfButtonsFit(t *testing.T) {
	long := strings.Repeat("a", facts.MaxID)
	d := newDesk(t)
	c := d.fact("curtains", "Green.")
	c.Fact.ID = long
	d.puts("ana", c)
	for _, text := range []string{"/fact " + long, "what colour are the curtains", "/edit " + long, "/cancel", "/report " + long, "/history " + long, "/review", "/gaps", "/reports", "/today",
		"/add What colour are the curtains really", "/draft preview", "/cancel", "/hide " + long, "/restore " + long, "/history " + long} {
		for _, choice := range d.says("ana", Moderator, text).Choices {
			if len(choice.Command) > MaxCommand || choice.Command == "" || choice.Label == "" {
				t.Errorf("%q offers %q (%d bytes): %q", text, choice.Label, len(choice.Command), choice.Command)
			}
		}
	}
}

// Twenty people change facts while two hundred ask: no error, no lost change, and no answer from half a change.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const writers, askers, changes = 20, 200, 5
	ctx := t.Context()
	done := make(chan struct{})
	var write, ask sync.WaitGroup
	for w := range writers {
		write.Go(func() {
			who := fmt.Sprintf("writer%d", w)
			for i := range changes {
				id := fmt.Sprintf("shelf-%d", w)
				text := fmt.Sprintf("number %d of shelf %d", i, w)
				f := &facts.Fact{ID: id, Standing: facts.Established,
					En:     &facts.Text{Question: fmt.Sprintf("What stands on shelf %d of the reading room?", w), Answer: "It is " + text + "."},
					Quotes: []facts.Quote{{Source: "chronicle", Exact: "On the shelf stands " + text, Typed: true}}}
				r, err := d.Put(ctx, d.message(who, Moderator, ""), facts.Content{Fact: f}, "")
				if err != nil || r.Changed == nil {
					t.Errorf("%s: %v %q", id, err, texts(r))
				}
			}
		})
	}
	for range askers {
		ask.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				case <-time.After(time.Millisecond): // leaves the writers a share of the machine
				}
				r, err := d.Handle(ctx, d.message("asker", Member, fmt.Sprintf("/fact shelf-%d", i%writers)))
				if err != nil {
					t.Error(err)
				}
				if r.Answered == "" {
					continue
				}
				var answer, quote string
				for _, b := range r.Blocks {
					if b.Kind == Paragraph {
						answer = strings.TrimSuffix(strings.TrimPrefix(b.Text, "It is "), ".")
					}
					if b.Kind == Quote {
						quote = strings.TrimPrefix(b.Text, "On the shelf stands ")
					}
				}
				if answer != quote {
					t.Errorf("half a change: answer %q, quote %q", answer, quote)
				}
			}
		})
	}
	write.Wait()
	close(done)
	ask.Wait()
	list, err := d.db.Since(ctx, 0, 1000)
	if err != nil || len(list) != writers*changes {
		t.Errorf("%d entries, want %d (%v)", len(list), writers*changes, err)
	}
	for w := range writers {
		h, ok := d.engine.Get(string(town), fmt.Sprintf("shelf-%d", w))
		if !ok || h.Fact.Revision != changes || !strings.Contains(h.Fact.En.Answer, fmt.Sprintf("number %d", changes-1)) {
			t.Errorf("shelf %d is %+v", w, h.Fact)
		}
	}
}

// After a restart the engine answers just what the log says, whatever was done before.
func TestTheIndexEqualsTheLog(t *testing.T) {
	d := newDesk(t)
	for i, text := range []string{"/hide opened", "/restore opened", "/hide first-librarian", "/alias opened since when can one read", "/hide books-at-opening", "/restore books-at-opening r0", "/undo 1"} {
		d.says("ana", Moderator, text)
		d.puts("ana", d.fact("curtains", fmt.Sprintf("Green, as said %d times.", i)))
	}
	before := d.engine.Facts(string(town), "")
	d.open()
	after := d.engine.Facts(string(town), "")
	by := func(list []*facts.Fact) map[string]string {
		m := map[string]string{}
		for _, f := range list {
			m[f.ID] = fmt.Sprint(f.Revision, fingerprint(f), f.En.Phrasings)
		}
		return m
	}
	if x, y := by(before), by(after); !maps.Equal(x, y) || len(y) == 0 {
		t.Errorf("before %v\nafter %v", x, y)
	}
	if _, shown := d.engine.Get(string(town), "first-librarian"); shown {
		t.Error("what was hidden is shown after a restart")
	}
}

func TestWhyIsTold(t *testing.T) {
	d := newDesk(t)
	r := d.asks("square", "1", "when was the libary opened zygote")
	why := r.Choices[len(r.Choices)-1].Command
	if text := texts(d.says("mia", Member, why)); !strings.Contains(text, "(opened)") || !strings.Contains(text, "libary → library") || !strings.Contains(text, "zygote") {
		t.Errorf("%q", text)
	}
	m := d.message("eve", Owner, why)
	m.Space = "test:village"
	for name, m := range map[string]Message{"another space's": m, "one that was never": d.message("mia", Member, "/why 77"), "nonsense": d.message("mia", Member, "/why x")} {
		if text := texts(d.hears(m)); !strings.Contains(text, "too long ago") {
			t.Errorf("%s answer is explained: %q", name, text)
		}
	}
}
