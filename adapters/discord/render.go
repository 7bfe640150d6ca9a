package discord

import (
	"slices"
	"strings"
	"unicode"

	"testigo/bot"
)

// drawn is a reply as Discord's messages.
type drawn struct {
	texts   []string // each at most maxContent units
	choices []bot.Choice
	file    *bot.File
}

// mostTexts is in how many messages a reply may stand; a longer one goes into a file. An application that a person, not a server, installed may
// follow up an interaction five times (docs.discord.com, "Receiving and Responding").
const mostTexts = 5

// draw turns a reply into messages: one for an answer if that holds it, its further quotes left out where they do not fit and behind "All sources"
// then; as many as it takes for everything else, and for an answer that was asked for with all its quotes.
func draw(r bot.Reply, whole bool) drawn {
	d := drawn{choices: r.Choices, file: r.File}
	kept := lines(r.Blocks)
	if r.Answered != "" && !whole {
		kept, d.texts = fit(kept)
		if len(kept) < len(r.Blocks) {
			d.choices = withAllSources(d.choices, r)
		}
	} else {
		d.texts = split(kept)
	}
	if len(d.texts) > mostTexts && d.file == nil {
		d.file = &bot.File{Name: "testigo.txt", Data: []byte(plainText(kept))}
		d.texts = append(d.texts[:1], escape(word(r.Lang, "rest_in_file")))
	}
	return d
}

// line is a block as it is drawn, which is done once: to try what fits would else draw an answer a dozen times.
type line struct {
	*bot.Block
	text string
	size int // of text, in units
}

func lines(blocks []bot.Block) []line {
	out := make([]line, len(blocks))
	for i := range blocks {
		text := block(&blocks[i])
		out[i] = line{&blocks[i], text, units(text)}
	}
	return out
}

// fit leaves out quotes and documents until the lines fit into one message, or, where even the answer and the positions alone do not, into as few as
// hold these. The longest goes first, so that few go and the short words of a court or an accused person stay; the first quote never goes. It returns
// what is left, and that as messages.
func fit(all []line) (kept []line, texts []string) {
	for most := 1; ; most++ {
		kept = slices.Clone(all)
		for i := 0; i >= 0; i = longestLeavable(kept) {
			if i > 0 {
				kept = slices.Delete(kept, i, i+1)
			}
			if most == 1 && sizeOf(kept) > maxContent+1 { // more than one, less a line's end where it begins: no need to make them
				continue
			}
			if texts = split(kept); len(texts) <= most {
				return kept, texts
			}
		}
	}
}

// sizeOf is the size of lines without what separates them.
func sizeOf(lines []line) (size int) {
	for _, l := range lines {
		size += l.size
	}
	return size
}

// longestLeavable is the index of the longest quote or document after the first quote, -1 if there is none.
func longestLeavable(lines []line) int {
	first := slices.IndexFunc(lines, line.isQuote)
	longest, size := -1, 0
	for i, l := range lines {
		if first >= 0 && i > first && l.isLeavable() && l.size > size {
			longest, size = i, l.size
		}
	}
	return longest
}

func (l line) isQuote() bool    { return l.Kind == bot.Quote }
func (l line) isLeavable() bool { return l.Kind == bot.Quote || l.Kind == bot.Document }

func withAllSources(choices []bot.Choice, r bot.Reply) []bot.Choice {
	command := "/fact " + r.Answered + " all"
	if slices.ContainsFunc(choices, func(c bot.Choice) bool { return c.Command == command }) {
		return choices
	}
	return append(slices.Clone(choices), bot.Choice{Label: word(r.Lang, "all_sources"), Command: command})
}

// isWhole reports whether a message asks for a fact with all its quotes, as the button "All sources" does.
func isWhole(text string) bool {
	f := strings.Fields(text)
	return len(f) == 3 && (f[0] == "/fact" || f[0] == "/dato") && (f[2] == "all" || f[2] == "todo")
}

