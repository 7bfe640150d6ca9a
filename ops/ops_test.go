package ops

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"testigo/bot"
	"testigo/facts"
)

// Made up, and of the shape of real ones.
const (
	discordToken     = "MTE0NzQ4NTYxMjM0NTY3ODkwMQ.GxYz12.abcdefghijklmnopqrstuvwxyz0123456789_-"
	telegramToken    = "7000000001:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
	interactionToken = "aW50ZXJhY3Rpb246MTE0NzQ4NTYxMjM0NTY3ODkwMTpzZWNyZXQ="
)

type valuer struct{ s string }

func (v valuer) LogValue() slog.Value { return slog.StringValue(v.s) }

// Whatever way a token takes into the log, it does not come out: one that is known, and one that only looks like one.
func TestNoSecretReachesTheLog(t *testing.T) {
	known := `a "known" secret/with=signs`
	redactor := NewRedactor(known, "")
	for _, secret := range []string{known, discordToken, telegramToken, interactionToken} {
		for _, asJSON := range []bool{true, false} {
			var out bytes.Buffer
			log := NewLog(redactor.Writer(&out), asJSON, slog.LevelDebug)
			err := fmt.Errorf("asking: %w", errors.Join(errors.New("x"), fmt.Errorf("GET https://api.example/bot%s/getMe", secret)))
			log.Info("with " + secret)
			log.Info("attributes", "a", secret, "b", []string{secret}, "c", map[string]string{"d": secret}, "e", valuer{secret}, "f", struct{ G string }{secret})
			log.With("h", secret).WithGroup(secret).Warn("groups", slog.Group("i", "j", secret))
			log.Error("errors", "err", err, secret, 1)
			for _, written := range []string{secret, strings.ReplaceAll(secret, `"`, `\"`)} {
				if strings.Contains(out.String(), written) {
					t.Errorf("%q is in\n%s", written, out.String())
				}
			}
			if n := strings.Count(out.String(), "\n"); n != 4 || !strings.Contains(out.String(), hidden) {
				t.Errorf("%d lines:\n%s", n, out.String())
			}
		}
	}
}

