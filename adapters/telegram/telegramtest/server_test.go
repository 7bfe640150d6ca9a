package telegramtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

type reply struct {
	OK          bool
	Code        int `json:"error_code"`
	Description string
	Result      json.RawMessage
}

func (s *Server) call(t *testing.T, method string, pairs ...string) reply {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := http.PostForm(s.URL+"/bot"+Token+"/"+method, form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var r reply
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

// What the double says of requests that the Bot API would not take.
func TestCheck(t *testing.T) {
	s := New(t)
	if s.spec == nil {
		t.Skip("the Bot API's description is not here")
	}
	tests := []struct {
		name, method string
		params       []string
		want         string // "" is nothing wrong
	}{
		{"a right message", "sendMessage", []string{"chat_id", "1", "text", "<b>x</b>", "parse_mode", "HTML", "reply_parameters", `{"message_id":1}`}, ""},
		{"no such method", "sendMessages", nil, "no such method"},
		{"a parameter missing", "sendMessage", []string{"chat_id", "1"}, "text is missing"},
		{"an unknown parameter", "sendMessage", []string{"chat_id", "1", "text", "x", "reply_to_message_id", "5"}, "no parameter"},
		{"text for a number", "getUpdates", []string{"offset", "x"}, "Integer"},
		{"an object that is none", "sendMessage", []string{"chat_id", "1", "text", "x", "reply_parameters", "5"}, "no object"},
		{"an unknown field", "sendMessage", []string{"chat_id", "1", "text", "x", "link_preview_options", `{"off":true}`}, "a field off"},
		{"a field of another type", "sendMessage", []string{"chat_id", "1", "text", "x", "link_preview_options", `{"is_disabled":"true"}`}, "Boolean"},
		{"a field missing", "sendMessage", []string{"chat_id", "1", "text", "x", "reply_markup", `{"inline_keyboard":[[{"callback_data":"x"}]]}`}, "text"},
		{"data over 64 bytes", "sendMessage", []string{"chat_id", "1", "text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"x","callback_data":"` + strings.Repeat("é", 33) + `"}]]}`}, "66 bytes"},
		{"an unknown tag", "sendMessage", []string{"chat_id", "1", "text", "<h1>x</h1>", "parse_mode", "HTML"}, "unsupported tag"},
		{"tags across each other", "sendMessage", []string{"chat_id", "1", "text", "<b><i>x</b></i>", "parse_mode", "HTML"}, "unexpected"},
		{"a tag left open", "sendMessage", []string{"chat_id", "1", "text", "<b>x", "parse_mode", "HTML"}, "not closed"},
		{"an & as it is", "sendMessage", []string{"chat_id", "1", "text", "a & b", "parse_mode", "HTML"}, "unescaped &"},
		{"a text over the limit", "sendMessage", []string{"chat_id", "1", "text", strings.Repeat("😀", 2049), "parse_mode", "HTML"}, "4098 units"},
		{"somebody who would be notified", "sendMessage", []string{"chat_id", "1", "text", "hi @somebody", "parse_mode", "HTML"}, "notifies"},
		{"too many entities", "sendMessage", []string{"chat_id", "1", "text", strings.Repeat("<b>x</b>", 101), "parse_mode", "HTML"}, "101 entities"},
		{"a command in capitals", "setMyCommands", []string{"commands", `[{"command":"Ask","description":"x"}]`}, "command"},
		{"a scope of no kind", "setMyCommands", []string{"commands", `[]`, "scope", `{"typ":"default"}`}, "none of BotCommandScope"},
		{"results with one id", "answerInlineQuery", []string{"inline_query_id", "1", "results", `[{"type":"article","id":"a","title":"t","input_message_content":{"message_text":"x"}},{"type":"article","id":"a","title":"t","input_message_content":{"message_text":"x"}}]`}, "result id"},
		{"a long word at a button's press", "answerCallbackQuery", []string{"callback_query_id", "1", "text", strings.Repeat("x", 201)}, "text of 201"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.call(t, tt.method, tt.params...)
			got := strings.Join(s.Problems(), "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestUpdatesComeUntilTheyAreConfirmed(t *testing.T) {
	s := New(t)
	ana := User{ID: 1, Name: "Ana"}
	_, first := s.Message(Private(ana), ana, "one")
	s.Message(Private(ana), ana, "two")
	count := func(pairs ...string) int {
		t.Helper()
		var list []json.RawMessage
		if err := json.Unmarshal(s.call(t, "getUpdates", pairs...).Result, &list); err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for range 2 {
		if count() != 2 || count("limit", "1") != 1 {
			t.Error("what is not confirmed does not come again")
		}
	}
	if n := count("offset", jsonNumber(first+1)); n != 1 {
		t.Errorf("%d after the first", n)
	}
	if s.Unconfirmed() != 1 || s.Confirmed() != first+1 {
		t.Errorf("%d unconfirmed, %d confirmed", s.Unconfirmed(), s.Confirmed())
	}
}

func TestASecondPollerEndsTheFirst(t *testing.T) {
	s := New(t)
	first := make(chan reply)
	go func() { first <- s.call(t, "getUpdates", "timeout", "30") }()
	s.WaitRequest("getUpdates", 1)
	s.Wait("the poll", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.poll != nil })
	s.call(t, "getUpdates", "timeout", "0")
	if r := <-first; r.Code != 409 || !strings.Contains(r.Description, "other getUpdates") {
		t.Errorf("%+v", r)
	}
	s.call(t, "setWebhook", "url", "http://127.0.0.1:1/x", "secret_token", "s")
	if r := s.call(t, "getUpdates"); r.Code != 409 || !strings.Contains(r.Description, "webhook is active") {
		t.Errorf("%+v", r)
	}
}

func TestRefusals(t *testing.T) {
	s := New(t)
	old, now := Chat{ID: -5, Type: "group"}, Chat{ID: -1005}
	s.Member(old, User{ID: 1}, "member")
	for _, tt := range []struct {
		name, method string
		params       []string
		code         int
		want         string
	}{
		{"a person who never wrote", "sendMessage", []string{"chat_id", "77", "text", "x"}, 403, "can't initiate"},
		{"a chat nobody knows", "sendMessage", []string{"chat_id", "-77", "text", "x"}, 400, "chat not found"},
		{"an empty text", "sendMessage", []string{"chat_id", "-5", "text", ""}, 400, "empty"},
		{"bad HTML", "sendMessage", []string{"chat_id", "-5", "text", "<b>", "parse_mode", "HTML"}, 400, "can't parse"},
		{"a reply to nothing", "sendMessage", []string{"chat_id", "-5", "text", "x", "reply_parameters", `{"message_id":9}`}, 400, "replied not found"},
		{"an edit of nothing", "editMessageText", []string{"chat_id", "-5", "message_id", "9", "text", "x"}, 400, "not found"},
	} {
		if r := s.call(t, tt.method, tt.params...); r.OK || r.Code != tt.code || !strings.Contains(r.Description, tt.want) {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
	s.Problems() // these were wrong on purpose
	s.Migrate(old, now)
	if r := s.call(t, "sendMessage", "chat_id", "-5", "text", "x"); r.Code != 400 || !strings.Contains(r.Description, "upgraded") {
		t.Errorf("%+v", r)
	}
	resp, err := http.PostForm(s.URL+"/bot1:other/getMe", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 401 {
		t.Errorf("another token: %d", resp.StatusCode)
	}
}

func jsonNumber(n int64) string { b, _ := json.Marshal(n); return string(b) }
