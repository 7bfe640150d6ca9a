package discord

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

// roleOf is what somebody may do in a space with these permissions and roles in its server. An owner has every permission; Manage Server makes
// a moderator; the space's settings name more roles, and people.
func (a *Adapter) roleOf(space bot.SpaceID, person string, permissions int64, roles []string) bot.Role {
	has := func(setting string) bool {
		for id := range strings.SplitSeq(a.bot.Setting(space, setting), ",") {
			if id = strings.TrimSpace(id); id != "" && (id == person || slices.Contains(roles, id)) {
				return true
			}
		}
		return false
	}
	switch {
	case permissions&discordgo.PermissionAdministrator != 0, has(bot.SetOwnerRoles):
		return bot.Owner
	case permissions&discordgo.PermissionManageGuild != 0, has(bot.SetModeratorRoles):
		return bot.Moderator
	case has(bot.SetContributorRoles):
		return bot.Contributor
	}
	return bot.Member
}

// roleInServer is what the author of a message may do. Discord tells a message's author's roles but not what these permit, so it is asked, but
// only where the message is a command that needs more than the roles named in the settings give.
func (a *Adapter) roleInServer(ctx context.Context, space bot.SpaceID, m *message) bot.Role {
	if m.GuildID == "" || m.Member == nil {
		return bot.Member
	}
	role := a.roleOf(space, m.Author.ID, 0, m.Member.Roles)
	if role >= a.needs(m.text(a.Self().ID)) {
		return role
	}
	permissions, err := a.permissions(ctx, m.GuildID, m.Author.ID, m.Member.Roles)
	if err != nil {
		a.log.Warn("discord: a member's rights could not be found out", "server", m.GuildID, "err", err)
		return role
	}
	return a.roleOf(space, m.Author.ID, permissions, m.Member.Roles)
}

// RoleIn says what somebody may do in the server of a channel, for a form that goes on in direct messages. See bot.Roler.
func (a *Adapter) RoleIn(ctx context.Context, at bot.MessageRef, who bot.Author) (bot.Role, error) {
	if !isID(at.Channel) || !isID(who.ID) {
		return bot.Member, errors.New("discord: no channel or nobody")
	}
	var channel struct {
		Guild string `json:"guild_id"`
	}
	if err := a.get(ctx, "channels/"+at.Channel, &channel); err != nil || channel.Guild == "" {
		return bot.Member, err
	}
	var m member
	if err := a.get(ctx, "guilds/"+channel.Guild+"/members/"+who.ID, &m); err != nil {
		return bot.Member, err
	}
	permissions, err := a.permissions(ctx, channel.Guild, who.ID, m.Roles)
	if err != nil {
		return bot.Member, err
	}
	return a.roleOf(a.bot.Space(Platform, channel.Guild), who.ID, permissions, m.Roles), nil
}

func (a *Adapter) get(ctx context.Context, path string, into any) error {
	data, err := a.rest.do(ctx, call{method: "GET", path: path, repeat: true})
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// needs is the least role for what a text asks.
func (a *Adapter) needs(text string) bot.Role {
	name, ok := strings.CutPrefix(text, "/")
	if !ok {
		return bot.Member
	}
	name, _, _ = strings.Cut(strings.ToLower(name), " ")
	if c := a.commands.named(name); c != nil {
		return c.Who
	}
	return bot.Owner // not one people type: it may be one of the bot's own, of any rights
}

// permissions adds up what a member's roles permit in a server; its owner may do everything.
func (a *Adapter) permissions(ctx context.Context, server, person string, roles []string) (int64, error) {
	var guild struct {
		Owner string `json:"owner_id"`
		Roles []struct {
			ID          string `json:"id"`
			Permissions string `json:"permissions"`
		} `json:"roles"`
	}
	if err := a.get(ctx, "guilds/"+server, &guild); err != nil {
		return 0, err
	}
	if guild.Owner == person {
		return discordgo.PermissionAdministrator, nil
	}
	var sum int64
	for _, r := range guild.Roles {
		if r.ID == server || slices.Contains(roles, r.ID) { // everybody has the role with the server's id
			n, _ := strconv.ParseInt(r.Permissions, 10, 64)
			sum |= n
		}
	}
	return sum, nil
}
