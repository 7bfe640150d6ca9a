package telegram

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"testigo/bot"
)

// sendAt runs a queue in a bubble of time of its own and returns when each chat's messages went out.
func sendAt(t *testing.T, fill func(q *queue, add func(j *job, do func(chat int64) error))) (at map[int64][]time.Duration, all []time.Duration, ended map[int64][]error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		at, ended = map[int64][]time.Duration{}, map[int64][]error{}
		q, begin := newQueue(defaultFirstWait, 1), time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		add := func(j *job, do func(chat int64) error) {
			j.steps = []step{{do: func(_ context.Context, chat int64) error {
				q.mu.Lock()
				defer q.mu.Unlock()
				if do != nil {
					if err := do(chat); err != nil {
						return err
					}
				}
				at[chat] = append(at[chat], time.Since(begin))
				all = append(all, time.Since(begin))
				return nil
			}}}
			j.done = func(chat int64, err error) {
				q.mu.Lock()
				defer q.mu.Unlock()
				ended[chat] = append(ended[chat], err)
			}
			q.add(j)
		}
		fill(q, add)
		stopped := make(chan struct{})
		go func() { q.run(ctx); close(stopped) }()
		q.drain(ctx)
		cancel()
		<-stopped
	})
	return at, all, ended
}

// most is the largest number of times within a window.
func most(times []time.Duration, window time.Duration) int {
	slices.Sort(times)
	best, from := 0, 0
	for i := range times {
		for times[i]-times[from] >= window {
			from++
		}
		best = max(best, i-from+1)
	}
	return best
}

func TestFloodLimits(t *testing.T) {
	at, all, _ := sendAt(t, func(q *queue, add func(*job, func(int64) error)) {
		for range 50 {
			add(&job{chat: -1, group: true}, nil)
			add(&job{chat: 1}, nil)
		}
		for chat := range int64(300) {
			add(&job{chat: 1000 + chat}, nil)
		}
	})
	if len(all) != 400 {
		t.Fatalf("%d were sent", len(all))
	}
	if n := most(all, time.Second); n > 30 {
		t.Errorf("%d in a second", n)
	}
	if n := most(at[-1], time.Minute); n > 20 {
		t.Errorf("%d in a minute in a group", n)
	}
	for chat, times := range at {
		if n := most(times, time.Second); n > 1 {
			t.Errorf("%d in a second in chat %d", n, chat)
		}
	}
	if last := at[1][49]; last > time.Minute {
		t.Errorf("50 messages to a private chat took %v", last)
	}
}

func TestChatsTakeTurnsAndAnswersGoBeforePosts(t *testing.T) {
	at, _, _ := sendAt(t, func(q *queue, add func(*job, func(int64) error)) {
		for chat := range int64(60) {
			add(&job{chat: -100 - chat, group: true, post: true}, nil)
		}
		for range 40 {
			add(&job{chat: 1}, nil)
		}
		add(&job{chat: 2}, nil)
		add(&job{chat: -100, group: true}, nil) // an answer where a post waits
	})
	if at[2][0] > time.Second || at[-100][0] > time.Second {
		t.Errorf("an answer waited for another chat's: %v, %v", at[2][0], at[-100][0])
	}
	early := 0
	for chat, times := range at {
		if chat < -100 && times[0] == 0 {
			early++
		}
	}
	if early > allBurst {
		t.Errorf("%d posts went before the answers", early)
	}
}

func TestARefusedChatWaitsAndOthersDoNot(t *testing.T) {
	refused := false
	at, _, _ := sendAt(t, func(q *queue, add func(*job, func(int64) error)) {
		add(&job{chat: 1}, func(int64) error {
			if !refused {
				refused = true
				return &apiError{code: 429, retryAfter: 90 * time.Second}
			}
			return nil
		})
		add(&job{chat: 1}, nil)
		add(&job{chat: 2}, nil)
	})
	if at[1][0] < 90*time.Second || len(at[1]) != 2 || at[2][0] > time.Second {
		t.Errorf("%v", at)
	}
}

func TestTwoRefusedChatsHoldAll(t *testing.T) {
	tries := map[int64]int{}
	at, _, _ := sendAt(t, func(q *queue, add func(*job, func(int64) error)) {
		refuseOnce := func(chat int64) error {
			if tries[chat]++; tries[chat] == 1 {
				return &apiError{code: 429, retryAfter: 30 * time.Second}
			}
			return nil
		}
		add(&job{chat: 1}, refuseOnce)
		add(&job{chat: 2}, refuseOnce)
		for chat := range int64(100) {
			add(&job{chat: 10 + chat}, nil)
		}
	})
	late := 0
	for _, times := range at {
		if times[0] >= 30*time.Second {
			late++
		}
	}
	if late < 90 {
		t.Errorf("only %d chats waited for the bot's own limit", late)
	}
}

