package discord

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

// roleOf is what somebody may do in a space with these permissions and roles in its server. An owner has every permission; Manage Server makes
// a moderator; the space's settings name more roles.
func (a *Adapter) roleOf(space bot.SpaceID, permissions int64, roles []string) bot.Role {
	has := func(setting string) bool {
		for id := range strings.SplitSeq(a.bot.Setting(space, setting), ",") {
			if id = strings.TrimSpace(id); id != "" && slices.Contains(roles, id) {
				return true
			}
		}
		return false
	}
	switch {
	case permissions&discordgo.PermissionAdministrator != 0, has("owner_roles"):
		return bot.Owner
	case permissions&discordgo.PermissionManageGuild != 0, has("moderator_roles"):
		return bot.Moderator
	case has("contributor_roles"):
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
	role := a.roleOf(space, 0, m.Member.Roles)
	if role >= a.needs(m.text(a.Self().ID)) {
		return role
	}
	permissions, err := a.permissions(ctx, m.GuildID, m.Author.ID, m.Member.Roles)
	if err != nil {
		a.log.Warn("discord: a member's rights could not be found out", "server", m.GuildID, "err", err)
		return role
	}
	return a.roleOf(space, permissions, m.Member.Roles)
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
	return bot.Member
}

// permissions adds up what a member's roles permit in a server; its owner may do everything.
func (a *Adapter) permissions(ctx context.Context, server, person string, roles []string) (int64, error) {
	data, err := a.rest.do(ctx, call{method: "GET", path: "guilds/" + server, repeat: true})
	if err != nil {
		return 0, err
	}
	var guild struct {
		Owner string `json:"owner_id"`
		Roles []struct {
			ID          string `json:"id"`
			Permissions string `json:"permissions"`
		} `json:"roles"`
	}
	if err := json.Unmarshal(data, &guild); err != nil {
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
