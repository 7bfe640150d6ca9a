// Package telegramtest is a double of the Bot API server, for tests: real HTTP on 127.0.0.1, getUpdates with offsets and long polls, webhook deliveries, the
// methods an adapter uses, and the ways in which the real one fails. What it takes is checked against the Bot API's description where that is found.
package telegramtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Token is the one token the server knows.
const Token = "700000001:TESTtoken_that_must-never-be-seen1234"

// Object is a JSON object of the Bot API.
type Object = map[string]any

// BotID is the bot's id, unless a test has another one in Me.
const BotID = 700000001

// Server is the double. Its methods may be called from any number of goroutines.
type Server struct {
	URL  string
	Me   Object // what getMe says
	tb   testing.TB
	http *httptest.Server
	spec *spec

	background sync.WaitGroup // deliveries

	mu       sync.Mutex
	changed  chan struct{} // closed at each change
	closed   bool
	faults   func(r Request, n int) Fault
	calls    map[string]int
	requests []Request
	problems []string

	nextUpdate int64
	updates    []queued
	last       json.RawMessage // the last update
	poll       chan struct{}   // closed to end the poll under way
	webhook    Object          // nil without one
	confirmed  int64           // highest offset asked for
	conflicts  int             // polls that another ended
	delivered  map[int64]int   // how often an update was handed out

	nextID   map[int64]int64 // of messages, by chat
	messages map[[2]int64]*Sent
	order    []*Sent
	heard    map[[2]int64]Object // messages from people
	chats    map[int64]*chatState
	commands map[string]json.RawMessage
	files    map[string][]byte
	limits   *limits // nil: they are not counted
}

// Request is one that the server took.
type Request struct {
	Method string
	Params map[string]string
	At     time.Time
}

// Fault is how a request is to fail; the zero value is not at all.
type Fault struct {
	Code        int // of the error; 0 for none
	Description string
	RetryAfter  int  // seconds, with 429
	HTML        bool // a gateway's page in the place of JSON
	CutBefore   bool // the connection ends and nothing is done
	CutAfter    bool // it is done, and the connection ends without an answer
	Odd         bool // it is done, and the answer's result is of an unexpected type
	Hang        bool // no answer until the client goes
}

// New starts a server that stops with the test. Where the Bot API's description is not found, it says so in one line and checks less.
func New(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{
		Me: Object{"id": BotID, "is_bot": true, "first_name": "Testigo", "username": "testigo_bot", "can_join_groups": true,
			"can_read_all_group_messages": false, "supports_inline_queries": true},
		tb: tb, changed: make(chan struct{}), calls: map[string]int{}, nextUpdate: 9000, delivered: map[int64]int{}, nextID: map[int64]int64{},
		messages: map[[2]int64]*Sent{}, heard: map[[2]int64]Object{}, chats: map[int64]*chatState{}, commands: map[string]json.RawMessage{},
		files: map[string][]byte{},
	}
	var err error
	if s.spec, err = loadSpec(); err != nil {
		tb.Logf("requests are not checked against the Bot API's description: %v", err)
	}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL
	tb.Cleanup(s.Close)
	return s
}

// Close stops the server, and reports as the test's errors what was wrong with the requests.
func (s *Server) Close() {
	s.mu.Lock()
	done := s.closed
	s.closed = true
	s.change()
	problems := s.problems
	s.mu.Unlock()
	if done {
		return
	}
	s.http.CloseClientConnections()
	s.http.Close()
	s.background.Wait()
	for _, p := range problems {
		s.tb.Error(p)
	}
}

// SetFaults sets how requests fail: by the request and how many of its method came, the first being 1. nil is not at all. f may not call the server.
func (s *Server) SetFaults(f func(r Request, n int) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// maxProblems bounds what is told of problems.
const maxProblems = 20

// change wakes all who wait for one. Callers hold mu.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) problem(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text := fmt.Sprintf(format, args...); len(s.problems) < maxProblems {
		s.problems = append(s.problems, text)
	}
}

