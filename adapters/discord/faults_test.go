package discord

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
)

var (
	faultQuestions = flag.Int("questions", 200, "how many questions are asked while Discord fails")
	faultSeed      = flag.Uint64("seed", 1, "of the failures")
)

// While the gateway drops and the API fails at random, no question is answered twice; all that are asked once the failures end are answered.
func TestFaults(t *testing.T) {
	s := discordtest.New(t)
	var failing atomic.Bool
	failing.Store(true)
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(*faultSeed, 0))
	chance := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n)
	}
	s.Fault = func(r *http.Request) *discordtest.Fault {
		if !failing.Load() || r.Method != "POST" {
			return nil
		}
		switch chance(8) {
		case 0:
			return json429("0.01", false)
		case 1:
			return json429("0.02", true)
		case 2:
			return &discordtest.Fault{Status: 503}
		case 3:
			return &discordtest.Fault{Status: 502, After: true}
		case 4:
			return &discordtest.Fault{Delay: 5 * time.Millisecond}
		}
		return nil
	}
	p := quick()
	a, log := adapterOn(t, s, adaptertest.NewBot(t), Options{}, p)
	// The limit per second is Discord's; here it would only make the test long.
	a.rest.transport.limits.rate.SetLimit(5000)
	r := run(t, s, a, log)
	r.AwaitReady(1)

	stop := make(chan struct{})
	var disturbing sync.WaitGroup
	disturbing.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
			}
			switch n % 5 {
			case 0:
				s.CloseGateway(0)
			case 1:
				s.Packet(`{"op":7,"d":null}`)
			case 2:
				s.CloseGateway(1006)
			case 3:
				s.Packet(`{"op":9,"d":false}`)
			case 4:
				s.Forget()
				s.CloseGateway(4000)
			}
		}
	})
	ask := func(n int) (ids []string) {
		for i := range n {
			channel := fmt.Sprintf("8%017d", i%10)
			ids = append(ids, s.Say(discordtest.Said{Text: question, Mention: true, Channel: channel}))
			if failing.Load() {
				time.Sleep(20 * time.Millisecond)
			}
		}
		return ids
	}
	during := ask(*faultQuestions)
	close(stop)
	disturbing.Wait()
	failing.Store(false)
	replies := func() map[string]int {
		count := map[string]int{}
		for _, m := range s.Sent("") {
			count[m.ReplyTo]++
			if !strings.Contains(m.Content, answer) {
				t.Errorf("an answer is %q", m.Content)
			}
		}
		return count
	}
	// Events of a session that is gone are lost, so what is asked next may still be; once one is answered the connection stands.
	r.Await("an answer once all is well", func() bool {
		probe := ask(1)[0]
		during = append(during, probe)
		time.Sleep(100 * time.Millisecond)
		return replies()[probe] > 0
	})
	after := ask(20)
	r.Await("the answers once all is well", func() bool {
		count := replies()
		for _, id := range after {
			if count[id] == 0 {
				return false
			}
		}
		return true
	})
	r.stop()
	if err := r.end(); err != nil {
		t.Error(err)
	}
	adaptertest.NoGoroutines(t, stacks...)
	count := replies()
	answered := 0
	for _, id := range append(during, after...) {
		if count[id] > 1 {
			t.Errorf("question %s was answered %d times", id, count[id])
		}
		answered += count[id]
	}
	if len(count) != answered {
		t.Errorf("%d answers to nothing that was asked", len(count)-answered)
	}
	g := s.Stats()
	t.Logf("%d of %d questions answered; %d connections, %d identifies, %d resumes", answered, len(during)+len(after), g.Connections, g.Identifies, g.Resumes)
	if answered < len(after)+len(during)/4 {
		t.Errorf("only %d questions were answered", answered)
	}
}

// Where Discord keeps the session while the connection drops, nothing is lost: every question is answered, once.
func TestDropsThatKeepTheSession(t *testing.T) {
	var n atomic.Int64
	r := start(t, func(s *discordtest.Server) {
		s.Fault = func(q *http.Request) *discordtest.Fault {
			if q.Method != "POST" || !strings.HasSuffix(q.URL.Path, "/messages") {
				return nil
			}
			switch n.Add(1) % 5 {
			case 0:
				return json429("0.01", false)
			case 2:
				return &discordtest.Fault{Status: 503}
			}
			return nil
		}
	}, Options{})
	r.a.rest.transport.limits.rate.SetLimit(5000)
	r.AwaitReady(1)
	var ids []string
	for i := range 60 {
		if i%20 == 10 {
			r.CloseGateway(0)
		}
		ids = append(ids, r.Say(discordtest.Said{Text: question, Mention: true, Channel: fmt.Sprintf("8%017d", i%7)}))
		time.Sleep(10 * time.Millisecond)
	}
	r.Await("all answers", func() bool { return len(r.Sent("")) >= len(ids) })
	count := map[string]int{}
	for _, m := range r.Sent("") {
		count[m.ReplyTo]++
	}
	for _, id := range ids {
		if count[id] != 1 {
			t.Errorf("question %s was answered %d times", id, count[id])
		}
	}
}
