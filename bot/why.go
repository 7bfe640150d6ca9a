package bot

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"testigo/facts"
)

// reasons remembers how the last answers came about, in memory only and without who asked, for those who press "Why". Numbers begin anywhere, so that
// a button of another process, or of one before, is unknown here and does not tell of somebody else's question.
type reasons struct {
	mu   sync.Mutex
	last int64
	of   [maxReasons]reason
}

type reason struct {
	number      int64
	space       SpaceID
	lang        Lang
	matched, id string
	sure, from  float64      // confidence and threshold
	odd         []facts.Word // not known, or corrected
}

// maxReasons is how many answers are remembered.
const maxReasons = 2000

// keep remembers how a result came about and returns the command that tells it. The telling is left until somebody asks, which few do.
func (w *reasons) keep(space SpaceID, r *facts.Result) string {
	best := &r.Hits[0]
	var odd []facts.Word
	for _, word := range r.Why.Words {
		if word.Corrected != "" || !word.Known {
			odd = append(odd, word)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	w.of[w.last%maxReasons] = reason{w.last, space, r.Lang, best.Matched, best.ID(), r.Why.Confidence, r.Why.Threshold, odd}
	return "/why " + strconv.FormatInt(w.last, 10)
}

// find returns what is remembered under a number in a space, and reports whether anything is.
func (w *reasons) find(space SpaceID, n int64) (reason, bool) {
	if n < 1 {
		return reason{}, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.of[n%maxReasons]
	return r, r.number == n && r.space == space
}

// lines says in words how a question found its fact.
func (r *reason) lines() []string {
	lines := []string{
		say(r.lang, "why_matched", r.matched, r.id),
		say(r.lang, "why_sure", int(100*r.sure+0.5), int(100*r.from+0.5)),
	}
	var unknown, corrected []string
	for _, word := range r.odd {
		if word.Corrected != "" {
			corrected = append(corrected, word.Text+" → "+word.Corrected)
		} else {
			unknown = append(unknown, word.Text)
		}
	}
	if len(corrected) > 0 {
		lines = append(lines, say(r.lang, "why_corrected", strings.Join(corrected, ", ")))
	}
	if len(unknown) > 0 {
		lines = append(lines, say(r.lang, "why_unknown", strings.Join(unknown, ", ")))
	}
	return lines
}

func runWhy(_ context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	n, _ := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
	kept, ok := b.reasons.find(m.Space, n)
	if !ok {
		return private(lang, say(lang, "why_gone")), nil
	}
	r := private(lang, say(lang, "why"))
	for _, line := range kept.lines() {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: line})
	}
	return r, nil
}
