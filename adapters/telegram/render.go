package telegram

import (
	"slices"
	"strings"

	"testigo/bot"
)

// Limits of a message (Bot API, sendMessage: 1 to 4,096 characters after parsing; entities by practice, a little below where refusals begin).
const (
	maxUnits       = 4096
	maxEntities    = 90   // of 100; Telegram adds some by itself, for commands and addresses
	maxEntityBytes = 8500 // of about 9,500
	maxChunk       = 2500 // units of one block; a longer one is cut in two
	maxCite        = 400  // characters of who is quoted
	longQuote      = 300  // units from which on a quote can be folded
	maxParts       = 4    // messages of one reply
)

// drawn is a block, or a part of a long one, as HTML.
type drawn struct {
	piece
	kind  bot.BlockKind
	first bool // the first of its kind
}

// draw returns a reply's text as the HTML of at most parts messages; none if it has no blocks. What does not fit is left out from its end, and it says
// so: further quotes first, then documents, list items, positions. Heading, standing, answer and the first quote always stay.
func draw(r bot.Reply, parts int) []string {
	pieces := drawBlocks(r.Blocks)
	out := pack(pieces)
	if len(out) <= parts {
		return out
	}
	note := &drawn{kind: bot.Paragraph}
	note.tagged("i", say(r.Lang, "left_out"))
	for _, leave := range []func(*drawn) bool{
		func(d *drawn) bool { return d.kind == bot.Quote && !d.first },
		func(d *drawn) bool { return d.kind == bot.Document },
		func(d *drawn) bool { return d.kind == bot.Item },
		func(d *drawn) bool { return d.kind == bot.Position },
		func(d *drawn) bool { return d.kind == bot.Paragraph && !d.first },
		func(d *drawn) bool { return !d.first },
	} {
		for i := len(pieces) - 1; i >= 0; i-- {
			if !leave(pieces[i]) {
				continue
			}
			pieces = slices.Delete(pieces, i, i+1)
			if out = pack(append(slices.Clone(pieces), note)); len(out) <= parts {
				return out
			}
		}
	}
	return out[:parts] // the first block of each kind alone: not reached with blocks this short
}

func drawBlocks(blocks []bot.Block) []*drawn {
	var out []*drawn
	seen := map[bot.BlockKind]bool{}
	for _, b := range blocks {
		for i, text := range chunks(strings.TrimSpace(b.Text), maxChunk) {
			d := &drawn{kind: b.Kind, first: !seen[b.Kind]}
			seen[b.Kind] = true
			part := b
			part.Text = text
			part.Rendering = shorten(b.Rendering, max(0, maxChunk-units(text)))
			part.Cite = shorten(b.Cite, maxCite)
			if i > 0 {
				part.Rendering = ""
			}
			d.block(part)
			if d.units > 0 {
				out = append(out, d)
			}
		}
	}
	return out
}

func (d *drawn) block(b bot.Block) {
	switch b.Kind {
	case bot.Heading:
		d.tagged("b", b.Text)
	case bot.Standing:
		d.tagged("u", b.Text)
	case bot.Quote:
		d.quote(b)
	case bot.Position, bot.Item:
		d.text("• " + b.Text)
	case bot.Document:
		d.text("→ " + b.Text)
		if b.Link != "" {
			d.text(" · ")
			d.link(b.LinkText, b.Link)
		}
	case bot.Footer:
		d.tagged("i", b.Text)
	default:
		d.text(b.Text)
	}
}

// quote draws a source's words, our translation under them, who is quoted and the link.
func (d *drawn) quote(b bot.Block) {
	tag := "blockquote"
	if units(b.Text)+units(b.Rendering) > longQuote {
		tag += " expandable"
	}
	d.open(tag)
	d.text("“" + b.Text + "”")
	if b.Rendering != "" {
		d.text("\n")
		d.tagged("i", b.Label+":")
		d.text(" «" + b.Rendering + "»")
	}
	d.close("blockquote")
	d.text("\n— " + b.Cite)
	if b.Link != "" {
		d.text(" · ")
		d.link(b.LinkText, b.Link)
	}
}

// pack joins pieces to messages.
func pack(pieces []*drawn) []string {
	var out []string
	var message strings.Builder
	var took piece
	var last *drawn
	for _, d := range pieces {
		between := gap(last, d)
		if last != nil && (took.units+len(between)+d.units > maxUnits || took.entities+d.entities > maxEntities || took.bytes+d.bytes > maxEntityBytes) {
			out = append(out, message.String())
			message.Reset()
			took, between = piece{}, ""
		}
		message.WriteString(between + d.html.String())
		took.units += len(between) + d.units
		took.entities += d.entities
		took.bytes += d.bytes
		last = d
	}
	if message.Len() > 0 {
		out = append(out, message.String())
	}
	return out
}

// gap is what stands between two blocks: a list and what belongs together stand close.
func gap(last, next *drawn) string {
	switch {
	case last == nil:
		return ""
	case next.kind == bot.Standing, next.kind == bot.Document, next.kind == bot.Item, next.kind == bot.Quote && last.kind == bot.Position:
		return "\n"
	}
	return "\n\n"
}
