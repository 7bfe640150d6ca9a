// Package bot is the conversation: a Message in, a Reply out, in words that every platform shares. It knows the commands, the one
// renderer of answers and the bot's own sentences in both languages; it knows no platform, and adapters draw what it returns.
package bot

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"testigo/facts"
)

// Bot answers messages. Its methods may be called from any number of goroutines.
type Bot struct {
	engine   *facts.Engine
	commands []Command
	limit    *limiter
	Options

	// Where there is a store:
	ledger   *ledger
	drafts   *drafts
	channels *channels
	jobs     chan job
	daily    daily
	current  atomic.Pointer[Live]
	looked   moment // at what other processes change, with success
	reasons  reasons

	mu       sync.RWMutex
	couriers map[string]Courier // by platform
}

// Options is what a bot runs with; the zero value answers questions and keeps nothing.
type Options struct {
	Clock Clock // nil is the machine's
	// Store is what is kept; nil keeps nothing, and then there are no commands that change anything.
	Store Store
	// Texts holds the captured source texts, to hold what moderators quote against; nil where they are not at hand.
	Texts fs.FS
	Live  Live // as the bot begins
	// Window is how long after its hour a daily post may still be made; 0 is three hours.
	Window time.Duration
	Log    *slog.Logger // nil drops
	// Observer is told what happens; nil tells nobody.
	Observer Observer
}

// New returns a bot that answers from the engine. One with a store is to be started.
func New(engine *facts.Engine, o Options) *Bot {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Window == 0 {
		o.Window = dailyWindow
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b := &Bot{engine: engine, Options: o, limit: newLimiter(o.Live.Limits), couriers: map[string]Courier{},
		channels: newChannels(),
		reasons:  reasons{last: rand.Int64N(1 << 52)},
		daily:    daily{settled: map[string]bool{}, again: map[string]time.Time{}, tries: map[string]int{}, plans: map[string]plan{}},
	}
	b.current.Store(&o.Live)
	b.looked.began = time.Now()
	b.commands = commandTable()
	if o.Store == nil {
		b.commands = slices.DeleteFunc(b.commands, func(c Command) bool { return c.kept })
		return b
	}
	b.ledger = newLedger(o.Store, engine)
	b.drafts = &drafts{store: o.Store, forms: openForms{of: map[person][]form{}}}
	b.channels.store = o.Store
	b.jobs = make(chan job, maxJobs)
	return b
}

// Start takes in what the store has: the log, drafts, channels. Without a store it does nothing.
func (b *Bot) Start(ctx context.Context) error {
	if b.Store == nil {
		return nil
	}
	if err := b.follow(ctx); err != nil {
		return err
	}
	b.looked.now()
	b.hideUnsourced()
	return nil
}

// Space returns the space of a platform's community (a Discord server, a Telegram chat), "" for none.
func (b *Bot) Space(platform, community string) SpaceID {
	if community == "" {
		return ""
	}
	key := platform + ":" + community
	if s, ok := b.current.Load().Spaces[key]; ok {
		return s
	}
	return SpaceID(key)
}

// Attach gives the bot a platform's courier, for what it says of itself: corrections, outcomes, daily posts.
func (b *Bot) Attach(platform string, c Courier) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.couriers[platform] = c
}

// Handle answers a message: a command where it begins with a slash, what a form asked for, else a question. The error is for the log; where there
// is one, the reply still says something a person can use.
func (b *Bot) Handle(ctx context.Context, m Message) (Reply, error) {
	text := strings.TrimSpace(m.Text)
	switch b.limit.allow(m, b.Clock()) {
	case mute:
		b.Happened(m.At.Platform, TooFast)
		return Reply{}, nil
	case tell:
		b.Happened(m.At.Platform, TooFast)
		lang := b.lang(m, text)
		return private(lang, say(lang, "too_fast")), nil
	}
	name, rest, ok := commandIn(text)
	if !ok {
		return b.heard(ctx, m, text)
	}
	c := b.command(name)
	if c != nil && c.form && m.Private && m.Space == "" { // where the form belongs is asked of the store: it may have been begun elsewhere just now
		if _, err := b.drafts.read(ctx, m.Author); err != nil {
			return b.failed(b.lang(m, ""), err)
		}
	}
	m = b.inForm(ctx, m)
	lang := b.lang(m, "")
	if c == nil {
		return private(lang, say(lang, "unknown_command", clip(name))), nil
	}
	if facts.Fold(name) != c.Name { // who types its Spanish name reads Spanish, whatever their client is set to
		m.Locale = Spanish
		lang = b.lang(m, "")
	}
	if wrong := b.refused(c, m, lang); wrong != nil {
		return *wrong, nil
	}
	return c.run(ctx, b, m, rest)
}

