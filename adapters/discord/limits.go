package discord

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Discord's limits on requests (docs.discord.com, "Rate Limits"): 50 a second for everything but interactions, of which the adapter keeps a
// little under, whichever second is looked at; and per route what the answers' headers say.
const (
	perSecond  = 42
	atOnce     = 5    // after a rest
	mostRoutes = 1000 // remembered at once
	// blockedFor is how long nothing is sent after Cloudflare, in front of Discord, answered in its place: it does so after thousands of
	// requests that were refused, and lengthens the block while they go on.
	blockedFor = 5 * time.Minute
)

// The same for all processes together. Less, because their requests bunch: an answer of the database may be late, and then as many as ask for their turn
// at once go out together, of each process; and one that is cut off from the database sends its part beside what the others send in full. Three
// processes stay below 50 that way.
const (
	perSecondTogether = 34
	atOnceTogether    = 2
	mostAsking        = 3 // of one process
)

// errHeld means that a request was not sent, because it would have had to wait for longer than it may.
var errHeld = errors.New("discord asked to wait, for longer than this request may")

// limits holds requests back. It is the only limiter: the transport keeps the headers from the library's own, which holds its lock
// during requests, knows no context and does not hold everything after a global limit.
type limits struct {
	rate *rate.Limiter
	// shared waits until one more request may go out of all processes that are the same bot; nil where this is the only one. A few requests at a time wait
	// there, because each that does asks the database again and again.
	shared func(context.Context) error
	asking chan struct{}

	mu      sync.Mutex
	until   time.Time // nothing but interactions is sent before
	blocked time.Time // nothing at all is
	routes  map[string]*route
}

// route is one of Discord's rate-limit buckets, as far as its path tells. One request of a route runs at a time, which also keeps the
// messages of a channel in order.
type route struct {
	turn  chan struct{}
	until time.Time // guarded by limits.mu
	waits int       // requests that use it, guarded by limits.mu
}

func newLimits() *limits {
	return &limits{rate: rate.NewLimiter(perSecond, atOnce), asking: make(chan struct{}, mostAsking), routes: map[string]*route{}}
}

// routeOf names the bucket of a request: its channel, server or webhook counts, other ids do not. Interactions have none, and are outside
// the limit per second.
func routeOf(method, path string) (name string, interaction bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for len(parts) > 0 && (parts[0] == "api" || isVersion(parts[0])) {
		parts = parts[1:]
	}
	if len(parts) > 0 && (parts[0] == "interactions" || parts[0] == "webhooks") {
		return "", true
	}
	for i := 2; i < len(parts); i++ {
		if _, err := strconv.ParseUint(parts[i], 10, 64); err == nil {
			parts[i] = "-"
		}
	}
	return method + " " + strings.Join(parts, "/"), false
}

func isVersion(s string) bool {
	if len(s) < 2 || s[0] != 'v' {
		return false
	}
	_, err := strconv.Atoi(s[1:])
	return err == nil
}

// enter waits until a request of the route may go out, and returns what to call with the answer's headers, nil if there was none.
func (l *limits) enter(ctx context.Context, name string, interaction bool) (leave func(http.Header), err error) {
	if interaction {
		return func(http.Header) {}, l.hold(ctx, nil)
	}
	r := l.route(name)
	release := func() {
		l.mu.Lock()
		r.waits--
		l.mu.Unlock()
	}
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		release()
		return nil, errors.Join(errHeld, ctx.Err())
	}
	leave = func(h http.Header) {
		l.observe(r, h)
		<-r.turn
		release()
	}
	err = l.hold(ctx, r)
	if err == nil && l.pace(ctx) != nil {
		err = errHeld
	}
	if err != nil {
		leave(nil)
		return nil, err
	}
	return leave, nil
}

// pace waits until one more request may go out.
func (l *limits) pace(ctx context.Context) error {
	if err := l.rate.Wait(ctx); err != nil || l.shared == nil {
		return err
	}
	select {
	case l.asking <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.asking }()
	return l.shared(ctx)
}

func (l *limits) route(name string) *route {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.routes[name]
	if r == nil {
		if len(l.routes) >= mostRoutes {
			l.forget()
		}
		r = &route{turn: make(chan struct{}, 1)}
		l.routes[name] = r
	}
	r.waits++
	return r
}

// forget drops the routes that hold nothing back.
func (l *limits) forget() {
	now := time.Now()
	for name, r := range l.routes {
		if r.waits == 0 && !r.until.After(now) {
			delete(l.routes, name)
		}
	}
}

// hold waits for what was asked of everybody and of the route, nil being an interaction's, or fails at once where that takes longer than ctx lasts.
func (l *limits) hold(ctx context.Context, r *route) error {
	for {
		l.mu.Lock()
		until := l.blocked
		if r != nil {
			until = latest(until, l.until, r.until)
		}
		l.mu.Unlock()
		wait := time.Until(until)
		if wait <= 0 {
			return nil
		}
		if end, ok := ctx.Deadline(); ok && end.Before(until) {
			return errHeld
		}
		if err := sleep(ctx, wait); err != nil {
			return errors.Join(errHeld, err)
		}
	}
}

func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}

// observe takes what an answer says of its route.
func (l *limits) observe(r *route, h http.Header) {
	if h == nil || h.Get("X-RateLimit-Remaining") != "0" {
		return
	}
	if after, ok := seconds(h.Get("X-RateLimit-Reset-After")); ok {
		l.mu.Lock()
		r.until = time.Now().Add(after)
		l.mu.Unlock()
	}
}

// pause holds a route for a while; pauseAll everything that Discord's global limit is about, block everything.
func (l *limits) pause(name string, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.routes[name]; r != nil {
		r.until = latest(r.until, time.Now().Add(d))
	}
}

func (l *limits) pauseAll(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = latest(l.until, time.Now().Add(d))
}

func (l *limits) block(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocked = latest(l.blocked, time.Now().Add(d))
}

// seconds reads a header's seconds, at most a day of them.
func seconds(s string) (time.Duration, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 0) {
		return 0, false
	}
	return time.Duration(min(n, 86400) * float64(time.Second)), true
}
