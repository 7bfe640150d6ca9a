package telegram

import (
	"slices"
	"strings"

	"testigo/bot"
)

// Senders that are no person (core.telegram.org/bots/api, Message.from of what is said in a chat's name).
const channelBot = 136817688

// addressed tells whether a message is meant for the bot, and what it asks: in a private chat any text; in a group a command, a mention or a reply to the
// bot. Nothing else of a group is ever looked at.
func (a *Adapter) addressed(m *message) (text string, ok bool) {
	if m.Chat.Type == "channel" || m.Automatic || m.ViaBot != nil || !spoken(m) {
		return "", false
	}
	text, entities := m.words()
	if len(entities) > 0 && entities[0].Type == "bot_command" && entities[0].Offset == 0 {
		return a.command(m, text)
	}
	if m.Chat.private() {
		return text, text != "" || m.Document != nil
	}
	if mention := slices.IndexFunc(entities, func(e entity) bool { return a.mentionsUs(e, text) }); mention >= 0 {
		before, _, after := entities[mention].slice(text)
		text = strings.TrimSpace(strings.TrimSpace(before) + " " + strings.TrimSpace(after))
		if name, isCommand := strings.CutPrefix(text, "/"); isCommand {
			name, _, _ = strings.Cut(name, " ")
			return text, a.row(strings.ToLower(name)) != nil
		}
		if a.repliesToUs(m) {
			return text, text != ""
		}
		if text == "" {
			text = a.repliedTo(m)
		}
		return strings.TrimSpace("/ask " + text), true
	}
	return text, text != "" && a.repliesToUs(m)
}

// spoken reports whether a person said it, or a chat in its own name: not a bot, not Telegram.
func spoken(m *message) bool {
	if m.From == nil {
		return m.SenderChat != nil
	}
	return !m.From.IsBot || m.SenderChat != nil && (m.From.ID == anonymousAdmin || m.From.ID == channelBot)
}

// command reads a command. One with another bot's name is not ours; one without any name, in a group, is ours if we know it.
func (a *Adapter) command(m *message, text string) (string, bool) {
	// Telegram ends a command at the first letter that is not one of English's; the bot's names have others.
	own, rest := text, ""
	if end := strings.IndexAny(text, " \n\t"); end >= 0 {
		own, rest = text[:end], text[end:]
	}
	name, to, named := strings.Cut(strings.TrimPrefix(own, "/"), "@")
	if named && !strings.EqualFold(to, a.me().Username) {
		return "", false
	}
	name, rest = strings.ToLower(name), strings.TrimSpace(rest)
	row := a.row(name)
	ours := named || m.Chat.private() || a.repliesToUs(m)
	if row == nil && !ours {
		return "", false
	}
	if row != nil && rest == "" && len(row.Args) > 0 && row.Args[0].Kind == bot.QuestionArg {
		rest = a.repliedTo(m)
	}
	return strings.TrimSpace("/" + name + " " + rest), true
}

// row returns the row of the command table of a name in either language, or nil.
func (a *Adapter) row(name string) *bot.Command {
	table := a.bot.Commands()
	i := slices.IndexFunc(table, func(c bot.Command) bool { return c.Name == name || c.Spanish == name })
	if i < 0 {
		return nil
	}
	return &table[i]
}

func (a *Adapter) mentionsUs(e entity, text string) bool {
	switch e.Type {
	case "mention":
		_, own, _ := e.slice(text)
		return strings.EqualFold(own, "@"+a.me().Username)
	case "text_mention":
		return e.User != nil && e.User.ID == a.me().ID
	}
	return false
}

// repliesToUs reports whether a message answers one of the bot's. In a forum every message answers the one that made its topic, which may be ours.
func (a *Adapter) repliesToUs(m *message) bool {
	r := m.ReplyTo
	return r != nil && r.TopicMade == nil && r.From != nil && r.From.ID == a.me().ID
}

// repliedTo is what the message that is replied to says, or what of it was quoted; "" where it is the bot's own.
func (a *Adapter) repliedTo(m *message) string {
	if m.ReplyTo == nil || m.ReplyTo.TopicMade != nil || a.repliesToUs(m) {
		return ""
	}
	if m.Quote != nil && m.Quote.Manual {
		return m.Quote.Text
	}
	text, _ := m.ReplyTo.words()
	return text
}

// cutCommand splits "/ask what" into the command's name and the rest.
func cutCommand(text string) (name, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, "/")
	if !ok {
		return "", "", false
	}
	name, rest, _ = strings.Cut(text, " ")
	return strings.ToLower(name), strings.TrimSpace(rest), true
}
