package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

// onInteraction answers a command, a button, a form or what is being typed. Discord waits three seconds for it, and what the bot does takes
// microseconds, so the answer is the first thing that is sent.
func (a *Adapter) onInteraction(ctx context.Context, i *interaction) {
	m, ok := a.messageOf(i)
	if !ok {
		a.log.Warn("discord: an interaction of nobody", "type", int(i.Type))
		return
	}
	switch i.Type {
	case discordgo.InteractionApplicationCommand:
		a.onCommand(ctx, i, m)
	case discordgo.InteractionApplicationCommandAutocomplete:
		a.complete(ctx, i, m)
	case discordgo.InteractionMessageComponent:
		a.onButton(ctx, i, m)
	case discordgo.InteractionModalSubmit:
		a.onForm(ctx, i, m)
	default:
		a.log.Warn("discord: an interaction of an unknown type", "type", int(i.Type))
	}
}

// messageOf says who asks, where and with which rights: in a server the member, elsewhere the user, who has none.
func (a *Adapter) messageOf(i *interaction) (bot.Message, bool) {
	who := i.User
	if i.Member != nil && i.Member.User != nil {
		who = i.Member.User
	}
	if who == nil || who.ID == "" || who.Bot {
		return bot.Message{}, false
	}
	m := bot.Message{
		Space:   a.bot.Space(Platform, i.GuildID),
		At:      bot.MessageRef{Platform: Platform, Channel: i.ChannelID},
		Author:  bot.Author{Platform: Platform, ID: who.ID, Name: who.name(i.Member)},
		Private: i.alone(),
		Locale:  localeOf(i.Locale),
		Forms:   true,
	}
	m.Lang, _ = a.langs.get(i.ChannelID)
	if i.GuildID != "" && i.Member != nil {
		m.Role = a.roleOf(m.Space, who.ID, i.Member.permissions(), i.Member.Roles)
	}
	if i.Message != nil {
		m.At.Message = i.Message.ID
		m.Private = m.Private || i.Message.ephemeral()
	}
	return m, true
}

func localeOf(locale string) bot.Lang {
	switch lang, _, _ := strings.Cut(locale, "-"); lang {
	case "es":
		return bot.Spanish
	case "en":
		return bot.English
	}
	return ""
}

func (a *Adapter) onCommand(ctx context.Context, i *interaction, m bot.Message) {
	if i.Data.Type == int(discordgo.MessageApplicationCommand) {
		target, ok := i.Data.Resolved.Messages[i.Data.TargetID]
		if !ok {
			return
		}
		// The target is data: a text that looks like a command is a question all the same.
		m.Text = "/ask " + strings.TrimLeft(target.plain(a.Self().ID), "/ ")
		a.respond(ctx, i, m, a.handle(ctx, m), private)
		return
	}
	row, options := a.commands.find(&i.Data)
	if row == nil {
		a.log.Warn("discord: a command that is not in the table", "name", i.Data.Name)
		a.respond(ctx, i, m, a.handle(ctx, withText(m, "/help")), private)
		return
	}
	how := asSaid
	for _, o := range options {
		switch {
		case row.Name == "ask" && o.Name == optionLanguage:
			m.Lang = bot.Lang(o.text())
		case row.Name == "ask" && o.Name == optionPrivate && string(o.Value) == "true":
			how = private
		}
	}
	m.Text = compose(row, options)
	if file := fileOf(row, options, &i.Data); file != nil {
		a.withFile(ctx, i, m, file)
		return
	}
	a.respond(ctx, i, m, a.handle(ctx, m), how)
}

func withText(m bot.Message, text string) bot.Message {
	m.Text = text
	return m
}

// find returns the row a command stands for and what was given to it.
func (s *commandSet) find(d *interactionData) (*bot.Command, []option) {
	if len(d.Options) == 1 && d.Options[0].Type == discordgo.ApplicationCommandOptionSubCommand {
		return s.named(d.Options[0].Name), d.Options[0].Options
	}
	return s.named(d.Name), d.Options
}

