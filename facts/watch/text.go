package watch

import (
	"io"
	"mime"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/unicode/norm"
)

// has reports whether a quote stands in one of the page's texts.
func (p *page) has(quote string) bool {
	quote = squeeze(quote)
	return slices.ContainsFunc(p.Texts, func(text string) bool { return strings.Contains(text, quote) })
}

// textsOf reads a page as a person sees it, with one blank for any white space; where it has superior figures there is a second text without
// them, because footnote marks stand in the middle of what one quotes.
func textsOf(r io.Reader, contentType string) ([]string, error) {
	decoded, err := charset.NewReader(r, contentType)
	if err != nil {
		if err == io.EOF { // nothing at all
			return nil, nil
		}
		return nil, err
	}
	if kind, _, _ := mime.ParseMediaType(contentType); kind == "text/plain" {
		data, err := io.ReadAll(decoded)
		return []string{squeeze(string(data))}, err
	}
	root, err := html.Parse(decoded)
	if err != nil {
		return nil, err
	}
	texts := []string{squeeze(visible(root, true))}
	if without := squeeze(visible(root, false)); without != texts[0] {
		texts = append(texts, without)
	}
	return texts, nil
}

// Elements whose text nobody sees.
var unseen = []atom.Atom{atom.Head, atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Iframe, atom.Object, atom.Select, atom.Textarea}

// Elements that do not part the words they stand between. All others do.
var inline = []atom.Atom{atom.A, atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Cite, atom.Code, atom.Data, atom.Del, atom.Dfn, atom.Em, atom.Font, atom.I,
	atom.Ins, atom.Kbd, atom.Mark, atom.Q, atom.S, atom.Samp, atom.Small, atom.Span, atom.Strong, atom.Sub, atom.Sup, atom.Time, atom.U, atom.Var, atom.Wbr}

// visible is the text below a node. It goes down without calling itself: a page can be nested as deep as it is long.
func visible(root *html.Node, superior bool) string {
	var b strings.Builder
	for n := root; n != nil; {
		skip := n.Type == html.ElementNode && (slices.Contains(unseen, n.DataAtom) || n.DataAtom == atom.Sup && !superior)
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case !skip:
			part(&b, n)
		}
		if n.FirstChild != nil && !skip {
			n = n.FirstChild
			continue
		}
		for n != root && n.NextSibling == nil {
			n = n.Parent
			part(&b, n)
		}
		if n == root {
			break
		}
		n = n.NextSibling
	}
	return b.String()
}

// part writes a blank where an element that parts words begins or ends.
func part(b *strings.Builder, n *html.Node) {
	if n.Type == html.ElementNode && !slices.Contains(inline, n.DataAtom) {
		b.WriteByte(' ')
	}
}

// squeeze makes one blank of any white space and drops marks that nobody sees, such as the soft hyphen.
func squeeze(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}
