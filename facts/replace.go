package facts

import (
	"fmt"
	"maps"
	"slices"
)

// Replace puts what another engine answers from in the place of what this one does, at once and for all spaces. The other is not used
// afterwards. What a reply that is being drawn meanwhile refers to by id (see Source) stays known until the next Replace.
func (e *Engine) Replace(next *Engine) {
	e.change.Lock()
	defer e.change.Unlock()
	past := map[string]map[string]*Source{}
	for name, v := range *e.views.Load() {
		past[name] = v.shelf.allSources()
	}
	e.past.Store(&past)
	e.views.Store(next.views.Load())
}

// pastSource returns a source that there was before the last Replace, or nil.
func (e *Engine) pastSource(space, id string) *Source {
	past := e.past.Load()
	if past == nil {
		return nil
	}
	if s := (*past)[space][id]; s != nil {
		return s
	}
	return (*past)[""][id]
}

// Unsourced lists the facts of a space's own whose quotes refer to a source that there is not: what they are laid over has lost it. They cannot
// be shown.
func (e *Engine) Unsourced(space string) (ids []string, faults Faults) {
	v := e.view(space)
	if v.shelf.under == nil {
		return nil, nil // loading a pack checks that
	}
	for _, id := range slices.Sorted(maps.Keys(v.shelf.facts)) {
		for _, q := range v.shelf.facts[id].AllQuotes() {
			if v.shelf.source(q.Source) == nil {
				ids = append(ids, id)
				faults = append(faults, Fault{File: space, ID: id, Text: fmt.Sprintf("it quotes the source %q, which the set no longer has", q.Source)})
				break
			}
		}
	}
	return ids, faults
}

// allSources returns the sources of the shelf and of those under it.
func (s *shelf) allSources() map[string]*Source {
	if s.under == nil {
		return s.sources
	}
	all := maps.Clone(s.under.allSources())
	maps.Copy(all, s.sources)
	return all
}
