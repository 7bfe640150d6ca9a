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
	Attachments     []fileRef                        `json:"attachments"` // never nil: an edit takes away what is not among them
	Reference       *discordgo.MessageReference      `json:"message_reference,omitempty"`
	Nonce           string                           `json:"nonce,omitempty"`
	EnforceNonce    bool                             `json:"enforce_nonce,omitempty"`
	files           []upload                         // one for each attachment
	picture         bool                             // the last of them is the reply's picture
}

// compose makes the messages of a reply, the picture with the first one, which is the one that is pinned and corrected, the buttons and the file with
// the last one.
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
			AllowedMentions: discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}}, Attachments: []fileRef{},
		})
	}
	if len(out) == 0 {
		return nil
	}
	last := &out[len(out)-1]
	last.Components = a.signer.rows(buttons(r.Lang, d.choices, more...))
	if d.file != nil {
		last.attach(upload{d.file.Name, "application/octet-stream", d.file.Data}, "")
	}
	if r.Picture != nil {
		a.illustrate(&out[0], r.Picture)
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
		var data []byte
		if err := a.illustrated(to.Channel, part, func(part outgoing) (err error) {
			data, err = a.rest.do(ctx, call{method: "POST", path: "channels/" + to.Channel + "/messages", body: part, files: part.files, repeat: true})
			return err
		}); err != nil {
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
	parts := a.compose(r, false)
	for i := range parts {
		if r.Silent {
			parts[i].Flags |= discordgo.MessageFlagsSuppressNotifications
		}
	}
	ref, err := a.post(ctx, to, rand.Text()[:16], parts)
	if err != nil && ref.Message != "" {
		a.log.Warn("discord: a message was cut short", "channel", to.Channel, "err", err)
		err = nil
	}
	if err == nil && r.Pin {
		a.pin(ctx, ref)
	}
	return ref, courierError(err)
}

// Edit draws a reply in the place of an earlier message of the bot's; what does not fit into it is left out. The earlier message's picture goes with
// its words. See bot.Courier.
func (a *Adapter) Edit(ctx context.Context, at bot.MessageRef, r bot.Reply) error {
	if !isID(at.Channel) || !isID(at.Message) {
		return fmt.Errorf("discord: no message: %w", bot.ErrGone)
	}
	parts := a.compose(r, false)
	if len(parts) == 0 {
		return nil
	}
	part := parts[0]
	part.Components = parts[len(parts)-1].Components
	return courierError(a.illustrated(at.Channel, part, func(part outgoing) error {
		_, err := a.rest.do(ctx, call{method: "PATCH", path: "channels/" + at.Channel + "/messages/" + at.Message, body: part, files: part.files, repeat: true})
		return err
	}))
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
