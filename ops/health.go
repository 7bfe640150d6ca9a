package ops

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check finds out whether a part works, and says how it is in a few words that anybody may read. It heeds its context.
type Check func(context.Context) (state string, ok bool)

// State is how a part is.
type State struct {
	OK    bool   `json:"ok"`
	State string `json:"state"`
}

// Health knows what has to work for the bot to answer, and to keep what it is told.
type Health struct {
	answering, keeping map[string]Check
	stop               atomic.Bool

	mu   sync.Mutex // one who checks at a time
	last map[string]State
	at   time.Time
}

const (
	// checkFor is how long a check may take.
	checkFor = 2 * time.Second
	// freshFor is how long a finding that all is well stands: however often somebody asks, the disk is not written to more often.
	freshFor = 5 * time.Second
)

// NewHealth returns the health of these parts, by their names: those that questions need, whose checks are not to wait for anything, and those that
// only changes need.
func NewHealth(answering, keeping map[string]Check) *Health {
	return &Health{answering: answering, keeping: keeping}
}

// Stop says that the program is stopping: it is not ready any more.
func (h *Health) Stop() { h.stop.Store(true) }

// check returns how each part is.
func (h *Health) check() map[string]State {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.at) < freshFor && allOK(h.last) {
		return h.last
	}
	found := h.questions()
	maps.Copy(found, ask(h.keeping))
	h.last, h.at = found, time.Now()
	return found
}

// questions returns how each part is that questions need. It waits for nobody.
func (h *Health) questions() map[string]State { return ask(h.answering) }

func ask(checks map[string]Check) map[string]State {
	ctx, cancel := context.WithTimeout(context.Background(), checkFor)
	defer cancel()
	found := map[string]State{}
	for name, check := range checks {
		state, ok := check(ctx)
		found[name] = State{ok, state}
	}
	return found
}

func allOK(parts map[string]State) bool {
	for _, s := range parts {
		if !s.OK {
			return false
		}
	}
	return parts != nil
}

// live answers as long as the program runs at all.
func live(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, map[string]bool{"live": true})
}

// ready answers 200 where every part that check returns works and 503 where one does not, or the program is stopping, and says which.
func (h *Health) ready(check func() map[string]State) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		body := struct {
			Ready bool             `json:"ready"`
			Parts map[string]State `json:"parts"`
		}{Parts: check()}
		body.Ready = allOK(body.Parts) && !h.stop.Load()
		status := http.StatusOK
		if !body.Ready {
			status = http.StatusServiceUnavailable
		}
		write(w, status, body)
	}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever asked may be gone
}

// Handler serves /livez, /readyz, /readyz/questions and /metrics.
func Handler(h *Health, m *Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", live)
	mux.HandleFunc("GET /readyz", h.ready(h.check))
	mux.HandleFunc("GET /readyz/questions", h.ready(h.questions))
	// A compressor takes 0.8 MB for as long as it is kept, and what it would compress is 30 kB.
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, DisableCompression: true}))
	return mux
}

// Serve serves a handler at an address until ctx ends. It returns once it listens, with the address it listens at; wait returns when nothing of it
// runs any more.
func Serve(ctx context.Context, address string, handler http.Handler, log *slog.Logger) (at string, wait func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	var group sync.WaitGroup
	group.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("health checks and metrics are not served any more", "err", err)
		}
	})
	group.Go(func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(late) != nil {
			_ = server.Close()
		}
	})
	return listener.Addr().String(), group.Wait, nil
}
