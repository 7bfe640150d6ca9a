package bot

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store"
	"testigo/facts/store/pgtest"
)

// replica is one of several bots over one database, which follows it until the test ends.
func replica(t testing.TB, address string) *Bot {
	t.Helper()
	return hasty(t, address, 0)
}

// hasty is a replica that gives the database so long to answer.
func hasty(t testing.TB, address string, patience time.Duration) *Bot {
	t.Helper()
	pack, err := facts.Load("../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), address, store.Options{Wait: patience})
	if err != nil {
		t.Fatal(err)
	}
	b := New(facts.NewEngine(pack), Options{Store: db})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { b.Follow(ctx) })
	group.Go(func() { _ = b.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		group.Wait()
		db.Close()
	})
	return b
}

func tells(t testing.TB, b *Bot, text string) (string, error) {
	t.Helper()
	r, err := b.Handle(t.Context(), Message{Space: town, Role: Moderator, Author: Author{Platform: "test", ID: "ana", Name: "ana"}, Text: text, Lang: English})
	return texts(r), err
}

// until waits for a question to be answered with some words, or without.
func until(t *testing.T, b *Bot, question, words string, want bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		got, err := tells(t, b, question)
		if err == nil && strings.Contains(got, words) == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%q is answered %q (%v), want %q in it: %t", question, got, err, words, want)
		}
	}
}

const opened, openedOn = "when was the library opened", "On 4 March 1931"

func TestAReplicaAnswersByWhatAnotherChanged(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(t *testing.T) string{
		"in a file":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "testigo.db") },
		"on PostgreSQL": func(t *testing.T) string { return pgtest.Start(t).Address(t) },
	} {
		t.Run(name, func(t *testing.T) {
			shared := address(t)
			one, other := replica(t, shared), replica(t, shared)
			until(t, other, opened, openedOn, true)
			for range 2 {
				if got, err := tells(t, one, "/hide opened the date has to be checked"); err != nil || !strings.Contains(got, "Hidden") {
					t.Fatal(got, err)
				}
				until(t, other, opened, openedOn, false)
				if got, err := tells(t, other, "/restore opened"); err != nil || !strings.Contains(got, "r") {
					t.Fatal(got, err)
				}
				until(t, one, opened, openedOn, true)
			}
		})
	}
}

// While the database is away questions are answered and changes get a sentence; when it is there again the bot has what was changed meanwhile.
func TestTheDatabaseIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	proxy, address := server.Proxy(t), server.Address(t)
	near, far := replica(t, address), hasty(t, proxy.Through(address), time.Second)
	for name, away := range map[string]func(){"cut off": proxy.Cut, "silent": proxy.Hold} {
		ana := newWriter(t, "ana "+name, false)
		ana.says(near, "/add")
		knows(t, far, ana, true)
		away()
		until(t, far, opened, openedOn, true)
		for _, tt := range []struct {
			text string
			lang Lang
		}{{"/hide opened because", English}, {"What colour are the curtains?", Spanish}, {"/language es", Spanish}} {
			m := ana.m
			m.Text, m.Lang = tt.text, tt.lang
			r, err := far.Handle(t.Context(), m)
			if !errors.Is(err, facts.ErrAway) || texts(r) != say(tt.lang, "store_away") {
				t.Errorf("%s: %s: %q (%v)", name, tt.text, texts(r), err)
			}
		}
		hurried, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // as a platform does that waits no longer
		if r, err := far.Handle(hurried, Message{Space: town, Role: Moderator, Author: Author{Platform: "test", ID: "ben"}, Text: "/hide opened because"}); err == nil || texts(r) != say(English, "store_away") {
			t.Errorf("%s: in a hurry: %q (%v)", name, texts(r), err)
		}
		cancel()
		m := Message{Space: town, Role: Member, Author: Author{Platform: "test", ID: "ben"}, Text: "who painted the ceiling " + name, Lang: English, At: MessageRef{Platform: "test", Channel: name}}
		r, err := far.Handle(t.Context(), m)
		if err != nil || !strings.Contains(texts(r), "no sourced fact") {
			t.Errorf("%s: %q (%v)", name, texts(r), err)
		}
		far.Sent(m, r, MessageRef{Platform: "test", Channel: name, Message: "1"})
		wait(t, "it is told for how long nothing was seen", func() bool { return far.State().Behind > time.Second })
		if got, err := tells(t, near, "/hide opened because"); err != nil {
			t.Fatal(got, err)
		}
		until(t, near, opened, openedOn, false)
		until(t, far, opened, openedOn, true)
		proxy.Resume()
		until(t, far, opened, openedOn, false)
		wait(t, "what was asked meanwhile is counted", func() bool {
			gaps, err := near.Store.Gaps(t.Context(), string(town), 0, 99)
			return err == nil && slices.ContainsFunc(gaps, func(g facts.Gap) bool { return strings.Contains(g.Sample, "ceiling "+name) && g.Count == 1 })
		})
		wait(t, "what others change is seen again", func() bool { return far.State().Behind < time.Second })
		says(t, "the form goes on", ana.says(far, "What colour are the curtains?"), say(English, "hint_answer"))
		ana.says(far, "/language en")
		wait(t, "the channel's language", func() bool { return near.Channel("test", ana.m.At.Channel).Lang == English })
		wait(t, "changes are made again", func() bool { _, err := tells(t, far, "/restore opened"); return err == nil })
		until(t, near, opened, openedOn, true)
	}
}

// BenchmarkFollowForms measures how long after somebody began a form at one replica another takes what they write for a step of it.
func BenchmarkFollowForms(b *testing.B) {
	run := func(b *testing.B, address string) {
		one, other := replica(b, address), replica(b, address)
		m := Message{Space: town, Role: Moderator, Author: Author{Platform: "test", ID: "ana"}, Private: true}
		var took time.Duration
		for i := 0; b.Loop(); i++ {
			m.Text = []string{"/add", "/cancel"}[i%2]
			if _, err := one.Handle(b.Context(), m); err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			for other.answers(m) != (i%2 == 0) {
				time.Sleep(100 * time.Microsecond)
			}
			took += time.Since(start)
		}
		b.ReportMetric(float64(took.Microseconds())/1000/float64(b.N), "learned-ms")
	}
	b.Run("sqlite", func(b *testing.B) { run(b, filepath.Join(b.TempDir(), "testigo.db")) })
	server := pgtest.Start(b, "fsync=on", "full_page_writes=on")
	b.Run("postgres", func(b *testing.B) { run(b, server.Address(b)) })
}

// BenchmarkFollow measures how long after a change was kept by one replica another answers by it.
func BenchmarkFollow(b *testing.B) {
	run := func(b *testing.B, address string) {
		one, other := replica(b, address), replica(b, address)
		i := 0
		var took time.Duration
		for b.Loop() {
			command, want := "/hide opened why", false
			if i++; i%2 == 0 {
				command, want = "/restore opened", true
			}
			if got, err := tells(b, one, command); err != nil {
				b.Fatal(got, err)
			}
			start := time.Now()
			for {
				if _, ok := other.engine.Get(string(town), "opened"); ok == want {
					break
				}
				time.Sleep(100 * time.Microsecond)
			}
			took += time.Since(start)
		}
		b.ReportMetric(float64(took.Microseconds())/1000/float64(i), "learned-ms")
	}
	b.Run("sqlite", func(b *testing.B) { run(b, filepath.Join(b.TempDir(), "testigo.db")) })
	server := pgtest.Start(b, "fsync=on", "full_page_writes=on")
	b.Run("postgres", func(b *testing.B) { run(b, server.Address(b)) })
}
