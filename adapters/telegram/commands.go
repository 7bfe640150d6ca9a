package telegram

import (
	"context"
	"regexp"
	"slices"

	"testigo/bot"
)

// botCommand is a Bot API BotCommand.
type botCommand struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

// commandList is what Telegram shows in one kind of chat to people with one language.
type commandList struct {
	scope, lang string // lang "" is for everybody who has no list of their own
	commands    []botCommand
}

// Limits of a list (Bot API, setMyCommands and BotCommand).
const (
	maxListed      = 100
	maxCommandHelp = 256
)

var commandShape = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// commandLists makes the lists from the command table: everybody's commands in private chats and groups, all for a group's administrators, under Spanish names
// for people whose Telegram speaks Spanish. Names in the other language work all the same.
func commandLists(table []bot.Command) []commandList {
	var out []commandList
	for _, scope := range []struct {
		name string
		most bot.Role
	}{{"default", bot.Member}, {"all_private_chats", bot.Contributor}, {"all_group_chats", bot.Member}, {"all_chat_administrators", bot.Owner}} {
		for _, lang := range []bot.Lang{"", bot.English, bot.Spanish} {
			list := commandList{scope: scope.name, lang: string(lang), commands: []botCommand{}}
			for i := range table {
				row := &table[i]
				name := row.Name
				if lang == bot.Spanish && commandShape.MatchString(row.Spanish) { // "quién" is no name for Telegram
					name = row.Spanish
				}
				if row.Who <= scope.most && commandShape.MatchString(name) && len(list.commands) < maxListed {
					list.commands = append(list.commands, botCommand{name, shorten(row.Help.In(lang), maxCommandHelp)})
				}
			}
			out = append(out, list)
		}
	}
	return out
}

// setCommands sets the lists that Telegram shows while a command is typed, where they are not as they should be.
func (a *Adapter) setCommands(ctx context.Context) error {
	for _, list := range commandLists(a.bot.Commands()) {
		p := params{}.put("scope", map[string]string{"type": list.scope})
		if list.lang != "" {
			p["language_code"] = list.lang
		}
		var now []botCommand
		if err := a.client.repeat(ctx, 5, "getMyCommands", p, &now); err != nil {
			return err
		}
		if slices.Equal(now, list.commands) {
			continue
		}
		if err := a.client.repeat(ctx, 5, "setMyCommands", p.put("commands", list.commands), nil); err != nil {
			return err
		}
	}
	return nil
}
