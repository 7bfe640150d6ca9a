package discord

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"testigo/bot"
)

// Bounds of what waits to be handled. Interactions have workers of their own: a channel that is held back by its rate limit must not keep
// them from their three seconds.
const (
	mostWaiting        = 2000
	interactionWorkers = 64     // each waits for Discord to take the answer: at 100 ms they answer 640 a second
	messageWorkers     = 16     // of messages no more than 42 a second can be answered
	mostRecent         = 20_000 // ids remembered, against events that come twice
	fullLogEvery       = time.Minute
)

// inbox takes the gateway's events and hands them to workers.
type inbox struct {
	log      *slog.Logger
	pace     pace
	seen     *recent[eventID, struct{}]
	happened func(bot.Event)

	mu           sync.Mutex // guards what follows, and that nothing is put into a closed channel
	running      bool
	self         string
	interactions chan arrived[interaction]
	messages     chan arrived[message]
	fullLogged   time.Time
}

// arrived is an event and when it came. The queues hold events by reference: they make room for all that may wait when they are made.
type arrived[T any] struct {
	event *T
	at    time.Time
}

// eventID is the id of a message or, as those are counted apart, an odd number for an interaction. Many are remembered, so it is as small as that; the
// highest bit of Discord's ids, which is shifted out, is the sign of the year 2084.
type eventID uint64

func newInbox(log *slog.Logger, p pace, happened func(bot.Event)) *inbox {
	return &inbox{
		log: log, pace: p, happened: happened, seen: newRecent[eventID, struct{}](mostRecent),
		interactions: make(chan arrived[interaction], mostWaiting), messages: make(chan arrived[message], mostWaiting),
	}
}

// open lets events in; self is the bot's own id.
func (in *inbox) open(self string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.running, in.self = true, self
}

// close lets no more events in; the workers end when they have handled those that wait.
func (in *inbox) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.running {
		in.running = false
		close(in.interactions)
		close(in.messages)
	}
}

// receive takes an event as it comes from the gateway. It decodes into small types of its own, in which nothing that Discord may add is in
// the way, and never waits. It reports whether the inbox is open: what came to a closed one was not taken in.
func (in *inbox) receive(kind string, data json.RawMessage) bool {
	now := time.Now()
	switch kind {
	case "INTERACTION_CREATE":
		i := new(interaction)
		err := json.Unmarshal(data, i)
		id, idErr := strconv.ParseUint(i.ID, 10, 64)
		if err = errors.Join(err, idErr); err != nil || i.Token == "" {
			in.log.Warn("discord: an interaction could not be read", "err", err)
			break
		}
		return in.put(func() { put(in, in.interactions, eventID(id<<1|1), arrived[interaction]{i, now}) })
	case "MESSAGE_CREATE":
		m := new(message)
		err := json.Unmarshal(data, m)
		id, idErr := strconv.ParseUint(m.ID, 10, 64)
		if err = errors.Join(err, idErr); err != nil || m.ChannelID == "" {
			in.log.Warn("discord: a message could not be read", "err", err)
			break
		}
		return in.put(func() {
			if m.forBot(in.self) {
				put(in, in.messages, eventID(id<<1), arrived[message]{m, now})
			}
		})
	}
	return in.put(func() {})
}

// put does so while the inbox is open, and reports whether it is.
func (in *inbox) put(do func()) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.running {
		do()
	}
	return in.running
}

// put puts an event into a queue unless it came before.
func put[T any](in *inbox, queue chan T, id eventID, event T) {
	if !in.seen.put(id, struct{}{}) {
		return
	}
	select {
	case queue <- event:
	default:
		in.happened(bot.MessageLost)
		if time.Since(in.fullLogged) > fullLogEvery {
			in.fullLogged = time.Now()
			in.log.Error("discord: more comes in than can be answered; events are dropped", "waiting", len(queue))
		}
	}
}

// work starts the workers. They end after close, or drop what waits when ctx ends.
func (in *inbox) work(ctx context.Context, group *sync.WaitGroup, onInteraction func(context.Context, *interaction), onMessage func(context.Context, *message)) {
	for range interactionWorkers {
		group.Go(func() { drain(ctx, in, in.interactions, in.pace.answer, onInteraction) })
	}
	for range messageWorkers {
		group.Go(func() { drain(ctx, in, in.messages, in.pace.post, onMessage) })
	}
}

// drain handles a queue's events, each within a time from its arrival; what waited for longer is dropped.
func drain[T any](ctx context.Context, in *inbox, queue <-chan arrived[T], within time.Duration, handle func(context.Context, *T)) {
	for e := range queue {
		func() {
			ctx, cancel := context.WithDeadline(ctx, e.at.Add(within))
			defer cancel()
			if ctx.Err() != nil {
				in.happened(bot.MessageLost)
				in.log.Debug("discord: an event waited for too long and is dropped")
				return
			}
			defer func() {
				if p := recover(); p != nil {
					in.happened(bot.MessageLost)
					in.log.Error("discord: a handler panicked", "panic", p, "stack", string(debug.Stack()))
				}
			}()
			handle(ctx, e.event)
		}()
	}
}
