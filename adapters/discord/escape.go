package discord

import (
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxContent is how much of text a message of a bot holds (docs.discord.com, "Create Message"). Whether Discord counts characters or the units
// of UTF-16, as its client does, a text of so many units is within.
const maxContent = 2000

// units is a text's length in units of UTF-16.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

var address = regexp.MustCompile(`https?://[^\s<>"“”«»]+`)

// escape makes a text show as it is: no markdown, no mention, no preview, nothing invisible. Addresses stay addresses.
func escape(s string) string {
	s = visible(s)
	var b strings.Builder
	b.Grow(len(s) + len(s)/16 + 8) // most texts have few characters to escape
	for s != "" {
		at := address.FindStringIndex(s)
		if at == nil {
			markdown(&b, s)
			break
		}
		markdown(&b, s[:at[0]])
		found := strings.TrimRight(s[at[0]:at[1]], ".,;:!?)]}'*_~`|\\")
		b.WriteString("<" + found + ">")
		s = s[at[0]+len(found):]
	}
	return b.String()
}

// visible takes out control characters and marks that turn the direction of writing.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t' || r == 0x2028 || r == 0x2029:
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}

// markdown writes a text with a backslash before everything that Discord reads as markdown, a mention, an emoji or a time.
func markdown(b *strings.Builder, s string) {
	begin := b.Len() == 0 || strings.HasSuffix(b.String(), "\n") // only blanks and digits since the line began
	digits := false
	for _, r := range s {
		switch {
		case strings.ContainsRune("\\*_~`|<>[]", r), begin && strings.ContainsRune("#-+", r), begin && digits && (r == '.' || r == ')'):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		switch {
		case r == '\n':
			begin, digits = true, false
		case r >= '0' && r <= '9':
			digits = begin
		case r != ' ' || digits:
			begin, digits = false, false
		}
	}
}

// link is an address behind a word, without a preview. What of the address could end the link is encoded.
func link(text, target string) string {
	if text == "" {
		text = target
	}
	if target == "" {
		return escape(text)
	}
	if len(target) > maxLink {
		target, _, _ = strings.Cut(target, "#")
	}
	return "[" + escape(text) + "](<" + linkEscapes.Replace(visible(target)) + ">)"
}

// maxLink is the longest address that is linked whole; beyond it the mark that opens the passage is left out. A message must hold it.
const maxLink = 1200

var linkEscapes = strings.NewReplacer("<", "%3C", ">", "%3E", "(", "%28", ")", "%29", " ", "%20", "\n", "", "\\", "%5C", `"`, "%22")

// shorten cuts a text to at most n units, at a word where it can, and shows that it did.
func shorten(s string, n int) string {
	if units(s) <= n {
		return s
	}
	head := cut(s, n-1)
	if i := strings.LastIndexByte(head, ' '); i > len(head)*2/3 {
		head = head[:i]
	}
	return strings.TrimRight(head, " ") + "…"
}

// cut is the longest beginning of a text that has at most n units.
func cut(s string, n int) string {
	for i, r := range s {
		if n -= max(1, utf16.RuneLen(r)); n < 0 {
			return s[:i]
		}
	}
	return s
}
