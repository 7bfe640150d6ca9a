package watch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/facts"
)

// site is a web server for tests: what it answers by path, and what it was asked.
type site struct {
	*httptest.Server
	pages map[string]http.HandlerFunc

	mu       sync.Mutex
	asked    []string
	together int // requests that were open at once, at most
	open     int
}

func newSite(t *testing.T) *site {
	s := &site{pages: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.RequestURI())
		s.open++
		s.together = max(s.together, s.open)
		page := s.pages[r.URL.Path]
		s.mu.Unlock()
		defer func() { s.mu.Lock(); s.open--; s.mu.Unlock() }()
		if !strings.HasPrefix(r.UserAgent(), "testigo/test") {
			t.Errorf("asked as %q", r.UserAgent())
		}
		if page == nil {
			http.NotFound(w, r)
			return
		}
		page(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) times(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, a := range s.asked {
		if a == path {
			n++
		}
	}
	return n
}

func shows(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, text)
	}
}

func answers(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}
}

const quote = "The library opened on 4 March 1931 in the old mill."

// packOf has a source for each address, each quoted by a fact.
func packOf(addresses ...string) *facts.Pack {
	p := &facts.Pack{}
	for i, a := range addresses {
		id := fmt.Sprintf("s%d", i+1)
		p.Sources = append(p.Sources, &facts.Source{ID: id, Address: a})
		p.Facts = append(p.Facts, &facts.Fact{ID: "about-" + id, Quotes: []facts.Quote{{Source: id, Exact: quote}}})
	}
	return p
}

var quick = Options{Agent: "testigo/test", Pause: time.Millisecond, Timeout: 5 * time.Second}

func check(t *testing.T, p *facts.Pack, o Options) Report {
	t.Helper()
	r, err := Check(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatIsFound(t *testing.T) {
	tests := []struct {
		name string
		page http.HandlerFunc
		kind Kind // "" where nothing is to be said
		text string
	}{
		{"the quote as it stands", shows("<p>" + quote + "</p>"), "", ""},
		{"with other white space", shows("<p>The library\n\topened on&nbsp;4 March\u2009 1931 in <b>the old</b> mill.</p>"), "", ""},
		{"with a footnote mark in it", shows(`<p>The library opened on 4 March 1931<sup><a href="#1">[1]</a></sup> in the old mill.</p>`), "", ""},
		{"with a soft hyphen", shows("<p>The li&shy;brary opened on 4 March 1931 in the old mill.</p>"), "", ""},
		{"over a line break", shows("<p>The library opened on 4 March 1931<br>in the old mill.</p>"), "", ""},
		{"as plain text", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, quote)
		}, "", ""},
		{"in another encoding", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
			fmt.Fprint(w, "<p>a\xf1o. "+quote)
		}, "", ""},
		{"with another figure", shows("<p>The library opened on 5 March 1931 in the old mill.</p>"), Lost, "no longer at"},
		{"only in a script", shows("<script>\"" + quote + "\"</script>"), Lost, `"The library opened`},
		{"only in the head", shows("<head><title>" + quote + "</title></head><body>x</body>"), Lost, "(about-s1)"},
		{"over two table cells that make one word", shows("<table><tr><td>The library opened on 4 March 19</td><td>31 in the old mill.</td></table>"), Lost, "no longer"},
		{"an empty page", shows(""), Lost, "no longer"},
		{"a page that is gone", answers(410), Dead, "HTTP 410 Gone"},
		{"a page that nobody may see", answers(403), Dead, "HTTP 403"},
		{"a server that fails", answers(500), Dead, "HTTP 500"},
		{"a redirect without an address", answers(302), Dead, "HTTP 302"},
		{"a redirect in circles", answers(301, "Location", "/page"), Dead, "redirects"},
		{"a redirect off the web", answers(301, "Location", "file:///etc/passwd"), Dead, "no address on the web"},
		{"a document that is no page", answers(200, "Content-Type", "application/pdf"), Unread, "application/pdf"},
		{"a page that is too long", shows(strings.Repeat("x", 20_000) + quote), Unread, "longer than 10000 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			s.pages["/page"] = tt.page
			o := quick
			o.MaxSize = 10_000
			r := check(t, packOf(s.URL+"/page"), o)
			if tt.kind == "" {
				if len(r.Findings) > 0 || r.Addresses != 1 || r.Quotes != 1 {
					t.Errorf("%+v", r)
				}
				return
			}
			if len(r.Findings) != 1 || r.Findings[0].Kind != tt.kind || r.Findings[0].Source != "s1" || !strings.Contains(r.Findings[0].String(), tt.text) {
				t.Errorf("got %+v, want %s, %q", r.Findings, tt.kind, tt.text)
			}
		})
	}
}

