package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store"
)

const town = SpaceID("test:town")

// desk is a bot over a real database, with a clock that stands still until it is set.
type desk struct {
	*Bot
	t    *testing.T
	file string
	db   *store.DB
	now  time.Time
	sent []notice
	fail error // what the courier answers
}

// notice is what the courier was asked to do.
type notice struct {
	edit bool
	at   MessageRef
	text string
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, file: filepath.Join(t.TempDir(), "testigo.db"), now: time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC)}
	d.open()
	return d
}

// open starts the bot on the file, as a process does that comes up.
func (d *desk) open() {
	d.t.Helper()
	pack, err := facts.Load("../facts/testdata/library")
	if err != nil {
		d.t.Fatal(err)
	}
	clock := func() time.Time { return d.now }
	if d.db, err = store.Open(d.t.Context(), d.file, store.Options{Clock: clock}); err != nil {
		d.t.Fatal(err)
	}
	db := d.db
	d.t.Cleanup(func() { _ = db.Close() })
	d.Bot = New(facts.NewEngine(pack), Options{Store: d.db, Clock: clock})
	if err := d.Start(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.Attach("test", d)
}

func (d *desk) Send(_ context.Context, to MessageRef, r Reply) (MessageRef, error) {
	d.sent = append(d.sent, notice{false, to, texts(r)})
	to.Message = fmt.Sprintf("sent-%d", len(d.sent))
	return to, d.fail
}

func (d *desk) Edit(_ context.Context, at MessageRef, r Reply) error {
	d.sent = append(d.sent, notice{true, at, texts(r)})
	return d.fail
}

func texts(r Reply) string {
	var all []string
	for _, b := range r.Blocks {
		all = append(all, b.Text)
	}
	return strings.Join(all, "\n")
}

func (d *desk) message(who string, role Role, text string) Message {
	return Message{Space: town, Author: Author{Platform: "test", ID: who, Name: who}, Role: role, Text: text,
		At: MessageRef{Platform: "test", Channel: "square", Message: "m"}, Lang: English}
}

func (d *desk) says(who string, role Role, text string) Reply {
	d.t.Helper()
	return d.hears(d.message(who, role, text))
}

func (d *desk) hears(m Message) Reply {
	d.t.Helper()
	r, err := d.Handle(d.t.Context(), m)
	if err != nil {
		d.t.Fatalf("%q: %v", m.Text, err)
	}
	d.Drain(d.t.Context())
	return r
}

// asks has a question answered in a channel, and the answer sent.
func (d *desk) asks(channel, message, text string) Reply {
	d.t.Helper()
	m := d.message("mia", Member, text)
	m.At = MessageRef{Platform: "test", Channel: channel, Message: message}
	r := d.hears(m)
	d.Sent(m, r, MessageRef{Platform: "test", Channel: channel, Message: "re " + message})
	d.Drain(d.t.Context())
	return r
}

func (d *desk) fact(id, answer string) facts.Content {
	d.t.Helper()
	h, ok := d.engine.Get(string(town), id)
	if !ok {
		f := &facts.Fact{ID: id, Standing: facts.Established, En: &facts.Text{Question: "What colour are the curtains?", Phrasings: []string{"curtain colour", "which colour do the curtains have"}, Answer: answer},
			Quotes: []facts.Quote{{Source: "chronicle", Exact: "The curtains are green and old.", Typed: true}}}
		return facts.Content{Fact: f}
	}
	f := *h.Fact
	t := *f.En
	t.Answer = answer
	f.En = &t
	return facts.Content{Fact: &f}
}

func (d *desk) puts(who string, c facts.Content) Reply {
	d.t.Helper()
	r, err := d.Put(d.t.Context(), d.message(who, Moderator, ""), c, "")
	if err != nil {
		d.t.Fatal(err)
	}
	d.Drain(d.t.Context())
	return r
}

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

func TestAGapIsToldOnceToEachChannelThatAsked(t *testing.T) {
	d := newDesk(t)
	d.asks("square", "1", "what colour are the curtains?")
	d.asks("square", "2", "What colour are the curtains")
	d.asks("harbour", "3", "what colour are the curtains")
	m := d.message("mia", Member, "what colour are the curtains")
	m.Private, m.At.Channel = true, "mia"
	d.Sent(m, d.hears(m), MessageRef{Platform: "test", Channel: "mia", Message: "re"})
	d.puts("ana", d.fact("curtains", "Green."))
	if len(d.sent) != 2 {
		t.Fatalf("%d notices, want one for each of the two channels: %+v", len(d.sent), d.sent)
	}
	told := map[string]string{}
	for _, n := range d.sent {
		told[n.at.Channel] = n.at.Message
		if n.edit || !strings.Contains(n.text, "Now it has") || !strings.Contains(n.text, "Green.") {
			t.Errorf("the notice is %+v", n)
		}
	}
	if told["square"] != "2" || told["harbour"] != "3" {
		t.Errorf("the notices reply to %v, want the newest question of each channel", told)
	}
	if g := d.says("ana", Moderator, "/gaps"); !strings.Contains(texts(g), "No question waits") {
		t.Errorf("the gap is still open: %s", texts(g))
	}
	d.puts("ana", d.fact("curtains", "Dark green."))
	for _, n := range d.sent[2:] {
		if !n.edit {
			t.Errorf("the channel was told again: %+v", n)
		}
	}
}

func TestAnswersAreCorrectedOnce(t *testing.T) {
	d := newDesk(t)
	d.asks("square", "1", "when was the library opened")
	d.puts("ana", d.fact("opened", "On 4 March 1931, by the river."))
	if len(d.sent) != 1 || !d.sent[0].edit || d.sent[0].at.Message != "re 1" || !strings.Contains(d.sent[0].text, "Corrected on 4 March 2026") || !strings.Contains(d.sent[0].text, "by the river") {
		t.Fatalf("the correction is %+v", d.sent)
	}
	d.says("ana", Moderator, "/alias opened since when can one read here")
	if len(d.sent) != 1 {
		t.Errorf("a way of asking corrected an answer: %+v", d.sent[1:])
	}
	d.says("ana", Moderator, "/hide opened")
	if len(d.sent) != 2 || !strings.Contains(d.sent[1].text, "Withdrawn") {
		t.Errorf("hiding said %+v", d.sent[1:])
	}
	d.now = d.now.Add(correctFor + time.Hour)
	d.says("ana", Moderator, "/restore opened")
	if len(d.sent) != 2 {
		t.Errorf("an answer older than %v was corrected: %+v", correctFor, d.sent[2:])
	}
}

func TestACorrectionThatCannotBeEditedIsSaidInReply(t *testing.T) {
	d := newDesk(t)
	d.asks("square", "1", "when was the library opened")
	d.fail = errors.New("too old to edit")
	d.puts("ana", d.fact("opened", "On 4 March 1931, by the river."))
	if len(d.sent) != 2 || d.sent[1].edit || d.sent[1].at.Message != "re 1" {
		t.Errorf("%+v", d.sent)
	}
	d.fail = fmt.Errorf("channel deleted: %w", ErrGone)
	d.puts("ana", d.fact("opened", "On 4 March 1931, in the mill."))
	if len(d.sent) != 3 {
		t.Errorf("what is gone was written to: %+v", d.sent[2:])
	}
}

func TestCorrectionsAndNoticesCanBeSwitchedOff(t *testing.T) {
	d := newDesk(t)
	d.says("olga", Owner, "/settings corrections off")
	d.says("olga", Owner, "/settings gap_notices off")
	d.asks("square", "1", "when was the library opened")
	d.asks("square", "2", "what colour are the curtains")
	d.puts("ana", d.fact("opened", "On 4 March 1931, by the river."))
	d.puts("ana", d.fact("curtains", "Green."))
	if len(d.sent) != 0 {
		t.Errorf("%+v", d.sent)
	}
}

func TestAProposalIsShownAndItsOutcomeTold(t *testing.T) {
	d := newDesk(t)
	d.says("olga", Owner, "/settings review_channel desk")
	d.says("mia", Member, "/suggest opened")
	d.says("mia", Member, "/skip")
	d.says("mia", Member, "On 4 March 1931, at noon.")
	d.says("mia", Member, "/draft preview")
	d.says("mia", Member, "/draft save")
	if len(d.sent) != 1 || d.sent[0].at.Channel != "desk" || !strings.Contains(d.sent[0].text, "at noon") {
		t.Fatalf("the card is %+v", d.sent)
	}
	if r := d.asks("square", "1", "when was the library opened"); strings.Contains(texts(r), "at noon") {
		t.Error("the proposal is answered before it is approved")
	}
	d.open() // a restart in between
	d.says("ana", Moderator, "/approve 2")
	if len(d.sent) < 2 || d.sent[len(d.sent)-1].at.Channel != "square" || !strings.Contains(d.sent[len(d.sent)-1].text, "was approved") {
		t.Errorf("the outcome is %+v", d.sent[1:])
	}
	if r := d.asks("square", "2", "when was the library opened"); !strings.Contains(texts(r), "at noon") {
		t.Error("the approved text is not answered")
	}
}

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
	d.now = d.now.Add(2 * idle)
	said("mia")
	if n := len(d.limit.of); n > 2 {
		t.Errorf("%d buckets are kept of people long gone", n)
	}
}

// Twenty people change facts while two hundred ask: no error, no lost change, and no answer from half a change.
func TestManyAtOnce(t *testing.T) {
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

// What was sent before the end is remembered, however soon after it the end comes.
func TestNoJobIsLostAtTheEnd(t *testing.T) {
	for i := range 40 {
		d := newDesk(t)
		m := d.message("mia", Member, fmt.Sprintf("who built bridge number %d", i))
		r, err := d.Handle(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = d.Run(ctx)
		}()
		d.Sent(m, r, MessageRef{Platform: "test", Channel: "square", Message: "re"})
		stop()
		<-done
		if list, err := d.db.Gaps(t.Context(), string(town), 0, 9); err != nil || len(list) != 1 {
			t.Fatalf("time %d: %d gaps, want 1 (%v)", i, len(list), err)
		}
		_ = d.db.Close()
	}
}
