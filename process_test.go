package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram/telegramtest"
	"testigo/facts/store/pgtest"
)

// asProgram has the test's own binary be the program, so that signals and exit codes are those of a real process.
const asProgram = "TESTIGO_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	actFull()
	os.Exit(m.Run())
}

// process is the program, serving on doubles of both platforms.
type process struct {
	t           testing.TB
	cmd         *exec.Cmd
	discord     *discordtest.Server
	telegram    *telegramtest.Server
	program     string // the test's own binary, unless it is set before the start
	dir, config string
	out, err    shared
	more        []string // environment, over what all have
	began       time.Time
	ready       time.Time
	ended       chan struct{}
}

// serving starts the program in a folder of its own, with a configuration, and waits until it is ready.
func serving(t testing.TB, configuration string, prepare func(*process)) *process {
	t.Helper()
	p := &process{t: t, discord: discordtest.New(t), telegram: telegramtest.New(t), dir: t.TempDir(), ended: make(chan struct{})}
	if prepare != nil {
		prepare(p)
	}
	p.start(configuration)
	p.await("readiness", func() bool { return p.address() != "" && p.ask("readyz") == http.StatusOK })
	p.ready = time.Now()
	return p
}

// start starts the program with a configuration. It ends with the test.
func (p *process) start(configuration string) {
	t := p.t
	t.Helper()
	set, err := filepath.Abs(library)
	if err != nil {
		t.Fatal(err)
	}
	p.config = filepath.Join(p.dir, "testigo.yaml")
	p.write(strings.ReplaceAll(configuration, "$LIBRARY", set))
	if p.program == "" {
		if p.program, err = os.Executable(); err != nil {
			t.Fatal(err)
		}
	}
	p.cmd = exec.Command(p.program, "serve")
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = p.dir, &p.out, &p.err
	p.cmd.Env = append(os.Environ(), append(append(p.environment(), p.more...), asProgram+"=1")...)
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // the test looks at the state
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("output\n%s\nlog\n%s", p.out.String(), p.err.String())
		}
	})
}

func (p *process) environment() []string {
	return []string{"TESTIGO_DISCORD_TOKEN=" + discordtest.Token, "TESTIGO_DISCORD_API=" + p.discord.URL,
		"TESTIGO_TELEGRAM_TOKEN=" + telegramtest.Token, "TESTIGO_TELEGRAM_API=" + p.telegram.URL, "TESTIGO_HTTP=127.0.0.1:0"}
}

func (p *process) write(configuration string) {
	p.t.Helper()
	if err := os.WriteFile(p.config, []byte(configuration), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) await(what string, done func() bool) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(2 * time.Millisecond) {
		select {
		case <-p.ended:
			if done() {
				return
			}
			p.t.Fatalf("it ended before: %s", what)
		default:
		}
		if time.Now().After(end) {
			p.t.Fatalf("in vain waited for: %s", what)
		}
	}
}

// log returns the lines of the log with a message.
func (p *process) log(message string) (found []map[string]any) {
	for line := range strings.Lines(p.err.String()) {
		var entry map[string]any
		if json.Unmarshal([]byte(line), &entry) == nil && entry["msg"] == message {
			found = append(found, entry)
		}
	}
	return found
}

func (p *process) address() string {
	for _, entry := range p.log("health and metrics are served") {
		return entry["address"].(string)
	}
	return ""
}

