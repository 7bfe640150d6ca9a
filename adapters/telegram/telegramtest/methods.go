package telegramtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// chatState is what the server knows of a chat.
type chatState struct {
	chat    Object
	members map[int64]string // status by person
	refuses string           // what a send is refused with, "" if it is not
	code    int
	movedTo int64
	hidden  bool // who its members are
}

// Sent is a message of the bot's.
type Sent struct {
	Chat, ID, Topic, ReplyTo int64
	HTML, Text               string // as it came, and as it is seen
	Keys                     [][]Button
	Silent, Pinned           bool
	Edits                    int
	File                     string // the document or photo's name
	Data                     []byte
}

// Button is one under a message.
type Button struct {
	Text  string `json:"text"`
	Data  string `json:"callback_data"`
	URL   string `json:"url"`
	Style string `json:"style"`
}

func (s *Server) method(r *http.Request, method string, p map[string]string, files map[string][]byte) answer {
	switch method {
	case "getMe":
		return ok(s.Me)
	case "getUpdates":
		return s.getUpdates(r, p)
	case "setWebhook":
		return s.setWebhook(p)
	case "deleteWebhook":
		return s.setWebhook(map[string]string{})
	case "sendMessage":
		return s.sendMessage(p)
	case "sendDocument":
		return s.sendFile("document", p, files)
	case "sendPhoto":
		return s.sendFile("photo", p, files)
	case "pinChatMessage":
		return s.pin(p)
	case "editMessageText":
		return s.editMessageText(p)
	case "getChatMember":
		return s.getChatMember(p)
	case "getChatAdministrators":
		return s.getChatAdministrators(p)
	case "answerCallbackQuery", "answerInlineQuery":
		return ok(true)
	case "getMyCommands":
		s.mu.Lock()
		defer s.mu.Unlock()
		if list, ok := s.commands[p["scope"]+p["language_code"]]; ok {
			return answer{result: list}
		}
		return ok([]any{})
	case "setMyCommands":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.commands[p["scope"]+p["language_code"]] = json.RawMessage(p["commands"])
		return ok(true)
	case "getFile":
		s.mu.Lock()
		defer s.mu.Unlock()
		data, known := s.files[p["file_id"]]
		if !known {
			return bad("invalid file_id")
		}
		return ok(Object{"file_id": p["file_id"], "file_unique_id": "u" + p["file_id"], "file_size": len(data), "file_path": "documents/" + p["file_id"]})
	}
	return refuse(404, "Not Found: method not found")
}

func (s *Server) file(w http.ResponseWriter, path string) {
	s.mu.Lock()
	data, known := s.files[path[len("documents/"):]]
	s.mu.Unlock()
	if !known {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write(data)
}

// open returns the chat that something is sent to, or why that is refused. Callers hold mu.
func (s *Server) open(p map[string]string) (*chatState, int64, *answer) {
	id, err := strconv.ParseInt(p["chat_id"], 10, 64)
	c := s.chats[id]
	var a answer
	switch {
	case err != nil || id < 0 && c == nil:
		a = bad("chat not found")
	case c == nil:
		a = forbidden("bot can't initiate conversation with a user")
	case c.movedTo != 0:
		a = bad("group chat was upgraded to a supergroup chat")
		a.parameters = Object{"migrate_to_chat_id": c.movedTo}
	case c.refuses != "":
		a = refuse(c.code, c.refuses)
	default:
		return c, id, nil
	}
	return nil, id, &a
}

// text reads what a message says, or why it is refused.
func text(p map[string]string, name string, limit int) (string, *answer) {
	plain := p[name]
	if p["parse_mode"] == "HTML" {
		parsed, err := ParseHTML(p[name])
		if err != nil {
			a := bad("can't parse entities: %v", err)
			return "", &a
		}
		plain = parsed.Text
		if parsed.Entities > 100 || parsed.Bytes > 9500 {
			a := bad("ENTITIES_TOO_LONG")
			return "", &a
		}
	}
	switch n := units(plain); {
	case n == 0:
		a := bad("message text is empty")
		return "", &a
	case n > limit:
		a := bad("message is too long")
		return "", &a
	}
	return plain, nil
}

func keys(p map[string]string) [][]Button {
	var k struct {
		Rows [][]Button `json:"inline_keyboard"`
	}
	_ = json.Unmarshal([]byte(p["reply_markup"]), &k) // its shape is the description's to check
	return k.Rows
}

func (s *Server) sendMessage(p map[string]string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, id, refused := s.open(p)
	if refused != nil {
		return *refused
	}
	plain, refused := text(p, "text", 4096)
	if refused != nil {
		return *refused
	}
	return s.stand(c, id, p, &Sent{HTML: p["text"], Text: plain})
}

func (s *Server) sendFile(field string, p map[string]string, files map[string][]byte) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, id, refused := s.open(p)
	if refused != nil {
		return *refused
	}
	if len(files[field]) == 0 {
		return bad("file must be non-empty")
	}
	return s.stand(c, id, p, &Sent{File: p[field], Data: files[field]})
}

