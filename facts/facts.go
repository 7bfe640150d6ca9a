// Package facts is what testigo knows: curated facts, each with its sources' own words, and the engine that finds the one a
// question asks for.
//
// A [Pack] holds the sources, facts, pointers, names, topics and calendar that people edit as files; [Load] reads one and
// checks it, [Verify] holds its quotes against the captured source texts. An [Engine] answers questions from a pack: with one
// fact, with a few to choose from, or with a refusal that says why.
//
// Nothing in here writes a sentence: every word that leaves the engine was curated.
package facts

import (
	"cmp"
	"slices"
)

// Lang is a language a pack's texts are written in, as its ISO 639-1 code.
type Lang string

// The languages a pack can hold. Both are equals: neither is a translation of the other.
const (
	English Lang = "en"
	Spanish Lang = "es"
)

// Langs lists the languages in a fixed order.
var Langs = [...]Lang{English, Spanish}

// Other returns the other language.
func (l Lang) Other() Lang {
	if l == Spanish {
		return English
	}
	return Spanish
}

// Valid reports whether l is a language a pack can hold.
func (l Lang) Valid() bool { return l == English || l == Spanish }

// Limits on what a pack may hold. The lengths count characters (code points).
const (
	MaxID        = 48  // so that a button's command fits the 64 bytes that Telegram gives it
	MaxQuestion  = 140 // of a question and of each phrasing
	MaxPhrasings = 60  // for each language of a fact
	MaxAnswer    = 600
	MinQuote     = 12
	MaxQuote     = 320
	MaxQuotes    = 12 // of a fact, or of a position
	MaxSays      = 300
	MaxPositions = 12
	MaxName      = 120 // of a name, alias, role, title or other short text
	MaxNote      = 2000
	MaxAddress   = 600
)

// Words is a short text in both languages.
type Words struct {
	En string `yaml:"en" json:"en"`
	Es string `yaml:"es" json:"es"`
}

// In returns the text in the language, or in the other one where that is missing.
func (w Words) In(l Lang) string {
	if l == Spanish {
		return cmp.Or(w.Es, w.En)
	}
	return cmp.Or(w.En, w.Es)
}

// Text is a fact's question, the other ways people ask it, and its answer in one language. A pointer's has no answer.
type Text struct {
	Question  string   `yaml:"question" json:"question"`
	Phrasings []string `yaml:"phrasings,omitempty" json:"phrasings,omitempty"`
	Answer    string   `yaml:"answer,omitempty" json:"answer,omitempty"`
}

// Source is a cited document. One with a SHA256 has a captured text and can be quoted; one without can only be pointed to.
type Source struct {
	ID        string `yaml:"id" json:"id"`
	Title     string `yaml:"title" json:"title"`
	Publisher string `yaml:"publisher" json:"publisher"`
	Kind      string `yaml:"kind,omitempty" json:"kind,omitempty"` // encyclopedia, statement, report, press, web page, ...
	Lang      Lang   `yaml:"lang" json:"lang"`                     // the language its words are in
	Date      Date   `yaml:"date,omitempty" json:"date,omitzero"`  // of publication; zero when the document has none
	Address   string `yaml:"address" json:"address"`
	Archived  string `yaml:"archived,omitempty" json:"archived,omitempty"`   // address of an archived copy
	Note      Words  `yaml:"note,omitempty" json:"note,omitzero"`            // how far it can be relied on
	File      string `yaml:"file,omitempty" json:"file,omitempty"`           // name of the captured text in the folder given to verify
	SHA256    string `yaml:"sha256,omitempty" json:"sha256,omitempty"`       // of the captured text, in hexadecimal
	License   string `yaml:"license,omitempty" json:"license,omitempty"`     // of the document's text, where it has one
	Cite      Words  `yaml:"cite,omitempty" json:"cite,omitzero"`            // the short form shown under a quote; the title where missing
	Retrieved Date   `yaml:"retrieved,omitempty" json:"retrieved,omitzero"`  // when the text was captured
	Fragments *bool  `yaml:"fragments,omitempty" json:"fragments,omitempty"` // false where its address cannot take a text fragment (a PDF, say)
	at        place
}

// Quotable reports whether the source has a captured text that quotes can be checked against.
func (s *Source) Quotable() bool { return s.SHA256 != "" }

// Quote is a verbatim passage of a source, found there by its own words and, where those stand more than once, by the words around them
// (the TextQuoteSelector of the W3C's Web Annotation Data Model, 2017).
type Quote struct {
	Source    string `yaml:"source" json:"source"`
	Exact     string `yaml:"exact" json:"exact"`
	Prefix    string `yaml:"prefix,omitempty" json:"prefix,omitempty"`
	Suffix    string `yaml:"suffix,omitempty" json:"suffix,omitempty"`
	At        string `yaml:"at,omitempty" json:"at,omitempty"`               // section or paragraph, for a reader with a printed copy
	Rendering string `yaml:"rendering,omitempty" json:"rendering,omitempty"` // our translation into the other language
	Typed     bool   `yaml:"typed,omitempty" json:"typed,omitempty"`         // typed in by a moderator and never held against a captured text; answers say so
}

