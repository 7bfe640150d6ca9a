package telegram

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"testigo/bot"
)

// handle deals with an update.
func (a *Adapter) handle(ctx context.Context, u *update) {
	switch {
	case u.Message != nil:
		a.onMessage(ctx, u.Message)
	case u.Edited != nil:
		a.onEdited(ctx, u.Edited)
	case u.Callback != nil:
		a.onCallback(ctx, u.Callback)
	case u.Inline != nil:
		a.onInline(ctx, u.Inline)
	case u.MyMember != nil:
		a.onMyMember(ctx, u.MyMember)
	case u.ChatMember != nil:
		a.rights.forget(u.ChatMember.Chat.ID, u.ChatMember.New.User.ID)
	}
}

func (a *Adapter) onMessage(ctx context.Context, m *message) {
	switch {
	case m.MovedTo != 0:
		a.moved(ctx, m.Chat.ID, m.MovedTo)
		return
	case m.MovedFrom != 0:
		a.moved(ctx, m.MovedFrom, m.Chat.ID)
		return
	}
	text, ok := a.addressed(m)
	if !ok {
		return
	}
	c := a.callFrom(ctx, m.Chat, m.topic(), m.ID, sender(m))
	c.m.Text = text
	if payload, ok := startOf(text); ok && !a.start(ctx, c, payload) {
		return
	}
	if m.Document != nil || m.ReplyTo != nil && m.ReplyTo.Document != nil {
		if sentence := a.attach(ctx, c, m); sentence != "" {
			a.post(ctx, c, a.plain(c, sentence))
			return
		}
	}
	if c.m.Text == "" && c.m.File == nil {
		return
	}
	a.answer(ctx, c)
}

// answer asks the bot and sends what it says.
func (a *Adapter) answer(ctx context.Context, c *call) {
	reply, err := a.bot.Handle(ctx, c.m)
	if err != nil {
		a.log.Error("telegram: a message was not handled", "error", err)
	}
	a.deliver(ctx, c, reply)
}

// attach fetches the file of a command that takes one, sent with it or replied to, or of a moderator's answer in private. It returns the name of a
// sentence where that fails.
func (a *Adapter) attach(ctx context.Context, c *call, m *message) string {
	d := m.Document
	name, isCommand := strings.CutPrefix(c.m.Text, "/")
	if isCommand {
		name, _, _ = strings.Cut(name, " ")
		row := a.row(name)
		if row == nil || c.m.Role < row.Who || !takesFile(row) {
			return ""
		}
		if d == nil {
			d = m.ReplyTo.Document
		}
	} else if d == nil || !c.m.Private || c.m.Role < bot.Moderator {
		return ""
	}
	if d.Size > bot.MaxFile {
		return "too_large"
	}
	data, err := a.client.download(ctx, d.FileID, bot.MaxFile)
	switch {
	case errors.Is(err, errTooLarge):
		return "too_large"
	case err != nil:
		a.log.Warn("telegram: a file could not be fetched", "error", err)
		return "no_file"
	}
	c.m.File = data
	return ""
}

func takesFile(row *bot.Command) bool {
	for _, arg := range row.Args {
		if arg.File {
			return true
		}
	}
	return false
}

// plain is a reply of the adapter's own.
func (a *Adapter) plain(c *call, sentence string) bot.Reply {
	lang := c.m.Lang
	if lang == "" {
		lang = c.m.Locale
	}
	return bot.Reply{Lang: lang, Blocks: []bot.Block{{Kind: bot.Paragraph, Text: say(lang, sentence)}}}
}

// startOf returns the payload of /start.
func startOf(text string) (string, bool) {
	rest, ok := strings.CutPrefix(text, "/start")
	if !ok || rest != "" && rest[0] != ' ' {
		return "", false
	}
	return strings.TrimSpace(rest), true
}

// start turns a deep link into what it asks and reports whether there is something for the bot to answer.
func (a *Adapter) start(ctx context.Context, c *call, payload string) bool {
	group, err := strconv.ParseInt(strings.TrimPrefix(payload, startGroup), 10, 64)
	if !c.m.Private || !strings.HasPrefix(payload, startGroup) || err != nil || group >= 0 {
		if c.m.Text = startText(payload); c.m.Text == "" {
			c.m.Text = "/help"
		}
		return true
	}
	// Anybody can write such a link: only who is in the group gets to see what it has. Who has a reply waiting was there just now.
	waiting, ok := a.pending.take(c.person)
	ok = ok && waiting.chat == group
	if m, err := a.member(ctx, group, c.person); !ok && (err != nil || !m.in()) {
		a.post(ctx, c, a.plain(c, "not_there"))
		return false
	}
	a.goHome(ctx, c.person, group)
	if ok {
		later := *c
		later.m = waiting.m
		later.m.Private = true
		a.post(ctx, &later, waiting.reply)
		return false
	}
	a.post(ctx, c, a.plain(c, "at_home"))
	return false
}

// goHome remembers that a person's private chat goes on with what began in a group.
func (a *Adapter) goHome(ctx context.Context, personID, group int64) {
	a.change(ctx, personID, func(c *bot.Channel) { c.Home, c.Gone = id64(group), false })
}

func (a *Adapter) onMyMember(ctx context.Context, u *memberUpdate) {
	a.rights.forget(u.Chat.ID, 0)
	if gone := !u.New.in(); gone != a.channel(u.Chat.ID).Gone {
		a.change(ctx, u.Chat.ID, func(c *bot.Channel) { c.Gone = gone })
		a.log.Info("telegram: the bot was "+map[bool]string{true: "removed from a chat", false: "let into a chat"}[gone], "chat", u.Chat.ID)
	}
}

// lost notes that a chat cannot be written to: it is marked where the bot is out of it, so that nothing is sent there until it is let in again.
func (a *Adapter) lost(ctx context.Context, chatID int64, err error) {
	out := codeOf(err) == http.StatusForbidden && !says(err, "can't initiate", "not enough rights", "have no rights") ||
		says(err, "chat not found", "group chat was deactivated")
	if !out {
		a.once.log(slog.LevelInfo, "telegram: the bot may not write to a chat", "chat "+id64(chatID), err)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if !a.channel(chatID).Gone {
		a.change(ctx, chatID, func(c *bot.Channel) { c.Gone = true })
		a.log.Info("telegram: a chat is gone", "chat", chatID, "error", err)
	}
}
