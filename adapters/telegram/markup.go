package telegram

import (
	"strings"
	"unicode"
	"unicode/utf16"
)

// piece is a bit of HTML that stands in one message, with what it takes of the message's limits.
type piece struct {
	html     strings.Builder
	units    int // UTF-16 units of the text that is seen
	entities int
	bytes    int // of the entities
}

// maxLink is how many bytes of an address are kept, of all that a message's entities may take.
const maxLink = 4000

// entityBytes is what an entity takes besides its address. Telegram tells no figure: refusals (ENTITIES_TOO_LONG) begin at about 9,500 bytes in all.
const entityBytes = 32

// text adds plain text.
func (p *piece) text(s string) {
	s = clean(s)
	p.units += units(s)
	p.html.WriteString(escape(s))
}

// tagged adds text in a tag that needs no attribute.
func (p *piece) tagged(tag, s string) {
	if s == "" {
		return
	}
	p.open(tag)
	p.text(s)
	p.close(tag)
}

func (p *piece) open(tag string) {
	p.html.WriteString("<" + tag + ">")
	p.entities++
	p.bytes += entityBytes
}

func (p *piece) close(tag string) { p.html.WriteString("</" + tag + ">") }

// link adds text that opens an address of the web, or the text alone for any other.
func (p *piece) link(s, address string) {
	address = clean(strings.ReplaceAll(address, "@", "%40"))
	if len(address) > maxLink { // the page still opens, if not at the passage
		address, _, _ = strings.Cut(address, "#")
	}
	if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") || len(address) > maxLink {
		p.text(s)
		return
	}
	p.html.WriteString(`<a href="` + escape(address) + `">`)
	p.text(s)
	p.html.WriteString("</a>")
	p.entities++
	p.bytes += entityBytes + len(address)
}

// escape makes text safe between HTML tags and in their attributes. These four are all that Telegram reads; it knows few other entities.
func escape(s string) string { return escaper.Replace(s) }

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// wordJoiner is seen as nothing, and stops Telegram from reading a mention.
const wordJoiner = '\u2060'

// clean takes out of a text what is not for reading: control characters, marks that turn the direction of writing, broken UTF-8; and keeps an
// "@name" in it from notifying whoever has that name.
func clean(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	at := false
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\n':
		case r == '\t':
			r = ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			continue
		}
		if at && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)) {
			b.WriteRune(wordJoiner)
		}
		at = r == '@'
		b.WriteRune(r)
	}
	return b.String()
}

// units is the length of a text as Telegram's limits and entity offsets count it.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r) // never -1: a range over a string gives no surrogates
	}
	return n
}

// chunks cuts a text into pieces of at most n units, at spaces where it can.
func chunks(s string, n int) []string {
	var out []string
	for units(s) > n {
		cut, space, used := 0, 0, 0
		for i, r := range s {
			if used += utf16.RuneLen(r); used > n {
				cut = i
				break
			}
			if r == ' ' || r == '\n' {
				space = i
			}
		}
		if space > cut/2 {
			cut = space
		}
		out = append(out, s[:cut])
		s = strings.TrimLeft(s[cut:], " \n")
	}
	return append(out, s)
}

// shorten cuts a text to at most n characters, and shows that it did.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	if n <= 1 {
		return ""
	}
	return strings.TrimRight(string(r[:n-1]), " ") + "…"
}