// ask asks for a path and returns the status, 0 where there is no answer.
func (p *process) ask(path string) int {
	resp, err := http.Get("http://" + p.address() + "/" + path)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

func (p *process) metrics() string {
	p.t.Helper()
	resp, err := http.Get("http://" + p.address() + "/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(body)
}

// says asks the bot a question in a direct message on Discord and returns the answer.
func (p *process) says(question string) string {
	p.t.Helper()
	n := len(p.discord.Sent(""))
	p.discord.Say(discordtest.Said{Text: question, Private: true})
	p.discord.Await("an answer", func() bool { return len(p.discord.Sent("")) > n })
	return p.discord.Sent("")[n].Content
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// end waits for the process and returns its exit code.
func (p *process) end() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		p.t.Fatal("it does not end")
	}
	return p.cmd.ProcessState.ExitCode()
}

const (
	served   = "pack: $LIBRARY\nlog: {format: json}\n"
	asked    = "when was the library opened"
	answered = "On 4 March 1931"
)

func TestServingProcessShowsHowItIsAndHidesWhoAsks(t *testing.T) {
	p := serving(t, served, nil)
	if got := p.says(asked); !strings.Contains(got, answered) {
		t.Errorf("%s", got)
	}
	const private = "how do I bake rye bread"
	p.telegram.Message(telegramtest.Private(telegramUser), telegramUser, private)
	p.telegram.WaitSent(1)
	metrics := p.metrics()
	for _, want := range []string{
		`testigo_questions_total{kind="answer",lang="en"} 1`, `testigo_questions_total{kind="no_fact",lang="en"} 1`, `testigo_ready{part="discord"} 1`,
		`testigo_ready{part="telegram"} 1`, `testigo_ready{part="database"} 1`, `testigo_answer_seconds_count 2`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
	p.await("a line for each question", func() bool { return len(p.log("question")) == 2 })
	if line := p.log("question")[0]; line["kind"] != "answer" || line["fact"] != "opened" || line["lang"] != "en" || line["platform"] != "discord" || line["took"] == nil {
		t.Errorf("%v", line)
	}
	for what, text := range map[string]string{"the log": p.err.String(), "the output": p.out.String(), "the metrics": metrics} {
		for _, hidden := range []string{discordtest.Token, telegramtest.Token, strings.SplitN(telegramtest.Token, ":", 2)[1], asked, private} {
			if strings.Contains(text, hidden) {
				t.Errorf("%q is in %s", hidden, what)
			}
		}
	}
	if found := regexp.MustCompile(`\d{17,}|"-100\d+"`).FindString(regexp.MustCompile(`(?m) [-+.e\d]+$`).ReplaceAllString(metrics, "")); found != "" {
		t.Errorf("an id is in the metrics: %s", found)
	}
	p.signal(syscall.SIGTERM)
	if code := p.end(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	left, err := filepath.Glob(filepath.Join(p.dir, "testigo.db*"))
	if err != nil || len(left) != 1 { // neither a mark nor a write-ahead log
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// While the database is away a serving process answers questions and says so of itself, and goes on by itself afterwards.
func TestServingWhileTheDatabaseIsAway(t *testing.T) {
	server := pgtest.Start(t)
	proxy := server.Proxy(t)
	p := serving(t, served+"db: "+proxy.Through(server.Address(t))+"\n", nil)
	check := func(what string, ready, questions int) {
		t.Helper()
		p.await(what, func() bool { return p.ask("readyz") == ready && p.ask("readyz/questions") == questions })
		if got := p.says(asked); !strings.Contains(got, answered) {
			t.Errorf("%s: %s", what, got)
		}
	}
	check("all is well", http.StatusOK, http.StatusOK)
	proxy.Cut()
	check("the database is away", http.StatusServiceUnavailable, http.StatusOK)
	if got := p.metrics(); !strings.Contains(got, `testigo_ready{part="database"} 0`) || !strings.Contains(got, "testigo_log_behind_seconds ") {
		t.Error(got)
	}
	proxy.Resume()
	check("the database is there again", http.StatusOK, http.StatusOK)
}

func TestReloadWhileServing(t *testing.T) {
	p := serving(t, served, nil)
	reload := func() result {
		var out, errOut bytes.Buffer
		env := environment("TESTIGO_DISCORD_API", p.discord.URL)
		code := run(t.Context(), []string{"reload", "--config", p.config, "--db", filepath.Join(p.dir, "testigo.db")}, env, strings.NewReader(""), &out, &errOut)
		return result{code, out.String(), errOut.String()}
	}
	if got := p.says(asked); !strings.Contains(got, answered) {
		t.Fatalf("%s", got)
	}
	// The set in a folder of its own, where another hand changes it.
	set := filepath.Join(p.dir, "set")
	if err := os.CopyFS(set, os.DirFS(library)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(set, "facts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) {
		if err := os.WriteFile(filepath.Join(set, "facts.yaml"), bytes.ReplaceAll(data, []byte(old), []byte(new)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change("in the old mill.", "in the old mill, as everybody knows.")
	p.write("pack: set\nlog: {format: json, level: debug}\nhttp: 127.0.0.1:9\nspaces: {club: {discord: [5]}}\n")
	if got := reload(); got.code != exitOK || !strings.Contains(got.out, "reads its configuration and packs again") {
		t.Fatalf("%+v", got)
	}
	p.await("the reload", func() bool { return len(p.log("reloaded")) == 1 })
	if got := p.says(asked); !strings.Contains(got, "as everybody knows") {
		t.Errorf("the old set is answered from: %s", got)
	}
	p.await("the text at debug level", func() bool {
		lines := p.log("question")
		return lines[len(lines)-1]["text"] == asked
	})
	if lines := p.log("some of what was changed needs a restart"); len(lines) != 0 { // http comes from the environment
		t.Errorf("%v", lines)
	}

	// Broken files are refused by the command and, where the signal comes all the same, by the process.
	for i, broken := range []func(){
		func() { p.write("pack: set\nlog: {format: json, levle: debug}\n") },
		func() { p.write("pack: set\n"); change("standing: established", "standing: sure") },
	} {
		broken()
		if got := reload(); got.code != exitFailed || !strings.Contains(got.err, "fault") {
			t.Errorf("%+v", got)
		}
		p.signal(syscall.SIGHUP)
		p.await("the refusal", func() bool {
			return len(p.log("nothing was reloaded: the configuration and the set from before stay in force")) == i+1
		})
		if got := p.says(asked); !strings.Contains(got, "as everybody knows") {
			t.Errorf("it does not go on with what it had: %s", got)
		}
	}
	p.signal(syscall.SIGTERM)
	if code := p.end(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	if got := reload(); got.code != exitFailed {
		t.Errorf("it reloads what does not run: %+v", got)
	}
}

// slowly has the doubles take their time for messages, from when slow is closed on.
func slowly(d time.Duration) (prepare func(*process), sending chan struct{}) {
	sending = make(chan struct{}, 100)
	return func(p *process) {
		p.discord.Fault = func(r *http.Request) *discordtest.Fault {
			if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/messages") {
				return nil
			}
			sending <- struct{}{}
			return &discordtest.Fault{Delay: d}
		}
	}, sending
}

func TestAStopFinishesWhatIsUnderWay(t *testing.T) {
	prepare, sending := slowly(time.Second)
	p := serving(t, served, prepare)
	p.discord.Say(discordtest.Said{Text: asked, Mention: true})
	p.discord.Say(discordtest.Said{Text: "how do I bake rye bread", Mention: true}) // behind it, in the same channel
	<-sending
	p.signal(syscall.SIGTERM)
	p.await("that it says so", func() bool { return len(p.log("stopping")) == 1 })
	if code := p.end(); code != exitOK {
		t.Errorf("exit %d", code)
	}
	if n := len(p.discord.Sent("")); n != 2 {
		t.Errorf("%d of 2 answers were sent", n)
	}
	// What the answers left to be done is done: the gap is counted.
	got := testigo(t, "", "chat", "--as", "moderator:ana", "--pack", library, "--db", filepath.Join(p.dir, "testigo.db"), "--space", "discord:"+discordtest.GuildID)
	if got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	got = testigo(t, "/gaps\n", "chat", "--as", "moderator:ana", "--pack", library, "--db", filepath.Join(p.dir, "testigo.db"), "--space", "discord:"+discordtest.GuildID)
	if !strings.Contains(got.out, "rye bread") {
		t.Errorf("%+v", got)
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	prepare, sending := slowly(time.Hour)
	p := serving(t, served, prepare)
	p.discord.Say(discordtest.Said{Text: asked, Mention: true})
	<-sending
	p.signal(syscall.SIGTERM)
	p.await("that it says so", func() bool { return len(p.log("stopping")) == 1 })
	p.signal(syscall.SIGTERM)
	if code := p.end(); code != exitCut {
		t.Errorf("exit %d", code)
	}
}

// BenchmarkColdStart measures, with the set that ships, how long it takes from the start of the process until it is ready ("ready-ms"), until
// it has answered a first question on top of that ("answer-ms"), and how much memory is resident after a few ("resident-MB").
func BenchmarkColdStart(b *testing.B) {
	var ready, answer time.Duration
	var resident float64
	n := 0
	const configuration = "log: {format: json}\n"
	first := serving(b, configuration, nil) // registers the commands, which happens once
	again := func(p *process) { p.discord, p.telegram = first.discord, first.telegram }
	first.signal(syscall.SIGTERM)
	first.end()
	for b.Loop() {
		p := serving(b, configuration, again)
		ready += p.ready.Sub(p.began)
		p.says("how many students disappeared?")
		answer += time.Since(p.ready)
		for _, question := range []string{"¿quién era el presidente?", "what happened at the dump", "how do I bake rye bread", "43"} {
			p.says(question)
		}
		value := regexp.MustCompile(`(?m)^process_resident_memory_bytes (.*)$`).FindStringSubmatch(p.metrics())
		bytes, err := strconv.ParseFloat(value[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		resident += bytes / (1 << 20)
		p.signal(syscall.SIGTERM)
		p.end()
		n++
	}
	b.ReportMetric(float64(ready.Milliseconds())/float64(n), "ready-ms")
	b.ReportMetric(float64(answer.Milliseconds())/float64(n), "answer-ms")
	b.ReportMetric(resident/float64(n), "resident-MB")
}

func TestConfigCommands(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "testigo.yaml")
	example := testigo(t, "", "config", "example")
	if err := os.WriteFile(file, []byte(example.out), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := testigo(t, "", "config", "check", file); got.code != exitOK || !strings.Contains(got.out, "nothing is wrong") {
		t.Errorf("the example: %+v", got)
	}
	set, err := filepath.Abs(library)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want string }{
		{"every fault at once", "lang: fr\nhttp: here\n", ":1: lang: it is \"fr\": write en or es\n" + file + ":2: http: "},
		{"a pack that is not there", "pack: none\n", "none: no such file"},
		{"a fact to hide that there is not", "pack: $LIBRARY\nspaces: {a: {hide: [no-such-fact]}}\n", `a hides "no-such-fact"`},
		{"a folder of texts that is not there", "pack: $LIBRARY\nsources: none\n", "sources"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(tt.text, "$LIBRARY", set)), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := testigo(t, "", "--config", file, "config", "check"); got.code != exitFailed || !strings.Contains(got.err, tt.want) {
				t.Errorf("%+v", got)
			}
		})
	}
}
