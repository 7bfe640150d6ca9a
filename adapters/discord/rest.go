package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

// rest sends requests through the library, one way for all of them.
type rest struct {
	session   *discordgo.Session // never opened
	transport *transport
	retry     backoff
	fatal     func(error) // told when Discord does not accept the token
	happened  func(bot.Event)
}

// requestWithin bounds one request where its caller's context does not, the wait for its turn included.
const requestWithin = 2 * time.Minute

func newRest(token, address string, first time.Duration, fatal func(error)) (*rest, error) {
	t, err := newTransport(address)
	if err != nil {
		return nil, err
	}
	session, err := discordgo.New("Bot " + token)
	if err != nil {
		return nil, err
	}
	session.LogLevel = -1
	session.ShouldRetryOnRateLimit = false
	session.MaxRestRetries = 0
	session.Client = &http.Client{Timeout: requestWithin, Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &rest{session: session, transport: t, retry: backoff{base: first, most: 10 * first}, fatal: fatal, happened: func(bot.Event) {}}, nil
}

// call is one request.
type call struct {
	method string
	path   string // after the API's version
	body   any    // JSON, nil for none
	files  []upload
	// repeat: doing it twice is as doing it once, so that it may be sent again where nobody knows whether it was carried out.
	repeat bool
	open   bool // works without the token: a refusal says nothing about it
}

// apiError is Discord's refusal of a request.
type apiError struct {
	status, code int
	message      string
}

func (e apiError) Error() string {
	return fmt.Sprintf("discord refuses with HTTP %d, code %d: %s", e.status, e.code, e.message)
}

// Codes of refusals (docs.discord.com, "JSON Error Codes").
const (
	codeUnknownChannel     = 10003
	codeUnknownMessage     = 10008
	codeUnknownInteraction = 10062
	codeTooManyPins        = 30003
	codeAnswered           = 40060 // the interaction was answered already
)

// mostTries is how often a request is sent at most.
const mostTries = 8

// do sends a request and returns the answer's body. It sends it again only where that cannot do a thing twice: where Discord said that it
// did nothing, where there was no connection, or where the call says that repeating is harmless.
func (r *rest) do(ctx context.Context, c call) ([]byte, error) {
	contentType, body, err := c.encode()
	if err != nil {
		return nil, err
	}
	tries := r.retry
	for n := 1; ; n++ {
		data, err := r.send(ctx, c, contentType, body)
		if err == nil {
			return data, nil
		}
		if n > 1 && c.open && errors.As(err, new(apiError)) && codeOf(err) == codeAnswered {
			return nil, nil // the first try came through after all
		}
		var limited limitedError
		again := !errors.As(err, new(apiError)) && (c.repeat || unsent(err))
		if !again || n == mostTries || errors.Is(err, errHeld) || errors.As(err, new(blockedError)) || ctx.Err() != nil {
			return nil, err
		}
		// What a 429 asked for is held by the limits; interactions have no route there.
		wait := tries.next()
		if errors.As(err, &limited) {
			wait = max(wait, limited.after)
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < wait {
			return nil, err
		}
		if sleep(ctx, wait) != nil {
			return nil, err
		}
		r.happened(bot.Retried)
	}
}

func (c *call) encode() (contentType string, body []byte, err error) {
	switch {
	case len(c.files) > 0:
		var files []*discordgo.File
		for _, f := range c.files {
			files = append(files, &discordgo.File{Name: f.name, ContentType: f.kind, Reader: bytes.NewReader(f.data)})
		}
		return discordgo.MultipartBodyWithJSON(c.body, files)
	case c.body != nil:
		body, err = json.Marshal(c.body)
	}
	return "application/json", body, err
}

func (r *rest) send(ctx context.Context, c call, contentType string, body []byte) ([]byte, error) {
	// A bucket of its own for each request: the library would keep every one for ever, and lets one request of a bucket run at a time.
	bucket := &discordgo.Bucket{}
	bucket.Lock()
	data, err := r.session.RequestWithLockedBucket(c.method, discordgo.EndpointAPI+c.path, contentType, body, bucket, 0, discordgo.WithContext(ctx))
	var refused *discordgo.RESTError
	if !errors.As(err, &refused) {
		return data, withoutAddress(err)
	}
	e := apiError{status: refused.Response.StatusCode}
	if refused.Message != nil {
		e.code, e.message = refused.Message.Code, refused.Message.Message
	}
	if e.message == "" {
		e.message = "no reason given"
	}
	if e.status == http.StatusUnauthorized && !c.open {
		r.fatal(fatalError("discord does not accept the token: it was reset, or it is another application's"))
	}
	return nil, e
}

// withoutAddress takes the address out of a transport's error: it can hold the token of an interaction.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// unsent reports whether an error says that Discord did not carry the request out.
func unsent(err error) bool {
	var network *net.OpError
	switch {
	case errors.Is(err, errHeld), errors.As(err, new(limitedError)), errors.As(err, new(blockedError)), errors.As(err, new(apiError)):
		return true
	}
	return errors.As(err, &network) && network.Op == "dial"
}

func codeOf(err error) int {
	var e apiError
	errors.As(err, &e)
	return e.code
}

func statusOf(err error) int {
	var e apiError
	errors.As(err, &e)
	return e.status
}