func TestAnAddressWithNobodyBehindIt(t *testing.T) {
	s := newSite(t)
	address := s.URL
	s.Close()
	r := check(t, packOf(address+"/page", "mailto:somebody@example.org"), quick)
	if len(r.Findings) != 2 || r.Findings[0].Kind != Dead || r.Findings[1].Kind != Dead || !r.Findings[0].Wrong() {
		t.Errorf("%+v", r.Findings)
	}
}

func TestRedirectsAreToldAndFollowed(t *testing.T) {
	s := newSite(t)
	s.pages["/old"], s.pages["/middle"], s.pages["/new"] = answers(301, "Location", "/middle"), answers(308, "Location", "/new"), shows(quote)
	s.pages["/today"] = answers(302, "Location", "/new")
	r := check(t, packOf(s.URL+"/old", s.URL+"/today"), quick)
	if len(r.Findings) != 2 || r.Addresses != 2 {
		t.Fatalf("%+v", r)
	}
	for i, words := range []string{"/old has moved to " + s.URL + "/new", "/today leads for now to " + s.URL + "/new"} {
		if f := r.Findings[i]; f.Kind != Moved || f.Wrong() || !strings.Contains(f.String(), words) {
			t.Errorf("%+v, want %q", f, words)
		}
	}
}

func TestRobotsAreRespected(t *testing.T) {
	tests := []struct {
		name   string
		robots http.HandlerFunc
		read   bool
	}{
		{"none", answers(404), true},
		{"one that forbids others", shows("User-agent: others\nDisallow: /"), true},
		{"one that forbids all", shows("User-agent: *\nDisallow: /"), false},
		{"one that forbids this program", shows("User-agent: *\nAllow: /\n\nUser-agent: testigo\nDisallow: /page"), false},
		{"one that forbids another place", shows("User-agent: *\nDisallow: /private"), true},
		{"one that cannot be had", answers(503), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			s.pages["/robots.txt"], s.pages["/page"] = tt.robots, shows(quote)
			r := check(t, packOf(s.URL+"/page", s.URL+"/page"), quick)
			if want := map[bool]int{true: 2}[tt.read]; s.times("/page") != want {
				t.Errorf("the page was asked for %d times, want %d", s.times("/page"), want)
			}
			if !tt.read && (len(r.Findings) != 2 || r.Findings[0].Kind != Unread || r.Findings[0].Wrong()) {
				t.Errorf("%+v", r.Findings)
			}
			if n := s.times("/robots.txt"); n != 1 && tt.name != "one that cannot be had" {
				t.Errorf("robots.txt was asked for %d times", n)
			}
			if s.together != 1 {
				t.Errorf("%d requests at once", s.together)
			}
		})
	}
}

// A site that is read by way of another is asked too.
func TestRobotsOfARedirectsTarget(t *testing.T) {
	there, here := newSite(t), newSite(t)
	there.pages["/robots.txt"], there.pages["/page"] = shows("User-agent: *\nDisallow: /"), shows(quote)
	here.pages["/page"] = answers(301, "Location", there.URL+"/page")
	r := check(t, packOf(here.URL+"/page"), quick)
	if there.times("/page") != 0 || len(r.Findings) != 1 || r.Findings[0].Kind != Unread {
		t.Errorf("%+v", r.Findings)
	}
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	for _, status := range []int{429, 500, 503} {
		s := newSite(t)
		n := 0
		s.pages["/page"] = func(w http.ResponseWriter, r *http.Request) {
			if n++; n < 3 {
				answers(status)(w, r)
				return
			}
			shows(quote)(w, r)
		}
		if r := check(t, packOf(s.URL+"/page"), quick); len(r.Findings) > 0 || n != 3 {
			t.Errorf("%d: after %d tries %+v", status, n, r.Findings)
		}
	}
}

