package telegram

import (
	"sync"
	"time"
)

// maxRemembered bounds what a memory holds.
const maxRemembered = 5000

// memory remembers values for a time. It is for what may be lost.
type memory[K comparable, V any] struct {
	keep time.Duration

	mu    sync.Mutex
	known map[K]remembered[V]
}

type remembered[V any] struct {
	value V
	at    time.Time
}

func (m *memory[K, V]) set(k K, v V) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) >= maxRemembered {
		for k, r := range m.known {
			if now.Sub(r.at) > m.keep {
				delete(m.known, k)
			}
		}
	}
	if m.known == nil || len(m.known) >= maxRemembered {
		m.known = map[K]remembered[V]{}
	}
	m.known[k] = remembered[V]{v, now}
}

func (m *memory[K, V]) get(k K) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.known[k]
	if !ok || time.Since(r.at) > m.keep {
		return v, false
	}
	return r.value, true
}

// take is get, once.
func (m *memory[K, V]) take(k K) (V, bool) {
	v, ok := m.get(k)
	m.mu.Lock()
	delete(m.known, k)
	m.mu.Unlock()
	return v, ok
}
