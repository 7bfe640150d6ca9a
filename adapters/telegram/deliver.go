package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"testigo/bot"
)

// deliver sends a reply to where it belongs.
func (a *Adapter) deliver(ctx context.Context, c *call, r bot.Reply) {
	if r.SetLang != "" {
		a.remember(c, r.SetLang)
	}
	switch {
	case r.Private && c.group() && !r.Empty():
		a.privately(ctx, c, r)
		return // which answers the button itself, once it knows how that went
	case r.Empty():
	case r.Replace && c.pressed != nil && c.pressed.Message.Date != 0 && len(r.Blocks) > 0 && r.File == nil:
		a.replace(ctx, c, r)
	default:
		a.post(ctx, c, r)
	}
	a.release(ctx, c, "", "")
}

// remember keeps the language that somebody chose for a conversation, where the bot itself keeps none.
func (a *Adapter) remember(c *call, lang bot.Lang) {
	if a.bot.Channel(platform, c.m.At.Channel).Lang != lang {
		a.spoken.set([2]int64{c.chat, c.person}, lang)
	}
}

// post sends a reply to the chat and topic it was asked in, as an answer to the message.
func (a *Adapter) post(ctx context.Context, c *call, r bot.Reply) {
	to := target{topic: c.topic, replyTo: c.replyTo}
	question := c.replyTo
	steps := a.steps(to, r, func(chatID, id int64) {
		if outcome(r) && c.pressed == nil { // a question's outcome, which its edit can change
			a.answers.set([2]int64{chatID, question}, id)
		}
		a.bot.Sent(c.m, r, ref(chatID, c.topic, id))
	})
	a.submit(ctx, &job{chat: c.chat, group: c.group(), steps: steps})
}

// outcome reports whether a reply is what came of a question.
func outcome(r bot.Reply) bool { return r.Answered != "" || r.Refusal != "" }

// submit queues a job whose failure is only logged.
func (a *Adapter) submit(ctx context.Context, j *job) {
	if len(j.steps) == 0 {
		return
	}
	j.done = func(chatID int64, err error) {
		switch {
		case err == nil:
		case errors.Is(err, bot.ErrGone):
			a.lost(ctx, chatID, err)
		default:
			a.log.Warn("telegram: a reply was not sent", "error", err)
		}
	}
	a.queue.add(j)
}

// target is where in a chat something goes.
type target struct {
	topic   int64
	replyTo int64 // 0 for none
}

// steps are the requests that send a reply. sent is called once, when its first message stands.
func (a *Adapter) steps(to target, r bot.Reply, sent func(chatID, id int64)) []step {
	texts := draw(r, maxParts)
	var out []step
	var firstID int64
	tell := func(chatID int64, m message) {
		if firstID == 0 {
			firstID = m.ID
			sent(chatID, m.ID)
		}
	}
	common := func(chatID int64, first bool) params {
		p := params{"chat_id": id64(chatID)}
		if to.topic != 0 {
			p["message_thread_id"] = id64(to.topic)
		}
		if to.replyTo != 0 && first {
			p.put("reply_parameters", replyParameters{to.replyTo, true})
		}
		if r.Silent {
			p["disable_notification"] = "true"
		}
		return p
	}
	for i, text := range texts {
		out = append(out, step{do: func(ctx context.Context, chatID int64) error {
			p := textParams(common(chatID, i == 0), text)
			if keys := buttons(r.Choices); keys != nil && i == len(texts)-1 {
				p.put("reply_markup", keys)
			}
			var m message
			err := a.client.call(ctx, "sendMessage", p, &m)
			if err == nil {
				tell(chatID, m)
			}
			return err
		}})
	}
	add := func(method string, file upload) {
		first := len(out) == 0
		out = append(out, step{do: func(ctx context.Context, chatID int64) error {
			var m message
			err := a.client.do(ctx, uploadTimeout, method, common(chatID, first), &file, &m)
			if err == nil {
				tell(chatID, m)
			}
			return err
		}})
	}
	if r.Picture != nil { // below the words, which must stay text so that they can be corrected; they say what it shows
		add("sendPhoto", upload{"photo", r.Picture.Name, r.Picture.Data})
	}
	if r.File != nil {
		add("sendDocument", upload{"document", r.File.Name, r.File.Data})
	}
	if r.Pin && len(out) > 0 {
		out = append(out, step{safe: true, do: func(ctx context.Context, chatID int64) error { return a.pin(ctx, chatID, firstID) }})
	}
	return out
}

// pin pins a message without a sound. Where the bot may not, it stands there unpinned.
func (a *Adapter) pin(ctx context.Context, chatID, id int64) error {
	err := a.client.call(ctx, "pinChatMessage", params{"chat_id": id64(chatID), "message_id": id64(id), "disable_notification": "true"}, nil)
	if code := codeOf(err); code == http.StatusBadRequest || code == http.StatusForbidden {
		a.once.log(slog.LevelInfo, "telegram: the bot may not pin messages in a chat", "chat "+id64(chatID), err)
		return nil
	}
	return err
}

const uploadTimeout = time.Minute

type replyParameters struct {
	Message int64 `json:"message_id"`
	Anyway  bool  `json:"allow_sending_without_reply"` // the question may be deleted by now
}