// Stance is what a holder does with the claim a fact is about.
type Stance string

// The stances of a position.
const (
	Asserts    Stance = "asserts"
	Denies     Stance = "denies"
	Qualifies  Stance = "qualifies"
	Withdrew   Stance = "withdrew"
	Decided    Stance = "decided"    // a court's ruling
	Unreported Stance = "unreported" // no answer or ruling is in the documents the pack quotes
)

var stances = []Stance{Asserts, Denies, Qualifies, Withdrew, Decided, Unreported}

// Position is who says what about a fact, when, and where that can be read: in quotes, or in documents that the pack names but does
// not quote (See).
type Position struct {
	Holder Words    `yaml:"holder" json:"holder"`
	Role   Words    `yaml:"role,omitempty" json:"role,omitzero"`
	Stance Stance   `yaml:"stance" json:"stance"`
	Date   Date     `yaml:"date,omitempty" json:"date,omitzero"`
	Says   Words    `yaml:"says" json:"says"`
	Quotes []Quote  `yaml:"quotes,omitempty" json:"quotes,omitempty"`
	See    []string `yaml:"see,omitempty" json:"see,omitempty"`
}

// Standing is how firm a fact's answer is. It is said before anything else of the answer.
type Standing string

// The standings of a fact.
const (
	Established Standing = "established" // independent sources agree and nobody serious disputes it
	Contested   Standing = "contested"   // named sources disagree
	Superseded  Standing = "superseded"  // an earlier official account, later rejected
	Alleged     Standing = "alleged"     // somebody's claim, not proven
	Unknown     Standing = "unknown"     // nobody knows, and a source says so
)

var standings = []Standing{Established, Contested, Superseded, Alleged, Unknown}

// Review says who outside the project went over a fact, and when.
type Review struct {
	By string `yaml:"by" json:"by"`
	On Date   `yaml:"on" json:"on"`
}

// Fact is one question answered.
type Fact struct {
	ID           string     `yaml:"id" json:"id"`
	Topics       []string   `yaml:"topics,omitempty" json:"topics,omitempty"`
	Standing     Standing   `yaml:"standing" json:"standing"`
	AsOf         Date       `yaml:"as_of,omitempty" json:"as_of,omitzero"`
	Dates        []Date     `yaml:"dates,omitempty" json:"dates,omitempty"` // of the events it tells
	Daily        *bool      `yaml:"daily,omitempty" json:"daily,omitempty"` // false: never posted of itself on an anniversary
	People       []string   `yaml:"people,omitempty" json:"people,omitempty"`
	AboutAccused bool       `yaml:"about_accused,omitempty" json:"about_accused,omitempty"`
	SupersededBy string     `yaml:"superseded_by,omitempty" json:"superseded_by,omitempty"`
	Related      []string   `yaml:"related,omitempty" json:"related,omitempty"`
	Note         string     `yaml:"note,omitempty" json:"note,omitempty"` // for curators: what is wrong in a source, and what was done
	Reviewed     *Review    `yaml:"reviewed,omitempty" json:"reviewed,omitempty"`
	En           *Text      `yaml:"en,omitempty" json:"en,omitempty"`
	Es           *Text      `yaml:"es,omitempty" json:"es,omitempty"`
	Quotes       []Quote    `yaml:"quotes,omitempty" json:"quotes,omitempty"`
	Positions    []Position `yaml:"positions,omitempty" json:"positions,omitempty"`
	Revision     int        `yaml:"-" json:"-"` // of a space's own text, counting from 1; 0 is the pack's
	at           place
}

// In returns the fact's text in the language, or in the other one where that is missing.
func (f *Fact) In(l Lang) *Text { return textIn(f.En, f.Es, l) }

// Has reports whether the fact has a text in the language.
func (f *Fact) Has(l Lang) bool { return hasText(f.En, f.Es, l) }

// AllQuotes returns the fact's own quotes and then those of its positions.
func (f *Fact) AllQuotes() []Quote {
	quotes := slices.Clone(f.Quotes)
	for _, p := range f.Positions {
		quotes = append(quotes, p.Quotes...)
	}
	return quotes
}

// Urgency orders facts for review: those that can do most harm when they are wrong come first, with the lowest number.
func (f *Fact) Urgency() int {
	switch {
	case f.Standing == Contested && f.AboutAccused:
		return 0
	case f.AboutAccused:
		return 1
	case f.Standing == Contested:
		return 2
	case f.Standing != Established:
		return 3
	}
	return 4
}

// Pointer is a question whose answer the pack does not quote but knows where to read.
type Pointer struct {
	ID     string   `yaml:"id" json:"id"`
	Topics []string `yaml:"topics,omitempty" json:"topics,omitempty"`
	People []string `yaml:"people,omitempty" json:"people,omitempty"`
	En     *Text    `yaml:"en,omitempty" json:"en,omitempty"`
	Es     *Text    `yaml:"es,omitempty" json:"es,omitempty"`
	See    []string `yaml:"see" json:"see"` // sources to read
	Note   string   `yaml:"note,omitempty" json:"note,omitempty"`
	at     place
}

