package card

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// fonts are the Go fonts, which have the letters of the European languages (the WGL4 set) and no kerning: a text is as wide as its letters.
type fonts struct{ regular, bold, italic *opentype.Font }

func loadFonts() (fonts, error) {
	var f fonts
	for _, load := range []struct {
		to  **opentype.Font
		ttf []byte
	}{{&f.regular, goregular.TTF}, {&f.bold, gobold.TTF}, {&f.italic, goitalic.TTF}} {
		parsed, err := opentype.Parse(load.ttf)
		if err != nil {
			return fonts{}, fmt.Errorf("parse a font: %w", err)
		}
		*load.to = parsed
	}
	return f, nil
}

// near has what stands for a rune that no decomposition leads to.
var near = map[rune]string{
	'\u2007': "\u00a0", '\u202f': "\u00a0", // spaces that hold words together
	'‐': "-", '‑': "-", '⁃': "-", '―': "—", '⸺': "—",
	'ʼ': "’", 'ʻ': "‘", 'ʹ': "'", '‛': "‘", '‟': "“", '〝': "“", '〞': "”",
	'「': "“", '」': "”", '『': "“", '』': "”", '《': "«", '》': "»", '〈': "‹", '〉': "›",
	'‒': "–", '、': ", ", '。': ". ", '⋯': "…", '⋅': "∙", '‧': "∙",
}

// drawable returns a text in the letters that a font has. A font draws a box for a letter it lacks, so none may be left.
func drawable(s string, f *opentype.Font) string {
	var out strings.Builder
	var buf sfnt.Buffer
	has := func(r rune) bool {
		i, err := f.GlyphIndex(&buf, r)
		return err == nil && i != 0 && r != unicode.ReplacementChar && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)
	}
	s = strings.ReplaceAll(s, "·", "∙") // the fonts' middle dot hangs too high to stand between two texts
	for _, r := range norm.NFC.String(s) {
		if has(r) {
			out.WriteRune(r)
			continue
		}
		instead, ok := near[r]
		if !ok {
			instead = norm.NFKD.String(string(r))
		}
		for _, r := range instead {
			switch {
			case unicode.Is(unicode.Mn, r): // an accent the font does not have in this place
			case has(r):
				out.WriteRune(r)
			default:
				out.WriteString(near[r])
			}
		}
	}
	return strings.Join(words(out.String()), " ")
}
