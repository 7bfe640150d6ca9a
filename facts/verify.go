package facts

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
)

// Verification counts what Verify looked at.
type Verification struct {
	Facts, Pointers, Quotes, Sources int
	Checked                          int // quotes held against a captured text
}

// Verify holds the pack's quotes against the captured source texts in dir: each file must have the hash the source states, each quote must
// stand in it letter by letter and once (with its prefix and suffix), and its link must select just it. With a nil dir it
// only counts.
func Verify(p *Pack, dir fs.FS) (Verification, Faults) {
	r := Verification{Facts: len(p.Facts), Pointers: len(p.Pointers), Sources: len(p.Sources)}
	var faults Faults
	texts := map[string]string{}
	if dir != nil {
		texts, faults = readSources(p, dir)
	}
	for _, f := range p.Facts {
		for _, q := range f.AllQuotes() {
			r.Quotes++
			text, ok := texts[q.Source]
			if !ok {
				continue
			}
			r.Checked++
			if wrong := checkQuote(p.Source(q.Source), &q, text); wrong != "" {
				faults = append(faults, Fault{f.at.file, f.at.line, f.ID, wrong})
			}
		}
	}
	slices.SortStableFunc(faults, compareFaults)
	return r, faults
}

// Holds returns nil where the quote stands verbatim and once in the captured text of its source in dir, else an error that says why not.
func Holds(dir fs.FS, s *Source, q *Quote) error {
	texts, faults := readSources(&Pack{Sources: []*Source{s}}, dir)
	if len(faults) > 0 {
		return faults
	}
	text, ok := texts[s.ID]
	if !ok {
		return Fault{ID: s.ID, Text: "it has no captured text"}
	}
	if wrong := checkQuote(s, q, text); wrong != "" {
		return Fault{ID: s.ID, Text: wrong}
	}
	return nil
}

// readSources reads the captured texts by source id.
func readSources(p *Pack, dir fs.FS) (map[string]string, Faults) {
	texts := map[string]string{}
	var faults Faults
	for _, s := range p.Sources {
		if !s.Quotable() {
			continue
		}
		add := func(format string, args ...any) {
			faults = append(faults, Fault{s.at.file, s.at.line, s.ID, fmt.Sprintf(format, args...)})
		}
		data, err := fs.ReadFile(dir, s.File)
		if err != nil {
			add("its captured text cannot be read: %v", err)
			continue
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != s.SHA256 {
			add("the captured text %s has the SHA-256 %x, the pack says %s: it is another text, or was changed", s.File, sum, s.SHA256)
		}
		texts[s.ID] = string(data)
	}
	return texts, faults
}

// checkQuote says what is wrong with a quote of the text, "" if nothing is.
func checkQuote(s *Source, q *Quote, text string) string {
	around := q.Prefix + q.Exact + q.Suffix
	switch n := strings.Count(text, around); {
	case !strings.Contains(text, q.Exact):
		return fmt.Sprintf("the quote is not in %s letter by letter: %s", q.Source, start(q.Exact))
	case n == 0:
		return fmt.Sprintf("the quote's prefix or suffix does not stand next to it in %s: %s", q.Source, start(q.Exact))
	case n > 1:
		return fmt.Sprintf("the quote stands %d times in %s: add the words before it (prefix) or after it (suffix): %s", n, q.Source, start(q.Exact))
	}
	if s.Fragments != nil && !*s.Fragments {
		return ""
	}
	f, ok := ParseFragment(s.Link(q))
	if !ok {
		return fmt.Sprintf("the link to the quote cannot be read back: %s", start(q.Exact))
	}
	if passage, at := f.Find(text); passage != q.Exact || at != strings.Index(text, around)+len(q.Prefix) {
		return fmt.Sprintf("the link would open %s at another passage, %s: add a prefix or suffix to the quote %s", q.Source, start(passage), start(q.Exact))
	}
	return ""
}

func start(s string) string {
	if utf8.RuneCountInString(s) > 60 {
		s = string([]rune(s)[:59]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
