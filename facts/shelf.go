package facts

import (
	"iter"
	"slices"
)

// shelf holds facts, pointers and sources by id, over another shelf: what it has stands in the place of what is under it, and what it hides is
// not seen. A space's costs by what is its own, not by the size of the set. It is immutable.
type shelf struct {
	under    *shelf // nil at the bottom
	facts    map[string]*Fact
	pointers map[string]*Pointer
	sources  map[string]*Source
	hidden   map[string]bool
	order    []string // ids of facts that are not under it, in the order they came
}

func newShelf(p *Pack) *shelf {
	s := &shelf{facts: p.facts, pointers: p.pointers, sources: p.sources}
	for _, f := range p.Facts {
		s.order = append(s.order, f.ID)
	}
	return s
}

// over returns an empty shelf over s.
func (s *shelf) over() *shelf {
	return &shelf{under: s, facts: map[string]*Fact{}, pointers: map[string]*Pointer{}, sources: map[string]*Source{}, hidden: map[string]bool{}}
}

// with returns the shelf with a change taken in; what is under it stays. The shelf must be over another.
func (s *shelf) with(c Change) *shelf {
	next := &shelf{
		under: s.under, facts: copyMap(s.facts), pointers: copyMap(s.pointers), sources: copyMap(s.sources), hidden: copyMap(s.hidden),
		order: slices.Clone(s.order),
	}
	for _, x := range c.Sources {
		next.sources[x.ID] = x
	}
	for _, f := range c.Put {
		if next.facts[f.ID] == nil && s.under.fact(f.ID) == nil {
			next.order = append(next.order, f.ID)
		}
		next.facts[f.ID] = f
		delete(next.hidden, f.ID)
	}
	for _, p := range c.Pointers {
		next.pointers[p.ID] = p
		delete(next.hidden, p.ID)
	}
	for _, id := range c.Hide {
		delete(next.facts, id)
		delete(next.pointers, id)
		next.hidden[id] = true
		next.order = slices.DeleteFunc(next.order, func(o string) bool { return o == id })
	}
	return next
}

// restored returns the change with what is to be restored, to what is under the shelf, put or hidden.
func (s *shelf) restored(c Change) Change {
	for _, id := range c.Restore {
		switch h, ok := s.under.get(id); {
		case !ok:
			c.Hide = append(slices.Clone(c.Hide), id)
		case h.Fact != nil:
			c.Put = append(slices.Clone(c.Put), h.Fact)
		default:
			c.Pointers = append(slices.Clone(c.Pointers), h.Pointer)
		}
	}
	return c
}

func copyMap[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m)+1)
	for k, x := range m {
		out[k] = x
	}
	return out
}

func (s *shelf) fact(id string) *Fact {
	for ; s != nil; s = s.under {
		if f := s.facts[id]; f != nil {
			return f
		}
		if s.hidden[id] {
			return nil
		}
	}
	return nil
}

func (s *shelf) pointer(id string) *Pointer {
	for ; s != nil; s = s.under {
		if p := s.pointers[id]; p != nil {
			return p
		}
		if s.hidden[id] {
			return nil
		}
	}
	return nil
}

func (s *shelf) source(id string) *Source {
	for ; s != nil; s = s.under {
		if x := s.sources[id]; x != nil {
			return x
		}
	}
	return nil
}

func (s *shelf) get(id string) (Hit, bool) {
	if f := s.fact(id); f != nil {
		return Hit{Fact: f}, true
	}
	if p := s.pointer(id); p != nil {
		return Hit{Pointer: p}, true
	}
	return Hit{}, false
}

// all yields the facts: those of the bottom first.
func (s *shelf) all() iter.Seq[*Fact] {
	return func(yield func(*Fact) bool) {
		var layers []*shelf
		for x := s; x != nil; x = x.under {
			layers = append(layers, x)
		}
		for _, x := range slices.Backward(layers) {
			for _, id := range x.order {
				if f := s.fact(id); f != nil && !yield(f) {
					return
				}
			}
		}
	}
}