func TestWhatIsNoSecretStays(t *testing.T) {
	r := NewRedactor("")
	for _, text := range []string{
		"", "https://discord.com/api/v9/channels/1147485612345678901/messages", "12:34:56.789", "2026-03-04T12:00:00.123456789Z", "facts/packs/ayotzinapa/facts/night.yaml:12: x",
		"discord:1147485612345678901", "telegram:-1001234567890", strings.Repeat("0123456789abcdef", 4),
	} {
		if got := r.Clean(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a", "b", discordToken)
	f.Add("x:", ".", telegramToken)
	r := NewRedactor("hush-hush")
	f.Fuzz(func(t *testing.T, before, after, token string) {
		if strings.Contains(r.Clean(before+"hush-hush"+after), "hush-hush") {
			t.Error("the known secret is there")
		}
		if got := r.Clean(r.Clean(token)); got != r.Clean(token) {
			t.Errorf("cleaned twice it is %q", got)
		}
	})
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestReadySaysWhichPartIsNot(t *testing.T) {
	var connected, away atomic.Bool
	var asked atomic.Int64
	h := NewHealth(map[string]Check{
		"discord": func(context.Context) (string, bool) {
			if connected.Load() {
				return "connected", true
			}
			return "not connected", false
		},
	}, map[string]Check{
		"database": func(ctx context.Context) (string, bool) {
			asked.Add(1)
			if away.Load() {
				<-ctx.Done() // silent
				return "away", false
			}
			return "writable", true
		},
	})
	s := httptest.NewServer(Handler(h, NewMetrics(Build{})))
	defer s.Close()
	readyTo := func(path string) (int, map[string]State) {
		code, body := get(t, s.URL+path)
		var got struct {
			Ready bool
			Parts map[string]State
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.Ready != (code == http.StatusOK) {
			t.Errorf("%d with %s (%v)", code, body, err)
		}
		return code, got.Parts
	}
	ready := func() (int, map[string]State) { return readyTo("/readyz") }
	if code, parts := readyTo("/readyz/questions"); code != http.StatusServiceUnavailable || len(parts) != 1 {
		t.Errorf("for questions: %d, %v", code, parts)
	}
	if code, parts := ready(); code != http.StatusServiceUnavailable || parts["discord"] != (State{false, "not connected"}) || parts["database"] != (State{true, "writable"}) {
		t.Errorf("%d, %v", code, parts)
	}
	connected.Store(true)
	if code, _ := ready(); code != http.StatusOK {
		t.Errorf("connected: %d", code)
	}
	before := asked.Load()
	for range 20 {
		ready()
	}
	if asked.Load() != before {
		t.Error("each request writes to the disk")
	}
	away.Store(true)
	h.at = time.Time{} // as if the last finding were old
	if code, parts := ready(); code != http.StatusServiceUnavailable || parts["database"] != (State{false, "away"}) {
		t.Errorf("away: %d, %v", code, parts)
	}
	before = asked.Load()
	if code, parts := readyTo("/readyz/questions"); code != http.StatusOK || parts["discord"] != (State{true, "connected"}) || asked.Load() != before {
		t.Errorf("for questions, while the database is away: %d, %v", code, parts)
	}
	h.Stop()
	if code, _ := readyTo("/readyz/questions"); code != http.StatusServiceUnavailable {
		t.Errorf("for questions, stopping: %d", code)
	}
	if code, _ := ready(); code != http.StatusServiceUnavailable {
		t.Errorf("stopping: %d", code)
	}
	if code, _ := get(t, s.URL+"/livez"); code != http.StatusOK {
		t.Errorf("alive: %d", code)
	}
	if resp, err := http.Post(s.URL+"/metrics", "text/plain", strings.NewReader("x")); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("%v, %v", resp, err)
	}
}

func TestMetrics(t *testing.T) {
	m := NewMetrics(Build{"v1", "abc", "go1"}, "discord")
	h := NewHealth(nil, map[string]Check{"pack": func(context.Context) (string, bool) { return "", false }})
	m.Watch(func() bot.State {
		return bot.State{Facts: 7, Spaces: 2, Revision: 40, Waiting: 1, Behind: 1500 * time.Millisecond}
	}, h, func() int { return 3 })
	for _, l := range facts.Langs {
		m.Asked(bot.Question{Kind: facts.Answer, Lang: l, Confidence: 0.95, Lookup: 300 * time.Microsecond, Answer: 2 * time.Millisecond})
	}
	m.Asked(bot.Question{Kind: facts.NoFact, Lang: bot.Spanish, Confidence: 0.05})
	m.Asked(bot.Question{Kind: "new", Lang: "xx"})
	m.Happened("discord", bot.Reconnected)
	m.Happened("", bot.JobFailed)
	m.Happened("somewhere", bot.GapCounted)
	s := httptest.NewServer(Handler(h, m))
	defer s.Close()
	_, body := get(t, s.URL+"/metrics")
	lines := strings.Split(body, "\n")
	for _, want := range []string{
		`testigo_questions_total{kind="answer",lang="en"} 1`, `testigo_questions_total{kind="no_fact",lang="es"} 1`, `testigo_questions_total{kind="verdict",lang="en"} 0`,
		`testigo_questions_total{kind="other",lang="other"} 1`,
		`testigo_events_total{event="reconnected",platform="discord"} 1`, `testigo_events_total{event="job_failed",platform="none"} 1`,
		`testigo_events_total{event="gap_counted",platform="none"} 1`, `testigo_events_total{event="post_sent",platform="discord"} 0`,
		`testigo_confidence_bucket{le="0.9"} 2`, `testigo_confidence_count 4`, `testigo_lookup_seconds_bucket{le="0.0005"} 4`, `testigo_answer_seconds_bucket{le="0.001"} 2`,
		`testigo_index_facts 7`, `testigo_spaces 2`, `testigo_log_revision 40`, `testigo_jobs_waiting 1`, `testigo_log_behind_seconds 1.5`, `testigo_ready{part="pack"} 0`,
		`testigo_processes 3`, `testigo_build_info{commit="abc",go="go1",version="v1"} 1`,
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if !strings.Contains(body, "go_goroutines") || !strings.Contains(body, "process_resident_memory_bytes") {
		t.Error("nothing of the process itself")
	}
}

func TestServeStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	log := slog.New(slog.DiscardHandler)
	h := NewHealth(nil, nil)
	at, wait, err := Serve(ctx, "127.0.0.1:0", Handler(h, NewMetrics(Build{})), log)
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := get(t, "http://"+at+"/livez"); code != http.StatusOK {
		t.Error(code)
	}
	if _, _, err := Serve(ctx, at, http.NotFoundHandler(), log); err == nil {
		t.Error("one address was taken twice")
	}
	cancel()
	wait()
	if _, err := http.Get("http://" + at + "/livez"); err == nil {
		t.Error("it goes on serving")
	}
}

func TestServingFindsProcessesThatRunAndClearsUpAfterOthers(t *testing.T) {
	db := filepath.Join(t.TempDir(), "a [b].db")
	crashed := db + ".999999.pid"
	for _, name := range []string{crashed, db + ".x.pid", db + ".-5.pid", db} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	remove, err := Mark(db)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no locks here")
	}
	if err != nil {
		t.Fatal(err)
	}
	if pids, err := Serving(db); err != nil || !slices.Equal(pids, []int{os.Getpid()}) {
		t.Errorf("%v, %v", pids, err)
	}
	if _, err := os.Stat(crashed); err == nil {
		t.Error("what a crash left behind is still there")
	}
	remove()
	if pids, err := Serving(db); err != nil || len(pids) != 0 {
		t.Errorf("%v, %v", pids, err)
	}
}

// BenchmarkAsked is what counting costs a question.
func BenchmarkAsked(b *testing.B) {
	m := NewMetrics(Build{}, "discord")
	q := bot.Question{Kind: facts.Answer, Lang: bot.English, Confidence: .9, Lookup: time.Millisecond, Answer: time.Millisecond}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Asked(q)
		}
	})
}

// BenchmarkClean is what the last filter costs a line of the log.
func BenchmarkClean(b *testing.B) {
	r := NewRedactor(discordToken, telegramToken)
	line := "time=2026-03-04T12:00:00.000Z level=INFO msg=question platform=discord space=discord:1147485612345678901 kind=answer lang=es fact=students-identified confidence=0.93 took=512µs\n"
	b.ReportAllocs()
	for b.Loop() {
		r.Clean(line)
	}
}
