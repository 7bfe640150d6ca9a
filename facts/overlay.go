package facts

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"testigo/facts/lookup"
)

// IsEmpty reports whether the change changes nothing.
func (c *Change) IsEmpty() bool {
	return len(c.Put) == 0 && len(c.Pointers) == 0 && len(c.Sources) == 0 && len(c.Hide) == 0 && len(c.Restore) == 0
}

// Lay takes a change into a space's view as its ground: what Change.Restore goes back to. Called before Put, once.
func (e *Engine) Lay(space string, c Change) {
	e.Put(space, c)
	e.change.Lock()
	defer e.change.Unlock()
	views := maps.Clone(*e.views.Load())
	laid := *views[space]
	laid.ground = true
	views[space] = &laid
	e.views.Store(&views)
}

// Ground returns the fact or pointer that Change.Restore would bring back in a space: the shared set's or that of what was laid over it.
func (e *Engine) Ground(space, id string) (Hit, bool) {
	v := e.view(space)
	if v.ground {
		return v.shelf.get(id)
	}
	return v.shelf.under.get(id)
}

// Check returns what is wrong with a fact and its own sources, as they would stand in the space: all that loading a pack checks, and with the
// captured source texts in dir (nil without) its quotes. A quote that is not Typed needs dir, or stands in the space's fact already.
func (e *Engine) Check(space string, c Content, dir fs.FS) Faults {
	v := e.view(space)
	p := &Pack{Sources: c.Sources, Facts: []*Fact{c.Fact}}
	p.index()
	base := beneath{v}
	faults := p.validate(base)
	faults = append(faults, v.unsourced(c.Fact, dir)...)
	if dir != nil {
		for _, q := range c.Fact.AllQuotes() {
			s := base.Source(q.Source)
			if s != nil && s.Quotable() && p.Source(q.Source) == nil {
				p.Sources = append(p.Sources, s)
				p.index()
			}
		}
		_, wrong := Verify(p, dir)
		faults = append(faults, wrong...)
	}
	return append(faults, v.asked(c.Fact)...)
}

// unsourced finds the quotes that nothing vouches for.
func (v *view) unsourced(f *Fact, dir fs.FS) Faults {
	if dir != nil {
		return nil
	}
	var known []Quote
	if old := v.shelf.fact(f.ID); old != nil {
		known = old.AllQuotes()
	}
	var faults Faults
	for _, q := range f.AllQuotes() {
		same := func(o Quote) bool {
			return o.Source == q.Source && o.Exact == q.Exact && o.Prefix == q.Prefix && o.Suffix == q.Suffix
		}
		if !q.Typed && !slices.ContainsFunc(known, same) {
			faults = append(faults, Fault{ID: f.ID, Text: "the quote was not held against its source's text, so it must be marked as typed: " + start(q.Exact)})
		}
	}
	return faults
}

// asked finds the phrasings of a fact that are how another fact is asked.
func (v *view) asked(f *Fact) Faults {
	var faults Faults
	for i, l := range Langs {
		if !f.Has(l) {
			continue
		}
		t := f.In(l)
		for _, phrasing := range append([]string{t.Question}, t.Phrasings...) {
			words := strings.Join(lookup.Words(phrasing), " ")
			for _, h := range v.index[i]().Search(phrasing, phrasingHits).Hits {
				if hit, ok := v.hit(h, l); ok && h.ID != f.ID && strings.Join(lookup.Words(hit.Matched), " ") == words {
					faults = append(faults, Fault{ID: f.ID, Text: `"` + phrasing + `" is also how ` + h.ID + " is asked: one of them must go"})
				}
			}
		}
	}
	return faults
}

// ReadOver reads JSON lines that are laid over a space's view, as Load does a pack: an export of a space's facts.
func (e *Engine) ReadOver(space, name string, data []byte) (*Pack, error) {
	return assemble([]part{readLines(name, bytes.Clone(data), readRecord)}, beneath{e.view(space)})
}

// beneath is a view as what a pack or a fact is laid over.
type beneath struct{ *view }

func (b beneath) Source(id string) *Source   { return b.shelf.source(id) }
func (b beneath) Topic(id string) *Topic     { return b.pack.Topic(id) }
func (b beneath) Entity(id string) *Entity   { return b.pack.Entity(id) }
func (b beneath) Fact(id string) *Fact       { return b.shelf.fact(id) }
func (b beneath) Pointer(id string) *Pointer { return b.shelf.pointer(id) }

// phrasingHits is how many facts are looked at for one that is asked in the same words: such a one fits best of all.
const phrasingHits = 5
