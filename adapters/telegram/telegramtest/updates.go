package telegramtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// queued is an update that nobody confirmed yet.
type queued struct {
	id  int64
	raw json.RawMessage
}

// Update queues an update, which gets the next id, and returns that.
func (s *Server) Update(o Object) int64 {
	s.mu.Lock()
	s.nextUpdate++
	id := s.nextUpdate
	o["update_id"] = id
	raw, err := json.Marshal(o)
	if err != nil {
		s.mu.Unlock()
		s.tb.Fatal(err)
	}
	s.updates = append(s.updates, queued{id, raw})
	s.last = raw
	hook := s.webhook
	s.change()
	s.mu.Unlock()
	if hook != nil {
		s.background.Go(func() { s.deliver(hook, id, raw) })
	}
	return id
}

// Raw queues an update as it is, with the id it has or has not.
func (s *Server) Raw(raw string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextUpdate++
	s.updates = append(s.updates, queued{s.nextUpdate, json.RawMessage(raw)})
	s.change()
}

// NextUpdate is the id that the next update gets.
func (s *Server) NextUpdate() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nextUpdate + 1
}

// Confirmed is the highest offset that was asked for.
func (s *Server) Confirmed() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.confirmed
}

// Unconfirmed is how many updates nobody confirmed.
func (s *Server) Unconfirmed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.updates)
}

// Conflicts is how many polls were ended by another.
func (s *Server) Conflicts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conflicts
}

func (s *Server) getUpdates(r *http.Request, p map[string]string) answer {
	offset, _ := strconv.ParseInt(p["offset"], 10, 64)
	limit, _ := strconv.Atoi(p["limit"])
	seconds, _ := strconv.Atoi(p["timeout"])
	if limit <= 0 || limit > 100 {
		limit = 100
	}
	s.mu.Lock()
	if s.webhook != nil {
		s.mu.Unlock()
		return refuse(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	}
	if s.poll != nil {
		close(s.poll)
	}
	mine := make(chan struct{})
	s.poll = mine
	if offset > s.confirmed {
		s.confirmed = offset
	}
	for len(s.updates) > 0 && s.updates[0].id < offset {
		s.updates = s.updates[1:]
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		if s.poll == mine {
			s.poll = nil
		}
		s.mu.Unlock()
	}()
	late := time.NewTimer(time.Duration(min(seconds, 50)) * time.Second)
	defer late.Stop()
	for {
		s.mu.Lock()
		out := []json.RawMessage{}
		for _, u := range s.updates[:min(limit, len(s.updates))] {
			out = append(out, u.raw)
			s.delivered[u.id]++
		}
		changed, closed := s.changed, s.closed
		s.mu.Unlock()
		if len(out) > 0 || seconds == 0 || closed {
			return ok(out)
		}
		select {
		case <-changed:
		case <-late.C:
			return ok(out)
		case <-r.Context().Done():
			return ok(out)
		case <-mine:
			s.mu.Lock()
			s.conflicts++
			s.mu.Unlock()
			return refuse(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
		}
	}
}

// setWebhook sets a webhook, or removes it where p names no address; to set the same again changes nothing. Unlike the real one it takes http:// too.
func (s *Server) setWebhook(p map[string]string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.webhook != nil && s.webhook["url"] == p["url"] && s.webhook["secret"] == p["secret_token"] {
		return ok(true)
	}
	s.webhook = nil
	if p["url"] == "" {
		return ok(true)
	}
	s.webhook = Object{"url": p["url"], "secret": p["secret_token"]}
	for _, u := range s.updates {
		hook := s.webhook
		s.background.Go(func() { s.deliver(hook, u.id, u.raw) })
	}
	s.change()
	return ok(true)
}

// Webhook returns the address and secret that were set.
func (s *Server) Webhook() (address, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.webhook == nil {
		return "", ""
	}
	return s.webhook["url"].(string), s.webhook["secret"].(string)
}

// deliver posts an update until it is taken, as the real server does.
func (s *Server) deliver(hook Object, id int64, raw []byte) {
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	for range 50 {
		req, err := http.NewRequest(http.MethodPost, hook["url"].(string), bytes.NewReader(raw))
		if err != nil {
			return
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", hook["secret"].(string))
		resp, err := client.Do(req)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode/100 == 2 {
				s.taken(id)
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
		s.mu.Lock()
		closed := s.closed
		s.mu.Unlock()
		if closed {
			return
		}
	}
}

func (s *Server) taken(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, u := range s.updates {
		if u.id == id {
			s.updates = append(s.updates[:i:i], s.updates[i+1:]...)
			break
		}
	}
	s.change()
}

// Again queues the last update once more, with the id it had, as if it had not been confirmed.
func (s *Server) Again() {
	s.mu.Lock()
	raw := s.last
	s.mu.Unlock()
	s.Raw(string(raw))
}