// Problems returns what was wrong with requests so far, and forgets it.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.problems
	s.problems = nil
	return p
}

// answer is what a method came to.
type answer struct {
	result     any
	code       int // 0 is success
	what       string
	parameters Object
}

func ok(result any) answer                { return answer{result: result} }
func refuse(code int, what string) answer { return answer{code: code, what: what} }
func bad(format string, args ...any) answer {
	return refuse(400, "Bad Request: "+fmt.Sprintf(format, args...))
}
func forbidden(format string, a ...any) answer {
	return refuse(403, "Forbidden: "+fmt.Sprintf(format, a...))
}

const maxBody = 60 << 20

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 3)
	if parts[0] == "file" && len(parts) == 3 && parts[1] == "bot"+Token {
		s.file(w, parts[2])
		return
	}
	if len(parts) != 2 || parts[0] != "bot"+Token {
		write(w, refuse(401, "Unauthorized"))
		return
	}
	method := parts[1]
	p, files, err := readParams(r)
	if err != nil {
		s.problem("%s: its parameters cannot be read: %v", method, err)
		write(w, bad("%v", err))
		return
	}
	fault := s.note(method, p)
	switch {
	case fault.CutBefore:
		panic(http.ErrAbortHandler)
	case fault.Hang:
		<-r.Context().Done()
		return
	case fault.HTML:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(fault.Code)
		_, _ = io.WriteString(w, "<html>\r\n<head><title>"+http.StatusText(fault.Code)+"</title></head></html>\r\n")
		return
	case fault.Code != 0:
		a := refuse(fault.Code, fault.Description)
		if fault.RetryAfter > 0 {
			a.parameters = Object{"retry_after": fault.RetryAfter}
		}
		write(w, a)
		return
	}
	if s.spec != nil {
		for _, problem := range s.spec.check(method, p, files) {
			s.problem("%s: %s", method, problem)
		}
	}
	a := s.method(r, method, p, files)
	switch {
	case fault.CutAfter:
		panic(http.ErrAbortHandler)
	case fault.Odd:
		a = ok("odd")
	}
	write(w, a)
}

// note writes a request down and returns its fault.
func (s *Server) note(method string, p map[string]string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[method]++
	r := Request{method, p, time.Now()}
	s.requests = append(s.requests, r)
	record(method, p)
	defer s.change()
	if s.faults == nil {
		return Fault{}
	}
	return s.faults(r, s.calls[method])
}

// record adds the request to the file that TESTIGO_RECORD names, one JSON object a line. Callers hold mu.
func record(method string, p map[string]string) {
	name := os.Getenv("TESTIGO_RECORD")
	if name == "" {
		return
	}
	line, err := json.Marshal(Object{"platform": "telegram", "method": method, "params": p})
	if err != nil {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = f.Write(append(line, '\n'))
	_ = f.Close()
}

func write(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	body := Object{"ok": a.code == 0}
	if a.code == 0 {
		body["result"] = a.result
	} else {
		body["error_code"], body["description"] = a.code, a.what
		if a.parameters != nil {
			body["parameters"] = a.parameters
		}
		w.WriteHeader(a.code)
	}
	_ = json.NewEncoder(w).Encode(body)
}

// readParams reads a request's parameters, as form, multipart or from the address, and its files.
func readParams(r *http.Request) (map[string]string, map[string][]byte, error) {
	p, files := map[string]string{}, map[string][]byte{}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return nil, nil, err
		}
		for name, headers := range r.MultipartForm.File {
			f, err := headers[0].Open()
			if err != nil {
				return nil, nil, err
			}
			data, err := io.ReadAll(f)
			_ = f.Close()
			if err != nil {
				return nil, nil, err
			}
			files[name] = data
			p[name] = headers[0].Filename
		}
	} else if err := r.ParseForm(); err != nil {
		return nil, nil, err
	}
	for name, values := range r.Form {
		p[name] = values[0]
	}
	return p, files, nil
}
