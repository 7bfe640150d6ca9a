package discord

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

func TestNotes(t *testing.T) {
	now := time.Now()
	good := resumption{Session: "s", Sequence: 7, URL: "wss://gateway-us-east1-b.discord.gg", Intents: Intents, Left: now}
	change := func(do func(*resumption)) string {
		r := good
		do(&r)
		return r.note()
	}
	for name, c := range map[string]struct {
		note string
		use  bool
	}{
		"one that was just left":                 {good.note(), true},
		"one of a minute ago":                    {change(func(r *resumption) { r.Left = now.Add(-time.Minute) }), true},
		"one by a clock that goes before":        {change(func(r *resumption) { r.Left = now.Add(time.Minute) }), true},
		"one of long ago":                        {change(func(r *resumption) { r.Left = now.Add(-time.Hour) }), false},
		"one of times to come":                   {change(func(r *resumption) { r.Left = now.Add(time.Hour) }), false},
		"one of a session with other intents":    {change(func(r *resumption) { r.Intents |= discordgo.IntentGuilds }), false},
		"one without a session":                  {change(func(r *resumption) { r.Session = "" }), false},
		"one without a sequence number":          {change(func(r *resumption) { r.Sequence = 0 }), false},
		"none":                                   {"", false},
		"none, as who has no session leaves it":  {(*resumption)(nil).note(), false},
		"something else that happens to be JSON": {`"wss://example.org"`, false},
	} {
		if got := readNote(c.note, now); (got != nil) != c.use {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if got := readNote(good.note(), now); got.Session != "s" || got.Sequence != 7 || got.URL != good.URL {
		t.Errorf("got %+v", got)
	}
}

func FuzzReadNote(f *testing.F) {
	f.Add((&resumption{Session: "s", Sequence: 7, Intents: Intents, Left: time.Unix(1, 0)}).note())
	f.Fuzz(func(t *testing.T, note string) {
		if r := readNote(note, time.Unix(1, 0)); r != nil && (r.Session == "" || r.Sequence < 1) {
			t.Errorf("%q is a note: %+v", note, r)
		}
	})
}

func TestSameGateway(t *testing.T) {
	const discords = "wss://gateway.discord.gg"
	for name, c := range map[string]struct {
		gateway, address string
		same             bool
	}{
		"the same":                           {discords, discords, true},
		"another of Discord's":               {discords, "wss://gateway-us-east1-b.discord.gg", true},
		"a double's, with another path":      {"ws://127.0.0.1:1234/ws", "ws://127.0.0.1:1234/resume", true},
		"not encrypted":                      {discords, "ws://gateway.discord.gg", false},
		"somebody else's":                    {discords, "wss://example.org", false},
		"one whose name begins as Discord's": {discords, "wss://gateway.discord.gg.example.org", false},
		"one whose name ends as Discord's":   {discords, "wss://evildiscord.gg", false},
		"one that has it as its user":        {discords, "wss://gateway.discord.gg@example.org", false},
		"Discord's port of something else":   {discords, "wss://gateway.discord.gg:8443", false},
		"another port of this machine":       {"ws://127.0.0.1:1234", "ws://127.0.0.1:1235", false},
		"Discord's, for another's bot":       {"wss://gateway.example.org", discords, false},
		"none":                               {discords, "", false},
		"nonsense":                           {discords, "wss://%", false},
		"nothing to compare with":            {"", "", false},
	} {
		if got := sameGateway(c.gateway, c.address); got != c.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func event(sequence int64, kind string, data string) *discordgo.Event {
	return &discordgo.Event{Type: kind, Sequence: sequence, RawData: json.RawMessage(data)}
}

// What came after the inbox was closed, or the intake, is not counted: Discord sends it again to who resumes.
func TestIntake(t *testing.T) {
	in := newInbox(slog.New(slog.DiscardHandler), quick(), func(bot.Event) {})
	in.open("1")
	ours := true
	still := func() bool { return ours }
	i := &intake{inbox: in, ours: still}
	if i.close() != nil {
		t.Error("nothing can be resumed yet")
	}
	i = &intake{inbox: in, ours: still}
	i.take(event(1, "READY", `{"session_id":"s","resume_gateway_url":"wss://gateway.discord.gg"}`))
	i.take(event(2, "MESSAGE_CREATE", string(direct(2))))
	i.take(event(3, "GUILD_CREATE", `{}`))
	in.close()
	i.take(event(4, "MESSAGE_CREATE", string(direct(4))))
	i.take(event(5, "GUILD_CREATE", `{}`))
	at := i.close()
	if at == nil || at.Sequence != 3 || at.Session != "s" || at.URL != "wss://gateway.discord.gg" || time.Since(at.Left) > time.Minute || len(in.messages) != 1 {
		t.Errorf("got %+v, and %d messages", at, len(in.messages))
	}
	left := at.Left
	again := &intake{inbox: in, ours: still, at: *at}
	if at := again.close(); at == nil || at.Sequence != 3 || !at.Left.Equal(left) {
		t.Errorf("a connection that nothing came over changed it: %+v", at)
	}
	in = newInbox(slog.New(slog.DiscardHandler), quick(), func(bot.Event) {})
	in.open("1")
	i, ours = &intake{inbox: in, ours: still}, false
	i.take(event(1, "MESSAGE_CREATE", string(direct(6))))
	ours = true
	i.take(event(2, "MESSAGE_CREATE", string(direct(7))))
	if len(in.messages) != 0 {
		t.Errorf("%d messages that another process has too were taken in", len(in.messages))
	}
}

// Whose the connection is may take the database a while to say. Whoever closes the connection meanwhile does not wait for that.
func TestClosingDoesNotWaitForTheDatabase(t *testing.T) {
	in := newInbox(slog.New(slog.DiscardHandler), quick(), func(bot.Event) {})
	in.open("1")
	asking, answer := make(chan struct{}), make(chan bool)
	i := &intake{inbox: in, ours: func() bool { close(asking); return <-answer }}
	var group sync.WaitGroup
	group.Go(func() { i.take(event(1, "MESSAGE_CREATE", string(direct(8)))) })
	<-asking
	closed := make(chan struct{})
	group.Go(func() { i.close(); close(closed) })
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("it waits")
	}
	answer <- true
	group.Wait()
	if len(in.messages) != 0 {
		t.Error("a message was taken in by a connection that was closed")
	}
}

func TestClientFrames(t *testing.T) {
	key := [keyBytes]byte{1, 2, 3, 4}
	for _, size := range []int{0, 1, 125, 126, 300, 1<<16 - 1} {
		payload := []byte(strings.Repeat("x", size))
		got, gotKey, ok := clientText(clientFrame(payload, key))
		if !ok || gotKey != key || !bytes.Equal(got, payload) {
			t.Errorf("%d bytes came back as %d (%v)", size, len(got), ok)
		}
	}
	// RFC 6455, section 5.7: a masked "Hello".
	hello := []byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}
	if got, key, ok := clientText(hello); !ok || string(got) != "Hello" || !bytes.Equal(clientFrame(got, key), hello) {
		t.Errorf("got %q (%v)", got, ok)
	}
	for name, frame := range map[string]string{
		"not masked": "\x81\x05Hello", "a handshake": "GET /?v=9 HTTP/1.1\r\n", "cut short": "\x81\x85\x37\xfa\x21\x3d\x7f", "more than one": string(hello) + "\x81",
		"a close frame": "\x88\x80abcd", "nothing": "", "a length cut short": "\x81\xfe\x01", "more than Discord takes": "\x81\xff\x00\x00\x00\x00\x00\x01\x00\x00abcd",
	} {
		if _, _, ok := clientText([]byte(frame)); ok {
			t.Errorf("%s: was read", name)
		}
	}
}

func FuzzClientText(f *testing.F) {
	f.Add([]byte{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})
	f.Add(clientFrame([]byte(`{"op":2,"d":{"token":"x"}}`), [keyBytes]byte{9, 8, 7, 6}))
	f.Fuzz(func(t *testing.T, frame []byte) {
		payload, key, ok := clientText(frame)
		if !ok {
			return
		}
		again, sameKey, ok := clientText(clientFrame(payload, key))
		if !ok || sameKey != key || !bytes.Equal(again, payload) {
			t.Errorf("%x is read as %q, and written as something else", frame, payload)
		}
	})
}
