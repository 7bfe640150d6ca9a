package bot

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store"
	"testigo/facts/store/pgtest"
)

// onEach runs a test on both databases, with addresses that several bots share.
func onEach(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("in a file", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "testigo.db")) })
	t.Run("on PostgreSQL", func(t *testing.T) { test(t, pgtest.Start(t).Address(t)) })
}

// writer is a person who says things to one replica or another.
type writer struct {
	t *testing.T
	m Message
}

func newWriter(t *testing.T, id string, forms bool) *writer {
	return &writer{t, Message{Space: town, Role: Moderator, Author: Author{Platform: "test", ID: id, Name: id}, Lang: English, Forms: forms, Private: true,
		At: MessageRef{Platform: "test", Channel: id}}}
}

func (w *writer) says(b *Bot, text string) Reply {
	w.t.Helper()
	return w.fills(b, text, nil)
}

func (w *writer) fills(b *Bot, text string, answers map[string]string) Reply {
	w.t.Helper()
	m := w.m
	m.Text, m.Answers = text, answers
	r, err := b.Handle(w.t.Context(), m)
	if err != nil {
		w.t.Fatalf("%q: %v", text, err)
	}
	return r
}

// wait waits for something to become so.
func wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// knows waits until a replica takes, or no longer takes, what a person writes for a field of a form.
func knows(t *testing.T, b *Bot, w *writer, want bool) {
	t.Helper()
	wait(t, "a replica knows whether there is a form", func() bool { return b.answers(w.m) == want })
}

func says(t *testing.T, what string, r Reply, want string) {
	t.Helper()
	if !strings.Contains(texts(r), want) {
		t.Fatalf("%s: %q, want %q in it", what, texts(r), want)
	}
}

// Each field is typed to another replica than the one before.
func TestAFormGoesOnFieldByFieldAtAnotherReplica(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, address string) {
		bots := []*Bot{replica(t, address), replica(t, address)}
		ana := newWriter(t, "ana", false)
		ana.says(bots[0], "/add")
		steps := []string{"What colour are the curtains?", "Green.", "established", "", "", "The curtains are green and old.", "chronicle", "curtain colour; hue of the drapes"}
		var r Reply
		for i, typed := range steps {
			b := bots[(i+1)%2]
			if typed == "" {
				r = ana.says(b, "/skip") // a command reads the store: nobody waits
				continue
			}
			knows(t, b, ana, true)
			r = ana.says(b, typed)
		}
		for i := 0; !strings.Contains(texts(r), "This is how members will see it"); i++ {
			if i == 20 {
				t.Fatalf("there is no preview: %q", texts(r))
			}
			r = ana.says(bots[i%2], "/skip")
		}
		says(t, "the preview", r, "The curtains are green and old.")
		r = ana.says(bots[1], "/draft save")
		if r.Changed == nil {
			t.Fatalf("saved: %q", texts(r))
		}
		// It is gone at both, also for who asks at once.
		says(t, "after it was saved", ana.says(bots[0], "/draft go"), say(English, "no_draft"))
		for _, b := range bots {
			until(t, b, "what colour are the curtains", "Green.", true)
			knows(t, b, ana, false)
		}
	})
}

func TestAFormGoesOnPageByPageAtAnotherReplica(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, address string) {
		one, other := replica(t, address), replica(t, address)
		ana := newWriter(t, "ana", true)
		ana.says(one, "/add")
		r := ana.fills(other, "/draft page text", map[string]string{"question": "What colour are the curtains?", "answer": "Green.", "standing": "sure"})
		says(t, "a page with a fault", r, "“sure” is none of the choices")
		r = ana.says(one, "/draft open text")
		if r.Form == nil || r.Form.Fields[1].Value != "Green." {
			t.Fatalf("what was typed at the other is lost: %+v", r.Form)
		}
		says(t, "the page", ana.fills(one, "/draft page text", map[string]string{"standing": "established"}), "is kept")
		says(t, "the source", ana.fills(other, "/draft page source", map[string]string{"quote": "The curtains are green and old.", "source": "chronicle"}), "is kept")
		says(t, "the rest", ana.says(one, "/draft preview"), "This is how members will see it")
		if r = ana.says(other, "/draft save"); r.Changed == nil {
			t.Fatalf("saved: %q", texts(r))
		}
		says(t, "after it was saved", ana.says(one, "/draft save"), say(English, "no_draft"))
		until(t, one, "what colour are the curtains", "Green.", true)
	})
}

