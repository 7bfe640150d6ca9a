package telegram

import (
	"context"
	"time"

	"testigo/bot"
)

// press is one person's press of one button. Within pressTime a second one is the same finger.
type press struct {
	person, chat, message int64
	data                  string
}

const pressTime = 2 * time.Second

// onCallback runs the command of a button. What it holds is no secret and no proof: anybody can send any, so the bot checks the rights of who pressed, as for
// a typed command, and a button that is surely not ours is not run.
func (a *Adapter) onCallback(ctx context.Context, q *callbackQuery) {
	p := personOf(&q.From)
	c := &call{pressed: q}
	m := q.Message
	stale := m == nil || m.Date != 0 && (m.From == nil || m.From.ID != a.me().ID) || q.Data == "" || len(q.Data) > bot.MaxCommand
	if stale {
		a.release(ctx, c, say(p.locale, "stale_button"), "")
		return
	}
	key := press{p.id, m.Chat.ID, m.ID, q.Data}
	if _, again := a.pressed.get(key); again {
		a.release(ctx, c, "", "")
		return
	}
	a.pressed.set(key, true)
	c = a.callFrom(ctx, m.Chat, m.topic(), m.ID, p)
	c.pressed, c.m.Text = q, q.Data
	if m.Chat.private() {
		c.replyTo = 0
	}
	a.answer(ctx, c)
}

// onEdited changes the answer to a question that was put right within editTime. Only questions: a command that changes something is never run twice.
func (a *Adapter) onEdited(ctx context.Context, m *message) {
	if m.EditDate-m.Date > int64(editTime/time.Second) {
		return
	}
	text, ok := a.addressed(m)
	if !ok {
		return
	}
	if text, ok = a.question(text); !ok {
		return
	}
	c := a.callFrom(ctx, m.Chat, m.topic(), m.ID, sender(m))
	c.m.Text = text
	r, err := a.bot.Handle(ctx, c.m)
	if err != nil {
		a.log.Error("telegram: an edited question was not handled", "error", err)
	}
	if !outcome(r) || r.Private && c.group() {
		return
	}
	answer := func() int64 { // known when its turn comes: the answer may still be waiting in the same queue
		id, _ := a.answers.get([2]int64{m.Chat.ID, m.ID})
		return id
	}
	a.submit(ctx, &job{chat: c.chat, group: c.group(), steps: []step{a.editStep(answer, r, func(chatID, id int64) {
		a.bot.Sent(c.m, r, ref(chatID, c.topic, id))
	})}})
}

// question returns a text as an /ask, and whether it is a question at all.
func (a *Adapter) question(text string) (string, bool) {
	name, rest, isCommand := cutCommand(text)
	if !isCommand {
		return "/ask " + text, text != ""
	}
	row := a.row(name)
	return "/ask " + rest, row != nil && len(row.Args) > 0 && row.Args[0].Kind == bot.QuestionArg
}
