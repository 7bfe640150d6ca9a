package telegram

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
)

// Two bots have one database, which nobody should do: each polls for itself all the same.
func TestTwoBotsOnOneDatabase(t *testing.T) {
	real, try := newReplicas(t, 1, 2*time.Second), moreReplicas(t, 1, 2*time.Second)
	try.Me["id"] = telegramtest.BotID + 1
	try.all[0].db.DB = real.db
	for _, all := range []*replicas{real, try} {
		all.run(all.all[0])
		all.question(0)
		all.answered(0, 1)
	}
}

// Who polls stops, again and again, while people ask.
func TestAPlannedStopHandsOver(t *testing.T) {
	all := startReplicas(t, 3, 4*time.Second)
	_, done := all.asking()
	for left := all.all; ; {
		polls := all.await(left...)
		all.Wait("its answers", func() bool { return polls.heard() > 10 })
		if len(left) == 1 {
			break
		}
		polls.stop()
		var rest []*replica
		for _, r := range left {
			if r != polls {
				rest = append(rest, r)
			}
		}
		left = rest
		if !left[0].adapter.Connected() {
			t.Error("who waits for its turn is not connected")
		}
	}
	all.answered(0, done())
	for i, r := range all.all {
		if log := r.log.String(); strings.Contains(log, "somebody else polls") || strings.Contains(log, "was stopped") {
			t.Errorf("replica %d says\n%s", i, log)
		}
	}
}

// Nothing is lost but what the dead one had taken, and nothing is answered twice.
func TestADeadPollerIsTakenOver(t *testing.T) {
	all := startReplicas(t, 2, 3*time.Second)
	dead, other := all.all[0], all.all[1]
	asked, done := all.asking()
	all.Wait("some answers", func() bool { return len(all.answers()) > 20 })
	dead.db.cut.Store(true)
	dead.net.cut()
	from := asked.Load() + 1 // the one being asked may be taken
	all.await(other)
	all.Wait("answers of the other", func() bool { return other.heard() > 20 })
	all.answeredOrLeft(from, done())
}

// It goes on while nobody has its turn, and gives way to who has got it, although it cannot know of it.
func TestAPollerCutOffFromTheDatabase(t *testing.T) {
	all := startReplicas(t, 2, 4*time.Second)
	off, other := all.all[0], all.all[1]
	_, done := all.asking()
	all.Wait("some answers", func() bool { return len(all.answers()) > 20 })
	off.db.cut.Store(true)
	all.await(other)
	all.Wait("answers of the other", func() bool { return other.heard() > 50 })
	until := off.heard()
	all.Wait("more answers", func() bool { return other.heard() > 100 })
	off.db.cut.Store(false)
	all.Wait("that it learns of it", func() bool {
		return strings.Contains(off.log.String(), "it is left to the other") && all.poller() == other
	})
	all.answeredOrLeft(0, done())
	if n := off.heard(); n != until {
		t.Errorf("it answered %d after another had begun", n-until)
	}
}

// A process that is cut off comes back to a Telegram that it could not reach meanwhile: another may poll, or nobody.
func TestAPollerCutOffFromAll(t *testing.T) {
	all := startReplicas(t, 2, 4*time.Second)
	off, other := all.all[0], all.all[1]
	asked, done := all.asking()
	all.Wait("some answers", func() bool { return len(all.answers()) > 20 })
	off.db.cut.Store(true)
	off.net.cut()
	from := asked.Load() + 1
	all.await(other)
	all.Wait("answers of the other", func() bool { return other.heard() > 20 })
	off.net.mend()
	all.Wait("that it meets the other, or had given up", func() bool {
		log := off.log.String()
		return strings.Contains(log, "it is left to the other") || strings.Contains(log, "it is another process's turn to poll")
	})
	all.answeredOrLeft(from, done())
}

func TestQuestionsAreAnsweredWhileTheDatabaseIsAway(t *testing.T) {
	const ttl = 2 * time.Second
	all := startReplicas(t, 3, ttl)
	for _, r := range all.all {
		r.db.cut.Store(true)
	}
	_, done := all.asking()
	time.Sleep(ttl * 5 / 4) // longer than the lease lasts
	n := done()
	all.answeredOrLeft(0, n)
	for _, r := range all.all {
		r.db.cut.Store(false)
	}
	for i := range int64(20) {
		all.question(n + i)
	}
	all.answered(n, n+20)
}

// pauser stops a process at its second call for updates, which tells Telegram what it took: before it is made or after it was answered.
type pauser struct {
	http.RoundTripper
	after  bool
	deaf   bool // to what ended the call meanwhile, which a process that stood still may see late
	armed  atomic.Bool
	paused chan struct{} // closed when it stands still
	resume chan struct{}
}

