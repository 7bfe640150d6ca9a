package discord

import "sync"

// recent remembers values by key, the latest ones only. It may be used from any number of goroutines.
type recent[V any] struct {
	mu     sync.Mutex
	values map[string]V
	order  []string // a ring once it is full
	next   int
}

func newRecent[V any](most int) *recent[V] {
	return &recent[V]{values: map[string]V{}, order: make([]string, 0, most)}
}

func (r *recent[V]) get(key string) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.values[key]
	return v, ok
}

// put remembers a value and reports whether its key is new.
func (r *recent[V]) put(key string, v V) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, known := r.values[key]
	r.values[key] = v
	if known {
		return false
	}
	if len(r.order) < cap(r.order) {
		r.order = append(r.order, key)
		return true
	}
	delete(r.values, r.order[r.next])
	r.order[r.next] = key
	r.next = (r.next + 1) % len(r.order)
	return true
}
