package discord

import "context"

// Sending has the bot send what do makes it say, without connecting to the gateway. It is in the place of Run.
func (a *Adapter) Sending(ctx context.Context, do func(context.Context) error) error {
	defer a.rest.transport.base.CloseIdleConnections()
	return do(ctx)
}
