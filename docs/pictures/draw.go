package pictures

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
)

// Platform is how messages look somewhere.
type Platform struct {
	width   int
	size    int // of letters, in pixels
	bubbles bool
	colours string // CSS
}

// Discord is a channel on a computer, Telegram a chat on a telephone.
var (
	Discord = Platform{width: 760, size: 15, colours: ".bg{fill:#fff}.t{fill:#2e3338}.n{fill:#060607}.s{fill:#4e5058}.l{fill:#0057b8}.m{fill:#3c45a5}.r{fill:#b5bac1}" +
		".b{fill:#e3e5e8}.bt{fill:#2e3338}.p{fill:#4752c4}.d{fill:#b3282d}.w{fill:#fff}"}
	Telegram = Platform{width: 400, size: 15, bubbles: true, colours: ".bg{fill:#d5dfe6}.o{fill:#fff}.me{fill:#e2f7cb}.t{fill:#111}.n{fill:#205f8c}.s{fill:#4e5058}.l{fill:#0b5c9e}.m{fill:#0b5c9e}.r{fill:#3a7fb0}" +
		".b{fill:#f4f8fa}.bt{fill:#14506f}.p{fill:#1f6a99}.d{fill:#b3282d}.w{fill:#fff}"}
)

// Draw returns messages as an SVG with a title and, for those who do not see it, all its words. The same messages give the same bytes.
func Draw(p *Platform, title string, messages []Message) (string, error) {
	m, err := newMeasurer()
	if err != nil {
		return "", err
	}
	d := &drawing{Platform: p, measure: m, y: pad}
	var words []string
	for i := range messages {
		if err := d.message(&messages[i]); err != nil {
			return "", err
		}
		words = append(words, messages[i].text())
	}
	height := d.y
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img" aria-labelledby="title desc">
<title id="title">%[3]s</title>
<desc id="desc">%[4]s</desc>
<style>text{font-size:%[5]dpx;font-family:%[6]s;white-space:pre}.B{font-weight:700}.I{font-style:italic}.U,.l{text-decoration:underline}.sm{font-size:%[7]dpx}%[8]s</style>
<rect class="bg" width="%[1]d" height="%[2]d" rx="8"/>
%[9]s</svg>
`, p.width, height, escape(title), escape(strings.Join(words, "\n\n")), p.size, fonts, p.size-2, p.colours, d.out.String()), nil
}

// fonts are those that the platforms use themselves, as far as viewers have them.
const fonts = `-apple-system,'Segoe UI',Roboto,'Noto Sans',Ubuntu,'Helvetica Neue',Arial,'Liberation Sans',sans-serif`

// Measures in pixels.
const (
	pad        = 16
	face       = 40 // the round before a name on Discord
	quoteIn    = 14 // of a quote, from the rule
	itemIn     = 12 // of a list's further lines
	buttonHigh = 34
	buttonGap  = 6
)

// drawing is an SVG in the making. y is where what comes next begins.
type drawing struct {
	*Platform
	measure *measurer
	out     strings.Builder
	y       int
}

func (d *drawing) lineHigh() int { return d.size * 3 / 2 }

func (d *drawing) message(m *Message) error {
	x, wide := pad, d.width-2*pad
	if d.bubbles {
		return d.bubble(m, x, wide)
	}
	d.printf(`<circle class="%s" cx="%d" cy="%d" r="%d"/>`+"\n", map[bool]string{true: "p", false: "r"}[m.Bot], x+face/2, d.y+face/2, face/2)
	d.printf(`<text class="%s B" x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", map[bool]string{true: "w", false: "n"}[m.Bot], x+face/2, d.y+face/2+5, escape(initial(m.From)))
	x, wide = x+face+pad, wide-face-pad
	name := []Span{{m.From, Bold}}
	d.line(x, name, "n", "")
	if m.Bot {
		at := x + d.px(d.measure.width(m.From, Bold)) + 8
		d.printf(`<rect class="p" x="%d" y="%d" width="38" height="16" rx="4"/><text class="w B sm" x="%d" y="%d" text-anchor="middle" textLength="28" lengthAdjust="spacingAndGlyphs">APP</text>`+"\n",
			at, d.y+3, at+19, d.y+16)
	}
	d.y += d.lineHigh()
	d.lines(m.Lines, x, wide)
	if err := d.photo(m.Photo, x, wide); err != nil {
		return err
	}
	d.buttons(m.Buttons, x, wide)
	if m.Private {
		d.line(x, []Span{{privately, 0}}, "s", "sm")
		d.y += d.lineHigh()
	}
	d.y += pad
	return nil
}

