package telegram

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// With several processes each takes updates by the same webhook, whose address and secret come from the configuration and the token: that all set it
// changes nothing, and none ever removes it. The proxy decides which gets an update. Telegram repeats one that was not answered with 200, to whoever it
// then goes to, and says nothing of it being a repetition. It is answered within milliseconds, as soon as it is queued in memory; so a process that died
// before it answered has, as a rule, not handled it either, and the repetition is what saves the question. Where a process queued an update and lives, and
// its 200 is lost on the way, another may handle it again. To rule that out would take a write for every update before it is answered, in a database
// that may be away; it is not done. Polling has no such gap.

// Webhook is how Telegram delivers updates by itself. The address is a reverse proxy's, which has the certificate and passes requests on to Listen.
type Webhook struct {
	URL    string // public, https://; a secret path is added. "" polls
	Listen string // where to take requests, like 127.0.0.1:8090
}

// Bounds of what is taken from the network.
const (
	maxUpdate       = 1 << 20 // bytes
	webhookTimeout  = 10 * time.Second
	maxWebhookConns = "20"
)

// secret makes a secret from the token, so that there is nothing more to configure and a restart has the same.
func (a *Adapter) secret(use string) string {
	mac := hmac.New(sha256.New, []byte(a.client.token))
	mac.Write([]byte("testigo webhook " + use))
	return hex.EncodeToString(mac.Sum(nil))[:40]
}

// serve takes updates by webhook until ctx ends. The webhook stays set: Telegram keeps what comes meanwhile for a day.
func (a *Adapter) serve(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.webhook.Listen)
	if err != nil {
		return fmt.Errorf("telegram: webhook: %w", err)
	}
	server := &http.Server{
		Handler: a.hook(ctx), ReadTimeout: webhookTimeout, ReadHeaderTimeout: webhookTimeout, WriteTimeout: webhookTimeout,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	err = a.client.repeat(ctx, 10, "setWebhook", params{
		"url": strings.TrimRight(a.webhook.URL, "/") + "/" + a.secret("path"), "secret_token": a.secret("header"), "max_connections": maxWebhookConns,
	}.put("allowed_updates", wanted), nil)
	switch {
	case ctx.Err() != nil:
		err = nil
	case err != nil:
		err = fmt.Errorf("telegram: the webhook could not be set: %w", err)
	default:
		a.up.Store(true)
		select {
		case <-ctx.Done():
		case err = <-served:
			return fmt.Errorf("telegram: webhook: %w", err)
		}
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), webhookTimeout)
	defer cancel()
	if e := server.Shutdown(stop); e != nil {
		_ = server.Close()
	}
	if e := <-served; !errors.Is(e, http.ErrServerClosed) && err == nil {
		err = fmt.Errorf("telegram: webhook: %w", e)
	}
	return err
}

// hook answers Telegram's requests: 200 once an update is queued, and only then.
func (a *Adapter) hook(ctx context.Context) http.Handler {
	path, header := "/"+a.secret("path"), a.secret("header")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The proxy may have taken a prefix off, or not: the secret is the path's end.
		end := r.URL.Path[max(0, strings.LastIndexByte(r.URL.Path, '/')):]
		switch {
		case !same(end, path):
			http.Error(w, "not found", http.StatusNotFound)
			return
		case r.Method != http.MethodPost:
			http.Error(w, "post only", http.StatusMethodNotAllowed)
			return
		case !same(r.Header.Get("X-Telegram-Bot-Api-Secret-Token"), header):
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpdate))
		if err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		got, _ := a.decode([]json.RawMessage{body})
		for i := range got { // one, or none where it did not decode: that one is not wanted again
			if !a.acceptNow(ctx, &got[i]) {
				http.Error(w, "busy", http.StatusServiceUnavailable)
				return
			}
		}
		w.WriteHeader(http.StatusOK)
	})
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// acceptNow is accept that does not wait: it reports whether the update was queued, or came before.
func (a *Adapter) acceptNow(ctx context.Context, u *update) bool {
	if ctx.Err() != nil {
		return false
	}
	if !a.seen.add(u.ID) {
		return true
	}
	if !a.lanes.tryAdd(u.lane(), func(ctx context.Context) { a.handle(ctx, u) }) {
		a.seen.remove(u.ID)
		return false
	}
	return true
}
