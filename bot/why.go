package bot

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"testigo/facts"
)

// reasons remembers how the last answers came about, in memory only and without who asked, for those who press "Why".
type reasons struct {
	mu   sync.Mutex
	last int64
	of   [maxReasons]reason
}

type reason struct {
	number int64
	space  SpaceID
	text   []string
}

// maxReasons is how many answers are remembered.
const maxReasons = 2000

// keep remembers how a result came about and returns the command that tells it.
func (w *reasons) keep(space SpaceID, r *facts.Result) string {
	lines := whyLines(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last++
	w.of[w.last%maxReasons] = reason{w.last, space, lines}
	return "/why " + strconv.FormatInt(w.last, 10)
}

// whyLines says in words how a question found its fact.
func whyLines(r *facts.Result) []string {
	best := &r.Hits[0]
	lines := []string{
		say(r.Lang, "why_matched", best.Matched, best.ID()),
		say(r.Lang, "why_sure", int(100*r.Why.Confidence+0.5), int(100*r.Why.Threshold+0.5)),
	}
	var unknown, corrected []string
	for _, word := range r.Why.Words {
		switch {
		case word.Corrected != "":
			corrected = append(corrected, word.Text+" → "+word.Corrected)
		case !word.Known:
			unknown = append(unknown, word.Text)
		}
	}
	if len(corrected) > 0 {
		lines = append(lines, say(r.Lang, "why_corrected", strings.Join(corrected, ", ")))
	}
	if len(unknown) > 0 {
		lines = append(lines, say(r.Lang, "why_unknown", strings.Join(unknown, ", ")))
	}
	return lines
}

func runWhy(_ context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
	b.reasons.mu.Lock()
	defer b.reasons.mu.Unlock()
	if err != nil || n < 1 || b.reasons.of[n%maxReasons].number != n || b.reasons.of[n%maxReasons].space != m.Space {
		return private(lang, say(lang, "why_gone")), nil
	}
	r := private(lang, say(lang, "why"))
	for _, line := range b.reasons.of[n%maxReasons].text {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: line})
	}
	return r, nil
}