// privately is what Discord says under a message that one person sees.
const privately = "Only you can see this"

// bubble draws a message as Telegram does: what was written oneself at the right.
func (d *drawing) bubble(m *Message, x, wide int) error {
	class, top := "o", d.y
	if !m.Bot {
		class = "me"
		longest := 0
		for _, l := range m.Lines {
			for _, line := range d.measure.wrap(l.Spans, d.limit(wide*3/4-24)) {
				n := 0
				for _, s := range line {
					n += d.measure.width(s.Text, s.Style)
				}
				longest = max(longest, d.px(n))
			}
		}
		x, wide = x+wide-longest-24, longest+24
	}
	before := d.out.String()
	d.out.Reset()
	d.y += 8
	d.lines(m.Lines, x+12, wide-24)
	if err := d.photo(m.Photo, x+12, wide-24); err != nil {
		return err
	}
	d.y += 8
	inside := d.out.String()
	d.out.Reset()
	d.out.WriteString(before)
	d.printf(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="12"/>`+"\n", class, x, top, wide, d.y-top)
	d.out.WriteString(inside)
	d.buttons(m.Buttons, x, wide)
	d.y += 10
	return nil
}

// lines draws a message's lines; those of a quote stand beside one rule.
func (d *drawing) lines(lines []Line, x, wide int) {
	for i := 0; i < len(lines); {
		l := lines[i]
		if len(l.Spans) == 0 {
			d.y += d.lineHigh() / 2
			i++
			continue
		}
		if !l.Quote {
			d.paragraph(l, x, wide)
			i++
			continue
		}
		top := d.y
		for ; i < len(lines) && lines[i].Quote; i++ {
			d.paragraph(lines[i], x+quoteIn, wide-quoteIn)
		}
		d.printf(`<rect class="r" x="%d" y="%d" width="4" height="%d" rx="2"/>`+"\n", x, top+2, d.y-top-2)
	}
}

func (d *drawing) paragraph(l Line, x, wide int) {
	class, size, in := "t", "", 0
	if l.Small {
		class, size = "s", "sm"
	}
	if l.Item {
		in = itemIn
	}
	for i, line := range d.measure.wrap(l.Spans, d.limit(wide-in)) {
		at := x
		if i > 0 {
			at += in
		}
		d.line(at, line, class, size)
		d.y += d.lineHigh()
	}
}

// line draws one line of text. Its spans follow each other however wide the viewer's letters are.
func (d *drawing) line(x int, spans []Span, class, size string) {
	d.printf(`<text class="%s" x="%d" y="%d">`, strings.TrimSpace(class+" "+size), x, d.y+d.size)
	for _, s := range spans {
		if classes := s.Style.classes(); classes != "" {
			d.printf(`<tspan class="%s">%s</tspan>`, classes, escape(s.Text))
		} else {
			d.printf("%s", escape(s.Text))
		}
	}
	d.printf("</text>\n")
}

func (s Style) classes() string {
	var out []string
	for _, c := range []struct {
		style Style
		class string
	}{{Bold, "B"}, {Italic, "I"}, {Underline, "U"}, {Link, "l"}, {Mention, "m B"}} {
		if s&c.style != 0 {
			out = append(out, c.class)
		}
	}
	return strings.Join(out, " ")
}

// buttons draws rows: on Telegram as wide as the message, each button its share; on Discord as wide as their words, and on as many rows as it takes.
func (d *drawing) buttons(rows [][]Button, x, wide int) {
	for _, row := range rows {
		d.y += buttonGap
		at := x
		for _, b := range row {
			w := (wide - buttonGap*(len(row)-1)) / len(row)
			if !d.bubbles {
				w = min(wide, d.px(d.measure.width(b.Text, 0))+28)
				if at > x && at+w > x+wide {
					at, d.y = x, d.y+buttonHigh+buttonGap
				}
			}
			d.button(b, at, w)
			at += w + buttonGap
		}
		d.y += buttonHigh
	}
	if len(rows) > 0 {
		d.y += buttonGap
	}
}

func (d *drawing) button(b Button, x, wide int) {
	box, text := "b", "bt"
	switch b.Look {
	case "primary":
		box, text = "p", "w"
	case "danger":
		box, text = "d", "w"
	}
	label := b.Text
	for runes := []rune(label); d.px(d.measure.width(label, 0)) > wide-16 && len(runes) > 1; { // as clients do with a label that is too long
		runes = runes[:len(runes)-1]
		label = strings.TrimRight(string(runes), " …") + "…"
	}
	d.printf(`<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="8"/><text class="%s" x="%d" y="%d" text-anchor="middle">%s</text>`+"\n",
		box, x, d.y, wide, buttonHigh, text, x+wide/2, d.y+buttonHigh/2+5, escape(label))
}

// photo draws a PNG as wide as there is room.
func (d *drawing) photo(data []byte, x, wide int) error {
	if len(data) == 0 {
		return nil
	}
	small, width, height, err := reduce(data)
	if err != nil {
		return err
	}
	shown := min(wide, width)
	high := height * shown / width
	d.printf(`<image x="%d" y="%d" width="%d" height="%d" href="data:image/png;base64,%s"/>`+"\n", x, d.y+4, shown, high, base64.StdEncoding.EncodeToString(small))
	d.y += high + 8
	return nil
}

// reduced is how many times smaller a photo is drawn into a picture, so that the picture stays small.
const reduced = 3

// reduce returns a photo in grey and a third of its size, each dot the mean of nine, as a PNG.
func reduce(data []byte) (small []byte, width, height int, err error) {
	from, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("a photo: %w", err)
	}
	const shades = 8
	var palette color.Palette
	for i := range shades {
		palette = append(palette, color.Gray{uint8(i * 255 / (shades - 1))})
	}
	b := from.Bounds()
	to := image.NewPaletted(image.Rect(0, 0, b.Dx()/reduced, b.Dy()/reduced), palette)
	for y := range to.Rect.Max.Y {
		for x := range to.Rect.Max.X {
			sum := 0
			for i := range reduced * reduced {
				sum += int(color.GrayModel.Convert(from.At(b.Min.X+x*reduced+i%reduced, b.Min.Y+y*reduced+i/reduced)).(color.Gray).Y)
			}
			to.SetColorIndex(x, y, uint8(min(shades-1, (sum/(reduced*reduced)*(shades-1)+127)/255)))
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, to); err != nil {
		return nil, 0, 0, fmt.Errorf("a photo: %w", err)
	}
	return out.Bytes(), to.Rect.Max.X, to.Rect.Max.Y, nil
}

// px is a measured width in pixels, limit the other way round.
func (d *drawing) px(thousandths int) int    { return thousandths * d.size / 1000 }
func (d *drawing) limit(pixels int) int      { return pixels * 1000 / d.size }
func (d *drawing) printf(f string, a ...any) { fmt.Fprintf(&d.out, f, a...) }

func initial(name string) string {
	for _, r := range name {
		return strings.ToUpper(string(r))
	}
	return ""
}

// escape makes a text safe in XML.
func escape(s string) string { return xmlEscapes.Replace(shown(strings.ToValidUTF8(s, ""))) }

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
