package discord

import (
	"slices"
	"strings"

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
	blocks := r.Blocks
	if r.Answered != "" && !whole {
		shorter := fit(blocks)
		if len(shorter) < len(blocks) {
			blocks = shorter
			d.choices = withAllSources(d.choices, r)
		}
	}
	d.texts = split(blocks)
	if len(d.texts) > mostTexts && d.file == nil {
		d.file = &bot.File{Name: "testigo.txt", Data: []byte(plainText(blocks))}
		d.texts = append(d.texts[:1], escape(word(r.Lang, "rest_in_file")))
	}
	return d
}

// fit leaves out quotes and documents until the blocks fit into one message, or, where even the answer and the positions alone do not, into as few as
// hold these. The longest goes first, so that few go and the short words of a court or an accused person stay; the first quote never goes.
func fit(blocks []bot.Block) []bot.Block {
	for most := 1; ; most++ {
		kept := slices.Clone(blocks)
		for len(split(kept)) > most {
			i := longestLeavable(kept)
			if i < 0 {
				break
			}
			kept = slices.Delete(kept, i, i+1)
		}
		if len(split(kept)) <= most {
			return kept
		}
	}
}

// longestLeavable is the index of the longest quote or document after the first quote, -1 if there is none.
func longestLeavable(blocks []bot.Block) int {
	first := slices.IndexFunc(blocks, isQuote)
	longest, size := -1, 0
	for i, b := range blocks {
		if n := units(block(b)); first >= 0 && i > first && (b.Kind == bot.Quote || b.Kind == bot.Document) && n > size {
			longest, size = i, n
		}
	}
	return longest
}

func isQuote(b bot.Block) bool { return b.Kind == bot.Quote }

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

// lines draws blocks, each with what separates it from the one before.
func lines(blocks []bot.Block) []string {
	var out []string
	for i, b := range blocks {
		text := block(b)
		// Quotes that touch would read as one.
		if i > 0 && b.Kind == bot.Quote && blocks[i-1].Kind == bot.Quote {
			text = "\n" + text
		}
		out = append(out, text)
	}
	return out
}

func block(b bot.Block) string {
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
func oneLine(s string) string { return escape(strings.Join(strings.Fields(s), " ")) }

func quoted(s string) string { return strings.ReplaceAll(escape(s), "\n", "\n> ") }

// split puts blocks into as few messages as hold them, in order, and breaks only a block that is longer than a message. A position stays with what
// comes under it.
func split(blocks []bot.Block) []string {
	var pieces []string
	for i, line := range lines(blocks) {
		if under := blocks[i].Kind == bot.Quote || blocks[i].Kind == bot.Document; i > 0 && under && blocks[i-1].Kind == bot.Position && units(pieces[len(pieces)-1])+1+units(line) <= maxContent {
			pieces[len(pieces)-1] += "\n" + line
			continue
		}
		pieces = append(pieces, line)
	}
	var out []string
	text := ""
	for _, line := range pieces {
		if text != "" && units(text)+1+units(line) <= maxContent {
			text += "\n" + line
			continue
		}
		if text != "" {
			out = append(out, text)
		}
		for text = strings.TrimPrefix(line, "\n"); units(text) > maxContent; {
			head := breakable(text)
			out = append(out, head)
			text = strings.TrimLeft(text[len(head):], " \n")
		}
	}
	if text != "" {
		out = append(out, text)
	}
	return out
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
func plainText(blocks []bot.Block) string {
	var b strings.Builder
	for _, block := range blocks {
		for _, s := range []string{visible(block.Text), visible(block.Rendering), block.Cite, block.Link} {
			if s != "" {
				b.WriteString(s + "\n")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
