package discord

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	"testigo/bot"
)

// maxText is how much of a message is read, in bytes: what Discord lets people write fits.
const maxText = 16 << 10

// mutedFor is how long nothing is tried in a channel where the bot may not write: Discord blocks who makes too many refused requests.
const mutedFor = time.Minute

// onMessage answers a message that speaks to the bot.
func (a *Adapter) onMessage(ctx context.Context, m *message) {
	if since, ok := a.muted.get(m.ChannelID); ok && time.Since(since) < mutedFor {
		a.tellMayNotWrite(ctx, m.ChannelID, m.Author.ID)
		return
	}
	in := bot.Message{
		Space:   a.bot.Space(Platform, m.GuildID),
		At:      bot.MessageRef{Platform: Platform, Channel: m.ChannelID, Message: m.ID},
		Author:  bot.Author{Platform: Platform, ID: m.Author.ID, Name: m.Author.name(m.Member)},
		Private: m.GuildID == "",
		Text:    m.text(a.Self().ID),
		Forms:   true,
	}
	in.Lang, _ = a.langs.get(m.ChannelID)
	in.Role = a.roleInServer(ctx, in.Space, m)
	r := a.handle(ctx, in)
	if r.Empty() {
		return
	}
	parts := a.compose(r, isWhole(in.Text))
	var ref bot.MessageRef
	var err error
	if r.Private && !in.Private {
		ref, err = a.postPrivately(ctx, in, parts)
	} else {
		ref, err = a.post(ctx, in.At, m.ID, parts)
	}
	if err != nil {
		a.log.Warn("discord: an answer was not sent whole", "channel", m.ChannelID, "err", err)
		if statusOf(err) == http.StatusForbidden && !in.Private {
			a.muted.put(m.ChannelID, time.Now())
			a.tellMayNotWrite(ctx, m.ChannelID, m.Author.ID)
		}
	}
	if ref.Channel != "" {
		a.bot.Sent(in, r, ref)
	}
}

// handle asks the bot, and says so where it fails or panics.
func (a *Adapter) handle(ctx context.Context, m bot.Message) (r bot.Reply) {
	defer func() {
		if p := recover(); p != nil {
			a.panicked(p)
			r = failed(m)
		}
	}()
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-a.pace.say))
		defer cancel()
	}
	r, err := a.bot.Handle(ctx, m)
	if err != nil {
		a.log.Error("discord: a message failed", "channel", m.At.Channel, "err", err)
		if r.Empty() {
			return failed(m)
		}
	}
	if r.SetLang != "" && a.bot.Channel(Platform, m.At.Channel).Lang != r.SetLang { // else the bot keeps it, for all processes
		a.langs.put(m.At.Channel, r.SetLang)
	}
	return r
}

func failed(m bot.Message) bot.Reply {
	lang := m.Lang
	if lang == "" {
		lang = m.Locale
	}
	return bot.Reply{Lang: lang, Private: true, Blocks: []bot.Block{{Kind: bot.Paragraph, Text: word(lang, "failed")}}}
}

// postPrivately sends what only the author may read as a direct message, and where theirs are closed says so in the channel.
func (a *Adapter) postPrivately(ctx context.Context, m bot.Message, parts []outgoing) (bot.MessageRef, error) {
	channel, err := a.directChannel(ctx, m.Author.ID)
	if err == nil {
		var ref bot.MessageRef
		ref, err = a.post(ctx, bot.MessageRef{Platform: Platform, Channel: channel}, m.At.Message, parts)
		if err == nil || statusOf(err) != http.StatusForbidden {
			return ref, err
		}
	}
	if statusOf(err) != http.StatusForbidden {
		return bot.MessageRef{}, err
	}
	lang := m.Lang
	if lang == "" {
		lang = m.Locale
	}
	hint := bot.Reply{Lang: lang, Blocks: []bot.Block{{Kind: bot.Paragraph, Text: word(lang, "no_dm")}}}
	_, err = a.post(ctx, m.At, m.At.Message, a.compose(hint, false))
	return bot.MessageRef{}, err
}

// tellMayNotWrite tells a person, once per channel, that the bot may not write where they asked. In both languages: nobody knows theirs.
func (a *Adapter) tellMayNotWrite(ctx context.Context, where, person string) {
	if !a.told.put(where+" "+person, true) {
		return
	}
	if a.told.put(where, true) {
		a.log.Warn("discord: the bot may not write in a channel where it is asked; it needs Send Messages there", "channel", where)
	}
	channel, err := a.directChannel(ctx, person)
	if err == nil {
		notice := bot.Reply{Blocks: []bot.Block{
			{Kind: bot.Paragraph, Text: word(bot.Spanish, "may_not_write")}, {Kind: bot.Paragraph, Text: word(bot.English, "may_not_write")},
		}}
		_, err = a.post(ctx, bot.MessageRef{Platform: Platform, Channel: channel}, person, a.compose(notice, false))
	}
	if err != nil {
		a.log.Info("discord: a person could not be told", "err", err)
	}
}

// marks are what stands in a message's text for people, roles, channels, commands, times and a server's own emoji.
var marks = regexp.MustCompile(`<(@!?|@&|#|/[^:<>]*:|t:|a?:[A-Za-z0-9_]+:)(\d+)(:[A-Za-z])?>`)

// text is what a message asks: its text without the mention of the bot, the names of others in the place of their ids. Where there is nothing but
// the mention, in reply to somebody's message, that message's text is meant.
func (m *message) text(self string) string {
	text := m.plain(self)
	if text == "" && m.Referenced != nil && m.Referenced.Author != nil && m.Referenced.Author.ID != self {
		text = m.Referenced.plain(self)
	}
	return text
}

func (m *message) plain(self string) string {
	text := m.Content
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	text = marks.ReplaceAllStringFunc(text, func(mark string) string {
		part := marks.FindStringSubmatch(mark)
		if strings.HasPrefix(part[1], "/") {
			return strings.TrimSuffix(part[1], ":") // a command somebody picked: as typed
		}
		if part[1] != "@" && part[1] != "@!" || part[2] == self {
			return ""
		}
		for _, u := range m.Mentions {
			if u.ID == part[2] {
				return u.name(nil)
			}
		}
		return ""
	})
	return strings.TrimSpace(text)
}
