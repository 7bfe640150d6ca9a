package discordtest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// handle carries a request out.
func (s *Server) handle(r *http.Request, q *Request, files map[string]string) answer {
	parts := strings.Split(strings.Trim(q.Path, "/"), "/")
	if parts[0] != "interactions" && parts[0] != "webhooks" && r.Header.Get("Authorization") != "Bot "+Token {
		return refusal(401, 0, "401: Unauthorized")
	}
	if over := s.overPerSecond(parts[0]); over != nil {
		return *over
	}
	at := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	switch route := q.Method + " " + parts[0] + "/" + at(2); {
	case q.Method == "GET" && q.Path == "/gateway":
		return answer{status: 200, body: map[string]any{"url": s.address(gatewayPath)}}
	case q.Method == "GET" && q.Path == "/gateway/bot":
		return s.gatewayBot()
	case q.Method == "GET" && q.Path == "/users/@me":
		return answer{status: 200, body: map[string]any{"id": cmp.Or(s.Bot, BotID), "username": "testigo", "bot": true}}
	case q.Method == "GET" && q.Path == "/oauth2/applications/@me":
		return answer{status: 200, body: map[string]any{"id": AppID, "name": "testigo"}}
	case q.Method == "GET" && q.Path == "/users/@me/guilds":
		permissions := s.Permissions
		if permissions == "" {
			permissions = "274878008320"
		}
		return answer{status: 200, body: []map[string]any{{"id": GuildID, "name": "School", "permissions": permissions, "owner": false}}}
	case q.Method == "POST" && q.Path == "/users/@me/channels":
		var body struct {
			Recipient string `json:"recipient_id"`
		}
		_ = json.Unmarshal(q.Body, &body)
		return answer{status: 200, body: map[string]any{"id": Direct(body.Recipient), "type": 1}}
	case route == "GET guilds/":
		return s.guild(parts[1])
	case route == "GET guilds/members":
		if roles, ok := s.Members[at(3)]; ok && parts[1] == GuildID {
			return answer{status: 200, body: map[string]any{"user": map[string]any{"id": at(3), "username": "person"}, "roles": roles}}
		}
		return refusal(404, 10007, "Unknown Member")
	case route == "GET channels/":
		if strings.HasPrefix(parts[1], "7") {
			return answer{status: 200, body: map[string]any{"id": parts[1], "type": 1}}
		}
		return answer{status: 200, body: map[string]any{"id": parts[1], "type": 0, "guild_id": GuildID}}
	case parts[0] == "applications" && at(2) == "commands":
		return s.command(q, at(3))
	case route == "POST channels/messages":
		return s.post(parts[1], q.Body, files)
	case route == "PATCH channels/messages":
		return s.edit(parts[1], at(3), q.Body, files)
	case route == "PUT channels/messages" && at(3) == "pins":
		return s.pin(parts[1], at(4))
	case parts[0] == "interactions" && at(3) == "callback":
		return s.callback(at(1), at(2), q, files)
	case parts[0] == "webhooks":
		return s.webhook(at(2), q, files)
	}
	return refusal(404, 0, "404: Not Found")
}

// overPerSecond counts a request against the bot's limit per second, and refuses it beyond that.
func (s *Server) overPerSecond(first string) *answer {
	if s.PerSecond == 0 || first == "interactions" || first == "webhooks" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.recent = slices.DeleteFunc(s.recent, func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(s.recent) < s.PerSecond {
		s.recent = append(s.recent, now)
		return nil
	}
	s.overRate++
	header := http.Header{"Retry-After": {"1"}, "X-Ratelimit-Global": {"true"}}
	return &answer{status: 429, header: header, body: map[string]any{"message": "You are being rate limited.", "retry_after": 0.5, "global": true}}
}

// OverRate is how many requests were refused because of PerSecond.
func (s *Server) OverRate() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.overRate
}

// Direct is the channel of direct messages with a person.
func Direct(person string) string { return "7" + person[1:] }

