// Package pictures draws messages as people see them on Discord and Telegram, as SVG, for the documentation. It reads what the adapters really sent
// (Discord's markdown, Telegram's HTML), so that a picture shows what is, and a test can tell when it no longer does. Nothing in it reaches those
// who run the bot: only tests import it.
package pictures

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
)

// Message is one that stands in a chat.
type Message struct {
	From    string // who wrote it
	Bot     bool
	Lines   []Line
	Buttons [][]Button
	Photo   []byte // PNG, under the text
	Private bool   // only who asked sees it
}

// Line is one of a message's, as long as it was sent; drawing breaks it. Without spans it is empty.
type Line struct {
	Spans []Span
	Quote bool // stands beside a rule
	Small bool
	Item  bool // of a list: further lines are set in
}

// Span is text in one style.
type Span struct {
	Text  string
	Style Style
}

// Style is how a text is set; styles add up.
type Style uint8

// The styles.
const (
	Bold Style = 1 << iota
	Italic
	Underline
	Link
	Mention
)

// Button is one under a message. Look is "", "primary" or "danger".
type Button struct{ Text, Look string }

// Plain is a text as lines without style.
func Plain(text string) []Line { return []Line{{Spans: []Span{{Text: text}}}} }

// text is a message's words, for those who do not see the picture.
func (m *Message) text() string {
	var b strings.Builder
	b.WriteString(m.From + ":\n")
	for _, l := range m.Lines {
		for _, s := range l.Spans {
			b.WriteString(s.Text)
		}
		b.WriteByte('\n')
	}
	for _, row := range m.Buttons {
		for _, button := range row {
			b.WriteString("[" + button.Text + "] ")
		}
	}
	return strings.TrimSpace(b.String())
}

// Texts are taken for wider than they are in the Go fonts, in percent, because viewers' letters may be: the widest in common use are DejaVu's.
const (
	wideness     = 112
	boldWideness = 120
)

// measurer tells how wide texts are. It is not safe for concurrent use.
type measurer struct{ regular, bold, italic font.Face }

const measuredAt = 100 // pixels

func newMeasurer() (*measurer, error) {
	m := &measurer{}
	for _, load := range []struct {
		to  *font.Face
		ttf []byte
	}{{&m.regular, goregular.TTF}, {&m.bold, gobold.TTF}, {&m.italic, goitalic.TTF}} {
		parsed, err := opentype.Parse(load.ttf)
		if err != nil {
			return nil, fmt.Errorf("parse a font: %w", err)
		}
		if *load.to, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: measuredAt, DPI: 72, Hinting: font.HintingNone}); err != nil {
			return nil, fmt.Errorf("measure a font: %w", err)
		}
	}
	return m, nil
}

// width is of a text, in thousandths of the size of its letters: whole numbers, which are the same on every machine.
func (m *measurer) width(s string, style Style) int {
	face, percent := m.regular, wideness
	switch {
	case style&(Bold|Mention) != 0:
		face, percent = m.bold, boldWideness
	case style&Italic != 0:
		face = m.italic
	}
	w := 0
	for _, r := range s {
		advance, ok := face.GlyphAdvance(r)
		if !ok {
			advance, _ = face.GlyphAdvance('m')
		}
		w += int(advance)
	}
	return w * 1000 / 64 / measuredAt * percent / 100
}

// wrap breaks spans into lines of at most limit thousandths, between words. A word that is longer than a line stands alone and is broken.
func (m *measurer) wrap(spans []Span, limit int) [][]Span {
	var lines [][]Span
	var line []Span
	used := 0
	add := func(word string, style Style) {
		if n := len(line); n > 0 && line[n-1].Style == style {
			line[n-1].Text += word
		} else {
			line = append(line, Span{word, style})
		}
		used += m.width(word, style)
	}
	end := func() {
		if n := len(line); n > 0 {
			line[n-1].Text = strings.TrimRight(line[n-1].Text, " ")
		}
		lines, line, used = append(lines, line), nil, 0
	}
	for _, word := range words(spans) {
		wide := 0
		for _, s := range word {
			wide += m.width(strings.TrimRight(s.Text, " "), s.Style)
		}
		if used > 0 && used+wide > limit {
			end()
		}
		for _, s := range word {
			for _, r := range s.Text {
				if used > 0 && r != ' ' && used+m.width(string(r), s.Style) > limit {
					end()
				}
				add(string(r), s.Style)
			}
		}
	}
	if len(line) > 0 || len(lines) == 0 {
		end()
	}
	return lines
}

// words cuts spans after each space; a word may go over several spans.
func words(spans []Span) [][]Span {
	var out [][]Span
	var word []Span
	for _, s := range spans {
		for part := range strings.SplitAfterSeq(s.Text, " ") {
			if part == "" {
				continue
			}
			word = append(word, Span{part, s.Style})
			if strings.HasSuffix(part, " ") {
				out, word = append(out, word), nil
			}
		}
	}
	if len(word) > 0 {
		out = append(out, word)
	}
	return out
}

// shown drops what has no place in a picture, nor in XML: control characters and what is not text.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || r != '\n' && unicode.IsControl(r) || r >= 0xfffe && r&0xfffe == 0xfffe || unicode.Is(unicode.Cs, r) {
			return -1
		}
		return r
	}, s)
}
