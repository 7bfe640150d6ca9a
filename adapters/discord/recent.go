package discord

import "sync"

// recent remembers values by key, the latest ones only. It may be used from any number of goroutines.
type recent[K comparable, V any] struct {
	mu     sync.Mutex
	most   int
	values map[K]V
	order  []K // a ring once it is full
	next   int
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{most: most, values: map[K]V{}}
}

func (r *recent[K, V]) get(key K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.values[key]
	return v, ok
}

// put remembers a value and reports whether its key is new.
func (r *recent[K, V]) put(key K, v V) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, known := r.values[key]
	r.values[key] = v
	if known {
		return false
	}
	if len(r.order) < r.most {
		r.order = append(r.order, key)
		return true
	}
	delete(r.values, r.order[r.next])
	r.order[r.next] = key
	r.next = (r.next + 1) % len(r.order)
	return true
}
