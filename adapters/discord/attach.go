package discord

import (
	"net/http"
	"strconv"

	"testigo/bot"
)

// Bounds of what is attached (docs.discord.com, "Uploading Files" and "Attachment Object").
const (
	maxUpload = 10 << 20 // bytes of a file; since September 2026 Discord takes twice as many
	maxAlt    = 1024     // characters of an alternative text
)

// upload is a file that goes with a message.
type upload struct {
	name string
	kind string // its media type
	data []byte
}

// fileRef names a file that is sent along, and says in words what it shows.
type fileRef struct {
	ID          string `json:"id"`
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

// attach has a file go with a message. alt may be "".
func (o *outgoing) attach(u upload, alt string) {
	o.Attachments = append(o.Attachments, fileRef{strconv.Itoa(len(o.files)), u.name, shorten(alt, maxAlt)})
	o.files = append(o.files, u)
}

// illustrate attaches a picture after all other files, unless it is larger than Discord takes.
func (a *Adapter) illustrate(o *outgoing, p *bot.Picture) {
	if len(p.Data) > maxUpload {
		a.log.Warn("discord: a picture is left out: it is larger than Discord takes", "name", p.Name, "bytes", len(p.Data), "most", maxUpload)
		return
	}
	o.attach(upload{p.Name, "image/png", p.Data}, p.Alt)
	o.picture = true
}

// illustrated sends a message, and where it is refused with its picture, without: the bot may write in a channel and not attach files there, and the
// words are what matters. What is refused was not carried out, so nothing is said twice.
func (a *Adapter) illustrated(channel string, o outgoing, send func(outgoing) error) error {
	err := send(o)
	if !o.picture || !maybePicture(err) {
		return err
	}
	last := len(o.files) - 1
	o.files, o.Attachments, o.picture = o.files[:last], o.Attachments[:last], false
	if again := send(o); again != nil {
		return again
	}
	a.log.Warn("discord: a picture is left out: it is refused, as it is where the bot lacks Attach Files", "channel", channel, "err", err)
	return nil
}

// maybePicture reports whether a refusal may be about a message's picture.
func maybePicture(err error) bool {
	status := statusOf(err)
	return status == http.StatusBadRequest || status == http.StatusForbidden || status == http.StatusRequestEntityTooLarge
}
