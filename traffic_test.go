package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram/telegramtest"
	"testigo/facts"
	"testigo/facts/packs"
)

var (
	traffic = flag.Int("traffic", 1_000, "questions that TestADayOfTraffic asks; a day's are 100000")
	rate    = flag.Float64("rate", 500, "of them, so many a second at the most")
)

// From so many questions on it is the program as it is shipped that answers, and how much memory it takes is looked at: the test's own binary is
// larger, and slower under the race detector.
const longTraffic = 20_000

// mostResident is how many bytes may be resident while hundreds of questions a second are answered.
const mostResident = 60e6

// asShipped has the process be the program as it is shipped.
func asShipped(p *process) {
	p.program = filepath.Join(p.t.TempDir(), "testigo")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", p.program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
}

// A day of questions from two thousand channels, in minutes and on both platforms: each is answered, and neither memory nor goroutines grow with
// their number. The figures are logged: go test . -run Traffic -traffic 100000 -v
func TestADayOfTraffic(t *testing.T) {
	const channels, people = 2_000, 20_000
	var prepare func(*process)
	atOnce := 8 // beside other tests, and under the race detector, no more are answered within Discord's three seconds
	if *traffic >= longTraffic {
		prepare, atOnce = asShipped, 64
	}
	p := serving(t, "log: {format: json}\nlimits: {person: {per_minute: 100000, burst: 100000}, channel: {per_minute: 100000, burst: 100000}}\n", prepare)
	for _, q := range []string{"how many students disappeared?", "¿cuántos estudiantes desaparecieron?"} {
		p.says(q) // the first one waits for the index, which takes its time under the race detector
	}
	questions := shippedQuestions(t)
	random := rand.New(rand.NewPCG(4, 3))
	var waiting []*discordtest.Interaction
	settle := func(most int) {
		for len(waiting) > most {
			in := waiting[0]
			waiting = waiting[1:]
			p.discord.Await("the answer to a question", func() bool { return len(p.discord.Responses(in)) > 0 })
		}
	}
	onTelegram := 0
	began, sent := time.Now(), 0
	ask := func(n int) {
		for i := range n {
			time.Sleep(time.Until(began.Add(time.Duration(float64(sent) / *rate * float64(time.Second)))))
			sent++
			q := questions[random.IntN(len(questions))]
			if i%40 == 39 { // Telegram takes 30 messages a second from a bot, so most of the day is Discord's
				u := telegramtest.User{ID: int64(1 + random.IntN(people)), Name: "Someone", Language: "es"}
				p.telegram.Message(telegramtest.Private(u), u, q)
				onTelegram++
				continue
			}
			waiting = append(waiting, p.discord.Send(map[string]any{
				"type": 2, "channel_id": strconv.Itoa(900_000_000_000 + random.IntN(channels)),
				"member": map[string]any{"user": map[string]any{"id": strconv.Itoa(100_000_000_000 + random.IntN(people)), "username": "someone"}, "roles": []string{}, "permissions": "1024"},
				"data":   map[string]any{"id": "1", "name": "ask", "type": 1, "options": []any{map[string]any{"type": 3, "name": "question", "value": q}}},
			}))
			settle(atOnce)
		}
		settle(0)
		p.await("the answers on Telegram", func() bool { return len(p.telegram.Sent()) >= onTelegram })
	}
	ask(*traffic / 2)
	middle := p.figures()
	ask(*traffic - *traffic/2)
	took, end := time.Since(began), p.figures()
	if n := int(end["testigo_answer_seconds_count"]); n != *traffic+2 {
		t.Errorf("%d of %d questions were answered", n-2, *traffic)
	}
	if grown := end["go_goroutines"] - middle["go_goroutines"]; grown > 20 {
		t.Errorf("there are %.0f goroutines more", grown)
	}
	if was, is := middle["process_resident_memory_bytes"], end["process_resident_memory_bytes"]; is > 1.5*was {
		t.Errorf("memory grew from %.0f to %.0f MB", was/1e6, is/1e6)
	}
	if is := end["process_resident_memory_bytes"]; *traffic >= longTraffic && is > mostResident {
		t.Errorf("%.1f MB are resident, more than %.0f", is/1e6, mostResident/1e6)
	}
	if lines := p.err.String(); strings.Contains(lines, `"ERROR"`) {
		t.Errorf("the log has errors: %.2000s", lines)
	}
	t.Logf("%d questions in %v: memory %.0f then %.0f MB, %.0f then %.0f goroutines", *traffic, took.Round(time.Second),
		middle["process_resident_memory_bytes"]/1e6, end["process_resident_memory_bytes"]/1e6, middle["go_goroutines"], end["go_goroutines"])
	for _, line := range strings.Split(p.metrics(), "\n") {
		if strings.HasPrefix(line, "testigo_answer_seconds_bucket") {
			t.Log(line)
		}
	}
}

// figures are the process's metrics that have no labels.
func (p *process) figures() map[string]float64 {
	p.t.Helper()
	out := map[string]float64{}
	for line := range strings.Lines(p.metrics()) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil && !strings.Contains(name, "{") {
			out[name] = v
		}
	}
	return out
}

// shippedQuestions are questions as people type them, in both languages, and some that have no answer.
func shippedQuestions(t *testing.T) []string {
	t.Helper()
	pack, err := facts.LoadChecked(shippedName, packs.Ayotzinapa())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, f := range pack.Facts {
		for _, l := range facts.Langs {
			out = append(out, f.In(l).Question)
			out = append(out, f.In(l).Phrasings...)
		}
		out = append(out, fmt.Sprintf("what is the price of bread in town number %d", i))
	}
	return out
}
