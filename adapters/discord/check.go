package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/bwmarrin/discordgo"
)

// Standing is how the bot stands with Discord.
type Standing struct {
	Info
	Servers int      // it is in; at most mostServers are looked at
	Lacking []string // for each server in which it lacks a permission of Permissions: which, in words
}

// mostServers is how many servers are looked at: what one request gives.
const mostServers = 200

// Check asks Discord who the bot is and which of the permissions it needs its roles give it in each server. It changes nothing and does not connect.
// What a single channel allows or denies besides is not looked at: there may be thousands.
func (a *Adapter) Check(ctx context.Context) (Standing, error) {
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	a.mu.Lock()
	a.stop = stop
	a.mu.Unlock()
	defer a.rest.transport.base.CloseIdleConnections()
	s, err := a.check(run)
	if cause := context.Cause(run); errors.As(cause, new(fatalError)) {
		err = cause
	}
	return s, err
}

func (a *Adapter) check(ctx context.Context) (Standing, error) {
	if err := a.introduce(ctx); err != nil {
		return Standing{}, err
	}
	data, err := a.rest.do(ctx, call{method: "GET", path: "users/@me/guilds?limit=" + strconv.Itoa(mostServers), repeat: true})
	if err != nil {
		return Standing{}, err
	}
	var servers []struct {
		Name        string `json:"name"`
		Permissions int64  `json:"permissions,string"`
	}
	if err := json.Unmarshal(data, &servers); err != nil {
		return Standing{}, fmt.Errorf("discord: the list of servers: %w", err)
	}
	s := Standing{Info: a.Self(), Servers: len(servers)}
	for _, server := range servers {
		if lacks := lacking(server.Permissions); lacks != "" {
			s.Lacking = append(s.Lacking, server.Name+": "+lacks)
		}
	}
	return s, nil
}

// lacking says which of Permissions are not among these, as Discord calls them.
func lacking(has int64) string {
	text := ""
	if has&discordgo.PermissionAdministrator != 0 {
		return text
	}
	for _, p := range []struct {
		bit  int64
		name string
	}{
		{discordgo.PermissionViewChannel, "View Channels"}, {discordgo.PermissionSendMessages, "Send Messages"},
		{discordgo.PermissionSendMessagesInThreads, "Send Messages in Threads"}, {discordgo.PermissionAttachFiles, "Attach Files"},
		{discordgo.PermissionReadMessageHistory, "Read Message History"},
	} {
		if has&p.bit == 0 {
			if text != "" {
				text += ", "
			}
			text += p.name
		}
	}
	return text
}
