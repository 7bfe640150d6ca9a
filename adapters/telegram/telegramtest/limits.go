package telegramtest

import (
	"fmt"
	"time"
)

// What Telegram allows a bot before it refuses (core.telegram.org/bots/faq): about 30 messages a second in all, and 20 a minute in a group. The first is
// looked at over three seconds, so that a moment in which a test's machine was busy is no problem of the bot's.
const (
	allWindow, mostInAll     = 3 * time.Second, 90
	groupWindow, mostInGroup = time.Minute, 20
)

// limits counts messages, whoever sends them.
type limits struct {
	speed  float64
	all    []time.Time
	groups map[int64][]time.Time
}

// CountLimits has the server count from now on, and report as a problem, messages beyond what Telegram allows a bot in all and in a group. With a speed
// other than 1 time is so many times as fast.
func (s *Server) CountLimits(speed float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = &limits{speed: speed, groups: map[int64][]time.Time{}}
}

// count counts a message and returns what is wrong, if anything.
func (l *limits) count(chat int64, now time.Time) string {
	if l == nil {
		return ""
	}
	within := func(times []time.Time, window time.Duration) []time.Time {
		from := now.Add(-time.Duration(float64(window) / l.speed))
		for len(times) > 0 && times[0].Before(from) {
			times = times[1:]
		}
		return append(times, now)
	}
	if l.all = within(l.all, allWindow); len(l.all) > mostInAll {
		return fmt.Sprintf("%d messages in %v, which is more than Telegram takes", len(l.all), allWindow)
	}
	if chat > 0 {
		return ""
	}
	if l.groups[chat] = within(l.groups[chat], groupWindow); len(l.groups[chat]) > mostInGroup {
		return fmt.Sprintf("%d messages in %v in the group %d, which is more than Telegram takes", len(l.groups[chat]), groupWindow, chat)
	}
	return ""
}