// noPreview keeps the links of an answer from being unfolded under it.
var noPreview = json.RawMessage(`{"is_disabled":true}`)

func textParams(p params, html string) params {
	p["text"], p["parse_mode"] = html, "HTML"
	return p.put("link_preview_options", noPreview)
}

// editStep is the request that draws a reply in the place of an earlier message. It is safe to make twice.
func (a *Adapter) editStep(message func() int64, r bot.Reply, done func(chatID, id int64)) step {
	return step{safe: true, do: func(ctx context.Context, chatID int64) error {
		id, texts := message(), draw(r, 1)
		if id == 0 || len(texts) == 0 {
			return nil
		}
		p := textParams(params{"chat_id": id64(chatID), "message_id": id64(id)}, texts[0])
		if keys := buttons(r.Choices); keys != nil {
			p.put("reply_markup", keys)
		}
		err := a.client.call(ctx, "editMessageText", p, nil)
		if err != nil && codeOf(err) == http.StatusBadRequest && says(err, "message is not modified") {
			err = nil
		}
		if err == nil {
			done(chatID, id)
		}
		return err
	}}
}

// replace draws a reply in the place of the message whose button was pressed; where that cannot be changed any more, below it.
func (a *Adapter) replace(ctx context.Context, c *call, r bot.Reply) {
	id := c.pressed.Message.ID
	j := &job{chat: c.chat, group: c.group(), steps: []step{a.editStep(func() int64 { return id }, r, func(chatID, id int64) {
		a.bot.Sent(c.m, r, ref(chatID, c.topic, id))
	})}}
	j.done = func(chatID int64, err error) {
		switch {
		case err == nil:
		case errors.Is(err, bot.ErrGone):
			a.lost(ctx, chatID, err)
		case codeOf(err) == http.StatusBadRequest:
			a.post(ctx, c, r)
		default:
			a.log.Warn("telegram: a message was not changed", "error", err)
		}
	}
	a.queue.add(j)
}

// privately sends a reply that is for the author's eyes only to their private chat, and says so in the group. Where the bot may not write there yet, the
// group gets a button that opens the private chat, and the reply waits for it.
func (a *Adapter) privately(ctx context.Context, c *call, r bot.Reply) {
	if c.person == 0 {
		a.inviteOver(ctx, c, r)
		return
	}
	a.goHome(ctx, c.person, c.chat)
	m := c.m
	m.Private = true
	j := &job{chat: c.person, steps: a.steps(target{}, r, func(chatID, id int64) { a.bot.Sent(m, r, ref(chatID, 0, id)) })}
	j.done = func(chatID int64, err error) {
		switch {
		case err == nil && c.pressed != nil:
			a.release(ctx, c, say(r.Lang, "in_private"), "")
		case err == nil:
			a.note(ctx, c, r.Lang, "in_private", nil)
		case errors.Is(err, bot.ErrGone):
			a.inviteOver(ctx, c, r)
		default:
			a.release(ctx, c, "", "")
			a.log.Warn("telegram: a private reply was not sent", "error", err)
		}
	}
	a.queue.add(j)
}

// inviteOver asks somebody into the private chat, where what waits for them is sent once they come.
func (a *Adapter) inviteOver(ctx context.Context, c *call, r bot.Reply) {
	if c.person != 0 {
		waiting := *c
		waiting.reply = r
		a.pending.set(c.person, waiting)
	}
	link := a.startLink(startGroup + id64(c.chat))
	if c.pressed != nil {
		a.release(ctx, c, "", link)
		return
	}
	a.note(ctx, c, r.Lang, "open_private", rows([]button{{Text: say(r.Lang, "open_button"), URL: link}}))
}

// note says a word of the adapter's own under a message, without a sound.
func (a *Adapter) note(ctx context.Context, c *call, lang bot.Lang, sentence string, keys *keyboard) {
	a.submit(ctx, &job{chat: c.chat, group: c.group(), steps: []step{{do: func(ctx context.Context, chatID int64) error {
		p := textParams(params{"chat_id": id64(chatID), "disable_notification": "true"}, escape(say(lang, sentence)))
		p.put("reply_parameters", replyParameters{c.replyTo, true})
		if c.topic != 0 {
			p["message_thread_id"] = id64(c.topic)
		}
		if keys != nil {
			p.put("reply_markup", keys)
		}
		return a.client.call(ctx, "sendMessage", p, nil)
	}}}})
}

// release answers the press of a button, so that it stops spinning: with nothing, a word, or an address to open. One that is too old to be answered is
// none.
func (a *Adapter) release(ctx context.Context, c *call, text, address string) {
	if c.pressed == nil {
		return
	}
	p := params{"callback_query_id": c.pressed.ID}
	if text != "" {
		p["text"] = shorten(text, maxToast)
	}
	if address != "" {
		p["url"] = address
	}
	err := a.client.repeat(ctx, 3, "answerCallbackQuery", p, nil)
	if err != nil && codeOf(err) != http.StatusBadRequest {
		a.once.log(slog.LevelWarn, "telegram: a button's press was not answered", "", err)
	}
}

// maxToast is how many characters answer a press (Bot API, answerCallbackQuery).
const maxToast = 200
