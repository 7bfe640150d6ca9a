// Package bot is the conversation: a Message in, a Reply out, in words that every platform shares. It knows the commands, the one
// renderer of answers and the bot's own sentences in both languages; it knows no platform, and adapters draw what it returns.
package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"testigo/facts"
)

// The ids of a platform's things are opaque here: only the adapter that made them reads them.
type (
	// SpaceID names a community's view of the facts; "" is the shared set.
	SpaceID string
	// AuthorID is a person, as the platform knows them.
	AuthorID string
)

// Message is what somebody said to the bot.
type Message struct {
	Space  SpaceID
	Author AuthorID
	Text   string
	Lang   facts.Lang // of the conversation, where it was chosen; else ""
	Locale facts.Lang // of the author's client, where the platform tells; decides only where the text does not
}

// Bot answers messages. Its methods may be called from any number of goroutines.
type Bot struct {
	engine   *facts.Engine
	now      Clock
	commands []command
}

// New returns a bot that answers from the engine and takes the day from the clock.
func New(engine *facts.Engine, now Clock) *Bot {
	return &Bot{engine: engine, now: now, commands: commandTable()}
}

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
func (b *Bot) command(name string) *command {
	i := slices.IndexFunc(b.commands, func(c command) bool { return c.name == name || c.spanish == name })
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
