package facts

import "time"

// MessageRef is where something was said: a channel of a platform, and the message there, both opaque.
type MessageRef struct {
	Platform string `json:"platform"`
	Channel  string `json:"channel"`
	Message  string `json:"message,omitempty"`
}

// Gap is a question that got no answer, counted, without who asked.
type Gap struct {
	ID          int64
	Space       string
	Text        string // see Normal; at most MaxQuestion characters
	Sample      string // one way it was typed
	Lang        Lang
	Count       int
	First, Last time.Time
	Nearest     string // id of the fact that was nearest, "" if none
	Fact        string // the fact that answers it now, "" while it is open
}

// Report is a member's word that something is wrong with a fact. It does not say who.
type Report struct {
	ID       int64
	Space    string
	Fact     string
	Revision int // of the fact when it was reported; 0 is the shared set's
	Kind     ReportKind
	Note     string
	Lang     Lang
	At       time.Time
	Outcome  string // what a moderator did about it, "" while it is open
}

// ReportKind is what a member finds wrong.
type ReportKind string

// The kinds of reports.
const (
	ReportWrong         ReportKind = "wrong"
	ReportOutdated      ReportKind = "outdated"
	ReportDisrespectful ReportKind = "disrespectful"
	ReportSource        ReportKind = "source" // the source does not say this
)

// Delivery is a message that carried a fact's revision, or (Gap not 0) that said there is no answer.
type Delivery struct {
	MessageRef        // the bot's message
	ReplyTo    string // the message it answered, "" if none
	Space      string
	Fact       string
	Revision   int   // 0 is the shared set's
	Gap        int64 // id of the gap, 0 if it was an answer
	Lang       Lang
	Private    bool // only its asker saw it: it is never told again to a channel
	At         time.Time
}

// Watcher is somebody who waits for the outcome of a proposal.
type Watcher struct {
	MessageRef
	Lang Lang
}

// Draft is a form that is being filled in. Body belongs to the caller.
type Draft struct {
	Space string
	By    Author
	Body  []byte
	At    time.Time
	// Version is that of the step: each save of any draft makes a new one. A draft that is to be saved has the version it goes on from, 0 for a
	// new one.
	Version int64
}

// Changed is what changed of a kind of thing since somebody last looked.
type Changed[T any] struct {
	List  []T   // what was saved since, oldest first; where Whole, all there is
	Whole bool  // something was deleted since: what is not in List is gone
	Seen  int64 // all up to here is in List: to be given the next time
}

// Channel is what is kept of a channel.
type Channel struct {
	Platform, Channel string
	Lang              Lang   // to answer in; "" finds it out from each question
	Gone              bool   // the bot was removed from it, or may not write there
	MovedTo           string // the channel that took its place, "" if none
	// Home is the channel whose community this one belongs to, "" for its own: a private chat that goes on with what began in a group, a
	// supergroup that was a group.
	Home string
}

// Personal is what is kept about one person.
type Personal struct {
	Name    string // "" if unknown or forgotten
	Entries int    // of the log
	Drafts  int
	Watches int // suggestions whose outcome they are to be told
}

// Subscription says what a channel gets each day.
type Subscription struct {
	Space, Platform, Channel string
	Spec                     []byte // the caller's: hour, zone, language, kind, run
	At                       time.Time
}

// Post is one day's post of a channel.
type Post struct {
	Space, Platform, Channel string
	Date                     string // local, 2006-01-02
	Fact                     string
	Revision                 int
	State                    string // claimed, released (may be claimed again), sent, failed, skipped
	Message                  string
	Why                      string
	Attempts                 int
	At                       time.Time
}

// Lease is what one process holds so that no other does the same.
type Lease struct {
	Name, Holder string
	Number       int64         // how many times it was given out: the fencing number
	Left         time.Duration // until it ends by itself, by the database's clock
	Note         string        // what who held it before left when they gave it back; only where it was just taken
}
