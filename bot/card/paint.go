package card

import (
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// The picture's two colours. It is opaque, so that it reads the same on a light screen and on a dark one.
var (
	paper = color.RGBA{0xf1, 0xef, 0xea, 0xff}
	ink   = color.RGBA{0x1c, 0x1b, 0x1a, 0xff}
)

// shades is how many colours the picture has, from paper to ink: as many as a PNG keeps in half a byte. lineShade is the one of lines.
const (
	shades    = 16
	lineShade = 6
)

func palette() color.Palette {
	p := make(color.Palette, shades)
	for i := range p {
		mix := func(from, to uint8) uint8 { return uint8((int(from)*(shades-1-i) + int(to)*i) / (shades - 1)) }
		p[i] = color.RGBA{mix(paper.R, ink.R), mix(paper.G, ink.G), mix(paper.B, ink.B), 0xff}
	}
	return p
}

// paint draws a page.
func (p *page) paint() *image.Paletted {
	cover := image.NewAlpha(image.Rect(0, 0, Width, p.height)) // how much ink is where
	p.paintLines(cover)
	for _, l := range p.lines {
		l.paint(cover)
	}
	for i, a := range cover.Pix {
		cover.Pix[i] = a / (256 / shades)
	}
	return &image.Paletted{Pix: cover.Pix, Stride: cover.Stride, Rect: cover.Rect, Palette: palette()}
}

// paintLines draws the line around the text and the rule beside the quote.
func (p *page) paintLines(cover *image.Alpha) {
	grey := image.NewUniform(color.Alpha{lineShade * (256 / shades)})
	outer := cover.Rect.Inset(frameInset)
	inner := outer.Inset(thin)
	for _, r := range []image.Rectangle{
		{outer.Min, image.Pt(outer.Max.X, inner.Min.Y)},
		{image.Pt(outer.Min.X, inner.Max.Y), outer.Max},
		{outer.Min, image.Pt(inner.Min.X, outer.Max.Y)},
		{image.Pt(inner.Max.X, outer.Min.Y), outer.Max},
		p.rule,
	} {
		draw.Draw(cover, r, grey, image.Point{}, draw.Src)
	}
}

func (l *line) paint(cover *image.Alpha) {
	drawer := font.Drawer{Dst: cover, Src: image.Opaque, Face: l.face, Dot: fixed.P(l.x, l.y)}
	for _, r := range l.text {
		drawer.DrawString(string(r))
		drawer.Dot.X += l.spread
	}
}
