package ops

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
)

// Redactor takes secrets out of texts: those it knows, however they are written, and whatever looks like a platform's token. Its methods may be
// called from any number of goroutines.
type Redactor struct {
	known *strings.Replacer
}

// hidden stands in the place of a secret, as it does where config.Secret is printed.
const hidden = "***"

// tokenShapes is what platforms' tokens look like: Discord's of a bot (an id, a time and a signature in base64, dots between), Telegram's (an id, a
// colon and 35 letters), and those of Discord's interactions ("interaction:" in base64).
var tokenShapes = regexp.MustCompile(`[A-Za-z0-9_-]{17,}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{20,}|\d{5,}:[A-Za-z0-9_-]{30,}|aW50ZXJhY3Rpb246[A-Za-z0-9_=-]{20,}`)

// NewRedactor returns a redactor that knows these secrets; empty ones are left out.
func NewRedactor(secrets ...string) *Redactor {
	var pairs []string
	for _, s := range secrets {
		if s == "" {
			continue
		}
		quoted, _ := json.Marshal(s) // a string always encodes
		for _, written := range []string{s, strings.Trim(string(quoted), `"`), url.QueryEscape(s), url.PathEscape(s)} {
			pairs = append(pairs, written, hidden)
		}
	}
	return &Redactor{strings.NewReplacer(pairs...)}
}

// Clean returns the text without secrets.
func (r *Redactor) Clean(text string) string {
	text = r.known.Replace(text)
	var out strings.Builder
	done := 0
	for i := 0; i < len(text); {
		begin := i
		for i < len(text) && inToken[text[i]] {
			i++
		}
		if i-begin >= shortestToken { // the expression costs more than all else of a line; few words are so long
			if word := text[begin:i]; tokenShapes.MatchString(word) {
				out.WriteString(text[done:begin])
				out.WriteString(tokenShapes.ReplaceAllString(word, hidden))
				done = i
			}
		}
		i++
	}
	if done == 0 {
		return text
	}
	return out.String() + text[done:]
}

// shortestToken is the least that tokenShapes match.
const shortestToken = 36

// inToken holds the bytes that tokens of these shapes consist of.
var inToken = func() (set [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:=" {
		set[c] = true
	}
	return set
}()

// Writer returns a writer that passes on what is written to it without secrets: the last thing a log's line goes through, so that it does not matter
// whether a secret came in a message, an attribute, an error or a group. Each write is taken for a whole, as a log makes one for each line.
func (r *Redactor) Writer(w io.Writer) io.Writer { return redacting{w, r} }

type redacting struct {
	w io.Writer
	r *Redactor
}

func (w redacting) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.w, w.r.Clean(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Level reads a level's name: debug, info, warn or error.
func Level(name string) slog.Level {
	var l slog.Level
	if l.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return l
}

// NewLog returns a log that writes lines, as JSON or as text, from a level on.
func NewLog(w io.Writer, asJSON bool, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