func (p *pauser) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(r.URL.Path, "/getUpdates") || form.Get("timeout") != "0" || !p.armed.CompareAndSwap(true, false) {
		return p.RoundTripper.RoundTrip(r)
	}
	if p.deaf {
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	if !p.after {
		close(p.paused)
		<-p.resume
	}
	resp, err := p.RoundTripper.RoundTrip(r)
	if p.after {
		close(p.paused)
		<-p.resume
		if ended := r.Context().Err(); ended != nil && err == nil { // as if the answer were still on its way
			_ = resp.Body.Close()
			return nil, ended
		}
	}
	return resp, err
}

// A process is stopped between taking a message and telling Telegram so, until another has taken over.
func TestAPollerThatWasStoppedHandlesNothing(t *testing.T) {
	for _, c := range []struct {
		name    string
		after   bool // it had told Telegram
		away    bool // it does not find the database when it goes on
		answers int
	}{
		{"before it told Telegram", false, false, 1},
		{"before it told Telegram, and the database is away", false, true, 1},
		{"after it told Telegram, which nobody else can know", true, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &pauser{after: c.after, deaf: true, paused: make(chan struct{}), resume: make(chan struct{})}
			all := startReplicas(t, 2, time.Second, func(r *replica) {
				if p.RoundTripper == nil {
					p.RoundTripper = r.adapter.client.http.Transport
					r.adapter.client.http.Transport = p
				}
			})
			stopped, other := all.all[0], all.all[1]
			all.question(0)
			all.answered(0, 1)
			heard := stopped.heard()
			p.armed.Store(true)
			all.question(1)
			<-p.paused
			stopped.db.cut.Store(true)
			all.await(other)
			if c.answers > 0 {
				all.answered(1, 2)
			}
			stopped.db.cut.Store(c.away)
			close(p.resume)
			all.question(2)
			all.Wait("that it leaves what it took", func() bool { return strings.Contains(stopped.log.String(), "so this one does not") })
			all.question(3)
			all.answered(2, 4)
			stopped.db.cut.Store(false)
			if n := stopped.heard(); n != heard {
				t.Errorf("it answered %d", n-heard)
			}
			if got := all.answers()[1]; got != c.answers {
				t.Errorf("answered %d times, want %d", got, c.answers)
			}
		})
	}
}

// A stop comes while the call is under way that tells Telegram what was taken: the answer is waited for, and the question is answered.
func TestAStopLosesNothingThatWasTaken(t *testing.T) {
	p := &pauser{after: true, paused: make(chan struct{}), resume: make(chan struct{})}
	all := startReplicas(t, 1, time.Second, func(r *replica) {
		p.RoundTripper = r.adapter.client.http.Transport
		r.adapter.client.http.Transport = p
	})
	r := all.all[0]
	all.question(0)
	all.answered(0, 1)
	p.armed.Store(true)
	all.question(1)
	<-p.paused
	r.cancel()
	close(p.resume)
	r.stop()
	if all.missing(0, 2) > 0 {
		t.Error("a question was taken and got no answer")
	}
	all.onlyOnce()
	if all.poller() != nil {
		t.Error("the turn was not given back")
	}
}

// Who holds the turn and cannot reach Telegram leaves it to one who may.
func TestAPollerThatDoesNotReachTelegram(t *testing.T) {
	all := startReplicas(t, 2, 3*time.Second)
	off, other := all.all[0], all.all[1]
	all.Wait("that they know of each other", func() bool { return len(off.cluster.Peers()) == 2 })
	all.question(0)
	all.answered(0, 1)
	off.net.cut()
	for n := range int64(10) {
		all.question(1 + n)
	}
	all.answered(0, 11)
	if other.heard() != 10 {
		t.Errorf("the other answered %d", other.heard())
	}
	if off.adapter.Connected() {
		t.Error("it is connected")
	}
	off.net.mend()
	all.Wait("that it is connected again", off.adapter.Connected)
	if all.poller() != other {
		t.Error("it took the turn back")
	}
}

// Somebody who is none of the bot's processes polls with its token: all goes on, and the log says so.
func TestAStrangerPolls(t *testing.T) {
	all := startReplicas(t, 1, time.Second)
	r := all.all[0]
	all.question(0)
	all.answered(0, 1)
	stranger := func() {
		resp, err := http.PostForm(all.URL+"/bot"+r.adapter.client.token+"/getUpdates", url.Values{"timeout": {"0"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	for n := range int64(10) {
		stranger()
		all.question(1 + n)
	}
	all.answered(0, 11)
	all.Wait("that it is said", func() bool { stranger(); return strings.Contains(r.log.String(), "somebody else polls") })
}

func TestWhatIsSaidOfTakingTurns(t *testing.T) {
	all := startReplicas(t, 2, 3*time.Second)
	for _, r := range all.all {
		<-r.adapter.Ready()
		if d := r.adapter.Describe(); !strings.Contains(d, "one process at a time") {
			t.Errorf("%s", d)
		}
	}
	all.Message(group, ben, "/help")
	all.WaitSent(1)
	if _, err := all.all[1].adapter.Send(t.Context(), bot.MessageRef{Platform: "telegram", Channel: "-100500"}, paragraph("x")); err != nil {
		t.Errorf("who does not poll cannot send: %v", err)
	}
}