func (s *Server) gatewayBot() answer {
	remaining := 1000
	if s.Remaining != nil {
		remaining = s.Remaining()
	}
	return answer{status: 200, body: map[string]any{
		"url": s.address(gatewayPath), "shards": s.Shards,
		"session_start_limit": map[string]any{"total": 1000, "remaining": remaining, "reset_after": s.ResetAfter.Milliseconds(), "max_concurrency": s.Concurrency},
	}}
}

func (s *Server) guild(id string) answer {
	if n, err := strconv.ParseUint(id, 10, 64); err != nil || n < 1<<22 {
		return refusal(404, 10004, "Unknown Guild")
	}
	roles := []map[string]any{{"id": id, "name": "@everyone", "permissions": "1024"}}
	for role, permissions := range s.Roles {
		roles = append(roles, map[string]any{"id": role, "name": role, "permissions": permissions})
	}
	return answer{status: 200, body: map[string]any{"id": id, "owner_id": Owner, "roles": roles}}
}

// command keeps the application's global commands: one by type and name.
func (s *Server) command(q *Request, id string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch q.Method {
	case "GET":
		list := []map[string]any{}
		for _, c := range s.commands {
			list = append(list, c)
		}
		return answer{status: 200, body: list}
	case "DELETE":
		if s.commands[id] == nil {
			return refusal(404, 10063, "Unknown application command")
		}
		delete(s.commands, id)
		return answer{status: 204}
	case "POST":
		var c map[string]any
		if err := json.Unmarshal(q.Body, &c); err != nil {
			return refusal(400, 50109, "The request body contains invalid JSON.")
		}
		if c["type"] == nil {
			c["type"] = 1.0
		}
		status := 201
		for known, other := range s.commands {
			if other["type"] == c["type"] && other["name"] == c["name"] {
				delete(s.commands, known)
				status = 200
			}
		}
		// As Discord answers: with what it adds.
		c["id"], c["application_id"], c["version"], c["nsfw"], c["dm_permission"] = s.newID(), AppID, s.newID(), false, true
		if c["default_member_permissions"] == nil {
			c["default_member_permissions"] = nil
		}
		s.commands[c["id"].(string)] = c
		return answer{status: status, body: c}
	}
	return refusal(405, 0, "405: Method Not Allowed")
}

// Commands returns the registered commands by name.
func (s *Server) Commands() map[string]map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]map[string]any{}
	for _, c := range s.commands {
		out[c["name"].(string)] = c
	}
	return out
}

// AddCommand registers a command, as an earlier version of the bot may have.
func (s *Server) AddCommand(c map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c["id"] = s.newID()
	s.commands[c["id"].(string)] = c
}

// content is what is checked of a message.
type content struct {
	Content    string `json:"content"`
	Flags      int    `json:"flags"`
	Components []struct {
		Type       int `json:"type"`
		Components []struct {
			CustomID string `json:"custom_id"`
			Label    string `json:"label"`
		} `json:"components"`
	} `json:"components"`
	Mentions *struct {
		Parse *[]string `json:"parse"`
	} `json:"allowed_mentions"`
	Reference struct {
		MessageID string `json:"message_id"`
		FailIfNot *bool  `json:"fail_if_not_exists"`
	} `json:"message_reference"`
	Nonce       string        `json:"nonce"`
	Enforce     bool          `json:"enforce_nonce"`
	Attachments *[]attachment `json:"attachments"`
}

