package discordtest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Behaviour is how a connection to the gateway goes; the zero value goes well.
type Behaviour struct {
	Silent        bool          // accepts and never says a word
	Slow          time.Duration // before it greets
	Heartbeat     time.Duration // interval; 41.25 s if 0
	NoAnswers     bool          // to heartbeats
	BeforeReady   []string      // packets in the place of READY or RESUMED, then nothing
	AheadOfReady  []string      // packets before READY or RESUMED
	Close         int           // code to close with after identify or resume
	ForgetSession bool          // a resume gets an invalid session
}

type gateway struct {
	connections, identifies, resumes int
	tooSoon, elsewhere               int
	sessions                         map[string]*session
	conns                            map[*conn]bool
	identifiedAt                     []time.Time
	buckets                          map[int]time.Time // when one last identified
	shards                           []string
	intents                          int
	closeCodes                       []int
	missed                           []string
}

type conn struct {
	ws   *websocket.Conn
	path string
	mu   sync.Mutex
}

func (c *conn) write(packet string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.ws.SetWriteDeadline(time.Now().Add(2 * time.Second))
	_ = c.ws.WriteMessage(websocket.TextMessage, []byte(packet))
}

// Stats is what the gateway saw.
type Stats struct {
	Connections, Identifies, Resumes, Open int
	TooSoon                                int // identifies that were refused, because their bucket's last was too short before
	Elsewhere                              int // resumes that did not come to where READY said
	IdentifiedAt                           []time.Time
	Shards                                 []string // as identified, "[0,2]"
	Intents                                int
	CloseCodes                             []int // that the bot closed with; -1 where it did without
}

// Stats returns what the gateway saw so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &s.gateway
	open := 0
	for _, session := range g.sessions {
		if session.conn != nil {
			open++
		}
	}
	return Stats{
		Connections: g.connections, Identifies: g.identifies, Resumes: g.resumes, Open: open, TooSoon: g.tooSoon, Elsewhere: g.elsewhere,
		IdentifiedAt: slices.Clone(g.identifiedAt), Shards: slices.Clone(g.shards), Intents: g.intents, CloseCodes: slices.Clone(g.closeCodes),
	}
}

// AwaitReady waits until n sessions stand.
func (s *Server) AwaitReady(n int) {
	s.t.Helper()
	s.Await("a session", func() bool { return s.Stats().Open >= n })
}

// Packet sends a packet to every session that is connected.
func (s *Server) Packet(packet string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.gateway.sessions {
		if session.conn != nil {
			session.conn.write(packet)
		}
	}
}

// CloseGateway closes every connection to the gateway with a code; 0 just lets go of them.
func (s *Server) CloseGateway(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.gateway.conns {
		c.mu.Lock()
		if code != 0 {
			_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
		}
		_ = c.ws.Close()
		c.mu.Unlock()
	}
}

// Forget ends every session: a resume gets an invalid session.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.gateway.sessions {
		s.drop(session)
	}
}

func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &conn{ws: ws, path: r.URL.Path}
	s.mu.Lock()
	s.gateway.connections++
	s.gateway.conns[c] = true
	n := s.gateway.connections
	s.mu.Unlock()
	var how Behaviour
	if s.Connect != nil {
		how = s.Connect(n)
	}
	code := -1
	defer func() { s.left(c, code) }()
	time.Sleep(how.Slow)
	if !how.Silent {
		interval := how.Heartbeat
		if interval == 0 {
			interval = 41250 * time.Millisecond
		}
		hello, _ := json.Marshal(map[string]any{"op": 10, "d": map[string]any{"heartbeat_interval": interval.Milliseconds()}})
		c.write(string(hello))
	}
	for {
		_, packet, err := ws.ReadMessage()
		if err != nil {
			code = s.closed(err)
			return
		}
		if !how.Silent {
			s.packet(c, packet, how)
		}
	}
}

func (s *Server) closed(err error) (code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code = -1
	if e, ok := err.(*websocket.CloseError); ok && e.Code != websocket.CloseAbnormalClosure {
		code = e.Code
	}
	s.gateway.closeCodes = append(s.gateway.closeCodes, code)
	return code
}

