package facts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"testigo/facts/lookup"
)

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// base is what a pack is laid over: its records may be referred to.
type base interface {
	Source(id string) *Source
	Topic(id string) *Topic
	Entity(id string) *Entity
	Fact(id string) *Fact
	Pointer(id string) *Pointer
}

// checker gathers what is wrong with a pack. base is nil where it is laid over nothing.
type checker struct {
	pack      *Pack
	base      base
	faults    Faults
	ids       map[string]place // facts and pointers share one space of ids
	phrasings map[string]claim // who asks what, folded, by language
}

type claim struct {
	id string
	at place
}

// validate returns everything wrong in the pack that can be seen without the source texts.
func (p *Pack) validate(base base) Faults {
	c := &checker{pack: p, base: base, ids: map[string]place{}, phrasings: map[string]claim{}}
	if base != nil && len(p.Facts) == 0 && len(p.Pointers) == 0 || base == nil && len(p.Facts) == 0 {
		c.faults = append(c.faults, Fault{File: "pack", Text: "it holds no fact"})
	}
	c.sources()
	c.names()
	c.topicsAndDays()
	for _, f := range p.Facts {
		c.fact(f)
	}
	for _, x := range p.Pointers {
		c.pointer(x)
	}
	return c.faults
}

func (c *checker) add(at place, id, format string, args ...any) {
	c.faults = append(c.faults, Fault{at.file, at.line, id, fmt.Sprintf(format, args...)})
}

// id checks a record's id and that no other of its kind has it.
func (c *checker) id(at place, id, kind string, taken map[string]place) {
	switch first, dup := taken[id]; {
	case id == "":
		c.add(at, "", "a %s without an id: give it one of small letters, digits and dashes", kind)
	case len(id) > MaxID || !slug.MatchString(id):
		c.add(at, id, "the id is not made of small letters, digits and single dashes, at most %d", MaxID)
	case dup:
		c.add(at, id, "the id stands twice, first in %s:%d", first.file, first.line)
	default:
		taken[id] = at
	}
}

// text checks that a text is there, within its limit and printable.
func (c *checker) text(at place, id, what, s string, limit int) {
	switch n := utf8.RuneCountInString(s); {
	case strings.TrimSpace(s) == "":
		c.add(at, id, "%s is missing", what)
	case n > limit:
		c.add(at, id, "%s has %d characters, at most %d are allowed", what, n, limit)
	}
	c.printable(at, id, what, s)
}

// optional checks a text that may be missing.
func (c *checker) optional(at place, id, what, s string, limit int) {
	if s != "" {
		c.text(at, id, what, s, limit)
	}
}

func (c *checker) printable(at place, id, what, s string) {
	for _, r := range s {
		if r < ' ' || r == utf8.RuneError || r == 0x7f || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 {
			c.add(at, id, "%s holds a control character or broken UTF-8 (U+%04X): take it out", what, r)
			return
		}
	}
}

func (c *checker) both(at place, id, what string, w Words, limit int) {
	c.text(at, id, what+" in English", w.En, limit)
	c.text(at, id, what+" in Spanish", w.Es, limit)
}

func (c *checker) sources() {
	taken := map[string]place{}
	for _, s := range c.pack.Sources {
		c.id(s.at, s.ID, "source", taken)
		c.text(s.at, s.ID, "the title", s.Title, MaxSays)
		c.text(s.at, s.ID, "the publisher", s.Publisher, MaxSays)
		if !s.Lang.Valid() {
			c.add(s.at, s.ID, "lang is %q: write en or es, the language of the document", s.Lang)
		}
		for _, address := range []string{s.Address, s.Archived} {
			if address == "" && s.Archived == "" && s.Address != "" {
				continue
			}
			if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") || strings.ContainsAny(address, " \"<>") || len(address) > MaxAddress {
				c.add(s.at, s.ID, "%q is no address: write it whole, with https://", address)
			}
		}
		if s.SHA256 != "" && !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(s.SHA256) {
			c.add(s.at, s.ID, "sha256 is not 64 hexadecimal digits")
		}
		if (s.SHA256 == "") != (s.File == "") {
			c.add(s.at, s.ID, "file and sha256 go together: the name and the hash of the captured text")
		}
	}
}

