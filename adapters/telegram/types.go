package telegram

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"testigo/bot"
)

// The parts of the Bot API's objects that are used, under the API's own names; the library's structs lack many of them. Whatever may be absent
// is a pointer or tested for zero.
type (
	update struct {
		ID         int64          `json:"update_id"`
		Message    *message       `json:"message"`
		Edited     *message       `json:"edited_message"`
		Callback   *callbackQuery `json:"callback_query"`
		Inline     *inlineQuery   `json:"inline_query"`
		MyMember   *memberUpdate  `json:"my_chat_member"`
		ChatMember *memberUpdate  `json:"chat_member"`
	}
	message struct {
		ID         int64     `json:"message_id"`
		Thread     int64     `json:"message_thread_id"`
		IsTopic    bool      `json:"is_topic_message"`
		From       *user     `json:"from"`
		SenderChat *chat     `json:"sender_chat"`
		Chat       chat      `json:"chat"`
		Date       int64     `json:"date"` // 0 where the message cannot be accessed any more
		EditDate   int64     `json:"edit_date"`
		Automatic  bool      `json:"is_automatic_forward"`
		ViaBot     *user     `json:"via_bot"`
		ReplyTo    *message  `json:"reply_to_message"`
		Quote      *quote    `json:"quote"`
		Text       string    `json:"text"`
		Entities   []entity  `json:"entities"`
		Caption    string    `json:"caption"`
		CapEnts    []entity  `json:"caption_entities"`
		Document   *document `json:"document"`
		MovedTo    int64     `json:"migrate_to_chat_id"`
		MovedFrom  int64     `json:"migrate_from_chat_id"`
		TopicMade  *struct{} `json:"forum_topic_created"`
	}
	user struct {
		ID        int64  `json:"id"`
		IsBot     bool   `json:"is_bot"`
		FirstName string `json:"first_name"`
		LastName  string `json:"last_name"`
		Username  string `json:"username"`
		Language  string `json:"language_code"`
	}
	chat struct {
		ID    int64  `json:"id"`
		Type  string `json:"type"` // private, group, supergroup, channel
		Title string `json:"title"`
	}
	entity struct {
		Type   string `json:"type"`
		Offset int    `json:"offset"` // in UTF-16 units, as Length
		Length int    `json:"length"`
		User   *user  `json:"user"`
	}
	quote struct {
		Text   string `json:"text"`
		Manual bool   `json:"is_manual"`
	}
	document struct {
		FileID string `json:"file_id"`
		Size   int    `json:"file_size"`
	}
	callbackQuery struct {
		ID            string   `json:"id"`
		From          user     `json:"from"`
		Message       *message `json:"message"`
		InlineMessage string   `json:"inline_message_id"`
		Data          string   `json:"data"`
	}
	inlineQuery struct {
		ID    string `json:"id"`
		From  user   `json:"from"`
		Query string `json:"query"`
	}
	memberUpdate struct {
		Chat chat   `json:"chat"`
		New  member `json:"new_chat_member"`
	}
	member struct {
		Status   string `json:"status"` // creator, administrator, member, restricted, left, kicked
		IsMember bool   `json:"is_member"`
		User     user   `json:"user"`
	}
)

// in reports whether somebody is in the chat.
func (m member) in() bool {
	return m.Status == "creator" || m.Status == "administrator" || m.Status == "member" || m.Status == "restricted" && m.IsMember
}

func (c chat) private() bool { return c.Type == "private" }

// name is what a person is shown as.
func (u *user) name() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// locale is the language of a person's client, "" where the bot does not speak it.
func (u *user) locale() bot.Lang {
	tag, _, _ := strings.Cut(u.Language, "-")
	if l := bot.Lang(tag); l == bot.English || l == bot.Spanish {
		return l
	}
	return ""
}

// words returns what a message says, text or caption, with its entities.
func (m *message) words() (string, []entity) {
	if m.Text != "" {
		return m.Text, m.Entities
	}
	return m.Caption, m.CapEnts
}

// topic is the forum topic a message stands in, 0 outside of forums. Other supergroups give threads of replies an id too; nothing is posted by it.
func (m *message) topic() int64 {
	if m.IsTopic {
		return m.Thread
	}
	return 0
}

// ref is the bot's name for a message's place. A forum's topic is a channel of its own.
func ref(chatID, topic, id int64) bot.MessageRef {
	r := bot.MessageRef{Platform: platform, Channel: strconv.FormatInt(chatID, 10)}
	if topic != 0 {
		r.Channel += ":" + strconv.FormatInt(topic, 10)
	}
	if id != 0 {
		r.Message = strconv.FormatInt(id, 10)
	}
	return r
}

// place reads what ref wrote.
func place(r bot.MessageRef) (chatID, topic, id int64, ok bool) {
	channel, thread, forum := strings.Cut(r.Channel, ":")
	chatID, err := strconv.ParseInt(channel, 10, 64)
	ok = err == nil && r.Platform == platform
	if forum {
		topic, err = strconv.ParseInt(thread, 10, 64)
		ok = ok && err == nil
	}
	if r.Message != "" {
		id, err = strconv.ParseInt(r.Message, 10, 64)
		ok = ok && err == nil
	}
	return chatID, topic, id, ok
}

// slice cuts the entity out of its text: before, the entity's own text, after. Offsets count UTF-16 units; one outside of the text cuts nothing.
func (e entity) slice(text string) (before, own, after string) {
	units := utf16.Encode([]rune(text))
	if e.Offset < 0 || e.Length < 0 || e.Offset > len(units) || e.Length > len(units)-e.Offset {
		return text, "", ""
	}
	end := e.Offset + e.Length
	return string(utf16.Decode(units[:e.Offset])), string(utf16.Decode(units[e.Offset:end])), string(utf16.Decode(units[end:]))
}