func TestCache(t *testing.T) {
	s := newSite(t)
	sent, text := 0, quote
	s.pages["/page"] = func(w http.ResponseWriter, r *http.Request) {
		tag := fmt.Sprintf(`"%d"`, len(text))
		if w.Header().Set("ETag", tag); r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent++
		shows(text)(w, r)
	}
	o := quick
	o.Cache = filepath.Join(t.TempDir(), "made", "when", "needed")
	p := packOf(s.URL + "/page")
	for range 3 {
		if r := check(t, p, o); len(r.Findings) > 0 {
			t.Errorf("%+v", r.Findings)
		}
	}
	if sent != 1 {
		t.Errorf("the page was sent %d times", sent)
	}
	p.Facts[0].Quotes[0].Exact = "words that never stood there"
	if r := check(t, p, o); len(r.Findings) != 1 || r.Findings[0].Kind != Lost {
		t.Errorf("a quote that is not in the kept page: %+v", r.Findings)
	}
	p.Facts[0].Quotes[0].Exact = quote
	text = "The library never opened."
	if r := check(t, p, o); len(r.Findings) != 1 || r.Findings[0].Kind != Lost || sent != 2 {
		t.Errorf("after the page changed: %+v, sent %d times", r.Findings, sent)
	}
	files, err := filepath.Glob(filepath.Join(o.Cache, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v (%v)", files, err)
	}
	if err := os.WriteFile(files[0], []byte("{cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := check(t, p, o); len(r.Findings) != 1 || sent != 3 {
		t.Errorf("a damaged file of the cache was not read anew: %+v", r.Findings)
	}
	o.Cache = files[0] // a file, in which nothing can be made
	if _, err := Check(t.Context(), p, o); !errors.As(err, new(cacheError)) {
		t.Errorf("a cache that cannot be used: %v", err)
	}
}

func TestARunCanBeStopped(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.pages["/page"] = func(w http.ResponseWriter, r *http.Request) { cancel(); shows(quote)(w, r) }
	o := quick
	o.Pause = time.Hour
	s.pages["/robots.txt"] = nil
	done := make(chan error, 1)
	go func() {
		_, err := Check(ctx, packOf(s.URL+"/page"), o)
		done <- err
	}()
	// It waits in the pause after robots.txt.
	for s.times("/robots.txt") == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Each quote is looked for once, and told with all facts that rest on it.
func TestQuotesAreToldWithTheirFacts(t *testing.T) {
	s := newSite(t)
	s.pages["/page"] = shows("nothing")
	p := packOf(s.URL + "/page")
	p.Facts = append(p.Facts, &facts.Fact{ID: "other", Positions: []facts.Position{{Quotes: []facts.Quote{{Source: "s1", Exact: quote}}}}})
	r := check(t, p, quick)
	if r.Quotes != 1 || len(r.Findings) != 1 || !strings.HasSuffix(r.Findings[0].String(), "(about-s1, other)") {
		t.Errorf("%+v", r)
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("<p>a<sup>1</sup>b</p>", "text/html")
	f.Add("<table><td><svg><p>", "text/html; charset=utf-16")
	f.Add("\x00\xff", "text/plain; charset=gbk")
	f.Fuzz(func(t *testing.T, page, contentType string) {
		texts, err := textsOf(strings.NewReader(page), contentType)
		if err != nil {
			return
		}
		for _, text := range texts {
			if text != squeeze(text) {
				t.Errorf("%q is not squeezed", text)
			}
		}
	})
}