func (c *checker) names() {
	taken := map[string]place{}
	shared := map[string]*Shared{}
	for _, s := range c.pack.Shared {
		c.text(s.at, "", "the shared alias", s.Alias, MaxName)
		if len(s.Of) < 2 {
			c.add(s.at, "", "the shared alias %q needs the ids of the two or more names it may mean", s.Alias)
		}
		for _, id := range s.Of {
			if c.entity(id) == nil {
				c.add(s.at, "", "the shared alias %q names %q, which is no name of the pack", s.Alias, id)
			}
		}
		shared[lookup.Fold(s.Alias)] = s
	}
	owner := map[string]string{}
	for _, e := range c.pack.Entities {
		c.id(e.at, e.ID, "name", taken)
		c.both(e.at, e.ID, "the name", e.Name, MaxName)
		if !slices.Contains(entityKinds, e.Kind) {
			c.add(e.at, e.ID, "kind is %q: write person, body, place or term", e.Kind)
		}
		for _, alias := range append([]string{e.Name.En, e.Name.Es}, e.Aliases...) {
			c.optional(e.at, e.ID, "an alias", alias, MaxName)
			key := lookup.Fold(alias)
			if other, taken := owner[key]; taken && other != e.ID && key != "" {
				c.add(e.at, e.ID, "%q is also a name of %s: take it out of both and list it under shared", alias, other)
			}
			if shared[key] != nil {
				c.add(e.at, e.ID, "%q is listed under shared, so it cannot be a name of one", alias)
			}
			owner[key] = e.ID
		}
	}
	for _, s := range c.pack.Synonyms {
		if !s.Lang.Valid() || len(s.Words) < 2 {
			c.add(s.at, "", "synonyms need lang (en or es) and two words or more")
		}
		for _, w := range s.Words {
			c.text(s.at, "", "a synonym", w, MaxName)
		}
	}
}

func (c *checker) topicsAndDays() {
	taken := map[string]place{}
	for _, t := range c.pack.Topics {
		c.id(t.at, t.ID, "topic", taken)
		c.both(t.at, t.ID, "the name", t.Name, MaxName)
	}
	taken = map[string]place{}
	for _, d := range c.pack.Days {
		c.id(d.at, d.ID, "day", taken)
		c.both(d.at, d.ID, "the name", d.Name, MaxSays)
		if d.On.Day == 0 {
			c.add(d.at, d.ID, "on is %q: a day of the calendar needs year, month and day", d.On)
		}
		if d.Days < 0 || d.Days > 366 {
			c.add(d.at, d.ID, "days is %d: write how many days a run has, at most 366, or leave it out", d.Days)
		}
		if d.Fact == "" && len(d.See) == 0 {
			c.add(d.at, d.ID, "it needs a fact or a document under see that says why the day matters")
		}
		if d.Fact != "" && c.factOf(d.Fact) == nil {
			c.add(d.at, d.ID, "fact is %q, which is no fact of the pack", d.Fact)
		}
		c.see(d.at, d.ID, d.See)
	}
}

func (c *checker) fact(f *Fact) {
	c.id(f.at, f.ID, "fact", c.ids)
	if !slices.Contains(standings, f.Standing) {
		c.add(f.at, f.ID, "standing is %q: write established, contested, superseded, alleged or unknown", f.Standing)
	}
	c.texts(f.at, f.ID, f.En, f.Es, true)
	c.references(f.at, f.ID, f.Topics, f.People)
	for _, id := range f.Related {
		if c.factOf(id) == nil && c.pointerOf(id) == nil {
			c.add(f.at, f.ID, "related names %q, which is no fact of the pack", id)
		}
	}
	c.optional(f.at, f.ID, "the note", f.Note, MaxNote)
	if f.Reviewed != nil && (f.Reviewed.By == "" || f.Reviewed.On.IsZero()) {
		c.add(f.at, f.ID, "reviewed needs by and on: who reviewed it and when")
	}
	c.quotes(f.at, f.ID, f.Quotes)
	c.positions(f)
	if len(f.AllQuotes()) == 0 {
		c.add(f.at, f.ID, "it has no quote: give it a passage of a source, or make it a pointer")
	}
}

// positions checks who says what, and that the standings which rest on somebody's word say whose.
func (c *checker) positions(f *Fact) {
	if len(f.Positions) > MaxPositions {
		c.add(f.at, f.ID, "it has %d positions, at most %d are allowed", len(f.Positions), MaxPositions)
	}
	answered := false
	for i := range f.Positions {
		p := &f.Positions[i]
		c.both(f.at, f.ID, "the holder of a position", p.Holder, MaxName)
		if p.Says.En == "" && p.Says.Es == "" {
			c.add(f.at, f.ID, "a position does not say what its holder says (says)")
		}
		c.optional(f.at, f.ID, "what a holder says in English", p.Says.En, MaxSays)
		c.optional(f.at, f.ID, "what a holder says in Spanish", p.Says.Es, MaxSays)
		if !slices.Contains(stances, p.Stance) {
			c.add(f.at, f.ID, "stance is %q: write asserts, denies, qualifies, withdrew, decided or unreported", p.Stance)
		}
		if len(p.Quotes) == 0 && len(p.See) == 0 && p.Stance != Unreported {
			c.add(f.at, f.ID, "the position of %q has neither quotes nor see", p.Holder.En)
		}
		answered = answered || !p.Date.IsZero() && p.Stance != Asserts
		c.quotes(f.at, f.ID, p.Quotes)
		c.see(f.at, f.ID, p.See)
	}
	switch f.Standing {
	case Contested, Superseded, Alleged:
		if len(f.Positions) == 0 {
			c.add(f.at, f.ID, "it is %s, so it needs a position saying whose claim it is", f.Standing)
		}
	}
	if f.Standing == Superseded && f.SupersededBy == "" {
		c.add(f.at, f.ID, "it is superseded, so superseded_by must name the fact that replaced it")
	}
	if f.SupersededBy != "" && c.factOf(f.SupersededBy) == nil {
		c.add(f.at, f.ID, "superseded_by names %q, which is no fact of the pack", f.SupersededBy)
	}
	if f.AboutAccused && !answered {
		c.add(f.at, f.ID, "it is about an accused person, so it needs a dated position with what they answered or what a court decided")
	}
}

