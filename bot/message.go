package bot

import (
	"context"
	"errors"

	"testigo/facts"
)

// Adapters know these words of the domain by the bot's names for them.
type (
	// Lang is a language, "en" or "es".
	Lang = facts.Lang
	// Author is somebody as their platform knows them: Platform, ID and Name are the adapter's to fill.
	Author = facts.Author
	// MessageRef is a message's place: platform, channel, id, all opaque to the bot. Without an id it is the channel.
	MessageRef = facts.MessageRef
)

// The languages.
const (
	English = facts.English
	Spanish = facts.Spanish
)

// SpaceID names a community's view of the facts; "" is the shared set.
type SpaceID string

// Role is what somebody may do in a space. The adapter resolves it from the platform's own rights; each role may do what those before it may.
type Role int

// The roles.
const (
	Member      Role = iota
	Contributor      // a member whose suggestions are marked
	Moderator        // adds, corrects, reviews
	Owner            // settings, import
)

// Message is what somebody said or did: typed text, a command, a button pressed (Text is the choice's Command) or a form filled in (Text is the
// form's Command, Answers what was typed).
type Message struct {
	Space   SpaceID
	At      MessageRef // the message itself, for replies
	Author  Author
	Role    Role
	Private bool // nobody but the author reads the channel
	Text    string
	Answers map[string]string
	File    []byte // attached to a command, at most MaxFile bytes; nil if none
	Lang    Lang   // to answer in, where it was chosen for this one message or conversation; else ""
	Locale  Lang   // of the author's client, where the platform tells; decides only where the text does not
	Forms   bool   // the platform can show a Form; without it the bot asks field by field
}

// Bounds of what adapters pass and draw.
const (
	MaxFile    = 8 << 20 // bytes of an attached file
	MaxCommand = 64      // bytes of a Choice's Command: Telegram gives callback data no more (Bot API, InlineKeyboardButton)
	MaxFields  = 5       // of a form: Discord's modals have no more
	MaxButtons = 25      // of a reply: five rows of five on Discord
)

// Reply is what the bot says, for an adapter to draw. Its texts are plain: the adapter escapes them for its platform. A reply with no blocks, no
// form and no file is silence.
type Reply struct {
	Lang    Lang
	Blocks  []Block
	Choices []Choice
	Form    *Form // to show at once where the platform can; else the blocks ask
	File    *File
	Private bool // for the author's eyes only, where the platform can do that
	Silent  bool // without a sound, where the platform can do that
	Pin     bool // to be pinned in its channel
	Picture *Picture
	// Key names an outward act: where the platform can tell two sendings of one act, it shows one.
	Key     string
	Replace bool // takes the place of the message whose button was pressed, where there was one
	// SetLang asks the adapter to remember the language of this conversation where nothing else does; "" leaves it as it is.
	SetLang Lang
	// Refusal says why there is no answer, for logs, scripts and counts; facts.Answer where there is one.
	Refusal facts.Kind
	// Answered is the id of the fact that answers, "" if none does, and Revision its revision in the space, 0 being the shared set's.
	Answered string
	Revision int

	// Changed is the entry of the log that the message made, nil where it changed nothing.
	Changed *facts.Revision

	asked *facts.Gap // the question, where it got no answer
}

// Empty reports whether there is nothing to send.
func (r *Reply) Empty() bool { return len(r.Blocks) == 0 && r.Form == nil && r.File == nil }

// Choice is a question to ask next, or a command to run, drawn as a button or a numbered line.
type Choice struct {
	Label   string // an adapter may shorten it
	Command string // what choosing it does, as the Text of a message; at most MaxCommand bytes
	Look    Look
}

// Look is how a choice is drawn, where the platform has a way.
type Look int

// The looks.
const (
	Plain   Look = iota
	Primary      // what most people will want
	Danger       // what takes something away
)

// Form is up to MaxFields fields to fill in. Submitting it is a message whose Text is Command and whose Answers are what was typed by Key.
type Form struct {
	Title   string // at most 45 characters
	Command string
	Open    string // the command that shows the form again, for a button where it cannot be shown at once
	Fields  []Field
}

// Field is one of a form.
type Field struct {
	Key      string
	Label    string // at most 45 characters
	Hint     string // at most 100: what would be right
	Value    string // what stands there to begin with
	Problem  string // what is wrong with Value, "" if nothing
	Options  []Option
	Max      int // characters
	Required bool
	Long     bool // several lines
}

// Option is one of the values a field may have.
type Option struct{ Value, Label string }

// Picture is drawn beside the words, never in their place.
type Picture struct {
	Name string
	Data []byte // PNG
	Alt  string // its words, for those who do not see it
}

// File is something to download.
type File struct {
	Name string
	Data []byte
}

// Courier sends what the bot says of itself. Each platform's adapter is one. It mentions nobody, and never sends twice: where it cannot tell whether
// a message went out it returns an error that is not ErrUnsent.
type Courier interface {
	// Send posts a reply to a channel, as an answer to the message named where that is still there, and returns where it stands.
	Send(ctx context.Context, to MessageRef, r Reply) (MessageRef, error)
	// Edit draws the reply in the place of an earlier message of the bot's.
	Edit(ctx context.Context, at MessageRef, r Reply) error
}

// What a Courier's error can be, for errors.Is.
var (
	// ErrUnsent: nothing was sent, and trying again is safe.
	ErrUnsent = errors.New("not sent")
	// ErrGone: the message or channel is no more, or the bot may not write there. Trying again is in vain.
	ErrGone = errors.New("gone")
)

// Completion is what a person may be typing.
type Completion struct {
	Label   string // at most 100 characters
	Command string // to send as the text, at most 100 characters
}

// Found is one of several facts for a text, each ready to send.
type Found struct {
	ID       string
	Question string
	Standing string // in the language asked
	Preview  string // the answer's beginning
	Reply    Reply
}
