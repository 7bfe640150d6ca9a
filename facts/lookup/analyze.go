package lookup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/spanish"
	"golang.org/x/text/unicode/norm"
)

// Lang is a language the core can analyse, as its ISO 639-1 code.
type Lang string

// The languages with an analysis of their own. Any other text is analysed as English.
const (
	English Lang = "en"
	Spanish Lang = "es"
)

// Fold returns s in lower case without accents or other combining marks, so that "MÉXICO", "México" and "mexico" are one
// string. The tilde of ñ goes too: people type "ano" for "año" on keyboards without it. Invalid UTF-8 is kept byte for byte
// out of the way: it becomes U+FFFD.
func Fold(s string) string {
	if isPlain(s) {
		return s
	}
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			b.WriteByte(byte(r))
			continue
		}
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// tokens appends the words of the folded text s to dst: runs of letters and digits, with apostrophes taken out ("what's" is "what",
// "don't" is "dont"), numbers brought to one form ("23,000", "23.000" and "23 000" are "23000"; "forty-three" and "cuarenta y tres"
// are "43") and months named alike in both languages.
func tokens(dst []string, s string, lang Lang) []string {
	start := len(dst)
	for i := 0; i < len(s); {
		j := wordEnd(s, i)
		if j == i {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
			continue
		}
		word := s[i:j]
		if isDigit(word[0]) {
			word, j = groupedNumber(s, i, j)
		} else {
			word, j = joinApostrophe(s, i, j)
			word = written(word, lang)
		}
		dst = append(dst, word)
		i = j
	}
	words := mergeNumberWords(dst[start:], lang)
	words = nameMonths(words, lang)
	return append(dst[:start], words...)
}

// Ways to type common words in a hurry, and the words.
var (
	englishShort = map[string]string{
		"whos": "who", "whats": "what", "wheres": "where", "whens": "when", "whys": "why", "hows": "how", "thats": "that", "theres": "there",
		"wat": "what", "wut": "what", "wht": "what", "wich": "which", "wen": "when", "wer": "were", "teh": "the", "u": "you", "ur": "your",
		"bc": "because", "cuz": "because", "coz": "because", "govt": "government", "ppl": "people",
	}
	spanishShort = map[string]string{
		"q": "que", "k": "que", "ke": "que", "xq": "porque", "pq": "porque", "porq": "porque", "x": "por", "pa": "para", "d": "de",
		"kien": "quien", "kienes": "quienes", "quen": "quien", "onde": "donde", "dnd": "donde", "tmb": "tambien", "tb": "tambien",
		"bn": "bien", "ps": "pues", "pos": "pues", "gob": "gobierno",
	}
	shortFilter = newWordFilter(englishShort, spanishShort)
)

// written returns the word that a short way to type one stands for, or the word itself.
func written(word string, lang Lang) string {
	if !shortFilter.mayHold(word) {
		return word
	}
	short := englishShort
	if lang == Spanish {
		short = spanishShort
	}
	if full, ok := short[word]; ok {
		return full
	}
	return word
}

// wordEnd returns where the run of letters and digits that begins at s[i] ends.
func wordEnd(s string, i int) int {
	for i < len(s) {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		if !isWordRune(r) {
			break
		}
		i += n
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// joinApostrophe reads past an apostrophe inside the word at s[i:j]: a possessive or contracted s is dropped, anything else is joined.
func joinApostrophe(s string, i, j int) (string, int) {
	rest := s[j:]
	n := 0
	switch {
	case strings.HasPrefix(rest, "'"):
		n = 1
	case strings.HasPrefix(rest, "’"):
		n = len("’")
	default:
		return s[i:j], j
	}
	k := j + n
	for k < len(s) && 'a' <= s[k] && s[k] <= 'z' {
		k++
	}
	tail := s[j+n : k]
	switch {
	case tail == "":
		return s[i:j], j + n
	case tail == "s":
		return s[i:j], k
	case len(tail) <= 3:
		return s[i:j] + tail, k
	}
	return s[i:j], j + n
}

// groupedNumber reads a number with grouped thousands that begins at s[i:j].
func groupedNumber(s string, i, j int) (string, int) {
	if !allDigits(s[i:j]) || j-i > 3 {
		return s[i:j], j
	}
	number, end := s[i:j], j
	for end+4 <= len(s) && (s[end] == ',' || s[end] == '.' || s[end] == ' ') && allDigits(s[end+1:end+4]) &&
		(end+4 == len(s) || s[end+4] < '0' || s[end+4] > '9') {
		number += s[end+1 : end+4]
		end += 4
	}
	return number, end
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// stemmer brings words to their stems. It holds a reused buffer, so it is for one goroutine at a time.
type stemmer struct{ env *snowballstem.Env }

func newStemmer() stemmer { return stemmer{snowballstem.NewEnv("")} }

// stem returns the stem of a folded word in the language.
func (st stemmer) stem(word string, lang Lang) string {
	if len(word) < 3 || word[0] < 'a' {
		return word
	}
	if lang != Spanish {
		st.env.SetCurrent(word)
		english.Stem(st.env)
		return strings.Clone(st.env.Current())
	}
	// The Spanish stemmer knows the ending only with its accent, which folding took away.
	if strings.HasSuffix(word, "acion") {
		word = strings.TrimSuffix(word, "on") + "ón"
	}
	st.env.SetCurrent(word)
	spanish.Stem(st.env)
	return Fold(strings.Clone(st.env.Current()))
}
