// Package bot is the conversation: a Message in, a Reply out, in words that every platform shares. It knows the commands, the one
// renderer of answers and the bot's own sentences in both languages; it knows no platform, and adapters draw what it returns.
package bot

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"testigo/facts"
)

// Bot answers messages. Its methods may be called from any number of goroutines.
type Bot struct {
	engine   *facts.Engine
	commands []Command
	Options

	mu       sync.RWMutex
	couriers map[string]Courier // by platform
}

// Options is what a bot runs with; the zero value answers questions and keeps nothing.
type Options struct {
	Clock Clock // nil is the machine's
	// Spaces says which space a community belongs to, where it is not one of its own: by "platform:community".
	Spaces   map[string]SpaceID
	Channels Channels     // nil keeps them in memory
	Log      *slog.Logger // nil drops
}

// New returns a bot that answers from the engine.
func New(engine *facts.Engine, o Options) *Bot {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Channels == nil {
		o.Channels = &channelMemory{}
	}
	return &Bot{engine: engine, Options: o, commands: commandTable(), couriers: map[string]Courier{}}
}

// Space returns the space of a platform's community (a Discord server, a Telegram chat), "" for none.
func (b *Bot) Space(platform, community string) SpaceID {
	if community == "" {
		return ""
	}
	key := platform + ":" + community
	if s, ok := b.Spaces[key]; ok {
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

// Sent tells the bot that its reply to m stands at a place. It does not wait. Adapters call it once for each message that was sent; the bot
// then counts the gap, or remembers where to correct the answer.
func (b *Bot) Sent(m Message, r Reply, at MessageRef) {}

// Setting returns a setting of a space, its default where nobody set it.
func (b *Bot) Setting(space SpaceID, name string) string { return "" }

// Handle answers a message: a command where it begins with a slash, else a question. The error is for the log; where there is one, the
// reply still says something a person can use.
func (b *Bot) Handle(ctx context.Context, m Message) (Reply, error) {
	text := strings.TrimSpace(m.Text)
	if name, rest, ok := commandIn(text); ok {
		c := b.command(name)
		if c == nil {
			lang := b.lang(m, "")
			return plain(lang, say(lang, "unknown_command", name)), nil
		}
		return c.run(ctx, b, m, rest)
	}
	return b.Ask(ctx, m, text, false), nil
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
func (b *Bot) Ask(_ context.Context, m Message, question string, allQuotes bool) Reply {
	if strings.TrimSpace(question) == "" {
		lang := b.lang(m, "")
		return plain(lang, say(lang, "empty_question"))
	}
	r := b.engine.Ask(facts.Query{Text: question, Lang: m.Lang, Prior: m.Locale, Space: string(m.Space)})
	return b.Render(m.Space, &r, allQuotes)
}

// lang is the language to reply in to a message with no question in it.
func (b *Bot) lang(m Message, text string) facts.Lang {
	switch {
	case m.Lang.Valid():
		return m.Lang
	case text != "":
		return facts.DetectLang(text, m.Locale)
	case m.Locale.Valid():
		return m.Locale
	}
	return facts.English
}

// command returns the command of a name in either language, or nil.
func (b *Bot) command(name string) *Command {
	i := slices.IndexFunc(b.commands, func(c Command) bool { return c.Name == name || c.Spanish == name })
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