// A step that two replicas make of the same one is kept once; the other is told, in both languages, and nothing of the first is lost.
func TestAStepOverANewerOneIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, address string) {
		one, other := replica(t, address), replica(t, address)
		ctx := t.Context()
		for _, lang := range facts.Langs {
			ana := newWriter(t, "ana "+string(lang), false)
			ana.m.Lang = lang
			ana.says(one, "/add")
			read := func(b *Bot) *draft {
				d, err := b.drafts.read(ctx, ana.m.Author)
				if err != nil || d == nil {
					t.Fatal(d, err)
				}
				return d
			}
			stale, newer := read(other), read(one)
			if _, err := one.filled(ctx, ana.m, newer, "Was it green?"); err != nil {
				t.Fatal(err)
			}
			refused := func(what string, r Reply, err error) {
				t.Helper()
				if err != nil || texts(r) != say(lang, "draft_moved") || len(r.Choices) != 1 {
					t.Fatalf("%s: %q (%v)", what, texts(r), err)
				}
			}
			r, err := other.filled(ctx, ana.m, stale, "Was it red?")
			refused("a step", r, err)
			if got := read(other).value("question"); got != "Was it green?" {
				t.Errorf("the question is %q", got)
			}
			if err := other.drafts.drop(ctx, ana.m.Author, stale); err != errMovedOn {
				t.Errorf("what was not seen was deleted (%v)", err)
			}
			says(t, "the way on", ana.says(other, r.Choices[0].Command), say(lang, "hint_answer"))
			late := read(other)
			says(t, "discarded", ana.says(one, "/cancel"), "Was it green?")
			r, err = other.filled(ctx, ana.m, late, "Green.")
			refused("a step of a form that is gone", r, err)
			says(t, "what is gone", ana.says(other, "/draft go"), say(lang, "no_draft"))
		}
	})
}

// A form takes the place of a report that was begun for another community, and that does not come back.
func TestAPersonHasOneForm(t *testing.T) {
	t.Parallel()
	one, other := twoOnAFile(t)
	ana := newWriter(t, "ana", false)
	elsewhere := newWriter(t, "ana", false)
	elsewhere.m.Space = "test:elsewhere"
	elsewhere.says(one, "/report opened")
	knows(t, other, ana, true)
	says(t, "a form", ana.says(other, "/add"), say(English, "hint_question"))
	says(t, "the form, where the report was begun", elsewhere.says(one, "/draft go"), say(English, "draft_elsewhere"))
	ana.says(one, "/cancel")
	says(t, "afterwards", ana.says(other, "/draft go"), say(English, "no_draft"))
	knows(t, other, ana, false)
	knows(t, one, ana, false)
}

// Who has no form open is answered without the store, which here is closed; who has one is told that it cannot go on.
func TestAQuestionAsksNothingOfTheStore(t *testing.T) {
	address := filepath.Join(t.TempDir(), "testigo.db")
	b := unfollowed(t, address)
	ana, mia := newWriter(t, "ana", false), newWriter(t, "mia", false)
	ana.says(b, "/add")
	if err := b.Store.(*store.DB).Close(); err != nil {
		t.Fatal(err)
	}
	says(t, "a question", mia.says(b, opened), openedOn)
	ana.m.Text = opened
	if r, err := b.Handle(t.Context(), ana.m); err == nil || texts(r) != say(English, "command_failed") {
		t.Errorf("a field of a form: %q (%v)", texts(r), err)
	}
	ana.m.Private, ana.m.At.Channel = false, "square" // where the form was not begun, it is a question
	says(t, "a question of who has a form", ana.says(b, opened), openedOn)
}

func twoOnAFile(t *testing.T) (one, other *Bot) {
	shared := filepath.Join(t.TempDir(), "testigo.db")
	return replica(t, shared), replica(t, shared)
}

