package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// client is the only part that touches the library. Of the library it uses what makes and reads one request; polling, webhooks and types are our
// own, because the library's poll loop cannot be stopped, retries a revoked token for ever and gives up on a batch for one odd update,
// its requests have no context, and its errors and log lines hold the token.
type client struct {
	token string
	api   string // the server's address, without a slash at the end
	http  *http.Client

	firstWait time.Duration // of backoff
}

// DefaultAPI is Telegram's own Bot API server.
const DefaultAPI = "https://api.telegram.org"

// Bounds of a request.
const (
	callTimeout = 15 * time.Second
	pollSlack   = 10 * time.Second // beyond what a long poll was asked to wait
	maxAnswer   = 16 << 20         // bytes of an answer; 100 updates of the longest messages are far below
)

// tokenShape is what BotFather gives out. Anything else could make an address whose parts end up in an error.
var tokenShape = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)

func newClient(token, api string) (*client, error) {
	if !tokenShape.MatchString(token) {
		return nil, errors.New("telegram: the token does not look like one of BotFather's (digits, a colon, letters)")
	}
	if api == "" {
		api = DefaultAPI
	}
	u, err := url.Parse(api)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("telegram: the address of the Bot API server must be like https://api.telegram.org")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	// Shorter than servers keep a silent connection, so that a request is seldom written into one that is closing: it could not be repeated.
	transport.IdleConnTimeout = 20 * time.Second
	return &client{token: token, api: strings.TrimRight(api, "/"), firstWait: defaultFirstWait, http: &http.Client{
		Transport: transport,
		// A redirect would carry the address, and the token in it, to another server.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// close drops idle connections.
func (c *client) close() { c.http.CloseIdleConnections() }

// params are a method's parameters, as text; put adds what is JSON.
type params map[string]string

func (p params) put(name string, value any) params {
	data, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("telegram: %s cannot be JSON: %v", name, err)) // our own structs of strings and numbers
	}
	p[name] = string(data)
	return p
}

// upload is a file to send along.
type upload struct {
	field, name string
	data        []byte
}

// call calls a method once and decodes its result into out, or drops it where out is nil. Its errors are *apiError.
func (c *client) call(ctx context.Context, method string, p params, out any) error {
	return c.do(ctx, callTimeout, method, p, nil, out)
}

func (c *client) do(ctx context.Context, timeout time.Duration, method string, p params, file *upload, out any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	doer := &doer{client: c.http, ctx: ctx}
	// A value for each call, because the library has no context: the call's own rides in its HTTP client. Made by hand, because the
	// constructor calls getMe and fails while Telegram is away.
	api := &tgbotapi.BotAPI{Token: c.token, Client: doer}
	api.SetAPIEndpoint(strings.ReplaceAll(c.api, "%", "%%") + "/bot%s/%s")
	var answer *tgbotapi.APIResponse
	var err error
	if file == nil {
		answer, err = api.MakeRequest(method, tgbotapi.Params(p))
	} else {
		answer, err = api.UploadFiles(method, tgbotapi.Params(p), []tgbotapi.RequestFile{
			{Name: file.field, Data: tgbotapi.FileBytes{Name: file.name, Bytes: file.data}}})
	}
	if err != nil {
		return c.fault(method, err, doer)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer.Result, out); err != nil {
		return &apiError{method: method, text: "an answer that does not decode: " + err.Error(), maybe: true}
	}
	return nil
}

// repeat calls a method that may be done twice without harm, again after failures that can pass, until it works, tries are used up or
// ctx ends.
func (c *client) repeat(ctx context.Context, tries int, method string, p params, out any) error {
	for n := 1; ; n++ {
		err := c.call(ctx, method, p, out)
		if err == nil || n >= tries || !passing(err) || !sleep(ctx, backoff(c.firstWait, n, err)) {
			return err
		}
	}
}

// download fetches a file that a person sent, at most limit bytes.
func (c *client) download(ctx context.Context, fileID string, limit int) ([]byte, error) {
	var f struct {
		Path string `json:"file_path"`
		Size int    `json:"file_size"`
	}
	if err := c.repeat(ctx, 3, "getFile", params{"file_id": fileID}, &f); err != nil {
		return nil, err
	}
	if f.Size > limit {
		return nil, errTooLarge
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	// Our own address: the library's ignores the configured server.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.api+"/file/bot"+c.token+"/"+strings.TrimLeft(f.Path, "/"), nil)
	if err != nil {
		return nil, &apiError{method: "file", text: "an odd path"}
	}
	d := &doer{client: c.http, ctx: ctx}
	resp, err := d.Do(req)
	if err != nil {
		return nil, c.fault("file", err, d)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, &apiError{method: "file", code: resp.StatusCode, text: http.StatusText(resp.StatusCode)}
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if err != nil {
		return nil, c.fault("file", err, d)
	}
	if len(data) > limit {
		return nil, errTooLarge
	}
	return data, nil
}

var errTooLarge = errors.New("the file is too large")

// doer is the library's HTTP client for one call: it brings the call's context, bounds the answer, notes how far the request got, and
// takes the address, in which the token stands, out of errors.
type doer struct {
	client *http.Client
	ctx    context.Context
	status int
	conned atomic.Bool // a connection was got: from here on the request may have arrived
}

func (d *doer) Do(req *http.Request) (*http.Response, error) {
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { d.conned.Store(true) }}
	resp, err := d.client.Do(req.WithContext(httptrace.WithClientTrace(d.ctx, trace)))
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, err
	}
	d.status = resp.StatusCode
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	return resp, nil
}

// fault makes an error of ours from one of the library's.
func (c *client) fault(method string, err error, d *doer) error {
	e := &apiError{method: method, cause: d.ctx.Err()}
	var told *tgbotapi.Error // only ever a pointer
	switch {
	case errors.As(err, &told):
		e.code, e.text = told.Code, told.Message
		if e.code == 0 { // uploads
			e.code = d.status
		}
		e.retryAfter = time.Duration(told.RetryAfter) * time.Second
		e.movedTo = told.MigrateToChatID
		e.maybe = e.code >= 500
	case d.status >= 400: // a gateway's page in the place of an answer
		e.code, e.text = d.status, http.StatusText(d.status)+" (not an answer of the Bot API)"
		e.maybe = d.status >= 500
	default:
		e.text, e.maybe = err.Error(), d.conned.Load()
	}
	e.text = strings.ReplaceAll(e.text, c.token, "***")
	e.text = strings.ReplaceAll(e.text, url.PathEscape(c.token), "***")
	return e
}

// apiError is what the Bot API said, or what happened on the way to it. It never holds the token.
type apiError struct {
	method     string
	code       int // as the Bot API and HTTP have it; 0 where no answer came
	text       string
	retryAfter time.Duration
	movedTo    int64 // the supergroup that a group became
	maybe      bool  // it may have been done all the same
	cause      error // the context's
}

func (e *apiError) Error() string {
	text := "telegram: " + e.method + ": "
	if e.code != 0 {
		text += strconv.Itoa(e.code) + " "
	}
	return text + e.text
}

func (e *apiError) Unwrap() error { return e.cause }

// codeOf returns the code of an *apiError, 0 of anything else.
func codeOf(err error) int {
	var e *apiError
	if errors.As(err, &e) {
		return e.code
	}
	return 0
}

// says reports whether the Bot API's words hold one of the texts. They are all it tells some failures apart by.
func says(err error, texts ...string) bool {
	var e *apiError
	if !errors.As(err, &e) {
		return false
	}
	for _, t := range texts {
		if strings.Contains(strings.ToLower(e.text), t) {
			return true
		}
	}
	return false
}

// passing reports whether a failure can pass by itself.
func passing(err error) bool {
	var e *apiError
	return errors.As(err, &e) && (e.code == 0 || e.code == http.StatusTooManyRequests || e.code == http.StatusConflict || e.code >= 500)
}
