package telegram

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"testigo/bot"
)

// Send posts what the bot says of itself. It is bot.Courier's.
func (a *Adapter) Send(ctx context.Context, to bot.MessageRef, r bot.Reply) (bot.MessageRef, error) {
	chatID, topic, replyTo, err := a.destination(to)
	if err != nil {
		return bot.MessageRef{}, err
	}
	var at bot.MessageRef
	steps := a.steps(target{topic, replyTo}, r, func(chatID, id int64) { at = ref(chatID, topic, id) })
	if len(steps) == 0 {
		return bot.MessageRef{}, fmt.Errorf("%w: there is nothing to send", bot.ErrUnsent)
	}
	err = a.await(ctx, &job{ctx: ctx, chat: chatID, group: chatID < 0, post: true, steps: steps})
	var part *partError
	if errors.As(err, &part) {
		a.log.Warn("telegram: the rest of a message was not sent", "error", err)
		err = nil
	}
	return at, err
}

// Edit draws a reply in the place of an earlier message. It is bot.Courier's.
func (a *Adapter) Edit(ctx context.Context, at bot.MessageRef, r bot.Reply) error {
	chatID, _, id, err := a.destination(at)
	if err != nil {
		return err
	}
	if id == 0 {
		return fmt.Errorf("%w: no message is named", bot.ErrUnsent)
	}
	err = a.await(ctx, &job{ctx: ctx, chat: chatID, group: chatID < 0, post: true,
		steps: []step{a.editStep(func() int64 { return id }, r, func(int64, int64) {})}})
	if says(err, "message to edit not found", "message can't be edited", "message_id_invalid") {
		return fmt.Errorf("%w: %w", bot.ErrGone, err)
	}
	return err
}

// destination reads a place and follows a group to the supergroup that it became.
func (a *Adapter) destination(to bot.MessageRef) (chatID, topic, id int64, err error) {
	chatID, topic, id, ok := place(to)
	if !ok {
		return 0, 0, 0, fmt.Errorf("%w: %q is no place on Telegram", bot.ErrGone, to.Channel)
	}
	kept := a.channel(chatID)
	if moved, err := strconv.ParseInt(kept.MovedTo, 10, 64); err == nil {
		chatID, id = moved, 0 // its messages were left behind
		kept = a.channel(chatID)
	}
	if kept.Gone {
		return 0, 0, 0, fmt.Errorf("%w: the bot is not in that chat any more", bot.ErrGone)
	}
	return chatID, topic, id, nil
}

// await queues a job and waits for its end. A job that has not begun when ctx ends is not sent.
func (a *Adapter) await(ctx context.Context, j *job) error {
	ended := make(chan error, 1)
	j.done = func(chatID int64, err error) {
		if errors.Is(err, bot.ErrGone) {
			a.lost(ctx, chatID, err)
		}
		ended <- err
	}
	a.queue.add(j)
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		a.queue.cancel(j)
		return <-ended // at once, or when the request that is under way is over
	}
}

// movedWhileSending is told of a group that became a supergroup by the refusal of a message.
func (a *Adapter) movedWhileSending(from, to int64) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	a.moved(ctx, from, to)
}
