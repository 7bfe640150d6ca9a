package discord

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

// seenBy says who is to see the answer to an interaction.
type seenBy int

const (
	asSaid  seenBy = iota // as the reply says
	private               // only who asked
	shared                // everyone
)

// respond answers an interaction with a reply: a form where one can be shown, an edit where the reply takes its message's place, else a message and
// its continuations.
func (a *Adapter) respond(ctx context.Context, i *interaction, m bot.Message, r bot.Reply, how seenBy) {
	if err := a.answer(ctx, i, m, r, how); err != nil {
		a.log.Warn("discord: an interaction was not answered", "type", int(i.Type), "err", err)
	}
}

func (a *Adapter) answer(ctx context.Context, i *interaction, m bot.Message, r bot.Reply, how seenBy) error {
	if r.Form != nil && i.Type != discordgo.InteractionModalSubmit {
		if form := a.signer.modal(r.Form, r.Lang); form.CustomID != "" {
			_, err := a.callback(ctx, i, callback{discordgo.InteractionResponseModal, form}, nil)
			return err
		}
	}
	if r.Empty() {
		return a.acknowledge(ctx, i, r)
	}
	onlyAsker := r.Private || how == private
	var more []button
	if how == private && !r.Private && r.Answered != "" && !i.alone() && i.Type != discordgo.InteractionModalSubmit {
		more = append(more, button{press{pressShare, r.Lang, "/fact " + r.Answered}, word(r.Lang, "share"), bot.Plain})
	}
	parts := a.compose(r, isWhole(m.Text), more...)
	kind := discordgo.InteractionResponseChannelMessageWithSource
	switch {
	case r.Replace && i.Message != nil && (!r.Private || i.alone() || i.Message.ephemeral()): // what is private never takes a public place
		kind = discordgo.InteractionResponseUpdateMessage
	case onlyAsker && !i.alone():
		for n := range parts {
			parts[n].Flags |= discordgo.MessageFlagsEphemeral
		}
	}
	var id string
	if err := a.illustrated(i.ChannelID, parts[0], func(part outgoing) (err error) {
		id, err = a.callback(ctx, i, callback{kind, part}, part.files)
		return err
	}); err != nil {
		return err
	}
	if kind == discordgo.InteractionResponseUpdateMessage && id == "" {
		id = i.Message.ID
	}
	m.Private = m.Private || onlyAsker
	a.bot.Sent(m, r, bot.MessageRef{Platform: Platform, Channel: i.ChannelID, Message: id})
	return a.followUp(i, parts[1:])
}

// acknowledge ends the wait of an interaction that has no answer.
func (a *Adapter) acknowledge(ctx context.Context, i *interaction, r bot.Reply) error {
	if i.Message != nil {
		_, err := a.callback(ctx, i, callback{Type: discordgo.InteractionResponseDeferredMessageUpdate}, nil)
		return err
	}
	r.Blocks = []bot.Block{{Kind: bot.Paragraph, Text: word(r.Lang, "silence")}}
	part := a.compose(r, false)[0]
	part.Flags |= discordgo.MessageFlagsEphemeral
	_, err := a.callback(ctx, i, callback{discordgo.InteractionResponseChannelMessageWithSource, part}, nil)
	return err
}

// followUp sends the rest of a long reply. Follow-ups have no nonce, so one whose fate is unknown is not sent again. The three seconds are over with
// the first answer; the token lasts 15 minutes.
func (a *Adapter) followUp(i *interaction, parts []outgoing) error {
	ctx, cancel := context.WithTimeout(a.work, followUpWithin)
	defer cancel()
	for n := range parts {
		if _, err := a.rest.do(ctx, call{method: "POST", path: a.webhook(i), body: parts[n], files: parts[n].files, open: true}); err != nil {
			return fmt.Errorf("the rest of a long reply: %w", err)
		}
	}
	return nil
}

const followUpWithin = 10 * time.Second

func (a *Adapter) webhook(i *interaction) string {
	return "webhooks/" + a.Self().Application + "/" + i.Token
}

