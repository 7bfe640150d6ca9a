package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// How often an update is handled: at most once, also across a crash. The Bot API gives an update again until a later getUpdates asks from beyond
// it. So what was fetched is held until a second getUpdates, which does not wait, has told Telegram so and was answered; only then is it handled. A crash
// before that loses nothing: the update comes again. A crash after it may lose the answer to a question, and never gives it twice. With a webhook
// Telegram repeats an update until it is answered with 200, which it is once the update is queued; one that comes again while this process
// lives is known by its id.

// wanted are the kinds of updates asked for. chat_member comes only where the bot is an administrator.
var wanted = []string{"message", "edited_message", "callback_query", "inline_query", "my_chat_member", "chat_member"}

// longPoll is how long Telegram is asked to wait for an update; it cuts a wait at about 50 seconds.
const longPoll = 50 * time.Second

// poll fetches updates until ctx ends, which is no error, or Telegram no longer knows the token.
func (a *Adapter) poll(ctx context.Context) error {
	var held []update
	var offset int64
	failures := 0
	for ctx.Err() == nil {
		wait := a.longPoll
		if len(held) > 0 {
			wait = 0
		}
		got, next, err := a.fetch(ctx, offset, wait)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			if fatal := a.pollFault(ctx, err); fatal != nil {
				return fatal
			}
			failures++
			sleep(ctx, backoff(a.client.firstWait, failures, err))
			continue
		}
		failures = 0
		for i := range held {
			if err := a.accept(ctx, &held[i]); err != nil {
				return nil // stopped; what is left was asked for and gets no answer
			}
		}
		held = got
		if next > 0 {
			offset = next
		}
	}
	return nil
}

// pollFault says what is wrong with polling, and returns an error where trying again is in vain.
func (a *Adapter) pollFault(ctx context.Context, err error) error {
	switch code := codeOf(err); {
	case code == http.StatusUnauthorized || code == http.StatusNotFound:
		return fmt.Errorf("telegram: the token is not known any more: was it revoked? %w", err)
	case code == http.StatusConflict && says(err, "webhook"):
		a.once.log(slog.LevelWarn, "telegram: a webhook is set for this bot, and this program is set to poll: removing the webhook", "conflict", err)
		if err := a.client.call(ctx, "deleteWebhook", params{}, nil); err != nil {
			a.log.Warn("telegram: the webhook could not be removed", "error", err)
		}
	case code == http.StatusConflict:
		a.once.log(slog.LevelError, "telegram: another program polls with the same token: stop one of them; nothing is answered twice, and some questions go to the other one", "conflict", err)
	default:
		a.once.log(slog.LevelWarn, "telegram: updates cannot be fetched; trying again", "poll "+strconv.Itoa(codeOf(err)), err)
	}
	return nil
}

// fetch asks for updates from the offset on and returns those that decode and the offset after all of them, 0 where there were none.
func (a *Adapter) fetch(ctx context.Context, offset int64, wait time.Duration) ([]update, int64, error) {
	p := params{"timeout": strconv.Itoa(int(wait / time.Second)), "limit": "100"}.put("allowed_updates", wanted)
	if offset != 0 {
		p["offset"] = strconv.FormatInt(offset, 10)
	}
	var raw []json.RawMessage
	if err := a.client.do(ctx, wait+pollSlack, "getUpdates", p, nil, &raw); err != nil {
		return nil, 0, err
	}
	got, next := a.decode(raw)
	if len(raw) > 0 && next == 0 {
		return nil, 0, &apiError{method: "getUpdates", text: "updates without an id"}
	}
	return got, next, nil
}

// decode reads updates one by one, so that an odd one stops none of the others: it is skipped and logged by its id.
func (a *Adapter) decode(raw []json.RawMessage) (got []update, next int64) {
	for _, r := range raw {
		var u update
		err := json.Unmarshal(r, &u)
		if err != nil {
			var only struct {
				ID int64 `json:"update_id"`
			}
			_ = json.Unmarshal(r, &only)
			u = update{ID: only.ID}
			a.log.Warn("telegram: an update that does not decode was skipped", "update", u.ID, "error", err)
		} else {
			got = append(got, u)
		}
		if u.ID > 0 {
			next = u.ID + 1
		}
	}
	return got, next
}

// accept queues an update for its chat, unless it came before. It waits while too many are queued; the error is the context's.
func (a *Adapter) accept(ctx context.Context, u *update) error {
	if !a.seen.add(u.ID) {
		return nil
	}
	return a.lanes.add(ctx, u.lane(), func(ctx context.Context) { a.handle(ctx, u) })
}

// lane is what updates are kept in order by.
func (u *update) lane() int64 {
	switch {
	case u.Message != nil:
		return u.Message.Chat.ID
	case u.Edited != nil:
		return u.Edited.Chat.ID
	case u.Callback != nil && u.Callback.Message != nil:
		return u.Callback.Message.Chat.ID
	case u.Callback != nil:
		return u.Callback.From.ID
	case u.Inline != nil:
		return u.Inline.From.ID
	case u.MyMember != nil:
		return u.MyMember.Chat.ID
	case u.ChatMember != nil:
		return u.ChatMember.Chat.ID
	}
	return 0
}

// recent remembers the last ids, so that what comes twice is known. Ids are no order to rely on: after a quiet week Telegram begins anew at
// random.
type recent struct {
	mu    sync.Mutex
	known map[int64]bool
	ring  []int64
	next  int
}

func newRecent(n int) *recent { return &recent{known: make(map[int64]bool, n), ring: make([]int64, n)} }

// add reports whether the id is new.
func (r *recent) add(id int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[id] {
		return false
	}
	delete(r.known, r.ring[r.next])
	r.known[id] = true
	r.ring[r.next] = id
	r.next = (r.next + 1) % len(r.ring)
	return true
}

// remove forgets an id that was not taken after all.
func (r *recent) remove(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, id)
}
