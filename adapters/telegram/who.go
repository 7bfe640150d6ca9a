package telegram

import (
	"context"
	"log/slog"
	"strconv"

	"testigo/bot"
)

// call is something said to the bot, with where its reply goes.
type call struct {
	m       bot.Message
	chat    int64
	topic   int64
	replyTo int64 // the message to answer, 0 for none
	person  int64 // whose private chat has this id; 0 for somebody who speaks in a chat's name
	pressed *callbackQuery
	reply   bot.Reply // what is kept for later
}

func (c *call) group() bool { return c.chat < 0 }

// person is who said something, as the adapter needs them.
type person struct {
	id     int64 // 0 for a chat
	author bot.Author
	locale bot.Lang
	admin  bool // speaks in this very group's name, which only administrators can
}

func personOf(u *user) person {
	return person{id: u.ID, author: bot.Author{Platform: platform, ID: id64(u.ID), Name: u.name()}, locale: u.locale()}
}

// sender returns who said a message. Who speaks in a chat's name is that chat: all anonymous administrators of a group are one author, so that none approves
// what another of them, or they themselves, proposed.
func sender(m *message) person {
	if c := m.SenderChat; c != nil {
		return person{author: bot.Author{Platform: platform, ID: id64(c.ID), Name: c.Title}, admin: c.ID == m.Chat.ID}
	}
	return personOf(m.From)
}

// callFrom fills a call with what is kept of its chat: space, rights, language.
func (a *Adapter) callFrom(ctx context.Context, c chat, topic, id int64, p person) *call {
	call := &call{chat: c.ID, topic: topic, replyTo: id, person: p.id}
	kept := a.channel(c.ID)
	if kept.Gone {
		a.change(ctx, c.ID, func(c *bot.Channel) { c.Gone = false })
	}
	space, community := a.community(ctx, c, p, kept)
	call.m = bot.Message{Space: space, At: ref(c.ID, topic, id), Author: p.author, Private: c.private(), Locale: p.locale}
	call.m.Role = a.role(ctx, community, space, p.id)
	if p.admin {
		call.m.Role = max(call.m.Role, bot.Moderator)
	}
	call.m.Lang, _ = a.spoken.get([2]int64{c.ID, p.id})
	return call
}

// community returns the space of a chat and the group whose rights count in it, 0 for none.
func (a *Adapter) community(ctx context.Context, c chat, p person, kept bot.Channel) (bot.SpaceID, int64) {
	if !c.private() {
		return a.spaceOf(kept), c.ID
	}
	home, err := strconv.ParseInt(kept.Home, 10, 64)
	if err != nil {
		return a.bot.Space(platform, ""), 0
	}
	group := a.channel(home)
	if moved, err := strconv.ParseInt(group.MovedTo, 10, 64); err == nil {
		home, group = moved, a.channel(moved)
	}
	m, err := a.member(ctx, home, p.id)
	if err == nil && !m.in() { // a private chat shows nothing of a group that its person has left
		a.change(ctx, c.ID, func(c *bot.Channel) { c.Home = "" })
		return a.bot.Space(platform, ""), 0
	}
	return a.spaceOf(group), home
}

// spaceOf is the space of a group: what it had as a plain group stays its own when it becomes a supergroup.
func (a *Adapter) spaceOf(group bot.Channel) bot.SpaceID {
	if group.Home != "" {
		return a.bot.Space(platform, group.Home)
	}
	return a.bot.Space(platform, group.Channel)
}

// channel returns what is kept of a chat.
func (a *Adapter) channel(chatID int64) bot.Channel { return a.bot.Channel(platform, id64(chatID)) }

func (a *Adapter) change(ctx context.Context, chatID int64, change func(*bot.Channel)) {
	if err := a.bot.ChangeChannel(ctx, platform, id64(chatID), change); err != nil {
		a.once.log(slog.LevelError, "telegram: what is known of a chat cannot be kept", "", err)
	}
}

// moved remembers that a group became a supergroup.
func (a *Adapter) moved(ctx context.Context, from, to int64) {
	old := a.channel(from)
	if old.MovedTo == id64(to) && a.channel(to).Home != "" {
		return
	}
	a.change(ctx, to, func(c *bot.Channel) {
		if c.Home, c.Gone = old.Home, false; c.Home == "" {
			c.Home = old.Channel
		}
		if c.Lang == "" {
			c.Lang = old.Lang
		}
	})
	a.change(ctx, from, func(c *bot.Channel) { c.MovedTo = id64(to) })
	a.rights.forget(from, 0)
	a.log.Info("telegram: a group became a supergroup and keeps its space", "from", from, "to", to)
}
