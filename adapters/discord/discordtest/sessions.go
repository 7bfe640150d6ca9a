package discordtest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// session is what Discord keeps of one: events are kept for a connection that resumes.
type session struct {
	id        string
	shard, of int
	events    []event // by sequence number, from 1
	written   int     // of them, to a connection
	conn      *conn
	since     time.Time // it stands
	resumes   int
}

type event struct{ id, packet string }

// SessionInfo is a session that stands.
type SessionInfo struct {
	ID      string
	Shard   int
	Since   time.Time // its connection does
	Resumes int       // of it, so far
}

// Sessions returns the sessions that are connected, by shard. A shard has several where several processes identified for it, and each gets its events.
func (s *Server) Sessions() map[int][]SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[int][]SessionInfo{}
	for _, session := range s.gateway.sessions {
		if session.conn != nil {
			out[session.shard] = append(out[session.shard], SessionInfo{session.id, session.shard, session.since, session.resumes})
		}
	}
	return out
}

// Missed are the ids of the messages and interactions that went to no connection: there was no session for them, or it was never resumed.
func (s *Server) Missed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.gateway.missed)
}

// ShardOf is the shard that a server's events go to; those of direct messages, with no server, go to the first.
func ShardOf(guild string, of int) int {
	id, _ := strconv.ParseUint(guild, 10, 64)
	return int((id >> 22) % uint64(max(1, of)))
}

// GuildOn is a server whose events go to a shard.
func GuildOn(shard, of int) string {
	id, _ := strconv.ParseUint(GuildID, 10, 64)
	for ; ShardOf(strconv.FormatUint(id, 10), of) != shard; id += 1 << 22 {
	}
	return strconv.FormatUint(id, 10)
}

// Dispatch sends an event to the sessions of its shard; one without a connection gets it when it resumes.
func (s *Server) Dispatch(kind string, data any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var what struct {
		ID    string `json:"id"`
		Guild string `json:"guild_id"`
	}
	if text, err := json.Marshal(data); err == nil {
		_ = json.Unmarshal(text, &what) // some events are of no server
	}
	sent := false
	for _, session := range s.gateway.sessions {
		if session.shard == ShardOf(what.Guild, session.of) {
			s.dispatch(session, kind, what.ID, data)
			sent = true
		}
	}
	if !sent && what.ID != "" {
		s.gateway.missed = append(s.gateway.missed, what.ID)
	}
}

func (s *Server) dispatch(session *session, kind, id string, data any) {
	packet, err := json.Marshal(map[string]any{"op": 0, "t": kind, "s": len(session.events) + 1, "d": data})
	if err != nil {
		s.t.Error(err)
		return
	}
	session.events = append(session.events, event{id, string(packet)})
	session.deliver()
}

// deliver writes what was not written yet, where there is a connection.
func (n *session) deliver() {
	for ; n.conn != nil && n.written < len(n.events); n.written++ {
		n.conn.write(n.events[n.written].packet)
	}
}

// drop ends a session for good.
func (s *Server) drop(session *session) {
	delete(s.gateway.sessions, session.id)
	for _, e := range session.events[session.written:] {
		if e.id != "" {
			s.gateway.missed = append(s.gateway.missed, e.id)
		}
	}
}

// Said is what a person writes.
type Said struct {
	ID      string // a new one if ""
	Text    string
	From    map[string]any // the author; a person if nil
	Channel string         // Channel if ""
	Guild   string         // GuildID if ""
	Private bool           // in direct messages
	Mention bool           // the bot is mentioned before the text
	Roles   []string
	More    map[string]any // further fields of the event
}

// Say sends a message of a person's to the bot and returns its id.
func (s *Server) Say(m Said) string {
	if m.ID == "" {
		m.ID = s.NewID()
	}
	if m.From == nil {
		m.From = map[string]any{"id": Person, "username": "person"}
	}
	if m.Roles == nil {
		m.Roles = []string{}
	}
	event := map[string]any{"id": m.ID, "type": 0, "content": m.Text, "author": m.From, "mentions": []any{}}
	switch {
	case m.Private:
		event["channel_id"] = Direct(m.From["id"].(string))
	default:
		event["channel_id"], event["guild_id"] = Channel, cmp.Or(m.Guild, GuildID)
		event["member"] = map[string]any{"roles": m.Roles}
	}
	if m.Channel != "" {
		event["channel_id"] = m.Channel
	}
	if m.Mention {
		event["content"] = "<@" + BotID + "> " + m.Text
		event["mentions"] = []any{map[string]any{"id": BotID, "username": "testigo", "bot": true}}
	} else if !m.Private {
		event["content"] = "" // what Discord gives without the message content intent
	}
	for key, value := range m.More {
		event[key] = value
	}
	s.Dispatch("MESSAGE_CREATE", event)
	return m.ID
}
