// Package watch re-reads the addresses of a pack's sources and says which quotes are no longer found there, which addresses are dead and which
// have moved. It is polite: one request at a time with a pause after each, robots.txt respected, everything bounded, and a page that has not
// changed since the last time is not sent again.
package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"testigo/facts"
)

// Options is how to read; the zero value will do, but for Agent.
type Options struct {
	Agent   string        // names the program to whoever runs a site (RFC 9110, 10.1.5)
	Cache   string        // folder that pages' texts are kept in for the next time, made where it is not there; "" keeps none
	Pause   time.Duration // after each request, longer where a site's robots.txt asks for it; 0 is 2 s
	Timeout time.Duration // of one request; 0 is 30 s
	MaxSize int64         // bytes of a page that are read; 0 is 8 MiB
}

const (
	defaultPause   = 2 * time.Second
	defaultTimeout = 30 * time.Second
	defaultMaxSize = 8 << 20
)

// Kind is what was found about a source.
type Kind string

// The kinds of findings. Moved and Unread call for a look; the others are faults.
const (
	Dead   Kind = "dead"   // the address gives no page
	Lost   Kind = "lost"   // a quote is not on the page
	Moved  Kind = "moved"  // the address leads to another
	Unread Kind = "unread" // the page may not be read by programs, or is none that this one reads
)

// Finding is one thing to know about a source.
type Finding struct {
	Kind    Kind
	Source  string   // its id
	Address string   // where it was looked for
	To      string   // of Moved: where it leads
	Quote   string   // of Lost
	Facts   []string // of Lost: the ids of those that rest on the quote
	Cause   string   // of Dead, Moved and Unread, in words
}

// Wrong reports whether it is a fault.
func (f Finding) Wrong() bool { return f.Kind == Dead || f.Kind == Lost }

// String says it in a line.
func (f Finding) String() string {
	switch f.Kind {
	case Lost:
		return fmt.Sprintf("%s: the quote is no longer at %s: %s (%s)", f.Source, f.Address, start(f.Quote), strings.Join(f.Facts, ", "))
	case Moved:
		return fmt.Sprintf("%s: %s %s %s", f.Source, f.Address, f.Cause, f.To)
	case Dead:
		return fmt.Sprintf("%s: %s gives no page: %s", f.Source, f.Address, f.Cause)
	}
	return fmt.Sprintf("%s: %s: %s", f.Source, f.Address, f.Cause)
}

// Report is what a run found.
type Report struct {
	Addresses int // read again, or known not to have changed
	Quotes    int // looked for
	Findings  []Finding
}

// Check reads the address of every source of the pack, in its order. The error is nil unless ctx ended or the cache cannot be used; then the report
// holds what was found until then.
func Check(ctx context.Context, p *facts.Pack, o Options) (Report, error) {
	o.Pause, o.Timeout, o.MaxSize = cmp.Or(o.Pause, defaultPause), cmp.Or(o.Timeout, defaultTimeout), cmp.Or(o.MaxSize, defaultMaxSize)
	f := newFetcher(o)
	defer f.client.CloseIdleConnections()
	quotes := quotesOf(p)
	var r Report
	for _, s := range p.Sources {
		page, err := f.read(ctx, s.Address)
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		var cache cacheError
		if errors.As(err, &cache) {
			return r, cache
		}
		r.Findings = append(r.Findings, r.of(s, page, err, quotes[s.ID])...)
	}
	return r, nil
}

// of says what there is to know about a source, and counts.
func (r *Report) of(s *facts.Source, page page, err error, quotes []quoted) []Finding {
	var refused unreadError
	switch {
	case errors.As(err, &refused):
		return []Finding{{Kind: Unread, Source: s.ID, Address: s.Address, Cause: refused.Error()}}
	case err != nil:
		return []Finding{{Kind: Dead, Source: s.ID, Address: s.Address, Cause: err.Error()}}
	}
	r.Addresses++
	var findings []Finding
	if page.Address != s.Address {
		how := "leads for now to"
		if page.permanent {
			how = "has moved to"
		}
		findings = append(findings, Finding{Kind: Moved, Source: s.ID, Address: s.Address, To: page.Address, Cause: how})
	}
	for _, q := range quotes {
		r.Quotes++
		if !page.has(q.text) {
			findings = append(findings, Finding{Kind: Lost, Source: s.ID, Address: page.Address, Quote: q.text, Facts: q.facts})
		}
	}
	return findings
}

// quoted is a quote and the facts that rest on it.
type quoted struct {
	text  string
	facts []string
}

// quotesOf lists the quotes of each source by its id, each once. Those typed in by hand are among them: here is where they are checked.
func quotesOf(p *facts.Pack) map[string][]quoted {
	of := map[string][]quoted{}
	for _, f := range p.Facts {
		for _, q := range f.AllQuotes() {
			list := of[q.Source]
			i := 0
			for i < len(list) && list[i].text != q.Exact {
				i++
			}
			switch {
			case i == len(list):
				of[q.Source] = append(list, quoted{q.Exact, []string{f.ID}})
			case list[i].facts[len(list[i].facts)-1] != f.ID:
				list[i].facts = append(list[i].facts, f.ID)
			}
		}
	}
	return of
}

func start(s string) string {
	if utf8.RuneCountInString(s) > 80 {
		s = string([]rune(s)[:79]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// unreadError says why a page is not read though it may be there.
type unreadError string

func (e unreadError) Error() string { return string(e) }

// statusError is an answer that is no page.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("HTTP %d %s", int(e), http.StatusText(int(e)))
}
