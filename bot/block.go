package bot

// BlockKind says what a block is, so that adapters can draw it in their own way.
type BlockKind int

// The kinds of blocks. An adapter that must shorten a reply leaves out quotes after the first, never what stands before them.
const (
	Heading   BlockKind = iota // the question that is answered
	Standing                   // how firm the answer is; always the line after the heading
	Paragraph                  // a sentence or more
	Quote                      // a source's own words
	Position                   // who says what, of a contested fact
	Item                       // a line of a list
	Document                   // a document to read, of a pointer or a position
	Footer                     // id, date
)

var kindNames = [...]string{"heading", "standing", "paragraph", "quote", "position", "item", "document", "footer"}

// String names the kind, for scripts.
func (k BlockKind) String() string { return kindNames[k] }

// Block is one piece of a reply.
type Block struct {
	Kind BlockKind
	Text string

	// Of a Quote: the words stand in Text, in the source's language.
	Rendering string // our translation, "" if none; always shown under the original and labelled
	Label     string // the label of the rendering
	Cite      string // who is quoted
	Link      string // opens the source at the quote; of a Document, its address
	LinkText  string // what to call the link
}
