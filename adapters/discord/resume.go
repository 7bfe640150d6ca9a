package discord

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
)

// resumption is what a session is resumed by: Discord then sends again what came in after the sequence number.
type resumption struct {
	Session  string `json:"session"`
	Sequence int64  `json:"seq"` // of the last event that was taken in
	URL      string `json:"url"` // where to; "" for where new sessions begin
	// For whoever gets it as a note: a session keeps what it was begun with, and Discord keeps a session that nobody is connected to for minutes only.
	Intents discordgo.Intent `json:"intents"`
	Left    time.Time        `json:"left"` // when its connection ended
}

// noteLasts is how old a note may be; the clocks of two machines may differ by something.
const noteLasts = 2 * time.Minute

// note is a resumption as it is left for the next process; "" for none.
func (r *resumption) note() string {
	if r == nil {
		return ""
	}
	text, err := json.Marshal(r)
	if err != nil {
		return ""
	}
	return string(text)
}

// readNote reads a note; nil where there is none, or none that is of use now.
func readNote(note string, now time.Time) *resumption {
	var r resumption
	if note == "" || json.Unmarshal([]byte(note), &r) != nil || r.Session == "" || r.Sequence < 1 || r.Intents != Intents {
		return nil
	}
	if age := now.Sub(r.Left); age > noteLasts || age < -noteLasts {
		return nil
	}
	return &r
}

// sameGateway reports whether the token may be sent to an address, gateway being what Discord itself said: to the same host, and of Discord's own to
// any other of them. The address may have lain in a database.
func sameGateway(gateway, address string) bool {
	g, err1 := url.Parse(gateway)
	a, err2 := url.Parse(address)
	if err1 != nil || err2 != nil || a.Host == "" || a.Scheme != g.Scheme || a.User != nil {
		return false
	}
	const discords = ".discord.gg"
	return a.Host == g.Host || a.Scheme == "wss" && strings.HasSuffix(g.Host, discords) && strings.HasSuffix(a.Host, discords)
}

// intake takes in what comes over one connection, and knows how far. It may be used from any number of goroutines.
type intake struct {
	inbox *inbox
	ours  func() bool // whether no other process keeps the connection by now

	mu     sync.Mutex
	closed bool
	took   bool
	at     resumption
}

// take takes an event in, unless the intake or the inbox is closed. An event that was not taken in is not counted, and none after it: Discord sends
// them again to whoever resumes.
func (t *intake) take(e *discordgo.Event) {
	ours := t.ours() // may ask the database, so not under the lock: whoever closes the intake does not wait for that
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	if !ours { // this process stood still, and these are events from then: another has them too
		t.closed = true
		return
	}
	if e.Type == "READY" {
		var ready struct {
			Session string `json:"session_id"`
			URL     string `json:"resume_gateway_url"`
		}
		_ = json.Unmarshal(e.RawData, &ready) // without a session there is nothing to resume
		t.at.Session, t.at.URL = ready.Session, ready.URL
	}
	if !t.inbox.receive(e.Type, e.RawData) {
		t.closed = true
		return
	}
	t.took, t.at.Sequence = true, e.Sequence
}

// close lets nothing more in, and returns what the session is resumed by; nil where there is none.
func (t *intake) close() *resumption {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.at.Session == "" || t.at.Sequence < 1 {
		return nil
	}
	at := t.at
	at.Intents = Intents
	if t.took {
		at.Left = time.Now()
	}
	return &at
}

// gatewayAt answers the library's question where the gateway is, and sends everything else on.
type gatewayAt struct {
	url  string
	next http.RoundTripper
}

func (g gatewayAt) RoundTrip(r *http.Request) (*http.Response, error) {
	if g.url == "" || r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/gateway") {
		return g.next.RoundTrip(r)
	}
	body, err := json.Marshal(map[string]string{"url": g.url})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}
