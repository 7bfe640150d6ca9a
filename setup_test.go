package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram/telegramtest"
)

// mostSteps is in how many commands somebody who never saw the program has it answering.
const mostSteps = 10

// Who follows the README from a clean checkout, and nothing else, has an answer on both platforms. Its commands run as they stand there, one after
// the other; all that differs is where the platforms are.
func TestSettingUpAsTheREADMESays(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	commands := shellBlock(t, "README.md", "set up")
	if len(commands) == 0 || len(commands) > mostSteps {
		t.Fatalf("%d commands: %q", len(commands), commands)
	}
	d, tg := discordtest.New(t), telegramtest.New(t)
	dir := checkout(t)
	env := []string{"TESTIGO_DISCORD_API=" + d.URL, "TESTIGO_TELEGRAM_API=" + tg.URL}
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TESTIGO_") {
			env = append(env, pair)
		}
	}
	shell := func(command string) *exec.Cmd {
		cmd := exec.Command("sh", "-ec", command)
		cmd.Dir, cmd.Env = dir, env
		switch { // what a person pastes
		case strings.Contains(command, "> discord_token"):
			cmd.Stdin = strings.NewReader(discordtest.Token + "\n")
		case strings.Contains(command, "> telegram_token"):
			cmd.Stdin = strings.NewReader(telegramtest.Token + "\n")
		}
		return cmd
	}
	last := len(commands) - 1
	for _, command := range commands[:last] {
		if set, ok := strings.CutPrefix(command, "export "); ok { // holds for the commands after it, which here are other shells
			env = append(env, strings.Fields(set)...)
			continue
		}
		if out, err := shell(command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	for _, name := range []string{"discord_token", "telegram_token"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others, or is not there: %v", name, err)
		}
	}
	var out shared
	serve := shell("exec " + commands[last])
	serve.Stdout, serve.Stderr = &out, &out
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	t.Cleanup(func() { _ = serve.Process.Kill() })

	d.AwaitReady(1)
	const question, answer = "how many students disappeared?", "43 students of the Ayotzinapa Rural Teachers' College were forcibly disappeared"
	d.Say(discordtest.Said{Text: question, Mention: true})
	d.Await("the answer on Discord", func() bool { return len(d.Sent(discordtest.Channel)) == 1 })
	if got := d.Sent(discordtest.Channel)[0].Content; !strings.Contains(got, answer) {
		t.Errorf("on Discord: %s", got)
	}
	ana := telegramtest.User{ID: 43, Name: "Ana", Language: "en"}
	tg.Message(telegramtest.Private(ana), ana, question)
	if got := tg.WaitSent(1).Text; !strings.Contains(got, answer) {
		t.Errorf("on Telegram: %s", got)
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ends with %v\n%s", err, out.String())
		}
	case <-time.After(20 * time.Second):
		t.Error("it does not end")
	}
	if strings.Contains(out.String(), discordtest.Token) || strings.Contains(out.String(), telegramtest.Token) {
		t.Error("it shows a token")
	}
}

// shellBlock returns the commands of the block under a comment that has a name, without what is said about them.
func shellBlock(t *testing.T, file, name string) (commands []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)<!-- " + name + " -->\n```sh\n(.*?)```\n").FindSubmatch(data)
	if block == nil {
		t.Fatalf("%s has no block %q", file, name)
	}
	for line := range strings.Lines(string(block[1])) {
		line, _, _ = strings.Cut(line, " # ")
		if line = strings.TrimSpace(line); line != "" {
			commands = append(commands, line)
		}
	}
	return commands
}

// checkout copies what git keeps of the tree into a new folder, as it stands here.
func checkout(t *testing.T) string {
	t.Helper()
	list, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		t.Skipf("this is no clone: %v", err)
	}
	dir := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // deleted here, and not yet there
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