// What somebody asks at a replica that has not yet seen that their form ended is a question.
func TestAFormThatEndedElsewhereTakesNoQuestion(t *testing.T) {
	address := filepath.Join(t.TempDir(), "testigo.db")
	one := replica(t, address)
	ana := newWriter(t, "ana", false)
	ana.says(one, "/add")
	late := unfollowed(t, address)
	ana.says(one, "/cancel")
	if !late.answers(ana.m) {
		t.Fatal("it saw that by itself")
	}
	says(t, "a question", ana.says(late, opened), openedOn)
	if late.answers(ana.m) {
		t.Error("it still counts on a form")
	}
}

// unfollowed is a replica that sees nothing of the others after its start.
func unfollowed(t *testing.T, address string) *Bot {
	t.Helper()
	pack, err := facts.Load("../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), address, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	b := New(facts.NewEngine(pack), Options{Store: db})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// roles is a courier that knows what people may do in the town.
type roles struct{ desk }

func (*roles) RoleIn(context.Context, MessageRef, Author) (Role, error) { return Moderator, nil }

// A form that was begun in a group goes on in the private chat at a replica that has not yet heard of it.
func TestAFormGoesOnInPrivateAtAReplicaThatDoesNotKnowIt(t *testing.T) {
	address := filepath.Join(t.TempDir(), "testigo.db")
	one, late := replica(t, address), unfollowed(t, address)
	late.Attach("test", &roles{})
	ana := newWriter(t, "ana", false)
	ana.m.Private, ana.m.At.Channel = false, "square"
	ana.says(one, "/add")
	ana.m.Private, ana.m.At.Channel, ana.m.Space, ana.m.Role = true, "ana", "", Member
	says(t, "the form", ana.says(late, "/draft go"), say(English, "hint_question"))
	says(t, "what is typed then", ana.says(late, "What colour are the curtains?"), say(English, "hint_answer"))
}

func TestWhatIsSetForAChannelIsSeenByOtherReplicas(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, address string) {
		one, other := replica(t, address), replica(t, address)
		ana := newWriter(t, "7", false)
		ana.m.Lang = ""
		lang := func(b *Bot) Lang { return ana.says(b, "/topics").Lang }
		for i, want := range []Lang{Spanish, English, Spanish} {
			here, there := one, other
			if i%2 == 1 {
				here, there = other, one
			}
			ana.says(here, "/language "+string(want))
			if got := lang(here); got != want {
				t.Fatalf("where it was set it is %q, want %q", got, want)
			}
			wait(t, "the language", func() bool { return lang(there) == want })
		}
		// Changes of different things by two at once are both kept, also where one has not seen the other's.
		for i := range 3 {
			home := string(rune('a' + i))
			if err := one.ChangeChannel(t.Context(), "test", "7", func(c *Channel) { c.Home = home }); err != nil {
				t.Fatal(err)
			}
			if err := other.ChangeChannel(t.Context(), "test", "7", func(c *Channel) { c.Gone = !c.Gone }); err != nil {
				t.Fatal(err)
			}
			wait(t, "both changes", func() bool {
				return one.Channel("test", "7") == other.Channel("test", "7") && one.Channel("test", "7").Home == home
			})
		}
		says(t, "forgotten", ana.says(one, "/privacy forget yes"), "Listo.")
		for _, b := range []*Bot{one, other} {
			wait(t, "nothing is kept of the private chat", func() bool { return b.Channel("test", "7") == Channel{Platform: "test", Channel: "7"} })
		}
	})
}

// A button under an answer of one process tells nothing of an answer that another gave.
func TestWhyIsNotToldOfAnotherProcessesAnswer(t *testing.T) {
	address := filepath.Join(t.TempDir(), "testigo.db")
	one, other := unfollowed(t, address), unfollowed(t, address)
	ana, mia := newWriter(t, "ana", false), newWriter(t, "mia", false)
	r := ana.says(one, opened)
	mia.says(other, "who was the first librarian")
	button := r.Choices[len(r.Choices)-1].Command
	says(t, "where it was answered", ana.says(one, button), say(English, "why"))
	says(t, "elsewhere", ana.says(other, button), say(English, "why_gone"))
}