// left lets go of a connection. Its session can be resumed, unless the bot closed with a code that says that it is done.
func (s *Server) left(c *conn, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.gateway.conns, c)
	for _, session := range s.gateway.sessions {
		if session.conn != c {
			continue
		}
		session.conn = nil
		if code == websocket.CloseNormalClosure || code == websocket.CloseGoingAway {
			s.drop(session)
		}
	}
	_ = c.ws.Close()
}

func (s *Server) packet(c *conn, packet []byte, how Behaviour) {
	var p struct {
		Op   int `json:"op"`
		Data struct {
			Token   string          `json:"token"`
			Shard   json.RawMessage `json:"shard"`
			Intents int             `json:"intents"`
			Session string          `json:"session_id"`
			Seq     int             `json:"seq"`
		} `json:"d"`
	}
	_ = json.Unmarshal(packet, &p) // a heartbeat's d is a number
	switch p.Op {
	case 1:
		if !how.NoAnswers {
			c.write(`{"op":11}`)
		}
	case 2:
		s.mu.Lock()
		s.gateway.identifies++
		s.gateway.identifiedAt = append(s.gateway.identifiedAt, time.Now())
		s.gateway.shards = append(s.gateway.shards, string(p.Data.Shard))
		s.gateway.intents = p.Data.Intents
		s.mu.Unlock()
		if strings.TrimPrefix(p.Data.Token, "Bot ") != Token {
			how.Close = 4004
		}
		s.identified(c, p.Data.Shard, how)
	case 6:
		s.mu.Lock()
		s.gateway.resumes++
		if c.path != resumePath {
			s.gateway.elsewhere++
		}
		s.mu.Unlock()
		if strings.TrimPrefix(p.Data.Token, "Bot ") != Token {
			how.Close = 4004
		}
		s.resumed(c, p.Data.Session, p.Data.Seq, how)
	}
}

// Where new sessions begin, and where they are resumed.
const (
	gatewayPath = "/ws/"
	resumePath  = "/resume/"
)

func (s *Server) address(path string) string {
	return "ws" + strings.TrimPrefix(s.URL, "http") + strings.TrimSuffix(path, "/")
}

// instead does what a behaviour wants in the place of the usual answer, and reports whether it did.
func (s *Server) instead(c *conn, how Behaviour) bool {
	if how.Close != 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(how.Close, "because"), time.Now().Add(time.Second))
		return true
	}
	for _, packet := range append(how.AheadOfReady, how.BeforeReady...) {
		c.write(packet)
	}
	return len(how.BeforeReady) > 0
}

func (s *Server) identified(c *conn, shard json.RawMessage, how Behaviour) {
	if s.instead(c, how) {
		return
	}
	number := [2]int{0, 1}
	_ = json.Unmarshal(shard, &number)
	s.mu.Lock()
	defer s.mu.Unlock()
	if bucket := number[0] % max(1, s.Concurrency); s.IdentifyEvery > 0 {
		if now := time.Now(); now.Sub(s.gateway.buckets[bucket]) < s.IdentifyEvery {
			s.gateway.tooSoon++
			c.write(`{"op":9,"d":false}`)
			return
		}
		s.gateway.buckets[bucket] = time.Now()
	}
	for _, old := range s.gateway.sessions { // one that is connected goes on beside the new one
		if old.shard == number[0] && old.conn == nil {
			s.drop(old)
		}
	}
	session := &session{id: "session-" + s.newID(), shard: number[0], of: number[1], conn: c, since: time.Now()}
	s.gateway.sessions[session.id] = session
	s.dispatch(session, "READY", "", map[string]any{
		"v": 9, "session_id": session.id, "resume_gateway_url": s.address(resumePath),
		"user": map[string]any{"id": cmp.Or(s.Bot, BotID), "username": "testigo"}, "guilds": []any{map[string]any{"id": GuildID, "unavailable": true}},
		"application": map[string]any{"id": AppID, "flags": 0},
	})
}

func (s *Server) resumed(c *conn, id string, seq int, how Behaviour) {
	if s.instead(c, how) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.gateway.sessions[id]
	if session == nil || how.ForgetSession || seq > len(session.events) {
		if session != nil {
			s.drop(session)
		}
		c.write(`{"op":9,"d":false}`)
		return
	}
	session.conn, session.since, session.written = c, time.Now(), seq
	session.resumes++
	session.deliver()
	s.dispatch(session, "RESUMED", "", map[string]any{})
}
