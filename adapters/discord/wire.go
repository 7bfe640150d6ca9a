package discord

import (
	"encoding/json"
	"strconv"

	"github.com/bwmarrin/discordgo"
)

// What the adapter reads of the gateway's events. The library's own types fail as a whole at a component they do not know.

type user struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
	Bot        bool   `json:"bot"`
	System     bool   `json:"system"`
}

type member struct {
	User        *user    `json:"user"`
	Nick        string   `json:"nick"`
	Roles       []string `json:"roles"`
	Permissions string   `json:"permissions"` // in interactions only
}

// permissions is what the member may do in the channel of an interaction, 0 if Discord did not say.
func (m *member) permissions() int64 {
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(m.Permissions, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// name is how a person is called where they wrote.
func (u *user) name(m *member) string {
	switch {
	case m != nil && m.Nick != "":
		return m.Nick
	case u.GlobalName != "":
		return u.GlobalName
	}
	return u.Username
}

type message struct {
	ID         string   `json:"id"`
	ChannelID  string   `json:"channel_id"`
	GuildID    string   `json:"guild_id"`
	Type       int      `json:"type"`
	Content    string   `json:"content"`
	Author     *user    `json:"author"`
	Member     *member  `json:"member"`
	WebhookID  string   `json:"webhook_id"`
	Mentions   []user   `json:"mentions"`
	Referenced *message `json:"referenced_message"`
	Flags      int      `json:"flags"`
}

// ephemeral reports whether only one person sees a message.
func (m *message) ephemeral() bool { return m.Flags&int(discordgo.MessageFlagsEphemeral) != 0 }

type interaction struct {
	ID        string                    `json:"id"`
	Token     string                    `json:"token"`
	AppID     string                    `json:"application_id"`
	Type      discordgo.InteractionType `json:"type"`
	GuildID   string                    `json:"guild_id"`
	ChannelID string                    `json:"channel_id"`
	Member    *member                   `json:"member"` // in servers
	User      *user                     `json:"user"`   // in direct messages
	Locale    string                    `json:"locale"`
	Message   *message                  `json:"message"` // whose button was pressed
	Data      interactionData           `json:"data"`
	Context   int                       `json:"context"`
}

// alone reports whether nobody but the asker reads where an interaction came from: direct messages with the bot, not those between people.
func (i *interaction) alone() bool {
	return i.GuildID == "" && i.Context != int(discordgo.InteractionContextPrivateChannel)
}

// interactionData is of all kinds of interactions in one.
type interactionData struct {
	Name     string   `json:"name"`
	Type     int      `json:"type"`
	TargetID string   `json:"target_id"`
	Options  []option `json:"options"`
	Resolved struct {
		Messages    map[string]message    `json:"messages"`
		Attachments map[string]attachment `json:"attachments"`
	} `json:"resolved"`
	CustomID   string      `json:"custom_id"`
	Components []component `json:"components"`
}

type option struct {
	Name    string                                 `json:"name"`
	Type    discordgo.ApplicationCommandOptionType `json:"type"`
	Value   json.RawMessage                        `json:"value"`
	Options []option                               `json:"options"`
	Focused bool                                   `json:"focused"`
}

// text is a text option's value.
func (o *option) text() string {
	var s string
	_ = json.Unmarshal(o.Value, &s)
	return s
}

type attachment struct {
	URL      string `json:"url"`
	Filename string `json:"filename"`
	Size     int    `json:"size"`
}

// component is of a submitted form: rows hold inputs, labels hold one.
type component struct {
	CustomID   string      `json:"custom_id"`
	Value      string      `json:"value"`
	Values     []string    `json:"values"`
	Components []component `json:"components"`
	Component  *component  `json:"component"`
}

// forBot reports whether a message speaks to the bot: in private, by mentioning it or in reply to it. Bots, webhooks and the platform's own
// messages never do.
func (m *message) forBot(self string) bool {
	switch {
	case m.Author == nil || m.Author.Bot || m.Author.System || m.WebhookID != "" || m.Author.ID == self || self == "":
		return false
	case m.Type != int(discordgo.MessageTypeDefault) && m.Type != int(discordgo.MessageTypeReply):
		return false
	case m.GuildID == "":
		return true
	}
	for _, u := range m.Mentions {
		if u.ID == self {
			return true
		}
	}
	// Without the mention Discord gives no text, unless the bot may read all messages.
	return m.Content != "" && m.Referenced != nil && m.Referenced.Author != nil && m.Referenced.Author.ID == self
}
