package discordtest

import (
	"cmp"
	"encoding/json"
	"time"
)

// Interaction is one that was sent to the bot, and what came back.
type Interaction struct {
	ID, Token string
	At        time.Time
	Responses []Response // the first answer, then edits and follow-ups
}

// Response is an answer to an interaction.
type Response struct {
	Type      int // of the first answer; 0 for others
	MessageID string
	Content   string
	Flags     int
	Data      json.RawMessage
	Files     map[string]string
	Edit      bool
}

// Ephemeral reports whether only the asker sees it.
func (r *Response) Ephemeral() bool { return r.Flags&64 != 0 }

// Buttons are the labels and custom ids of a message or response.
func Buttons(body json.RawMessage) (labels, ids []string) {
	var c content
	_ = json.Unmarshal(body, &c)
	for _, row := range c.Components {
		for _, b := range row.Components {
			labels, ids = append(labels, b.Label), append(ids, b.CustomID)
		}
	}
	return labels, ids
}

// Interact sends an interaction to the bot and waits for its first answer. What fields leaves out is filled in: a member's, in the server.
func (s *Server) Interact(fields map[string]any) *Interaction {
	s.t.Helper()
	in := s.Send(fields)
	s.Await("the answer to an interaction", func() bool { return len(s.Responses(in)) > 0 })
	return in
}

// Send sends an interaction to the bot and does not wait.
func (s *Server) Send(fields map[string]any) *Interaction {
	s.mu.Lock()
	in := &Interaction{ID: s.newID(), At: time.Now()}
	in.Token = "interaction-token-" + in.ID
	s.interactions[in.Token] = in
	s.mu.Unlock()
	event := map[string]any{
		"id": in.ID, "token": in.Token, "application_id": AppID, "version": 1, "guild_id": GuildID, "channel_id": Channel, "locale": "en-US", "context": 0,
		"member": map[string]any{"user": map[string]any{"id": Person, "username": "person"}, "roles": []string{}, "permissions": "1024"},
	}
	for key, value := range fields {
		event[key] = value
		if value == nil {
			delete(event, key)
		}
	}
	s.Dispatch("INTERACTION_CREATE", event)
	return in
}

// Responses returns what came back so far.
func (s *Server) Responses(in *Interaction) []Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Response(nil), in.Responses...)
}

// First is the first answer.
func (s *Server) First(in *Interaction) Response {
	s.t.Helper()
	list := s.Responses(in)
	if len(list) == 0 {
		s.t.Fatal("an interaction was not answered")
	}
	return list[0]
}

// firstWithin is how long an interaction may wait for its first answer, unless something else is set.
const firstWithin = 3 * time.Second

func (s *Server) callback(id, token string, q *Request, files map[string]string) answer {
	var body struct {
		Type int             `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(q.Body, &body); err != nil {
		return refusal(400, 50109, "The request body contains invalid JSON.")
	}
	var c content
	_ = json.Unmarshal(body.Data, &c)
	if body.Type == 4 || body.Type == 7 {
		if wrong := c.check(files); wrong != nil {
			return *wrong
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.interactions[token]
	switch {
	case in == nil || in.ID != id || len(in.Responses) == 0 && time.Since(in.At) > cmp.Or(s.FirstWithin, firstWithin):
		return refusal(404, 10062, "Unknown interaction")
	case len(in.Responses) > 0:
		return refusal(400, 40060, "Interaction has already been acknowledged.")
	}
	r := Response{Type: body.Type, Content: c.Content, Flags: c.Flags, Data: body.Data, Files: files}
	if body.Type == 4 || body.Type == 5 || body.Type == 7 {
		r.MessageID = s.newID()
	}
	in.Responses = append(in.Responses, r)
	if r.MessageID == "" {
		return answer{status: 200, body: map[string]any{"interaction": map[string]any{"id": id}}}
	}
	return answer{status: 200, body: map[string]any{
		"interaction": map[string]any{"id": id, "response_message_id": r.MessageID},
		"resource":    map[string]any{"type": body.Type, "message": map[string]any{"id": r.MessageID, "channel_id": Channel}},
	}}
}

func (s *Server) webhook(token string, q *Request, files map[string]string) answer {
	var c content
	if err := json.Unmarshal(q.Body, &c); err != nil {
		return refusal(400, 50109, "The request body contains invalid JSON.")
	}
	if wrong := c.check(files); wrong != nil {
		return *wrong
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.interactions[token]
	if in == nil || len(in.Responses) == 0 {
		return refusal(404, 10015, "Unknown Webhook")
	}
	r := Response{MessageID: s.newID(), Content: c.Content, Flags: c.Flags, Data: q.Body, Files: files, Edit: q.Method == "PATCH"}
	in.Responses = append(in.Responses, r)
	return answer{status: 200, body: map[string]any{"id": r.MessageID, "channel_id": Channel}}
}