// check refuses what Discord refuses of a message.
func (c *content) check(files map[string]string) *answer {
	wrong := func(code int, text string) *answer {
		a := refusal(400, code, "%s", text)
		return &a
	}
	switch {
	case c.Content == "" && len(files) == 0 && len(c.Components) == 0:
		return wrong(50006, "Cannot send an empty message")
	case len(utf16.Encode([]rune(c.Content))) > 2000:
		return wrong(50035, "Invalid Form Body: content: Must be 2000 or fewer in length.")
	case len(c.Components) > 5:
		return wrong(50035, "Invalid Form Body: components: Must be between 1 and 5 in length.")
	case len(c.Nonce) > 25:
		return wrong(50035, "Invalid Form Body: nonce")
	}
	var ids []string
	for _, row := range c.Components {
		if row.Type != 1 || len(row.Components) == 0 || len(row.Components) > 5 {
			return wrong(50035, "Invalid Form Body: components")
		}
		for _, b := range row.Components {
			if b.CustomID == "" || len(b.CustomID) > 100 || b.Label == "" || len(utf16.Encode([]rune(b.Label))) > 80 {
				return wrong(50035, "Invalid Form Body: component")
			}
			if slices.Contains(ids, b.CustomID) {
				return wrong(50035, "Invalid Form Body: Component custom id cannot be duplicated")
			}
			ids = append(ids, b.CustomID)
		}
	}
	return c.checkFiles(files)
}

func (s *Server) post(channel string, body json.RawMessage, files map[string]string) answer {
	var c content
	if err := json.Unmarshal(body, &c); err != nil {
		return refusal(400, 50109, "The request body contains invalid JSON.")
	}
	if wrong := c.check(files); wrong != nil {
		return *wrong
	}
	if s.NoFiles[channel] && len(files) > 0 {
		return refusal(403, 50013, "Missing Permissions")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	header, limited := s.limit(channel)
	if limited != nil {
		return *limited
	}
	if known := s.nonces[c.Nonce]; known != nil && c.Enforce && c.Nonce != "" { // of the same author's, in whichever channel
		known.Repeats++
		return answer{status: 200, header: header, body: map[string]any{"id": known.ID, "channel_id": known.Channel}}
	}
	m := &Message{ID: s.newID(), Channel: channel, Content: c.Content, ReplyTo: c.Reference.MessageID, Flags: c.Flags, Body: body}
	m.attach(&c, files)
	s.messages = append(s.messages, m)
	s.nonces[c.Nonce] = m
	// The answer holds a component that the library does not know, as an answer may one day.
	return answer{status: 200, header: header, body: map[string]any{"id": m.ID, "channel_id": channel, "components": []any{map[string]any{"type": 99}}}}
}

// limit counts a message against its channel's window.
func (s *Server) limit(channel string) (http.Header, *answer) {
	if s.PerWindow == 0 {
		return nil, nil
	}
	w := s.windows[channel]
	if w == nil || time.Since(w.began) >= s.Window {
		w = &window{began: time.Now()}
		s.windows[channel] = w
	}
	left := s.Window - time.Since(w.began)
	after := strconv.FormatFloat(left.Seconds(), 'f', 3, 64)
	header := http.Header{
		"X-Ratelimit-Limit": {strconv.Itoa(s.PerWindow)}, "X-Ratelimit-Reset-After": {after}, "X-Ratelimit-Bucket": {"messages"},
		"X-Ratelimit-Remaining": {strconv.Itoa(max(0, s.PerWindow-w.used-1))},
	}
	if w.used >= s.PerWindow {
		header["Retry-After"] = []string{after}
		return nil, &answer{status: 429, header: header, body: map[string]any{"message": "You are being rate limited.", "retry_after": left.Seconds(), "global": false}}
	}
	w.used++
	return header, nil
}

func (s *Server) edit(channel, id string, body json.RawMessage, files map[string]string) answer {
	var c content
	if err := json.Unmarshal(body, &c); err != nil {
		return refusal(400, 50109, "The request body contains invalid JSON.")
	}
	if wrong := c.check(files); wrong != nil {
		return *wrong
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m.ID == id && m.Channel == channel {
			m.Content, m.Body = c.Content, body
			m.attach(&c, files)
			m.Edits++
			return answer{status: 200, body: map[string]any{"id": id, "channel_id": channel}}
		}
	}
	return refusal(404, 10008, "Unknown Message")
}
