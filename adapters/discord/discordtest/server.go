// Package discordtest is a double of Discord for tests: its API over HTTP and its gateway over a websocket, on 127.0.0.1. It keeps what was sent,
// refuses what Discord would refuse, and fails in Discord's ways when told to.
package discordtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Who and what there is in the double.
const (
	Token   = "MTIz.discordtest.a-token-that-must-never-be-logged"
	BotID   = "111111111111111111"
	AppID   = "222222222222222222"
	GuildID = "333333333333333333"
	Channel = "444444444444444444"
	Owner   = "555555555555555555" // of the server
	Person  = "666666666666666666"
)

// Server is the double. Its methods may be called from any number of goroutines; its fields are set before the adapter starts.
type Server struct {
	URL string
	// Fault, where set, may spoil the answer to a request; nil leaves it. It is called from any number of goroutines.
	Fault func(*http.Request) *Fault
	// Connect says how the n-th connection to the gateway behaves, counted from 1.
	Connect func(n int) Behaviour
	// Shards and Concurrency are what GET /gateway/bot says; Remaining, where not nil, how many identifies are left.
	Shards, Concurrency int
	Remaining           func() int
	// IdentifyEvery is how long after an identify the next in its bucket is refused. 0 refuses none.
	IdentifyEvery time.Duration
	// PerSecond is how many requests, those of interactions aside, are taken in any second; more get a global 429. 0 takes all.
	PerSecond int
	// Bot is the bot's id, BotID if "".
	Bot string
	// FirstWithin is how long an interaction may wait for its first answer; 3 s if 0. More is for tests that run on a busy machine.
	FirstWithin time.Duration
	// ResetAfter is when the identifies are back.
	ResetAfter time.Duration
	// PerWindow is how many messages a channel takes in a Window; more get a 429. 0 takes all.
	PerWindow int
	Window    time.Duration
	// Roles of the server: permissions by id.
	Roles map[string]string
	// Permissions are the bot's in the server; "" is all that it needs.
	Permissions string
	// Members of the server: roles by id.
	Members map[string][]string
	// NoFiles and NoPins are the channels in which the bot may not attach files, may not pin. MostPins is how many pins a channel takes, 250 if 0.
	NoFiles, NoPins map[string]bool
	MostPins        int

	t      testing.TB
	http   *httptest.Server
	record *os.File

	mu           sync.Mutex
	ids          uint64
	messages     []*Message
	nonces       map[string]*Message
	recent       []time.Time // requests of the last second
	overRate     int
	windows      map[string]*window
	commands     map[string]map[string]any
	interactions map[string]*Interaction
	requests     []Request
	files        map[string][]byte
	gateway      gateway
}

type window struct {
	began time.Time
	used  int
}

// Fault is a spoilt answer.
type Fault struct {
	Status int
	Header http.Header
	Body   string
	// After carries the request out before it answers so.
	After bool
	// Delay comes before everything.
	Delay time.Duration
}

