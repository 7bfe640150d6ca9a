package pictures

import (
	"fmt"
	"regexp"
	"strings"
)

// FromDiscord reads a message's content: what of Discord's markdown the adapter writes. Everything else stands as it was sent, so that a mistake
// in the content shows.
func FromDiscord(content string) []Line {
	var lines []Line
	for raw := range strings.SplitSeq(content, "\n") {
		var l Line
		if rest, ok := strings.CutPrefix(raw, "> "); ok {
			l.Quote, raw = true, rest
		}
		if rest, ok := strings.CutPrefix(raw, "-# "); ok {
			l.Small, raw = true, rest
		}
		if rest, ok := strings.CutPrefix(raw, "- "); ok {
			l.Item, raw = true, "• "+rest
		}
		l.Spans = discordSpans(raw)
		lines = append(lines, l)
	}
	return lines
}

var (
	linkTo  = regexp.MustCompile(`^\[((?:\\.|[^\]\\])*)\]\(<[^<>]*>\)`)
	address = regexp.MustCompile(`^<(https?://[^<>\s]*)>`)
)

func discordSpans(raw string) []Span {
	var w spanWriter
	for raw != "" {
		switch {
		case raw[0] == '\\' && len(raw) > 1:
			w.add(raw[1:2])
			raw = raw[2:]
		case strings.HasPrefix(raw, "**"):
			w.style ^= Bold
			raw = raw[2:]
		case linkTo.MatchString(raw):
			m := linkTo.FindStringSubmatch(raw)
			w.style |= Link
			for _, s := range discordSpans(m[1]) {
				w.add(s.Text)
			}
			w.style &^= Link
			raw = raw[len(m[0]):]
		case address.MatchString(raw):
			m := address.FindStringSubmatch(raw)
			w.style |= Link
			w.add(m[1])
			w.style &^= Link
			raw = raw[len(m[0]):]
		default:
			end := strings.IndexAny(raw[1:], `\*[<`) + 1
			if end == 0 {
				end = len(raw)
			}
			w.add(raw[:end])
			raw = raw[end:]
		}
	}
	return w.spans
}

// FromTelegram reads a message's HTML. What Telegram would not take is an error.
func FromTelegram(html string) ([]Line, error) {
	var lines []Line
	var w spanWriter
	quote := false
	end := func() {
		lines = append(lines, Line{Spans: w.spans, Quote: quote})
		w.spans = nil
	}
	for html != "" {
		switch html[0] {
		case '\n':
			end()
			html = html[1:]
		case '<':
			tag, rest, ok := strings.Cut(html[1:], ">")
			name, _, _ := strings.Cut(strings.TrimPrefix(tag, "/"), " ")
			style, known := tagStyles[name]
			switch {
			case !ok, !known && name != "blockquote":
				return nil, fmt.Errorf("no tag of Telegram's: %.40q", html)
			case !known: // a quote stands on lines of its own
				if quote != (tag[0] == '/') {
					return nil, fmt.Errorf("a quote that is open or closed already: %.40q", html)
				}
				if len(w.spans) > 0 {
					end()
				}
				if quote = !quote; !quote {
					rest = strings.TrimPrefix(rest, "\n")
				}
			case tag[0] == '/':
				w.style &^= style
			default:
				w.style |= style
			}
			html = rest
		default:
			text := html
			if i := strings.IndexAny(html, "<\n"); i >= 0 {
				text = html[:i]
			}
			w.add(entities.Replace(text))
			html = html[len(text):]
		}
	}
	if len(w.spans) > 0 {
		end()
	}
	return lines, nil
}

var (
	tagStyles = map[string]Style{"b": Bold, "i": Italic, "u": Underline, "a": Link}
	entities  = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&amp;", "&")
)

// spanWriter gathers text in the style of the moment.
type spanWriter struct {
	spans []Span
	style Style
}

func (w *spanWriter) add(text string) {
	if n := len(w.spans); n > 0 && w.spans[n-1].Style == w.style {
		w.spans[n-1].Text += text
		return
	}
	if text != "" {
		w.spans = append(w.spans, Span{text, w.style})
	}
}