// heard takes in what is no command: what a form asked for, else a question.
func (b *Bot) heard(ctx context.Context, m Message, text string) (Reply, error) {
	if b.answers(m) {
		d, err := b.drafts.read(ctx, m.Author)
		if err != nil {
			return b.failed(b.lang(m, ""), err)
		}
		if d != nil && b.answers(m) { // else it went on, or ended, in another process
			return b.filled(ctx, b.inForm(ctx, m), d, text)
		}
	}
	return b.Ask(ctx, b.inForm(ctx, m), text, false), nil
}

// Roler is a courier that can say what somebody may do in a community when they write elsewhere: a form that was begun in a group and goes on
// in private.
type Roler interface {
	RoleIn(ctx context.Context, at MessageRef, who Author) (Role, error)
}

// inForm gives a private message that goes on with a form begun in a community that community's space, and its author's rights there as they
// are now. It asks nothing of the store.
func (b *Bot) inForm(ctx context.Context, m Message) Message {
	if b.drafts == nil || !m.Private || m.Space != "" {
		return m
	}
	f, ok := b.drafts.forms.find(m.Author)
	if !ok || f.space == "" {
		return m
	}
	b.mu.RLock()
	roler, ok := b.couriers[m.At.Platform].(Roler)
	b.mu.RUnlock()
	if !ok {
		return m
	}
	role, err := roler.RoleIn(ctx, f.at, m.Author)
	if err != nil {
		b.Log.Warn("somebody's rights could not be asked for", "error", err)
		return m
	}
	m.Space, m.Role = f.space, role
	return m
}

// commandIn splits "/fact id" into the command's name and the rest.
func commandIn(text string) (name, rest string, ok bool) {
	after, ok := strings.CutPrefix(text, "/")
	if !ok {
		return "", "", false
	}
	name, rest, _ = strings.Cut(after, " ")
	name = strings.ToLower(name)
	return name, strings.TrimSpace(rest), name != ""
}

// Ask answers a question, with all its quotes or the first ones.
func (b *Bot) Ask(ctx context.Context, m Message, question string, allQuotes bool) Reply {
	if strings.TrimSpace(question) == "" {
		lang := b.lang(m, "")
		return plain(lang, say(lang, "empty_question"))
	}
	began := time.Now()
	r := b.engine.Ask(facts.Query{Text: question, Lang: b.chosenLang(m), Prior: m.Locale, Space: string(m.Space)})
	lookup := time.Since(began)
	reply := b.Render(m.Space, &r, allQuotes)
	if b.Store != nil && m.Space != "" && isGap(r.Kind) {
		reply.asked = &facts.Gap{Space: string(m.Space), Text: facts.Normal(clipTo(question, facts.MaxQuestion)), Sample: clipTo(question, facts.MaxQuestion), Lang: r.Lang, Last: b.Clock()}
		if len(r.Hits) > 0 && r.Hits[0].Fact != nil {
			reply.asked.Nearest = r.Hits[0].ID()
		}
	}
	if r.Kind == facts.Answer && b.Store != nil && m.Space != "" {
		reply.Choices = append(reply.Choices, Choice{Label: say(r.Lang, "why_button"), Command: b.reasons.keep(m.Space, &r)})
	}
	b.note(ctx, &m, question, &r, lookup, time.Since(began))
	return reply
}

// isGap reports whether a refusal is one that a new fact could fill. A question for a verdict is not.
func isGap(k facts.Kind) bool {
	return k == facts.NoFact || k == facts.Choices || k == facts.Premise || k == facts.Pointing
}

// command returns the command of a name in either language, accents aside, or nil.
func (b *Bot) command(name string) *Command {
	name = facts.Fold(name)
	i := slices.IndexFunc(b.commands, func(c Command) bool { return c.Name == name || facts.Fold(c.Spanish) == name })
	if i < 0 {
		return nil
	}
	return &b.commands[i]
}

func plain(lang facts.Lang, text string) Reply {
	return Reply{Lang: lang, Blocks: []Block{{Kind: Paragraph, Text: text}}}
}

// say returns the bot's own sentence of a name, with its blanks filled in.
func say(lang facts.Lang, name string, args ...any) string {
	w, ok := catalogue[name]
	if !ok {
		panic(fmt.Sprintf("bot: no sentence is named %q", name)) // a test walks the catalogue, so people never meet this
	}
	return fmt.Sprintf(w.In(lang), args...)
}

// count is say for a sentence about n things, which is the first of its blanks.
func count(lang facts.Lang, name string, n int, args ...any) string {
	if n == 1 {
		name += "_one"
	}
	return say(lang, name, append([]any{n}, args...)...)
}