// In returns the pointer's question in the language, or in the other one where that is missing.
func (p *Pointer) In(l Lang) *Text { return textIn(p.En, p.Es, l) }

func textIn(en, es *Text, l Lang) *Text {
	if l == Spanish && es != nil || en == nil {
		return es
	}
	return en
}

func hasText(en, es *Text, l Lang) bool {
	return l == Spanish && es != nil || l == English && en != nil
}

// EntityKind says what sort of thing a name names.
type EntityKind string

// The kinds of entities.
const (
	Person EntityKind = "person"
	Body   EntityKind = "body"
	Place  EntityKind = "place"
	Term   EntityKind = "term"
)

var entityKinds = []EntityKind{Person, Body, Place, Term}

// Entity is a person, body, place or term with the names it goes by in both languages, so that a question finds a fact by any of them.
type Entity struct {
	ID      string     `yaml:"id" json:"id"`
	Kind    EntityKind `yaml:"kind" json:"kind"`
	Name    Words      `yaml:"name" json:"name"`
	Role    Words      `yaml:"role,omitempty" json:"role,omitzero"`
	Aliases []string   `yaml:"aliases,omitempty" json:"aliases,omitempty"` // acronyms, spellings, misspellings, in either language
	Accused bool       `yaml:"accused,omitempty" json:"accused,omitempty"` // a person accused of a part in the crime: no verdict is ever given
	at      place
}

// Shared is a name that more than one entity goes by. It is never read as one of them.
type Shared struct {
	Alias string   `yaml:"alias" json:"alias"`
	Of    []string `yaml:"of" json:"of"`
	at    place
}

// Synonyms are words or short phrases of one language that people use for one another.
type Synonyms struct {
	Lang  Lang     `yaml:"lang" json:"lang"`
	Words []string `yaml:"words" json:"words"`
	at    place
}

// Topic is a chapter of the pack.
type Topic struct {
	ID   string `yaml:"id" json:"id"`
	Name Words  `yaml:"name" json:"name"`
	at   place
}

// Day is a date of the year the community remembers, with a fact or a document that says why.
type Day struct {
	ID   string   `yaml:"id" json:"id"`
	On   Date     `yaml:"on" json:"on"` // the day it happened; its month and day recur
	Name Words    `yaml:"name" json:"name"`
	Fact string   `yaml:"fact,omitempty" json:"fact,omitempty"`
	Days int      `yaml:"days,omitempty" json:"days,omitempty"` // a run of so many days begins with it, each with another fact; 0 is none
	See  []string `yaml:"see,omitempty" json:"see,omitempty"`
	at   place
}

// About describes a pack as a whole.
type About struct {
	Name        string `yaml:"name" json:"name"`
	Title       Words  `yaml:"title" json:"title"`
	Description Words  `yaml:"description" json:"description"`
	License     string `yaml:"license" json:"license"`
	Attribution Words  `yaml:"attribution,omitempty" json:"attribution,omitzero"`
	at          place
}

// Pack is a curated set, whole. Treat it as read-only once loaded: engines share its facts.
type Pack struct {
	About    About
	Sources  []*Source
	Topics   []*Topic
	Entities []*Entity
	Shared   []*Shared
	Synonyms []*Synonyms
	Days     []*Day
	Facts    []*Fact
	Pointers []*Pointer

	sources  map[string]*Source
	topics   map[string]*Topic
	entities map[string]*Entity
	facts    map[string]*Fact
	pointers map[string]*Pointer
}

// Source returns the source with the id, or nil.
func (p *Pack) Source(id string) *Source { return p.sources[id] }

// Topic returns the topic with the id, or nil.
func (p *Pack) Topic(id string) *Topic { return p.topics[id] }

// Entity returns the entity with the id, or nil.
func (p *Pack) Entity(id string) *Entity { return p.entities[id] }

// Fact returns the fact with the id, or nil.
func (p *Pack) Fact(id string) *Fact { return p.facts[id] }

// Pointer returns the pointer with the id, or nil.
func (p *Pack) Pointer(id string) *Pointer { return p.pointers[id] }

// index fills the maps by id. Where an id stands twice the first keeps it; validation reports the second.
func (p *Pack) index() {
	p.sources = byID(p.Sources, func(s *Source) string { return s.ID })
	p.topics = byID(p.Topics, func(t *Topic) string { return t.ID })
	p.entities = byID(p.Entities, func(e *Entity) string { return e.ID })
	p.facts = byID(p.Facts, func(f *Fact) string { return f.ID })
	p.pointers = byID(p.Pointers, func(p *Pointer) string { return p.ID })
}

func byID[T any](list []*T, id func(*T) string) map[string]*T {
	m := make(map[string]*T, len(list))
	for _, x := range list {
		if _, taken := m[id(x)]; !taken {
			m[id(x)] = x
		}
	}
	return m
}
