// Package card draws the picture of a daily post: a question, how firm its answer is, the answer, a source's words. It is kept plain on
// purpose: dark text on light paper, one thin line around it, and nothing to look at but the words.
package card

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Card is what stands on a picture, from top to bottom. Any part but the question and the answer may be empty. Each is set as one paragraph:
// line breaks count as spaces. What the letters at hand lack is replaced by what is near it (an "ḿ" by an "m") or left out.
type Card struct {
	Why      string // why this is posted today
	Question string
	Standing string // how firm the answer is; set in capitals above it
	Answer   string
	Quote    string // a source's words, with their quotation marks; the only part that may be cut
	Cite     string // who is quoted
	Footer   string
}

// MaxAlt is the most characters an alternative text has, which is what Discord takes for an attachment's description.
const MaxAlt = 1024

// maxPart is the most bytes a part may have before anything is measured. Much less fits the picture.
const maxPart = 4 << 10

// ErrLong says that a card's words do not fit the picture, even with its quote cut. Texts of the lengths that a fact may have do fit.
var ErrLong = errors.New("the words do not fit the picture")

// Draw returns the card as a PNG, Width pixels wide and between MinHeight and MaxHeight high, and the picture's alternative text: the card's
// words in reading order, at most MaxAlt characters, cut at a word. The same card always gives the same bytes. The text is set smaller the
// longer it is; where the smallest size is not enough the quote is cut, at a word and with an ellipsis, and nothing else ever is.
// Where even that is not enough the error is ErrLong; a card without a question or an answer to draw is an error too. It may be called
// concurrently.
func Draw(c Card) (picture []byte, alt string, err error) {
	for _, text := range c.texts() {
		if len(*text) > maxPart {
			return nil, "", fmt.Errorf("a part of %d bytes: %w", len(*text), ErrLong)
		}
		*text = tidy(*text)
	}
	alt = cut(join(c), MaxAlt)
	fonts, err := loadFonts()
	if err != nil {
		return nil, "", err
	}
	p, err := typeset(c, fonts)
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, p.paint()); err != nil { // the best compression takes five times as long to save a twentieth
		return nil, "", fmt.Errorf("encode a card: %w", err)
	}
	return out.Bytes(), alt, nil
}

// texts are the card's parts in reading order.
func (c *Card) texts() []*string {
	return []*string{&c.Why, &c.Question, &c.Standing, &c.Answer, &c.Quote, &c.Cite, &c.Footer}
}

// join puts the parts that there are on lines of their own.
func join(c Card) string {
	var lines []string
	for _, text := range c.texts() {
		if *text != "" {
			lines = append(lines, *text)
		}
	}
	return strings.Join(lines, "\n")
}

// tidy returns a text as one paragraph, without what no reader could see or hear. Spaces that hold words together stay.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(words(s), " ")
}

// words splits a text where a line may end: at spaces, but not at those that hold words together, as in "25 000".
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) && !isGlue(r) })
}

func isGlue(r rune) bool { return r == '\u00a0' || r == '\u202f' || r == '\u2007' }

// cut shortens a text to at most limit characters, at a word where it has more than one.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)[:limit] // one more than stays, which may be the space after the last whole word
	s = string(runes[:limit-1])
	if end := strings.LastIndexFunc(string(runes), unicode.IsSpace); end > 0 {
		s = string(runes)[:end]
	}
	return ended(s)
}

// ended closes a cut text with an ellipsis.
func ended(s string) string { return strings.TrimRight(s, " ,;:.—–-\n") + "…" }