// Request is what was asked of the API.
type Request struct {
	Method string          `json:"method"`
	Path   string          `json:"path"` // after the version
	Query  string          `json:"query,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	Files  []string        `json:"files,omitempty"`
	Status int             `json:"status"`
}

// Message is one that was sent.
type Message struct {
	ID      string
	Channel string
	Content string
	ReplyTo string
	Flags   int
	Body    json.RawMessage
	Files   map[string]string
	Alt     map[string]string // of each file, "" for none
	Edits   int
	Repeats int // how often it was sent again under its nonce, and not posted again
	Pinned  bool
}

// New starts a double. It stops with the test. Where the environment variable TESTIGO_RECORD names a file, every request is added to it as a JSON
// line.
func New(t testing.TB) *Server {
	s := &Server{
		t: t, ids: 900000000000000000, nonces: map[string]*Message{}, windows: map[string]*window{}, commands: map[string]map[string]any{},
		interactions: map[string]*Interaction{}, files: map[string][]byte{}, Shards: 1, Concurrency: 1,
		gateway: gateway{sessions: map[string]*session{}, conns: map[*conn]bool{}, buckets: map[int]time.Time{}},
	}
	if name := os.Getenv("TESTIGO_RECORD"); name != "" {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		s.record = f
	}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL
	t.Cleanup(s.Close)
	return s
}

// Close stops the double.
func (s *Server) Close() {
	s.CloseGateway(1001)
	s.http.CloseClientConnections()
	s.http.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.record != nil {
		_ = s.record.Close()
		s.record = nil
	}
}

// NewID returns an id that is new.
func (s *Server) NewID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newID()
}

func (s *Server) newID() string {
	s.ids++
	return strconv.FormatUint(s.ids, 10)
}

// Sent returns the messages that were sent to a channel, to all of them where it is "".
func (s *Server) Sent(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, m := range s.messages {
		if channel == "" || m.Channel == channel {
			out = append(out, *m)
		}
	}
	return out
}

// Requests returns what was asked of the API, those whose method and path begin so.
func (s *Server) Requests(method, prefix string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Request
	for _, r := range s.requests {
		if r.Method == method && strings.HasPrefix(r.Path, prefix) {
			out = append(out, r)
		}
	}
	return out
}

// Serve makes a file and returns its address, as an attachment's.
func (s *Server) Serve(name string, data []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = data
	return s.URL + "/files/" + name
}

// Await waits until something is true, and fails the test where it never is.
func (s *Server) Await(what string, done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if done() {
			return
		}
	}
	s.t.Fatalf("waited in vain for %s", what)
}

// answer is what the API answers.
type answer struct {
	status int
	header http.Header
	body   any
}

func refusal(status, code int, format string, args ...any) answer {
	return answer{status: status, body: map[string]any{"message": fmt.Sprintf(format, args...), "code": code}}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == gatewayPath || r.URL.Path == resumePath {
		s.serveGateway(w, r)
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/files/"); ok {
		s.mu.Lock()
		data, ok := s.files[name]
		s.mu.Unlock()
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v9")
	if !ok {
		http.NotFound(w, r)
		return
	}
	request := Request{Method: r.Method, Path: path, Query: r.URL.RawQuery}
	files, err := read(r, &request)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var fault *Fault
	if s.Fault != nil {
		fault = s.Fault(r)
	}
	if fault != nil {
		select {
		case <-time.After(fault.Delay):
		case <-r.Context().Done():
			return
		}
	}
	var a answer
	if fault == nil || fault.After || fault.Status == 0 {
		a = s.handle(r, &request, files)
	}
	if fault != nil && fault.Status != 0 {
		a = answer{status: fault.Status, header: fault.Header, body: fault.Body}
	}
	request.Status = a.status
	s.keep(request)
	write(w, a)
}

func write(w http.ResponseWriter, a answer) {
	for key, values := range a.header {
		w.Header()[key] = values
	}
	if text, ok := a.body.(string); ok {
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, text)
		return
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body)
}

// read takes a request's JSON, from the body or from the part of a form beside files.
func read(r *http.Request, into *Request) (map[string]string, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil || len(data) == 0 {
		return nil, err
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		into.Body = data
		return nil, err
	}
	files := map[string]string{}
	parts := multipart.NewReader(bytes.NewReader(data), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		if part.FormName() == "payload_json" {
			into.Body = content
		} else {
			files[part.FileName()] = string(content)
			into.Files = append(into.Files, part.FormName())
		}
	}
}

func (s *Server) keep(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	if s.record == nil {
		return
	}
	if len(r.Body) > 0 && !json.Valid(r.Body) {
		r.Body, _ = json.Marshal(string(r.Body))
	}
	line, err := json.Marshal(r)
	if err == nil {
		_, err = s.record.Write(append(line, '\n'))
	}
	if err != nil {
		s.t.Errorf("recording: %v", err)
	}
}
