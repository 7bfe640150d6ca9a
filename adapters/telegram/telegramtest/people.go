package telegramtest

import (
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// User is a person.
type User struct {
	ID             int64
	Name, Language string
}

// Chat is where people talk. A positive id is the private chat of the person with that id.
type Chat struct {
	ID    int64
	Type  string // "" is private or supergroup, by the id
	Title string
}

// Object returns the person as the Bot API shows them.
func (u User) Object() Object {
	o := Object{"id": u.ID, "is_bot": false, "first_name": u.Name}
	if u.Language != "" {
		o["language_code"] = u.Language
	}
	return o
}

// Object returns the chat as the Bot API shows it.
func (c Chat) Object() Object {
	kind := c.Type
	if kind == "" {
		kind = map[bool]string{true: "private", false: "supergroup"}[c.ID > 0]
	}
	return Object{"id": c.ID, "type": kind, "title": c.Title}
}

// Private is a person's private chat with the bot.
func Private(u User) Chat { return Chat{ID: u.ID} }

// chat returns what is known of a chat, made known where it was not. Callers hold mu.
func (s *Server) chat(c Chat) *chatState {
	known := s.chats[c.ID]
	if known == nil {
		known = &chatState{chat: c.Object(), members: map[int64]string{}}
		s.chats[c.ID] = known
	}
	return known
}

// Member says what a person is in a chat: creator, administrator, member, left.
func (s *Server) Member(c Chat, u User, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chat(c).members[u.ID] = status
}

// Hide makes a chat keep from the bot who its members are, as it does from bots that are no administrators.
func (s *Server) Hide(c Chat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chat(c).hidden = true
}

// Refuse makes every send to a chat fail, until what is "".
func (s *Server) Refuse(c Chat, code int, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chat(c).code, s.chat(c).refuses = code, what
}

// Migrate makes a group a supergroup: sends to the old one are refused with the new one's id.
func (s *Server) Migrate(from, to Chat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chat(from).movedTo = to.ID
	maps.Copy(s.chat(to).members, s.chat(from).members)
}

// File keeps a file that a message's document can name.
func (s *Server) File(id string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[id] = data
}

// Message has a person say something, and returns the message's id and the update's. Entities for commands and mentions are found as Telegram does. more is laid
// over the message.
func (s *Server) Message(c Chat, u User, text string, more ...Object) (message, updateID int64) {
	m := s.said(c, u, text, more...)
	return m["message_id"].(int64), s.Update(Object{"message": m})
}

// Edit changes a message that a person said, seconds after it.
func (s *Server) Edit(c Chat, id int64, text string, seconds int64) (updateID int64) {
	s.mu.Lock()
	m := maps.Clone(s.heard[[2]int64{c.ID, id}])
	s.mu.Unlock()
	m["text"], m["entities"] = text, Entities(text)
	m["edit_date"] = m["date"].(int64) + seconds
	return s.Update(Object{"edited_message": m})
}

func (s *Server) said(c Chat, u User, text string, more ...Object) Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.chat(c)
	if known.members[u.ID] == "" {
		known.members[u.ID] = "member"
	}
	s.nextID[c.ID]++
	m := Object{"message_id": s.nextID[c.ID], "from": u.Object(), "chat": known.chat, "date": time.Now().Unix(), "text": text}
	if e := Entities(text); len(e) > 0 {
		m["entities"] = e
	}
	for _, o := range more {
		maps.Copy(m, o)
	}
	s.heard[[2]int64{c.ID, s.nextID[c.ID]}] = m
	return m
}

// To makes a message an answer to another, of the bot's or of a person's.
func (s *Server) To(c Chat, id int64) Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.messages[[2]int64{c.ID, id}]; m != nil {
		return Object{"reply_to_message": s.object(s.chat(c), m)}
	}
	return Object{"reply_to_message": s.heard[[2]int64{c.ID, id}]}
}

// Press has a person press a button under one of the bot's messages, and returns the query's id.
func (s *Server) Press(u User, m Sent, data string, more ...Object) string {
	s.mu.Lock()
	c := s.chats[m.Chat]
	q := Object{"from": u.Object(), "message": s.object(c, &m), "chat_instance": "1", "data": data}
	if c.members[u.ID] == "" {
		c.members[u.ID] = "member"
	}
	s.nextUpdate++
	id := "q" + strconv.FormatInt(s.nextUpdate, 10)
	s.mu.Unlock()
	q["id"] = id
	for _, o := range more {
		maps.Copy(q, o)
	}
	s.Update(Object{"callback_query": q})
	return id
}

// Inline has a person type something after the bot's name in any chat.
func (s *Server) Inline(u User, query string) (updateID int64) {
	return s.Update(Object{"inline_query": Object{"id": "inline", "from": u.Object(), "query": query, "offset": ""}})
}

var marks = regexp.MustCompile(`^/[A-Za-z0-9_]+(?:@[A-Za-z0-9_]+)?|@[A-Za-z0-9_]{4,32}`)

// Entities finds commands at the beginning and mentions anywhere, with offsets in UTF-16 units.
func Entities(text string) []Object {
	var out []Object
	for _, at := range marks.FindAllStringIndex(text, -1) {
		kind := "mention"
		if strings.HasPrefix(text[at[0]:], "/") {
			kind = "bot_command"
		}
		out = append(out, Object{"type": kind, "offset": units(text[:at[0]]), "length": units(text[at[0]:at[1]])})
	}
	return out
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }
