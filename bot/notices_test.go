package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

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

// What was sent before the end is remembered, however soon after it the end comes.
func TestNoJobIsLostAtTheEnd(t *testing.T) {
	t.Parallel()
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

// What was sent is remembered many at a time, in its order among the other jobs.
func TestManyAnswersAreRememberedTogether(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const n = 3*mostSent + 7
	m := d.message("mia", Member, "")
	r := Reply{Lang: English, Answered: "opened"}
	var before int
	for i := range n {
		if i == mostSent+3 {
			d.later(jobFunc(func(ctx context.Context) error {
				list, err := d.db.Delivered(ctx, string(town), "opened", 1, time.Time{})
				before = len(list)
				return err
			}))
		}
		d.Sent(m, r, MessageRef{Platform: "test", Channel: "square", Message: strconv.Itoa(i)})
	}
	d.Drain(t.Context())
	list, err := d.db.Delivered(t.Context(), string(town), "opened", 1, time.Time{})
	if err != nil || len(list) != n || before != mostSent+3 {
		t.Errorf("%d are remembered, %d before the job between, want %d and %d (%v)", len(list), before, n, mostSent+3, err)
	}
}

type jobFunc func(context.Context) error

func (f jobFunc) run(ctx context.Context, _ *Bot) error { return f(ctx) }
