package telegram

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Bounds of what is logged of one thing.
const (
	logAgain   = 10 * time.Minute
	maxLogKeys = 1000
)

// onceLog logs the same thing once in a while.
type onceLog struct {
	to *slog.Logger

	mu   sync.Mutex
	last map[string]time.Time
}

// log logs, unless it did so for this message and key within logAgain. A key may be "".
func (l *onceLog) log(level slog.Level, message, key string, err error) {
	now := time.Now()
	l.mu.Lock()
	at, known := l.last[message+key]
	again := !known || now.Sub(at) >= logAgain
	if again {
		if l.last == nil || len(l.last) >= maxLogKeys {
			l.last = map[string]time.Time{}
		}
		l.last[message+key] = now
	}
	l.mu.Unlock()
	switch {
	case again && err != nil:
		l.to.Log(context.Background(), level, message, "about", key, "error", err)
	case again:
		l.to.Log(context.Background(), level, message, "about", key)
	}
}
