package discord

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// transport sends the library's requests: to the address that is set, no faster than allowed, and with answers that are read here in the place
// of the library, which retries refusals without bound and takes Cloudflare's pages for broken JSON.
type transport struct {
	base   *http.Transport
	scheme string
	host   string
	prefix string // in the place of /api/v9; "" leaves that
	limits *limits
	// blocked is how long to send nothing after Cloudflare's answer.
	blocked time.Duration
}

// limitedError is a 429: the request was not carried out.
type limitedError struct {
	after  time.Duration
	global bool
}

func (e limitedError) Error() string { return fmt.Sprintf("discord asks to wait %v", e.after) }

// blockedError is Cloudflare's refusal, in front of Discord: the request was not carried out.
type blockedError struct{ status int }

func (e blockedError) Error() string {
	return fmt.Sprintf("a page in the place of an answer (HTTP %d): discord's front blocks this address for now", e.status)
}

// serverError is a 5xx: nobody knows whether the request was carried out.
type serverError struct{ status int }

func (e serverError) Error() string { return fmt.Sprintf("discord fails with HTTP %d", e.status) }

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 16 << 20

// newTransport sends to the API at the address, "" being Discord's own. An address may hold a path in the place of /api/v9.
func newTransport(address string) (*transport, error) {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 32
	base.ResponseHeaderTimeout = 15 * time.Second
	t := &transport{base: base, limits: newLimits(), blocked: blockedFor}
	if address == "" {
		return t, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("discord: %q is not the address of an API: write http:// or https:// and a host", address)
	}
	t.scheme, t.host = u.Scheme, u.Host
	t.prefix = strings.TrimSuffix(u.Path, "/")
	if strings.HasSuffix(t.prefix, "/api") {
		t.prefix += "/v9"
	}
	return t, nil
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	name, interaction := routeOf(r.Method, r.URL.Path)
	leave, err := t.limits.enter(r.Context(), name, interaction)
	if err != nil {
		return nil, err
	}
	var header http.Header
	defer func() { leave(header) }()
	r = r.Clone(r.Context())
	if t.host != "" {
		r.URL.Scheme, r.URL.Host, r.Host = t.scheme, t.host, t.host
		if rest, ok := strings.CutPrefix(r.URL.Path, "/api/v9"); ok && t.prefix != "" {
			r.URL.Path = t.prefix + rest
		}
	}
	response, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	header = response.Header.Clone()
	if err := t.refused(response, name); err != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
		_ = response.Body.Close()
		return nil, err
	}
	// The library's own limiter would sleep by these with its lock held.
	for key := range response.Header {
		if strings.HasPrefix(key, "X-Ratelimit-") {
			response.Header.Del(key)
		}
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, maxAnswer), response.Body}
	return response, nil
}

// refused tells answers that the library must not see, and holds what has to be held after them.
func (t *transport) refused(r *http.Response, name string) error {
	html := strings.HasPrefix(r.Header.Get("Content-Type"), "text/html")
	switch {
	case html && (r.StatusCode == http.StatusTooManyRequests || r.StatusCode == http.StatusForbidden):
		hold := t.blocked
		if after, ok := seconds(r.Header.Get("Retry-After")); ok {
			hold = max(hold, after)
		}
		t.limits.block(hold)
		return blockedError{r.StatusCode}
	case r.StatusCode == http.StatusTooManyRequests:
		e := readLimited(r)
		if e.global {
			t.limits.pauseAll(e.after)
		} else {
			t.limits.pause(name, e.after)
		}
		return e
	case r.StatusCode >= 500:
		return serverError{r.StatusCode}
	}
	return nil
}

func readLimited(r *http.Response) limitedError {
	var body struct {
		RetryAfter float64 `json:"retry_after"` // seconds
		Global     bool    `json:"global"`
	}
	_ = json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&body)
	after := time.Duration(min(max(body.RetryAfter, 0), 86400) * float64(time.Second))
	if header, ok := seconds(r.Header.Get("Retry-After")); ok && after == 0 {
		after = header
	}
	if after == 0 {
		after = time.Second
	}
	return limitedError{after, body.Global || r.Header.Get("X-RateLimit-Global") != ""}
}
