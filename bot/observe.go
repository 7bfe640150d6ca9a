package bot

import (
	"context"
	"log/slog"
	"time"

	"testigo/facts"
)

// Observer is told what happens, so that it can be counted. It is called from many goroutines, also on the way to an answer: its methods must
// not wait. What it is told names nobody.
type Observer interface {
	// Asked is called once for each question that was answered or refused.
	Asked(Question)
	// Happened is called once for each event. The platform is "" where it is of none.
	Happened(platform string, e Event)
}

// Question is what is told of a question: nothing of its text or of who asked.
type Question struct {
	Kind       facts.Kind
	Lang       Lang
	Confidence float64       // 0 to 1, of the nearest fact
	Lookup     time.Duration // to find the fact
	Answer     time.Duration // to find it and to write the reply
}

// Event is something that is only counted.
type Event int

// The events.
const (
	GapCounted  Event = iota // a question without an answer was kept for the moderators
	PostSent                 // a daily post went out
	PostFailed               // a daily post may or may not have gone out, and is not tried again
	PostPutOff               // a daily post surely did not go out, and is tried again
	PostSkipped              // a daily post was too late to be made
	TooFast                  // somebody asked more often than they may
	JobFailed                // what nobody waits for was not done, or was dropped
	Retried                  // a request to a platform was sent again
	RateLimited              // a platform asked for fewer requests
	Reconnected              // a connection to a platform was lost and stands again
	MessageLost              // a handler broke off, or an event was dropped
	events                   // how many there are
)

var eventNames = [events]string{
	"gap_counted", "post_sent", "post_failed", "post_put_off", "post_skipped", "too_fast", "job_failed", "retried", "rate_limited", "reconnected", "message_lost",
}

// String returns the event's name in small letters, digits and underscores.
func (e Event) String() string { return eventNames[e] }

// Events returns all events.
func Events() []Event {
	list := make([]Event, events)
	for i := range list {
		list[i] = Event(i)
	}
	return list
}

// Happened tells the observer of an event, for adapters too. Without an observer it does nothing.
func (b *Bot) Happened(platform string, e Event) {
	if b.Observer != nil {
		b.Observer.Happened(platform, e)
	}
}

// note tells the observer and the log of a question. The log has its text only where it is asked for the most detail.
func (b *Bot) note(ctx context.Context, m *Message, text string, r *facts.Result, lookup, answer time.Duration) {
	if b.Observer != nil {
		b.Observer.Asked(Question{Kind: r.Kind, Lang: r.Lang, Confidence: r.Why.Confidence, Lookup: lookup, Answer: answer})
	}
	if !b.Log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	nearest := ""
	if len(r.Hits) > 0 {
		nearest = r.Hits[0].ID()
	}
	level, attrs := slog.LevelInfo, append(make([]slog.Attr, 0, 8),
		slog.String("platform", m.At.Platform), slog.String("space", string(m.Space)), slog.String("kind", r.Kind.String()), slog.String("lang", string(r.Lang)),
		slog.String("fact", nearest), slog.Float64("confidence", float64(int(r.Why.Confidence*1000))/1000), slog.Duration("took", answer))
	if b.Log.Enabled(ctx, slog.LevelDebug) {
		level, attrs = slog.LevelDebug, append(attrs, slog.String("text", clipTo(text, facts.MaxQuestion)))
	}
	b.Log.LogAttrs(ctx, level, "question", attrs...)
}

// State is how much the bot has at a moment.
type State struct {
	Facts    int   // facts and pointers of the shared set
	Spaces   int   // with a view of their own
	Revision int64 // the newest entry of the log that answers are made with
	Waiting  int   // jobs that nobody waits for
	// Behind is how long ago it could last be seen what other processes change: half a second at most while Follow runs and the database is there.
	// Without a store it is 0.
	Behind time.Duration
}

// State returns how much the bot has now.
func (b *Bot) State() State {
	s := State{Facts: b.engine.Size(), Spaces: len(b.engine.Spaces()), Waiting: len(b.jobs)}
	if b.ledger != nil {
		s.Revision, s.Behind = b.ledger.revision.Load(), b.looked.ago()
	}
	return s
}
