package discord

import (
	"strings"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

// Bounds of a form (docs.discord.com, "Component Reference", and the modal of "Receiving and Responding").
const (
	maxTitle       = 45
	maxInputLabel  = 45
	maxPlaceholder = 100
	maxInput       = 4000
)

// modal is a form as Discord shows it.
type modal struct {
	CustomID   string                       `json:"custom_id"`
	Title      string                       `json:"title"`
	Components []discordgo.MessageComponent `json:"components"`
}

// modal draws a form: each field an input of its own row, which every version of the client and of the library knows.
func (s signer) modal(f *bot.Form, lang bot.Lang) modal {
	m := modal{CustomID: s.id(press{pressForm, lang, f.Command}), Title: shorten(visible(f.Title), maxTitle), Components: []discordgo.MessageComponent{}}
	for _, field := range f.Fields[:min(len(f.Fields), bot.MaxFields)] {
		most := min(field.Max, maxInput)
		if most <= 0 {
			most = maxInput
		}
		input := discordgo.TextInput{
			CustomID: field.Key, Label: shorten(visible(field.Label), maxInputLabel), Style: discordgo.TextInputShort,
			Placeholder: hint(&field), Value: cut(field.Value, most), Required: field.Required, MaxLength: most,
		}
		if field.Long {
			input.Style = discordgo.TextInputParagraph
		}
		m.Components = append(m.Components, discordgo.ActionsRow{Components: []discordgo.MessageComponent{input}})
	}
	return m
}

// hint is what stands in an empty input: what is wrong, or what would be right.
func hint(f *bot.Field) string {
	if f.Problem != "" {
		return shorten(visible(f.Problem), maxPlaceholder)
	}
	var values []string
	for _, o := range f.Options {
		values = append(values, o.Value)
	}
	text := f.Hint
	if len(values) > 0 {
		text = strings.TrimSpace(strings.Join(values, " | ") + "  " + text)
	}
	return shorten(visible(text), maxPlaceholder)
}

// formBlocks says in a message what a form asks, for where it cannot be shown at once: what is wrong first.
func formBlocks(r bot.Reply) []bot.Block {
	blocks := r.Blocks
	if len(blocks) == 0 {
		blocks = []bot.Block{{Kind: bot.Paragraph, Text: r.Form.Title}}
		for _, f := range r.Form.Fields {
			if f.Problem != "" {
				blocks = append(blocks, bot.Block{Kind: bot.Item, Text: f.Label + ": " + f.Problem})
			}
		}
	}
	return append(blocks[:len(blocks):len(blocks)], bot.Block{Kind: bot.Footer, Text: word(r.Lang, "form_here")})
}

// answers reads what was filled in, by the fields' keys, from rows as the adapter sends them and from labels as newer clients may.
func answers(components []component) map[string]string {
	out := map[string]string{}
	var read func(c *component)
	read = func(c *component) {
		if c.CustomID != "" {
			out[c.CustomID] = c.Value
			if len(c.Values) > 0 {
				out[c.CustomID] = strings.Join(c.Values, ", ")
			}
		}
		for i := range c.Components {
			read(&c.Components[i])
		}
		if c.Component != nil {
			read(c.Component)
		}
	}
	for i := range components {
		read(&components[i])
	}
	return out
}
