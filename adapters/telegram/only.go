package telegram

import (
	"context"
	"sync"
)

// Sending has the bot send what do makes it say, without taking anything in, and returns when all of it is sent or given up. It is in the place of Run.
func (a *Adapter) Sending(ctx context.Context, do func(context.Context) error) error {
	defer a.client.close()
	if err := a.connect(ctx); err != nil {
		return err
	}
	sending, stop := context.WithCancel(ctx)
	defer stop()
	var background sync.WaitGroup
	background.Go(func() { a.queue.run(sending) })
	a.bot.Attach(platform, a)
	err := do(ctx)
	a.queue.drain(sending)
	stop()
	background.Wait()
	return err
}
