package telegramtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Parsed is a message's HTML as Telegram reads it.
type Parsed struct {
	Text     string // what is seen
	Entities int
	Bytes    int // of the entities, addresses counted
	Links    []string
}

var (
	tag        = regexp.MustCompile(`^<(/?)([a-z0-9-]+)((?:\s[^<>]*)?)>`)
	href       = regexp.MustCompile(`^\s+href="([^"<>]*)"\s*$`)
	reference  = regexp.MustCompile(`^&(lt|gt|amp|quot);`)
	plainTags  = []string{"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "tg-spoiler", "blockquote", "a"}
	unescaper  = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&amp;", "&")
	mentioning = regexp.MustCompile(`(?:^|[^A-Za-z0-9_])@[A-Za-z0-9_]{3,}`)
)

// ParseHTML reads HTML with the tags that Telegram knows (Bot API, formatting options). It is stricter than Telegram: a bare & is an error.
func ParseHTML(s string) (Parsed, error) {
	var p Parsed
	var text strings.Builder
	var open []string
	for s != "" {
		switch s[0] {
		case '<':
			m := tag.FindStringSubmatch(s)
			if m == nil {
				return p, fmt.Errorf("unescaped < at %.20q", s)
			}
			s = s[len(m[0]):]
			if m[1] == "/" {
				if len(open) == 0 || open[len(open)-1] != m[2] {
					return p, fmt.Errorf("unexpected </%s>", m[2])
				}
				open = open[:len(open)-1]
				continue
			}
			if err := p.begin(m[2], m[3], open); err != nil {
				return p, err
			}
			open = append(open, m[2])
		case '&':
			m := reference.FindString(s)
			if m == "" {
				return p, fmt.Errorf("unescaped & at %.20q", s)
			}
			text.WriteString(unescaper.Replace(m))
			s = s[len(m):]
		case '>':
			return p, fmt.Errorf("unescaped > at %.20q", s)
		default:
			end := strings.IndexAny(s, "<>&")
			if end < 0 {
				end = len(s)
			}
			text.WriteString(s[:end])
			s = s[end:]
		}
	}
	if len(open) > 0 {
		return p, fmt.Errorf("<%s> is not closed", open[len(open)-1])
	}
	p.Text = text.String()
	return p, nil
}

func (p *Parsed) begin(name, attributes string, open []string) error {
	p.Entities++
	p.Bytes += 16
	switch {
	case !slices.Contains(plainTags, name):
		return fmt.Errorf("unsupported tag <%s>", name)
	case name == "blockquote" && slices.Contains(open, "blockquote"):
		return fmt.Errorf("a blockquote within another")
	case name == "blockquote" && strings.TrimSpace(attributes) == "expandable":
	case name == "a":
		m := href.FindStringSubmatch(attributes)
		if m == nil {
			return fmt.Errorf("a link without an address: %q", attributes)
		}
		address := unescaper.Replace(m[1])
		p.Links = append(p.Links, address)
		p.Bytes += len(address)
	case strings.TrimSpace(attributes) != "":
		return fmt.Errorf("attributes of <%s>: %q", name, attributes)
	}
	return nil
}

// Mentions returns what in a text would notify somebody.
func (p Parsed) Mentions() []string {
	out := mentioning.FindAllString(p.Text, -1)
	for _, l := range p.Links {
		if strings.HasPrefix(l, "tg:") {
			out = append(out, l)
		}
	}
	return out
}
