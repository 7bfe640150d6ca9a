package bot

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store"
)

// TestMain lets more tests run beside each other than there are processors: most wait for the disk.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

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
