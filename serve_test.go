package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/adapters/discord/discordtest"
)

// shared is an output that is read while it is written.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// The whole program on a double of Discord: it says who it is and how to invite it, answers, and stops when it is told to.
func TestServe(t *testing.T) {
	d := discordtest.New(t)
	ctx, cancel := context.WithCancel(context.Background())
	var out, errOut shared
	code := make(chan int, 1)
	go func() {
		env := environment("TESTIGO_DISCORD_TOKEN", discordtest.Token, "TESTIGO_DISCORD_API", d.URL)
		code <- run(ctx, []string{"serve", "--pack", library, "--db", filepath.Join(t.TempDir(), "testigo.db")}, env, strings.NewReader(""), &out, &errOut)
	}()
	d.AwaitReady(1)
	d.Say(discordtest.Said{Text: "when was the library opened", Private: true})
	d.Await("the answer", func() bool { return len(d.Sent("")) == 1 })
	cancel()
	select {
	case got := <-code:
		if got != exitOK {
			t.Errorf("exit %d", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("serve does not stop")
	}
	if m := d.Sent("")[0]; !strings.Contains(m.Content, "On 4 March 1931") {
		t.Errorf("%+v", m)
	}
	// See channels, write in them and in threads, attach files, read history: nothing else.
	const link = "https://discord.com/oauth2/authorize?client_id=" + discordtest.AppID + "&permissions=274878008320&scope=bot+applications.commands"
	if !strings.Contains(out.String(), "testigo ("+discordtest.BotID+")") || !strings.Contains(out.String(), link) {
		t.Errorf("it says\n%s", out.String())
	}
	if strings.Contains(out.String()+errOut.String(), discordtest.Token) {
		t.Error("the token is shown")
	}
}

func TestRegisterOnly(t *testing.T) {
	d := discordtest.New(t)
	var out, errOut shared
	env := environment("TESTIGO_DISCORD_TOKEN", discordtest.Token, "TESTIGO_DISCORD_API", d.URL)
	if code := run(context.Background(), []string{"serve", "--register-only", "--db", filepath.Join(t.TempDir(), "testigo.db")}, env, strings.NewReader(""), &out, &errOut); code != exitOK {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
	if len(d.Commands()) == 0 || d.Stats().Connections != 0 {
		t.Errorf("%d commands, %d connections", len(d.Commands()), d.Stats().Connections)
	}
}

func TestServeFaults(t *testing.T) {
	tests := []struct {
		name string
		args []string
		env  []string
		code int
		want string
	}{
		{"no token", nil, nil, exitUsage, "there is no token"},
		{"a shard that is none", []string{"--shard", "2/2"}, []string{"TESTIGO_DISCORD_TOKEN", "x"}, exitUsage, "0/2"},
		{"a bad token", nil, []string{"TESTIGO_DISCORD_TOKEN", "bad"}, exitFailed, "does not accept the token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := environment(append(tt.env, "TESTIGO_DISCORD_API", discordtest.New(t).URL)...)
			var out, errOut shared
			if code := run(context.Background(), append([]string{"serve", "--db", filepath.Join(t.TempDir(), "testigo.db")}, tt.args...), env, strings.NewReader(""), &out, &errOut); code != tt.code || !strings.Contains(errOut.String(), tt.want) {
				t.Errorf("exit %d: %s", code, errOut.String())
			}
		})
	}
}