func TestWhatAJobComesTo(t *testing.T) {
	tests := []struct {
		name string
		err  *apiError
		safe bool
		want error // ErrUnsent, ErrGone, nil
		sure bool  // want is nil and so is the outcome
		many int   // tries
	}{
		{"blocked", &apiError{code: 403, text: "Forbidden: bot was blocked by the user"}, false, bot.ErrGone, false, 1},
		{"no such chat", &apiError{code: 400, text: "Bad Request: chat not found"}, false, bot.ErrGone, false, 1},
		{"no right to post", &apiError{code: 400, text: "Bad Request: not enough rights to send text messages to the chat"}, false, bot.ErrGone, false, 1},
		{"a bad message", &apiError{code: 400, text: "Bad Request: can't parse entities"}, false, bot.ErrUnsent, false, 1},
		{"never connected", &apiError{text: "connection refused"}, false, bot.ErrUnsent, false, maxTries},
		{"it may have been sent", &apiError{text: "EOF", maybe: true}, false, nil, false, 1},
		{"it may have been done, and can be done again", &apiError{text: "EOF", maybe: true}, true, bot.ErrUnsent, false, maxTries},
		{"refused longer than anybody waits", &apiError{code: 429, retryAfter: time.Hour}, false, bot.ErrUnsent, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue(defaultFirstWait, 1)
				ctx, cancel := context.WithCancel(t.Context())
				stopped, tries := make(chan struct{}), 0
				go func() { q.run(ctx); close(stopped) }()
				got := make(chan error, 1)
				q.add(&job{chat: 1, steps: []step{{safe: tt.safe, do: func(context.Context, int64) error { tries++; return tt.err }}},
					done: func(_ int64, err error) { got <- err }})
				err := <-got
				cancel()
				<-stopped
				if err == nil || tries != tt.many || tt.want != nil && !errors.Is(err, tt.want) || tt.want == nil && (errors.Is(err, bot.ErrUnsent) || errors.Is(err, bot.ErrGone)) {
					t.Errorf("%v after %d tries, want %v after %d", err, tries, tt.want, tt.many)
				}
			})
		})
	}
}

func TestAGoneChatIsNotHammered(t *testing.T) {
	tries := 0
	_, _, ended := sendAt(t, func(q *queue, add func(*job, func(int64) error)) {
		for range 20 {
			add(&job{chat: -1, group: true}, func(int64) error {
				tries++
				return &apiError{code: 403, text: "Forbidden: bot was kicked from the group chat"}
			})
		}
	})
	if tries != 1 || len(ended[-1]) != 20 {
		t.Errorf("%d tries, %d told", tries, len(ended[-1]))
	}
	for _, err := range ended[-1] {
		if !errors.Is(err, bot.ErrGone) {
			t.Error(err)
		}
	}
}

func TestBoundsOfTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, told := newQueue(defaultFirstWait, 1), 0
		for range maxPerChat + 5 {
			q.add(&job{chat: 1, steps: []step{{do: func(context.Context, int64) error { return nil }}}, done: func(_ int64, err error) {
				if !errors.Is(err, bot.ErrUnsent) {
					t.Error(err)
				}
				told++
			}})
		}
		if told != 5 {
			t.Errorf("%d were refused at once", told)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		q.run(ctx)
		if told != maxPerChat+5 {
			t.Errorf("a stop told %d", told)
		}
		q.add(&job{chat: 1, done: func(_ int64, err error) { told++ }})
		if told != maxPerChat+6 {
			t.Error("what is added after the stop is told nothing")
		}
	})
}

func TestChatsAreForgottenOnceTheirLimitsAreWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(defaultFirstWait, 1)
		line := func(chat int64) {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.line(chat, true)
		}
		for chat := range int64(maxChats) {
			line(chat)
		}
		time.Sleep(2 * time.Minute)
		line(-1)
		line(-2)
		if len(q.chats) != 2 {
			t.Errorf("%d are remembered", len(q.chats))
		}
	})
}

func TestAnAnswerThatWaitedTooLongIsNotSent(t *testing.T) {
	at, _, ended := sendAt(t, func(q *queue, add func(*job, func(int64) error)) {
		q.until = time.Now().Add(jobAge + time.Minute)
		add(&job{chat: 1}, nil)
	})
	if len(at) != 0 || len(ended[1]) != 1 || !errors.Is(ended[1][0], bot.ErrUnsent) {
		t.Errorf("%v, %v", at, ended)
	}
}

// A chat is remembered for its limits long after its last message went out; the message is not.
func TestWhatWasSentIsLetGo(t *testing.T) {
	q := newQueue(defaultFirstWait, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() { q.run(ctx); close(stopped) }()
	var sent []weak.Pointer[job]
	for chat := range int64(50) {
		j := &job{chat: chat, post: chat%2 == 0, steps: []step{{do: func(context.Context, int64) error { return nil }}}, done: func(int64, error) {}}
		sent = append(sent, weak.Make(j))
		q.add(j)
	}
	q.drain(ctx)
	kept := func() bool {
		runtime.GC()
		return slices.ContainsFunc(sent, func(j weak.Pointer[job]) bool { return j.Value() != nil })
	}
	for end := time.Now().Add(10 * time.Second); kept(); time.Sleep(time.Millisecond) { // those who sent it may not have ended yet
		if time.Now().After(end) {
			t.Fatal("a message that was sent is kept")
		}
	}
	if len(q.chats) != 50 {
		t.Errorf("%d of 50 chats are remembered", len(q.chats))
	}
	cancel()
	<-stopped
}
