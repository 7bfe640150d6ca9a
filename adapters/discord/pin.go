package discord

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"testigo/bot"
)

// pinWithin bounds how long a post waits for its pin before it counts as made.
const pinWithin = 10 * time.Second

// pin pins a message. Where that cannot be done the message stands unpinned, and the log says why, once for each channel: the bot is not invited with
// the permission, PIN_MESSAGES (1 << 51), without which nobody pins since February 2026; and a channel has 250 pins at most.
func (a *Adapter) pin(ctx context.Context, at bot.MessageRef) {
	if !isID(at.Message) {
		return // Discord's answer did not say which message it is
	}
	ctx, cancel := context.WithTimeout(ctx, pinWithin)
	defer cancel()
	_, err := a.rest.do(ctx, call{method: "PUT", path: "channels/" + at.Channel + "/messages/pins/" + at.Message, repeat: true})
	if err == nil || !a.told.put("pin "+at.Channel+" "+strconv.Itoa(codeOf(err)), true) {
		return
	}
	switch {
	case codeOf(err) == codeTooManyPins:
		a.log.Warn("discord: a post is not pinned: its channel has as many pins as Discord allows; unpin some", "channel", at.Channel, "err", err)
	case statusOf(err) == http.StatusForbidden:
		a.log.Warn("discord: a post is not pinned: the bot needs Pin Messages in its channel", "channel", at.Channel, "err", err)
	default:
		a.log.Warn("discord: a post is not pinned", "channel", at.Channel, "err", err)
	}
}