// compose writes a command as it is typed: its name and what was given to it, in the table's order. A completed question is the command that its
// completion stands for.
func compose(row *bot.Command, given []option) string {
	text := "/" + row.Name
	for i := range row.Args {
		arg := &row.Args[i]
		for j := range given {
			if given[j].Name != arg.Name.En || arg.File {
				continue
			}
			value := strings.TrimSpace(given[j].text())
			if arg.Kind == bot.QuestionArg && strings.HasPrefix(value, "/fact ") {
				return value
			}
			if value != "" {
				text += " " + value
			}
		}
	}
	return text
}

// complete answers what is being typed. It cannot be deferred, and is never retried: the next letter asks again.
func (a *Adapter) complete(ctx context.Context, i *interaction, m bot.Message) {
	type choice struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	choices := []choice{}
	row, given := a.commands.find(&i.Data)
	for _, o := range given {
		if o.Name == optionLanguage && m.Lang == "" {
			m.Lang = bot.Lang(o.text())
		}
	}
	for _, o := range given {
		if row == nil || !o.Focused {
			continue
		}
		for _, arg := range row.Args {
			if arg.Name.En != o.Name {
				continue
			}
			for _, c := range a.bot.Complete(m, arg.Kind, o.text(), maxChoices) {
				if units(c.Command) <= maxChoice && c.Label != "" {
					choices = append(choices, choice{shorten(visible(c.Label), maxChoice), c.Command})
				}
			}
		}
	}
	body := callback{Type: discordgo.InteractionApplicationCommandAutocompleteResult, Data: map[string]any{"choices": choices}}
	if _, err := a.callback(ctx, i, body, nil); err != nil {
		a.log.Info("discord: a completion was not sent", "err", err)
	}
}

// Bounds of completions (docs.discord.com, "Application Commands").
const (
	maxChoices = 25
	maxChoice  = 100
)

func (a *Adapter) onButton(ctx context.Context, i *interaction, m bot.Message) {
	p, ok := a.signer.read(i.Data.CustomID)
	if !ok || p.kind != pressCommand && p.kind != pressShare {
		a.tooOld(ctx, i, m)
		return
	}
	m.Lang, m.Text = p.lang, p.command
	how := asSaid
	if p.kind == pressShare {
		how = shared
		m.Private = i.alone()
	} else if m.Private && !i.alone() {
		how = private // under a message that only its reader sees
	}
	a.respond(ctx, i, m, a.handle(ctx, m), how)
}

func (a *Adapter) onForm(ctx context.Context, i *interaction, m bot.Message) {
	p, ok := a.signer.read(i.Data.CustomID)
	if !ok || p.kind != pressForm {
		a.tooOld(ctx, i, m)
		return
	}
	m.Lang, m.Text, m.Answers = p.lang, p.command, answers(i.Data.Components)
	a.respond(ctx, i, m, a.handle(ctx, m), asSaid)
}

// tooOld tells that a button is not one the bot can read, and does nothing else.
func (a *Adapter) tooOld(ctx context.Context, i *interaction, m bot.Message) {
	r := bot.Reply{Lang: m.Locale, Private: true, Blocks: []bot.Block{{Kind: bot.Paragraph, Text: word(m.Locale, "too_old")}}}
	a.respond(ctx, i, m, r, private)
}

func (a *Adapter) panicked(p any) {
	a.happened(bot.MessageLost)
	a.log.Error("discord: a handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
}

// callback is the first answer to an interaction.
type callback struct {
	Type discordgo.InteractionResponseType `json:"type"`
	Data any                               `json:"data,omitempty"`
}

// callback sends the first answer and returns the id of the message it made, "" where it made none. A second first answer is refused, so this may
// be repeated.
func (a *Adapter) callback(ctx context.Context, i *interaction, body callback, files []upload) (string, error) {
	path := "interactions/" + i.ID + "/" + i.Token + "/callback?with_response=true"
	data, err := a.rest.do(ctx, call{method: "POST", path: path, body: body, files: files, repeat: true, open: true})
	if err != nil {
		return "", err
	}
	var answer struct {
		Resource struct {
			Message sentMessage `json:"message"`
		} `json:"resource"`
	}
	_ = json.Unmarshal(data, &answer) // it was answered, whatever this looks like
	return answer.Resource.Message.ID, nil
}
