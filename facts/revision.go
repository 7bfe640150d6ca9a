package facts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Author is somebody who changed something, as their platform knows them.
type Author struct {
	Platform string `json:"platform"`       // "discord", "telegram", "terminal"
	ID       string `json:"id,omitempty"`   // opaque; unique on the platform
	Name     string `json:"name,omitempty"` // as shown when they last acted
	// Key stands for the person in the log. The store makes it from Platform and ID and it does not tell either; it stays when a person asked
	// to be forgotten, and then Name and ID are empty. Empty in what is given to the store.
	Key string `json:"key,omitempty"`
}

// State is what an entry of the log does.
type State string

// The states of a revision. Approved and Hidden change what a space answers; the others do not.
const (
	Proposed State = "proposed" // waits for a second person
	Approved State = "approved" // is what the space answers; with an empty body, the shared set's own text is again
	Rejected State = "rejected" // the proposal named by Of will not be
	Hidden   State = "hidden"   // the space does not show the fact
)

// Revision is one entry of the append-only log.
type Revision struct {
	Seq    int64           `json:"seq"`    // place in the log, counting from 1 without gaps; the order of all spaces' changes
	Space  string          `json:"space"`  // "" is the shared set
	Fact   string          `json:"fact"`   // id of the fact, or SettingPrefix and the name of a setting, or ReviewPrefix and the id of a fact
	Number int             `json:"number"` // the fact's revision in its space, counting from 1: "r3"
	State  State           `json:"state"`
	Of     int64           `json:"of,omitzero"`     // of Rejected, and of Approved where it decides a proposal: the proposal's Seq; else 0
	Undoes int64           `json:"undoes,omitzero"` // the Seq of the entry this one takes back; else 0
	Body   json.RawMessage `json:"body,omitempty"`  // the whole content, see Content; empty for Rejected and Hidden
	By     Author          `json:"by"`
	Marked bool            `json:"marked,omitzero"` // a contributor's, or a member's suggestion: shown as such to who decides
	Reason string          `json:"reason,omitempty"`
	At     time.Time       `json:"at"`             // UTC, to the second
	Prev   string          `json:"prev,omitempty"` // hash of the entry before, "" for the first
	Hash   string          `json:"hash"`           // see Sum
}

// Prefixes of the Fact of entries that are not about a fact's text, but have history, audit and undo as facts do. No fact's id has a slash in it.
const (
	SettingPrefix = "setting/" // and the name of a setting of the space
	ReviewPrefix  = "review/"  // and the id of a fact that somebody reviewed; the value stands for the text they saw
)

// Content is a revision's body: a fact with the sources of its own that its quotes need, or the value of a setting or review.
type Content struct {
	Fact    *Fact     `json:"fact,omitempty"`
	Sources []*Source `json:"sources,omitempty"`
	Value   *string   `json:"value,omitempty"`
	Gap     int64     `json:"gap,omitempty"` // id of the unanswered question it is meant to answer
}

// Encode returns the content as a body.
func (c Content) Encode() (json.RawMessage, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(c); err != nil {
		return nil, fmt.Errorf("revision body: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// Content decodes the body; an empty body is an empty content.
func (r *Revision) Content() (Content, error) {
	var c Content
	if len(r.Body) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(r.Body, &c); err != nil {
		return c, fmt.Errorf("revision %d: %w", r.Seq, err)
	}
	if c.Fact != nil {
		c.Fact.Revision = r.Number
	}
	return c, nil
}

// Live reports whether the entry changes what its space answers.
func (r *Revision) Live() bool { return r.State == Approved || r.State == Hidden }

// Sum returns the entry's hash: SHA-256, in hexadecimal, over its fields (each with its length before it, so that no two entries read the same) and
// the hash of the entry before. The author counts by Key, so that a person can be forgotten without breaking the chain.
func (r *Revision) Sum() string {
	h := sha256.New()
	for _, field := range []string{
		strconv.FormatInt(r.Seq, 10), r.Space, r.Fact, strconv.Itoa(r.Number), string(r.State),
		strconv.FormatInt(r.Of, 10), strconv.FormatInt(r.Undoes, 10), string(r.Body), r.By.Key, strconv.FormatBool(r.Marked), r.Reason,
		r.At.UTC().Format(time.RFC3339), r.Prev,
	} {
		fmt.Fprintf(h, "%d:%s,", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Setting returns the name of the setting an entry changes, or "".
func (r *Revision) Setting() string { return after(r.Fact, SettingPrefix) }

// Reviews returns the id of the fact whose review an entry records, or "".
func (r *Revision) Reviews() string { return after(r.Fact, ReviewPrefix) }

func after(s, prefix string) string {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return ""
	}
	return rest
}

// Faults of the log and the rest of the store that callers tell apart.
var (
	// ErrChanged: somebody changed the fact since it was read. Nothing was written.
	ErrChanged = errors.New("the fact was changed since")
	// ErrDecided: the proposal was approved or rejected before. Nothing was written.
	ErrDecided = errors.New("the proposal is decided already")
	// ErrOwn: nobody approves their own proposal. Nothing was written.
	ErrOwn = errors.New("a proposal is approved by somebody else than its author")
	// ErrNotFound: there is no such entry.
	ErrNotFound = errors.New("not found")
	// ErrAway: the database cannot be reached, or does not answer in time. A change was not made, except where the connection broke just then.
	ErrAway = errors.New("the database is away")
)

// Entry is what a caller gives to be appended; the store adds order, number, time, author's key and hashes.
type Entry struct {
	Space, Fact string
	State       State
	Of, Undoes  int64
	Body        Content // ignored for Rejected and Hidden; empty for Approved means the shared set's own text
	By          Author
	Marked      bool
	Reason      string
	// Base is the Seq of the newest live entry (see Revision.Live) of the fact that the author had seen, 0 if there was none.
	Base int64
}