// fileOf returns the file given to a command, nil if none.
func fileOf(row *bot.Command, given []option, d *interactionData) *attachment {
	for _, arg := range row.Args {
		for j := range given {
			if arg.File && given[j].Name == arg.Name.En {
				if file, ok := d.Resolved.Attachments[given[j].text()]; ok {
					return &file
				}
			}
		}
	}
	return nil
}

// withFile handles a command that a file came with. Fetching it can take longer than the three seconds, so this is the one answer that is deferred;
// only the asker sees it.
func (a *Adapter) withFile(ctx context.Context, i *interaction, m bot.Message, file *attachment) {
	deferred := callback{discordgo.InteractionResponseDeferredChannelMessageWithSource, map[string]any{"flags": discordgo.MessageFlagsEphemeral}}
	if _, err := a.callback(ctx, i, deferred, nil); err != nil {
		a.log.Warn("discord: an interaction was not answered", "type", int(i.Type), "err", err)
		return
	}
	ctx, cancel := context.WithTimeout(a.work, fileWithin)
	defer cancel()
	var r bot.Reply
	data, wrong := a.fetch(ctx, file)
	if wrong != "" {
		r = bot.Reply{Lang: m.Locale, Blocks: []bot.Block{{Kind: bot.Paragraph, Text: word(m.Locale, wrong)}}}
	} else {
		m.File = data
		r = a.handle(ctx, m)
	}
	if r.Empty() {
		r.Blocks = []bot.Block{{Kind: bot.Paragraph, Text: word(r.Lang, "silence")}}
	}
	parts := a.compose(r, false)
	for n := range parts {
		parts[n].Flags |= discordgo.MessageFlagsEphemeral
	}
	first := parts[0]
	first.Flags = discordgo.MessageFlagsSuppressEmbeds // an edit cannot change who sees it
	path := a.webhook(i) + "/messages/@original"
	if _, err := a.rest.do(ctx, call{method: "PATCH", path: path, body: first, files: first.files, repeat: true, open: true}); err != nil {
		a.log.Warn("discord: an interaction was not answered", "type", int(i.Type), "err", err)
		return
	}
	m.Private = true
	a.bot.Sent(m, r, bot.MessageRef{Platform: Platform, Channel: i.ChannelID})
	if err := a.followUp(i, parts[1:]); err != nil {
		a.log.Warn("discord: an interaction was not answered whole", "err", err)
	}
}

const fileWithin = 30 * time.Second

// Where Discord keeps attachments. The address comes from Discord, but nothing else is ever fetched.
var attachmentHosts = []string{"cdn.discordapp.com", "media.discordapp.net"}

// fetch fetches an attached file. wrong names what to say where it cannot be taken.
func (a *Adapter) fetch(ctx context.Context, file *attachment) (data []byte, wrong string) {
	if file.Size > bot.MaxFile {
		return nil, "file_too_big"
	}
	if !slices.Contains([]string{".jsonl", ".json", ".yaml", ".yml"}, strings.ToLower(path.Ext(file.Filename))) {
		return nil, "file_type"
	}
	u, err := url.Parse(file.URL)
	if err != nil || !(u.Scheme == "https" && slices.Contains(attachmentHosts, u.Host) || a.rest.transport.host != "" && u.Host == a.rest.transport.host) {
		a.log.Warn("discord: an attachment with a strange address")
		return nil, "file_failed"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "file_failed"
	}
	// The transport under the limits: the address carries no token, and is not the API's.
	response, err := a.rest.transport.base.RoundTrip(request)
	if err != nil {
		a.log.Warn("discord: an attachment could not be fetched", "err", withoutAddress(err))
		return nil, "file_failed"
	}
	defer func() { _ = response.Body.Close() }()
	data, err = io.ReadAll(io.LimitReader(response.Body, bot.MaxFile+1))
	switch {
	case err != nil || response.StatusCode != http.StatusOK:
		a.log.Warn("discord: an attachment could not be fetched", "status", response.StatusCode, "err", err)
		return nil, "file_failed"
	case len(data) > bot.MaxFile:
		return nil, "file_too_big"
	}
	return data, ""
}