func block(b *bot.Block) string {
	switch b.Kind {
	case bot.Heading:
		return "**" + oneLine(b.Text) + "**"
	case bot.Quote:
		text := "> “" + quoted(b.Text) + "”"
		if b.Rendering != "" {
			text += "\n> " + escape(b.Label) + ": «" + quoted(b.Rendering) + "»"
		}
		text += "\n> — " + oneLine(b.Cite)
		if b.Link != "" {
			text += " · " + link(b.LinkText, b.Link)
		}
		return text
	case bot.Position:
		return "• " + oneLine(b.Text)
	case bot.Item:
		return "- " + oneLine(b.Text)
	case bot.Document:
		if b.Link == "" {
			return "- " + oneLine(b.Text)
		}
		return "- " + oneLine(b.Text) + " · " + link(b.LinkText, b.Link)
	case bot.Footer:
		return "-# " + oneLine(b.Text)
	}
	return escape(b.Text)
}

// oneLine escapes a text that must stay on its line. It stands after something else, so nothing in it begins a line.
func oneLine(s string) string {
	if !isOneLine(s) {
		s = strings.Join(strings.Fields(s), " ")
	}
	return escape(s)
}

// isOneLine reports whether the only blanks of a text are single spaces between words, as nearly always.
func isOneLine(s string) bool {
	last := ' '
	for _, r := range s {
		if unicode.IsSpace(r) && (r != ' ' || last == ' ') {
			return false
		}
		last = r
	}
	return s == "" || last != ' '
}

func quoted(s string) string { return strings.ReplaceAll(escape(s), "\n", "\n> ") }

// split puts lines into as few messages as hold them, in order, and breaks only a line that is longer than a message. A position stays with what
// comes under it.
func split(lines []line) (out []string) {
	var parts []string // of the message at hand, a line each
	size := 0          // of that message
	end := func() {
		if size > 0 {
			out = append(out, strings.Join(parts, "\n"))
		}
		parts, size = parts[:0], 0
	}
	for i := 0; i < len(lines); {
		group := lines[i : i+together(lines[i:])]
		need := 0
		for _, l := range group {
			need += 1 + l.size
		}
		apart := i > 0 && lines[i].isQuote() && lines[i-1].isQuote() // quotes that touch would read as one
		if apart {
			need++
		}
		if size+need > maxContent {
			end()
		}
		switch {
		case size == 0:
			text := strings.TrimPrefix(group[0].text, "\n")
			for units(text) > maxContent {
				head := breakable(text)
				out = append(out, head)
				text = strings.TrimLeft(text[len(head):], " \n")
			}
			parts, size = append(parts[:0], text), units(text)
			group = group[1:]
			i++
		case apart:
			parts, size = append(parts, ""), size+1
		}
		for _, l := range group {
			parts, size = append(parts, l.text), size+1+l.size
			i++
		}
	}
	end()
	return out
}

// together is how many of the first lines stay together: two, where the second is what a position rests on and a message holds both.
func together(lines []line) int {
	if len(lines) > 1 && lines[0].Kind == bot.Position && lines[1].isLeavable() && lines[0].size+1+lines[1].size <= maxContent {
		return 2
	}
	return 1
}

// breakable is the beginning of a text that a message can hold, up to a line's or a word's end where there is one in its second half.
func breakable(text string) string {
	head := cut(text, maxContent)
	for _, sep := range []string{"\n", " "} {
		if i := strings.LastIndex(head, sep); i > len(head)/2 {
			return head[:i]
		}
	}
	// Never between a backslash and what it escapes.
	if n := len(head) - len(strings.TrimRight(head, `\`)); n%2 == 1 {
		return head[:len(head)-1]
	}
	return head
}

// plainText is a reply as a text file.
func plainText(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		for _, s := range []string{visible(l.Text), visible(l.Rendering), l.Cite, l.Link} {
			if s != "" {
				b.WriteString(s + "\n")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
