package facts

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Passages up to this many characters are linked whole; of longer ones the link holds the first and the last words, which a browser
// joins to the passage between them. A short link keeps messages short, and a passage whose middle the live page interrupts (with a
// footnote mark, say) is still found.
const wholeInLink = 60

// How many words of such a passage a link begins and ends with: enough that the beginning stands only once in nearly every document.
const (
	firstInLink = 10
	lastInLink  = 4
)

// Link returns the address that opens the source at the quote: its address with a text fragment
// (https://wicg.github.io/scroll-to-text-fragment/, "#:~:text=[prefix-,]start[,end][,-suffix]").
func (s *Source) Link(q *Quote) string {
	if s.Fragments != nil && !*s.Fragments {
		return s.Address
	}
	f := fragmentOf(q)
	separator := "#:~:text="
	if strings.Contains(s.Address, "#") {
		separator = ":~:text="
	}
	return s.Address + separator + f.String()
}

// Fragment is a text directive: the words a browser looks for on the page.
type Fragment struct{ Prefix, Start, End, Suffix string }

func fragmentOf(q *Quote) Fragment {
	f := Fragment{Prefix: strings.TrimSpace(q.Prefix), Start: q.Exact, Suffix: strings.TrimSpace(q.Suffix)}
	words := strings.Fields(q.Exact)
	if utf8.RuneCountInString(q.Exact) <= wholeInLink || len(words) <= firstInLink+lastInLink {
		return f
	}
	head, tail := firstInLink, lastInLink
	// The ends must be unmistakable inside the passage: a browser takes the first end after the start.
	for ; head+tail < len(words); tail++ {
		start := cutWords(q.Exact, head, true)
		end := cutWords(q.Exact, tail, false)
		if strings.Index(q.Exact[len(start):], end)+len(start)+len(end) == len(q.Exact) {
			f.Start, f.End = start, end
			return f
		}
	}
	return f
}

// cutWords returns the first or the last n words of s, with the spaces between them as they stand.
func cutWords(s string, n int, first bool) string {
	rest := s
	for range n {
		var at int
		if first {
			at = strings.IndexByte(rest, ' ')
		} else {
			at = strings.LastIndexByte(rest, ' ')
		}
		switch {
		case at < 0:
			return s
		case first:
			rest = rest[at+1:]
		default:
			rest = rest[:at]
		}
	}
	if first {
		return s[:len(s)-len(rest)-1]
	}
	return s[len(rest)+1:]
}

// String returns the directive's value with every character percent-encoded that has a meaning there: the comma, the dash and
// the ampersand besides what an address cannot hold.
func (f Fragment) String() string {
	var b strings.Builder
	if f.Prefix != "" {
		b.WriteString(encodeText(f.Prefix) + "-,")
	}
	b.WriteString(encodeText(f.Start))
	if f.End != "" {
		b.WriteString("," + encodeText(f.End))
	}
	if f.Suffix != "" {
		b.WriteString(",-" + encodeText(f.Suffix))
	}
	return b.String()
}

func encodeText(s string) string { return fragmentEscapes.Replace(url.QueryEscape(s)) }

var fragmentEscapes = strings.NewReplacer("+", "%20", "-", "%2D")

// ParseFragment reads the text directive at the end of an address, and reports whether there is a sound one.
func ParseFragment(address string) (f Fragment, ok bool) {
	_, value, ok := strings.Cut(address, ":~:text=")
	if !ok {
		return f, false
	}
	parts := strings.Split(value, ",")
	if p, isPrefix := strings.CutSuffix(parts[0], "-"); isPrefix {
		f.Prefix, parts = p, parts[1:]
	}
	if n := len(parts); n > 1 {
		if s, isSuffix := strings.CutPrefix(parts[n-1], "-"); isSuffix {
			f.Suffix, parts = s, parts[:n-1]
		}
	}
	switch len(parts) {
	case 1:
		f.Start = parts[0]
	case 2:
		f.Start, f.End = parts[0], parts[1]
	default:
		return f, false
	}
	for _, field := range []*string{&f.Prefix, &f.Start, &f.End, &f.Suffix} {
		text, err := url.PathUnescape(*field)
		if err != nil {
			return f, false
		}
		*field = text
	}
	return f, f.Start != ""
}

// Find returns the first passage of text that the directive selects, as a browser would, and where it begins; -1 if there is none.
func (f Fragment) Find(text string) (passage string, at int) {
	for from := 0; ; {
		i := strings.Index(text[from:], f.Start)
		if i < 0 {
			return "", -1
		}
		begin := from + i
		from = begin + 1
		if !strings.HasSuffix(strings.TrimRightFunc(text[:begin], unicode.IsSpace), f.Prefix) {
			continue
		}
		if end := f.findEnd(text, begin+len(f.Start)); end > 0 {
			return text[begin:end], begin
		}
	}
}

// findEnd returns where a passage whose start ends at from ends: at the first end that the suffix follows. It is 0 if there is none.
func (f Fragment) findEnd(text string, from int) int {
	for {
		end := from
		if f.End != "" {
			j := strings.Index(text[from:], f.End)
			if j < 0 {
				return 0
			}
			end, from = from+j+len(f.End), from+j+1
		}
		if strings.HasPrefix(strings.TrimLeftFunc(text[end:], unicode.IsSpace), f.Suffix) {
			return end
		}
		if f.End == "" {
			return 0
		}
	}
}
