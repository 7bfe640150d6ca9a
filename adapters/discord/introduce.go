package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
)

// introduce asks Discord who the bot is and how many connections it wants.
func (a *Adapter) introduce(ctx context.Context) error {
	var user struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	}
	data, err := a.rest.do(ctx, call{method: "GET", path: "users/@me", repeat: true})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &user); err != nil || user.ID == "" {
		return fmt.Errorf("discord: no user in the answer: %w", err)
	}
	var application struct {
		ID string `json:"id"`
	}
	data, err = a.rest.do(ctx, call{method: "GET", path: "oauth2/applications/@me", repeat: true})
	switch {
	case statusOf(err) == 404:
		application.ID = user.ID // as it is for all bots of today; compatible servers may not know the other address
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(data, &application); err != nil || application.ID == "" {
			return fmt.Errorf("discord: no application in the answer: %w", err)
		}
	}
	info, err := a.rest.gateway(ctx)
	if err != nil {
		return err
	}
	self := Info{
		Name: user.Username, ID: user.ID, Application: application.ID, Shards: max(1, info.Shards), Shared: a.shared(), Invite: invite(application.ID),
	}
	if a.Shards > 0 {
		self.Shards = 1
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.self, a.gateway = self, info
	return nil
}

func invite(application string) string {
	q := url.Values{"client_id": {application}, "scope": {"bot applications.commands"}, "permissions": {strconv.FormatInt(Permissions, 10)}}
	return "https://discord.com/oauth2/authorize?" + q.Encode()
}

// Register registers the bot's commands with Discord, writing only what differs from what is there. Run does it too.
func (a *Adapter) Register(ctx context.Context) error {
	if a.Self().ID == "" {
		if err := a.introduce(ctx); err != nil {
			return err
		}
	}
	return a.register(ctx)
}
