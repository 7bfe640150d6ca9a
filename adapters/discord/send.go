package discord

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

// outgoing is a message as the adapter sends it everywhere: to a channel, as an answer to an interaction, as an edit.
type outgoing struct {
	Content         string                           `json:"content"`
	Flags           discordgo.MessageFlags           `json:"flags"`
	AllowedMentions discordgo.MessageAllowedMentions `json:"allowed_mentions"`
	Components      []discordgo.MessageComponent     `json:"components"`
	Attachments     []fileRef                        `json:"attachments,omitempty"`
	Reference       *discordgo.MessageReference      `json:"message_reference,omitempty"`
	Nonce           string                           `json:"nonce,omitempty"`
	EnforceNonce    bool                             `json:"enforce_nonce,omitempty"`
	file            *bot.File
}

// fileRef names a file that is sent along.
type fileRef struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
}

// compose makes the messages of a reply, the buttons and the file with the last one.
func (a *Adapter) compose(r bot.Reply, whole bool, more ...button) []outgoing {
	if r.Form != nil {
		r.Blocks = formBlocks(r)
		more = append([]button{{press{pressCommand, r.Lang, r.Form.Open}, word(r.Lang, "open_form"), bot.Primary}}, more...)
	}
	r.Blocks = slices.Clone(r.Blocks)
	for i, b := range r.Blocks {
		r.Blocks[i] = a.commands.asTyped(b)
	}
	d := draw(r, whole)
	if len(d.texts) == 0 && d.file != nil {
		d.texts = []string{""}
	}
	var out []outgoing
	for _, text := range d.texts {
		out = append(out, outgoing{
			Content: text, Flags: discordgo.MessageFlagsSuppressEmbeds, Components: []discordgo.MessageComponent{},
			AllowedMentions: discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}},
		})
	}
	if len(out) == 0 {
		return nil
	}
	last := &out[len(out)-1]
	last.Components = a.signer.rows(buttons(r.Lang, d.choices, more...))
	if d.file != nil {
		last.file, last.Attachments = d.file, []fileRef{{"0", d.file.Name}}
	}
	return out
}

// sentMessage is what is read of the answer to a message that was sent.
type sentMessage struct {
	ID        string `json:"id"`
	ChannelID string `json:"channel_id"`
}

// post sends messages to a channel, the first as a reply to the message named, and returns the first's place. The nonce, at most 20 characters, stands
// for the whole: within some minutes Discord posts nothing twice under one nonce, which is why a message may be sent again here.
func (a *Adapter) post(ctx context.Context, to bot.MessageRef, nonce string, parts []outgoing) (bot.MessageRef, error) {
	var first bot.MessageRef
	for i := range parts {
		part := parts[i]
		part.Nonce, part.EnforceNonce = nonce+"-"+strconv.Itoa(i), true
		if i == 0 && to.Message != "" {
			part.Reference = (&discordgo.Message{ID: to.Message, ChannelID: to.Channel}).SoftReference()
		}
		data, err := a.rest.do(ctx, call{method: "POST", path: "channels/" + to.Channel + "/messages", body: part, file: part.file, repeat: true})
		if err != nil {
			if i > 0 {
				return first, fmt.Errorf("the rest of a long reply: %w", err)
			}
			return first, err
		}
		if i == 0 {
			var m sentMessage
			_ = json.Unmarshal(data, &m) // it was sent, whatever the answer looks like
			first = bot.MessageRef{Platform: Platform, Channel: to.Channel, Message: m.ID}
		}
	}
	return first, nil
}

// Send posts a reply to a channel. See bot.Courier.
func (a *Adapter) Send(ctx context.Context, to bot.MessageRef, r bot.Reply) (bot.MessageRef, error) {
	if !isID(to.Channel) {
		return bot.MessageRef{}, fmt.Errorf("discord: no channel: %w", bot.ErrGone)
	}
	ref, err := a.post(ctx, to, rand.Text()[:16], a.compose(r, false))
	if err != nil && ref.Message != "" {
		a.log.Warn("discord: a message was cut short", "channel", to.Channel, "err", err)
		err = nil
	}
	return ref, courierError(err)
}

// Edit draws a reply in the place of an earlier message of the bot's; what does not fit into it is left out. See bot.Courier.
func (a *Adapter) Edit(ctx context.Context, at bot.MessageRef, r bot.Reply) error {
	if !isID(at.Channel) || !isID(at.Message) {
		return fmt.Errorf("discord: no message: %w", bot.ErrGone)
	}
	parts := a.compose(r, false)
	if len(parts) == 0 {
		return nil
	}
	part := parts[0]
	part.Components, part.file, part.Attachments = parts[len(parts)-1].Components, nil, nil
	_, err := a.rest.do(ctx, call{method: "PATCH", path: "channels/" + at.Channel + "/messages/" + at.Message, body: part, repeat: true})
	return courierError(err)
}

// courierError says what an error means for the bot.
func courierError(err error) error {
	switch status := statusOf(err); {
	case err == nil:
		return nil
	case status == http.StatusNotFound || status == http.StatusForbidden:
		return fmt.Errorf("discord: %w: %w", bot.ErrGone, err)
	case unsent(err):
		return fmt.Errorf("discord: %w: %w", bot.ErrUnsent, err)
	}
	return fmt.Errorf("discord: %w", err)
}

// isID reports whether a text is one of Discord's ids, so that nothing else gets into a path.
func isID(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64)
	return err == nil
}

// directChannel returns the channel of direct messages with a person.
func (a *Adapter) directChannel(ctx context.Context, person string) (string, error) {
	data, err := a.rest.do(ctx, call{method: "POST", path: "users/@me/channels", body: map[string]string{"recipient_id": person}, repeat: true})
	if err != nil {
		return "", err
	}
	var c sentMessage
	if err := json.Unmarshal(data, &c); err != nil {
		return "", err
	}
	if !isID(c.ID) {
		return "", errors.New("no channel in the answer")
	}
	return c.ID, nil
}
