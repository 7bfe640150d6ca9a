package card

import (
	"errors"
	"image"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Bounds of the picture, in pixels. Both platforms show a picture of 1080 by 1920 whole on a phone.
const (
	Width     = 1080
	MinHeight = 1080
	MaxHeight = 1920
)

// Measures of the picture, in pixels.
const (
	frameInset = 36 // from the edge to the line around the text
	margin     = 88 // from the edge to the text
	indent     = 34 // of a quote, from the rule beside it
	thin       = 2  // of the line around the text
	ruleWidth  = 4  // of the rule beside a quote
)

// steps are the sizes that the answer is tried in, each with the height up to which it is taken: a short text is set large on a square, a long
// one smaller on a higher picture. On a phone that shows the picture 360 points wide, 36 pixels are 12 points.
var steps = []struct {
	size   float64
	height int
}{
	{56, MinHeight}, {48, MinHeight}, {44, 1350}, {40, 1620}, {38, MaxHeight}, {36, MaxHeight}, {34, MaxHeight}, {32, MaxHeight}, {30, MaxHeight},
}

// part is a text and how it is set. Measures are in sizes of the answer's letters.
type part struct {
	text   string
	font   *opentype.Font
	size   float64
	above  float64 // space before it, where it is not the first
	spread float64 // space after each letter, as capitals need
	quoted bool    // stands beside the rule
}

const leading = 1.38 // of a line, in sizes of its own letters

// parts returns the card's texts from top to bottom, each in the letters of its font. The last is the footer.
func (c *Card) parts(f fonts) []part {
	parts := []part{
		{text: c.Why, font: f.regular, size: 0.87},
		{text: c.Question, font: f.bold, size: 1.25, above: 0.7},
		{text: strings.ToUpper(c.Standing), font: f.bold, size: 0.87, above: 1, spread: 0.04},
		{text: c.Answer, font: f.regular, size: 1, above: 0.4},
		{text: c.Quote, font: f.italic, size: 1, above: 1, quoted: true},
		{text: c.Cite, font: f.regular, size: 0.87, above: 0.3, quoted: true},
		{text: c.Footer, font: f.regular, size: 0.8, above: 1.2},
	}
	for i := range parts {
		parts[i].text = drawable(parts[i].text, parts[i].font)
	}
	return parts
}

// line is a line of text, its baseline beginning at x, y.
type line struct {
	text   string
	face   font.Face
	spread fixed.Int26_6
	x, y   int
}

// page is a picture ready to be painted.
type page struct {
	height int
	lines  []line
	rule   image.Rectangle // beside the quote, empty if there is none
}

// typeset sets a card in the first step that it fits in, or in the last with its quote cut.
func typeset(c Card, f fonts) (*page, error) {
	parts := c.parts(f)
	quote := slices.IndexFunc(parts, func(p part) bool { return p.quoted })
	if c := parts; c[1].text == "" || c[3].text == "" {
		return nil, errors.New("a card needs a question and an answer")
	}
	for _, step := range steps {
		if p, err := set(parts, step.size, step.height); !errors.Is(err, ErrLong) {
			return p, err
		}
	}
	last, whole := steps[len(steps)-1], parts[quote].text
	shortened := func(n int) (*page, error) {
		parts[quote].text = shorten(whole, n)
		return set(parts, last.size, last.height)
	}
	tooMany := sort.Search(len(words(whole)), func(n int) bool {
		_, err := shortened(n)
		return err != nil
	})
	if tooMany <= 1 { // a quote of no words is none, and the card never loses its source
		return nil, ErrLong
	}
	return shortened(tooMany - 1)
}

// shorten returns a quote's first n words, with the ellipsis inside the quotation mark that closed it.
func shorten(quote string, n int) string {
	short := ended(strings.Join(words(quote)[:n], " "))
	if last, _ := utf8.DecodeLastRuneInString(quote); strings.ContainsRune("»”\"’", last) {
		short += string(last)
	}
	return short
}

// set sets the parts in a size, on a picture of at most a height, or returns ErrLong.
func set(parts []part, size float64, height int) (*page, error) {
	p := &page{}
	y := margin
	text := 0 // lines above the footer
	for i, part := range parts {
		if i == len(parts)-1 {
			text = len(p.lines)
		}
		if part.text == "" {
			continue
		}
		if len(p.lines) > 0 {
			y += int(part.above * size)
		}
		top := y
		lines, err := part.lines(size, &y)
		if err != nil {
			return nil, err
		}
		if y+margin > height {
			return nil, ErrLong
		}
		if part.quoted && p.rule.Empty() {
			p.rule = image.Rect(margin, top, margin+ruleWidth, y)
		}
		p.lines = append(p.lines, lines...)
	}
	p.height = max(y+margin, MinHeight)
	p.settle(text, p.height-margin-y)
	return p, nil
}

// settle uses the room that a short text leaves: the footer goes to the bottom, the lines above it a little higher than the middle.
func (p *page) settle(text, room int) {
	down := room * 2 / 5
	p.rule = p.rule.Add(image.Pt(0, down))
	for i := range p.lines {
		if i < text {
			p.lines[i].y += down
		} else {
			p.lines[i].y += room
		}
	}
}

// lines breaks a part into lines from y down and leaves y under the last.
func (p *part) lines(size float64, y *int) ([]line, error) {
	size *= p.size
	// Hinting would move letters to whole pixels, and make a text's width depend on more than its letters.
	face, err := opentype.NewFace(p.font, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, err
	}
	l := line{face: face, spread: fixed.Int26_6(p.spread * size * 64), x: margin}
	if p.quoted {
		l.x += indent
	}
	high, capital := int(leading*size), face.Metrics().CapHeight.Round()
	var lines []line
	for _, l.text = range l.wrap(p.text, fixed.I(Width-margin-l.x)) {
		l.y = *y + (high+capital)/2
		lines = append(lines, l)
		*y += high
	}
	return lines, nil
}

// width measures a text in the line's letters.
func (l *line) width(s string) (w fixed.Int26_6) {
	for _, r := range s {
		advance, _ := l.face.GlyphAdvance(r)
		w += advance + l.spread
	}
	return w
}

// wrap breaks a text into lines of at most a width, between words; a word that is wider than a line is broken where the line ends.
func (l *line) wrap(s string, limit fixed.Int26_6) (lines []string) {
	space := l.width(" ")
	var now []string
	var w fixed.Int26_6
	end := func() {
		if len(now) > 0 {
			lines = append(lines, strings.Join(now, " "))
		}
		now, w = nil, 0
	}
	for _, word := range words(s) {
		wide := l.width(word)
		if w > 0 && w+space+wide > limit {
			end()
		}
		for wide > limit {
			head, w := l.head(word, limit)
			lines = append(lines, word[:head])
			word, wide = word[head:], wide-w
		}
		if w > 0 {
			w += space
		}
		now, w = append(now, word), w+wide
	}
	end()
	return lines
}

// head returns how many bytes of a word fit a width, one letter at least, and how wide they are.
func (l *line) head(word string, limit fixed.Int26_6) (n int, w fixed.Int26_6) {
	for i, r := range word {
		more := l.width(string(r))
		if w+more > limit && i > 0 {
			return i, w
		}
		w += more
	}
	return len(word), w
}