func (c *checker) pointer(p *Pointer) {
	c.id(p.at, p.ID, "pointer", c.ids)
	c.texts(p.at, p.ID, p.En, p.Es, false)
	c.references(p.at, p.ID, p.Topics, p.People)
	if len(p.See) == 0 {
		c.add(p.at, p.ID, "a pointer needs see: the documents where the answer can be read")
	}
	c.see(p.at, p.ID, p.See)
}

// texts checks a record's texts and that no other record is asked the same.
func (c *checker) texts(at place, id string, en, es *Text, answer bool) {
	if en == nil && es == nil {
		c.add(at, id, "it has a text in no language: give it en or es")
	}
	for _, l := range Langs {
		t := textIn(en, es, l)
		if !hasText(en, es, l) {
			continue
		}
		c.text(at, id, "the question ("+string(l)+")", t.Question, MaxQuestion)
		if answer {
			c.text(at, id, "the answer ("+string(l)+")", t.Answer, MaxAnswer)
		} else if t.Answer != "" {
			c.add(at, id, "a pointer has no answer (%s): it only says where to read", l)
		}
		if len(t.Phrasings) > MaxPhrasings {
			c.add(at, id, "it has %d phrasings (%s), at most %d are allowed", len(t.Phrasings), l, MaxPhrasings)
		}
		for _, phrasing := range t.Phrasings {
			c.text(at, id, "a phrasing ("+string(l)+")", phrasing, MaxQuestion)
		}
		for _, phrasing := range append([]string{t.Question}, t.Phrasings...) {
			c.phrasing(at, id, l, phrasing)
		}
	}
}

func (c *checker) phrasing(at place, id string, l Lang, phrasing string) {
	key := string(l) + " " + strings.Join(lookup.Words(phrasing), " ")
	switch first, taken := c.phrasings[key]; {
	case !taken:
		c.phrasings[key] = claim{id, at}
	case first.id == id:
		c.add(at, id, "it is phrased twice as %q (%s)", phrasing, l)
	default:
		c.add(at, id, "%q (%s) is also how %s is asked (%s:%d): one of them must go", phrasing, l, first.id, first.at.file, first.at.line)
	}
}

func (c *checker) references(at place, id string, topics, people []string) {
	for _, t := range topics {
		if c.pack.Topic(t) == nil && (c.base == nil || c.base.Topic(t) == nil) {
			c.add(at, id, "topics names %q, which is no topic of the pack", t)
		}
	}
	for _, e := range people {
		if c.entity(e) == nil {
			c.add(at, id, "people names %q, which is no name of the pack", e)
		}
	}
}

func (c *checker) quotes(at place, id string, quotes []Quote) {
	if len(quotes) > MaxQuotes {
		c.add(at, id, "it has %d quotes in one place, at most %d are allowed", len(quotes), MaxQuotes)
	}
	for i := range quotes {
		q := &quotes[i]
		c.text(at, id, "a quote", q.Exact, MaxQuote)
		if n := utf8.RuneCountInString(q.Exact); n > 0 && n < MinQuote {
			c.add(at, id, "the quote %q is too short to show what it is about: %d characters or more", q.Exact, MinQuote)
		}
		c.optional(at, id, "a rendering", q.Rendering, 2*MaxQuote)
		switch s := c.source(q.Source); {
		case q.Source == "":
			c.add(at, id, "a quote without a source: %.40q", q.Exact)
		case s == nil:
			c.add(at, id, "a quote names the source %q, which is no source of the pack", q.Source)
		case !s.Quotable() && !q.Typed:
			c.add(at, id, "the source %q has no captured text (file, sha256), so it cannot be quoted: use see", q.Source)
		}
	}
}

func (c *checker) see(at place, id string, see []string) {
	for _, s := range see {
		if c.source(s) == nil {
			c.add(at, id, "see names %q, which is no source of the pack", s)
		}
	}
}

// The checker's look-ups also reach the pack below.

func (c *checker) source(id string) *Source {
	if s := c.pack.Source(id); s != nil || c.base == nil {
		return s
	}
	return c.base.Source(id)
}

func (c *checker) entity(id string) *Entity {
	if e := c.pack.Entity(id); e != nil || c.base == nil {
		return e
	}
	return c.base.Entity(id)
}

func (c *checker) factOf(id string) *Fact {
	if f := c.pack.Fact(id); f != nil || c.base == nil {
		return f
	}
	return c.base.Fact(id)
}

func (c *checker) pointerOf(id string) *Pointer {
	if p := c.pack.Pointer(id); p != nil || c.base == nil {
		return p
	}
	return c.base.Pointer(id)
}
