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

	"testigo/bot"
)

// How often an update is handled: at most once, also across a crash. The Bot API gives an update again until a later getUpdates asks from beyond
// it. So what was fetched is held until a second getUpdates, which does not wait, has told Telegram so and was answered; only then is it handled. A crash
// before that loses nothing: the update comes again. A crash after it may lose the answer to a question, and never gives it twice.
//
// The same holds where several processes take turns at polling, of which each is to see whether its turn is over (turn.go):
//   - After the second getUpdates was answered the database is asked whether anybody else was given the turn. If not, nobody else polled, and the
//     update is this process's. If so, this one was stopped in between and the update may be the other's: it is left.
//   - While the database cannot be asked the turn goes on, because nobody may be there to take it. But another may have got it, and the two of them must
//     not fetch the same. So whoever gets a turn announces itself first: for a quiet time it polls without confirming anything, by which Telegram ends
//     the calls of the other; and who is so ended and cannot ask the database polls no more until it can. Two that are never in a call at once know of
//     each other by updates that go although they did not confirm them. The quiet time is longer than who cannot ask may go between two calls, or between
//     fetching and the answer that confirms: beyond that it leaves what it has, and announces itself before it goes on.
//   - On a stop that was planned the turn is given back when the last call is over, with a note that makes the announcement needless.
//
// What this does not cover: a process that is stopped in the middle of a long poll whose answer had arrived, for longer than a lease lasts, and finds the
// database away when it goes on; and one that is cut off from the database and polls, having met nobody, just while the one whose turn it is does
// not reach Telegram and then comes back to it in the very moment between the two calls.
//
// With a webhook Telegram repeats an update until it is answered with 200, which it is once the update is queued; one that comes again while this
// process lives is known by its id. See webhook.go for several processes.

// wanted are the kinds of updates asked for. chat_member comes only where the bot is an administrator.
var wanted = []string{"message", "edited_message", "callback_query", "inline_query", "my_chat_member", "chat_member"}

// longPoll is how long Telegram is asked to wait for an update; it cuts a wait at about 50 seconds.
const longPoll = 50 * time.Second

// confirmTime bounds a call that does not wait, also on a stop.
const confirmTime = 3 * time.Second

// poll fetches updates until ctx ends, which is no error, or Telegram no longer knows the token. t is nil where no other process is the same bot.
func (a *Adapter) poll(ctx context.Context, t *turn) error {
	var held []update
	var offset, confirmed int64 // offset is beyond what is held, confirmed is not
	answered, failures := time.Now(), 0
	for ctx.Err() == nil {
		if t.interrupted(answered) {
			same, err := t.resume(ctx)
			if err != nil || ctx.Err() != nil {
				return err
			}
			if !same {
				held, offset, answered = nil, confirmed, time.Now()
			}
		}
		asking, wait := ctx, a.longPoll
		if len(held) > 0 { // what this tells Telegram is to be known, whoever stops meanwhile
			asking, wait = context.WithoutCancel(ctx), 0
		}
		got, next, err := a.fetch(asking, offset, wait)
		if err != nil {
			if ctx.Err() != nil {
				break
			}
			if t != nil && conflict(err) {
				if t.yield(ctx) {
					held, offset, answered = nil, confirmed, time.Now()
				}
				sleep(ctx, t.breath()) // and no longer: whoever it was is to meet this process again
				continue
			}
			if end := a.pollFault(ctx, t, err, answered); end != nil {
				return end
			}
			a.up.Store(false)
			failures++
			sleep(ctx, backoff(a.client.firstWait, failures, err))
			continue
		}
		if failures > 0 {
			a.happened(bot.Reconnected)
		}
		failures = 0
		a.up.Store(true)
		took := time.Since(answered)
		answered = time.Now()
		if len(held) > 0 && !t.mayHandle(ctx, len(held), took) {
			held, confirmed, answered = nil, offset, time.Time{} // as if nothing was asked for long
			continue
		}
		for i := range held {
			if err := a.accept(ctx, &held[i]); err != nil {
				return nil // stopped with all hands full; what is left was asked for and gets no answer
			}
		}
		held, confirmed = got, offset
		if next > 0 {
			offset = next
		}
	}
	return nil
}

// conflict reports whether somebody else polls.
func conflict(err error) bool { return codeOf(err) == http.StatusConflict && !says(err, "webhook") }

// pollFault says what is wrong with polling, and returns an error where trying again is in vain. Telegram last answered at a time.
func (a *Adapter) pollFault(ctx context.Context, t *turn, err error, answered time.Time) error {
	switch code := codeOf(err); {
	case code == http.StatusUnauthorized || code == http.StatusNotFound:
		return fmt.Errorf("telegram: the token is not known any more: was it revoked? %w", err)
	case code == http.StatusConflict && says(err, "webhook"):
		a.once.log(slog.LevelWarn, "telegram: a webhook is set for this bot, and this program is set to poll: removing the webhook", "conflict", err)
		if err := a.client.call(ctx, "deleteWebhook", params{}, nil); err != nil {
			a.log.Warn("telegram: the webhook could not be removed", "error", err)
		}
	case conflict(err):
		a.once.log(slog.LevelError, "telegram: another program polls with the same token: stop one of them; nothing is answered twice, and some questions go to the other one", "conflict", err)
	default:
		a.once.log(slog.LevelWarn, "telegram: updates cannot be fetched; trying again", "poll "+strconv.Itoa(codeOf(err)), err)
	}
	if t.hopeless(answered, err) {
		return errUnreached
	}
	return nil
}

// fetch asks for updates from the offset on and returns those that decode and the offset after all of them, 0 where there were none.
func (a *Adapter) fetch(ctx context.Context, offset int64, wait time.Duration) ([]update, int64, error) {
	p := params{"timeout": strconv.Itoa(int(wait / time.Second)), "limit": "100"}.put("allowed_updates", wanted)
	if offset != 0 {
		p["offset"] = strconv.FormatInt(offset, 10)
	}
	within := wait + pollSlack
	if wait == 0 {
		within = confirmTime
	}
	var raw []json.RawMessage
	if err := a.client.do(ctx, within, "getUpdates", p, nil, &raw); err != nil {
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

// accept queues an update for its chat, unless it came before. It waits while too many are queued; the error is the
// context's, which does not matter where there is room.
func (a *Adapter) accept(ctx context.Context, u *update) error {
	if !a.seen.add(u.ID) {
		return nil
	}
	job := func(ctx context.Context) { a.handle(ctx, u) }
	if a.lanes.tryAdd(u.lane(), job) { // also where ctx has ended: nobody else gets it
		return nil
	}
	return a.lanes.add(ctx, u.lane(), job)
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
