package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/temoto/robotstxt"
)

// Bounds on what a site can make a run do.
const (
	mostTries     = 3 // of a request that failed in a way that may pass
	mostRedirects = 5
	mostRobots    = 500 << 10        // bytes that are read of a robots.txt (RFC 9309, 2.5)
	mostPause     = 30 * time.Second // that a robots.txt or an answer can ask for
)

// fetcher reads pages, one at a time.
type fetcher struct {
	Options
	client *http.Client
	robots map[string]*robotstxt.RobotsData // by scheme and host
	cache  cache
}

func newFetcher(o Options) *fetcher {
	return &fetcher{
		Options: o, robots: map[string]*robotstxt.RobotsData{}, cache: cache{o.Cache},
		// Redirects are followed by hand: each address on the way has its own robots.txt and its own place in the cache.
		client: &http.Client{Timeout: o.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// page is what an address gave.
type page struct {
	stored
	permanent bool // the address has moved for good, at every step
}

// read returns the page at an address, from the cache where the site says that it has not changed.
func (f *fetcher) read(ctx context.Context, address string) (page, error) {
	p := page{permanent: true}
	for range mostRedirects + 1 {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return p, fmt.Errorf("%q is no address on the web", address)
		}
		u.Fragment = ""
		if err := f.allowed(ctx, u); err != nil {
			return p, err
		}
		answer, err := f.get(ctx, u)
		if err != nil {
			return p, err
		}
		if answer.location == "" {
			p.stored = answer.stored
			p.Address = address
			return p, nil
		}
		p.permanent = p.permanent && answer.permanent
		address = answer.location
	}
	return p, fmt.Errorf("more than %d redirects", mostRedirects)
}

// allowed asks a site's robots.txt, once in a run.
func (f *fetcher) allowed(ctx context.Context, u *url.URL) error {
	site := u.Scheme + "://" + u.Host
	rules, ok := f.robots[site]
	if !ok {
		var err error
		if rules, err = f.readRobots(ctx, site); err != nil {
			return err
		}
		f.robots[site] = rules
	}
	if !rules.TestAgent(u.RequestURI(), f.Agent) {
		return unreadError("its robots.txt asks programs not to read it: look at it yourself")
	}
	return nil
}

func (f *fetcher) readRobots(ctx context.Context, site string) (*robotstxt.RobotsData, error) {
	address := site + "/robots.txt"
	for range mostRedirects + 1 {
		response, err := f.send(ctx, address, stored{})
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(io.LimitReader(response.Body, mostRobots))
		response.Body.Close()
		if err != nil {
			return nil, err
		}
		if location := redirect(response); location != "" {
			address = location
			continue
		}
		rules, err := robotstxt.FromStatusAndBytes(response.StatusCode, body) // no file allows all, a failing server nothing
		if err != nil {
			return nil, unreadError("its robots.txt cannot be understood: look at it yourself")
		}
		return rules, nil
	}
	return nil, errors.New("its robots.txt redirects in circles")
}

// answer is a page or a redirect to another.
type answer struct {
	stored
	location  string
	permanent bool
}

// get reads one address.
func (f *fetcher) get(ctx context.Context, u *url.URL) (answer, error) {
	before, err := f.cache.load(u.String())
	if err != nil {
		return answer{}, err
	}
	response, err := f.send(ctx, u.String(), before)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	if location := redirect(response); location != "" {
		permanent := response.StatusCode == http.StatusMovedPermanently || response.StatusCode == http.StatusPermanentRedirect
		return answer{location: location, permanent: permanent}, nil
	}
	switch {
	case response.StatusCode == http.StatusNotModified && before.known():
		return answer{stored: before}, nil
	case response.StatusCode != http.StatusOK:
		return answer{}, statusError(response.StatusCode)
	}
	now := stored{Address: u.String(), ETag: response.Header.Get("ETag"), LastModified: response.Header.Get("Last-Modified")}
	contentType := response.Header.Get("Content-Type")
	switch kind, _, _ := mime.ParseMediaType(contentType); kind {
	case "text/html", "application/xhtml+xml", "text/plain", "":
	default:
		return answer{}, unreadError(fmt.Sprintf("it is %s, whose text is not read: look at it yourself", kind))
	}
	body := &io.LimitedReader{R: response.Body, N: f.MaxSize + 1}
	now.Texts, err = textsOf(body, contentType)
	if err != nil {
		return answer{}, err
	}
	if body.N == 0 {
		return answer{}, unreadError(fmt.Sprintf("it is longer than %d bytes: look at it yourself", f.MaxSize))
	}
	return answer{stored: now}, f.cache.save(now)
}

// send makes a request, again where its failure may pass, and pauses after each. The caller closes the answer's body.
func (f *fetcher) send(ctx context.Context, address string, before stored) (*http.Response, error) {
	for n := 1; ; n++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("User-Agent", f.Agent)
		request.Header.Set("Accept", "text/html, text/plain;q=0.9, */*;q=0.1")
		before.condition(request)
		response, err := f.client.Do(request)
		passing := err != nil || response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= 500
		pause := f.pause(request.URL)
		if passing {
			pause <<= n - 1
		}
		if err == nil && passing {
			pause = max(pause, retryAfter(response))
		}
		if err := sleep(ctx, min(pause, mostPause)); err != nil || passing && n < mostTries {
			if response != nil {
				response.Body.Close()
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		var asked *url.Error
		if errors.As(err, &asked) {
			err = asked.Err // the address is said already
		}
		return response, err
	}
}

// pause is how long to leave a site alone.
func (f *fetcher) pause(u *url.URL) time.Duration {
	pause := f.Pause
	if rules := f.robots[u.Scheme+"://"+u.Host]; rules != nil {
		if group := rules.FindGroup(f.Agent); group != nil {
			pause = max(pause, group.CrawlDelay)
		}
	}
	return pause
}

// redirect is where an answer sends its reader, "" where it does not.
func redirect(r *http.Response) string {
	switch r.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if location, err := r.Location(); err == nil {
			return location.String()
		}
	}
	return ""
}

// retryAfter is what an answer asks for in seconds (RFC 9110, 10.2.3); a date there is passed over.
func retryAfter(r *http.Response) time.Duration {
	seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, int(mostPause/time.Second))) * time.Second
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