func (s *Server) pin(p map[string]string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, chatID, refused := s.open(p)
	if refused != nil {
		return *refused
	}
	id, _ := strconv.ParseInt(p["message_id"], 10, 64)
	m := s.messages[[2]int64{chatID, id}]
	if m == nil {
		return bad("message to pin not found")
	}
	m.Pinned = true
	return ok(true)
}

// stand puts a message into its chat. Callers hold mu.
func (s *Server) stand(c *chatState, chatID int64, p map[string]string, m *Sent) answer {
	var reply struct {
		Message int64 `json:"message_id"`
		Anyway  bool  `json:"allow_sending_without_reply"`
	}
	_ = json.Unmarshal([]byte(p["reply_parameters"]), &reply)
	if reply.Message != 0 && s.heard[[2]int64{chatID, reply.Message}] == nil && s.messages[[2]int64{chatID, reply.Message}] == nil {
		if !reply.Anyway {
			return bad("message to be replied not found")
		}
		reply.Message = 0
	}
	if problem := s.limits.count(chatID, time.Now()); problem != "" && len(s.problems) < maxProblems {
		s.problems = append(s.problems, problem)
	}
	s.nextID[chatID]++
	m.Chat, m.ID, m.ReplyTo = chatID, s.nextID[chatID], reply.Message
	m.Topic, _ = strconv.ParseInt(p["message_thread_id"], 10, 64)
	m.Keys, m.Silent = keys(p), p["disable_notification"] == "true"
	s.messages[[2]int64{chatID, m.ID}] = m
	s.order = append(s.order, m)
	s.change()
	return ok(s.object(c, m))
}

// object is the message as the Bot API shows it.
func (s *Server) object(c *chatState, m *Sent) Object {
	o := Object{"message_id": m.ID, "date": time.Now().Unix(), "chat": c.chat, "from": s.Me, "text": m.Text}
	if m.Topic != 0 {
		o["message_thread_id"], o["is_topic_message"] = m.Topic, true
	}
	return o
}

func (s *Server) editMessageText(p map[string]string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, chatID, refused := s.open(p)
	if refused != nil {
		return *refused
	}
	id, _ := strconv.ParseInt(p["message_id"], 10, 64)
	m := s.messages[[2]int64{chatID, id}]
	if m == nil {
		return bad("message to edit not found")
	}
	plain, refused := text(p, "text", 4096)
	if refused != nil {
		return *refused
	}
	if rows := keys(p); m.HTML == p["text"] && fmt.Sprint(rows) == fmt.Sprint(m.Keys) {
		return bad("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	} else {
		m.HTML, m.Text, m.Keys = p["text"], plain, rows
	}
	m.Edits++
	s.change()
	return ok(s.object(c, m))
}

func (s *Server) getChatMember(p map[string]string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _ := strconv.ParseInt(p["chat_id"], 10, 64)
	person, _ := strconv.ParseInt(p["user_id"], 10, 64)
	c := s.chats[id]
	switch {
	case c == nil:
		return bad("chat not found")
	case c.hidden:
		return bad("member list is inaccessible")
	}
	status := c.members[person]
	if status == "" {
		status = "left"
	}
	return ok(Object{"status": status, "user": Object{"id": person, "is_bot": false, "first_name": "P"}})
}

func (s *Server) getChatAdministrators(p map[string]string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, _ := strconv.ParseInt(p["chat_id"], 10, 64)
	c := s.chats[id]
	if c == nil {
		return bad("chat not found")
	}
	list := []Object{}
	for person, status := range c.members {
		if status == "creator" || status == "administrator" {
			list = append(list, Object{"status": status, "user": Object{"id": person, "is_bot": false, "first_name": "P"}})
		}
	}
	return ok(list)
}

// Sent returns the bot's messages, in order, as they stand.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Sent, len(s.order))
	for i, m := range s.order {
		out[i] = *m
	}
	return out
}

// Requests returns the requests for a method, "" for all.
func (s *Server) Requests(method string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.requests), func(r Request) bool { return method != "" && r.Method != method })
}

// Commands returns the lists of commands that were set, by scope and language.
func (s *Server) Commands() map[string]json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.commands)
}

// Wait waits until cond, which is asked at each change and now and then, is true; it fails the test after ten seconds. what says what is waited for.
func (s *Server) Wait(what string, cond func() bool) {
	s.tb.Helper()
	late := time.After(10 * time.Second)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return
		}
		select {
		case <-changed:
		case <-time.After(5 * time.Millisecond):
		case <-late:
			sent := s.Sent()
			s.tb.Fatalf("waited in vain for %s; %d messages were sent, the last: %+v", what, len(sent), sent[max(0, len(sent)-1):])
		}
	}
}

// WaitSent waits for the nth message of the bot's and returns it.
func (s *Server) WaitSent(n int) Sent {
	s.tb.Helper()
	s.Wait(fmt.Sprintf("message %d of the bot's", n), func() bool { return len(s.Sent()) >= n })
	return s.Sent()[n-1]
}

// WaitRequest waits for the nth request of a method and returns it.
func (s *Server) WaitRequest(method string, n int) Request {
	s.tb.Helper()
	s.Wait(fmt.Sprintf("request %d of %s", n, method), func() bool { return len(s.Requests(method)) >= n })
	return s.Requests(method)[n-1]
}
