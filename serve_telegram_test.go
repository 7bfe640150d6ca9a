package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram/telegramtest"
)

var telegramUser = telegramtest.User{ID: 5, Name: "Ana", Language: "en"}

// The whole program on doubles of both platforms at once.
func TestServeOnTelegramBesideDiscord(t *testing.T) {
	d, tg := discordtest.New(t), telegramtest.New(t)
	ctx, cancel := context.WithCancel(context.Background())
	var out, errOut shared
	code := make(chan int, 1)
	go func() {
		env := environment("TESTIGO_DISCORD_TOKEN", discordtest.Token, "TESTIGO_DISCORD_API", d.URL,
			"TESTIGO_TELEGRAM_TOKEN", telegramtest.Token, "TESTIGO_TELEGRAM_API", tg.URL)
		code <- run(ctx, []string{"serve", "--pack", library, "--db", filepath.Join(t.TempDir(), "testigo.db")}, env, strings.NewReader(""), &out, &errOut)
	}()
	d.AwaitReady(1)
	tg.Message(telegramtest.Private(telegramUser), telegramUser, "when was the library opened")
	if got := tg.WaitSent(1); !strings.Contains(got.Text, "On 4 March 1931") {
		t.Errorf("%s", got.Text)
	}
	cancel()
	select {
	case got := <-code:
		if got != exitOK {
			t.Errorf("exit %d: %s", got, errOut.String())
		}
	case <-time.After(15 * time.Second):
		t.Fatal("serve does not stop")
	}
	if !strings.Contains(out.String(), "telegram: @testigo_bot") {
		t.Errorf("it says\n%s", out.String())
	}
	if strings.Contains(out.String()+errOut.String(), strings.SplitN(telegramtest.Token, ":", 2)[1]) {
		t.Error("the token is shown")
	}
}

func TestTelegramRefusesAWrongToken(t *testing.T) {
	tg := telegramtest.New(t)
	for token, want := range map[string]string{"1:wrong": "does not know this token", "none at all": "no token"} {
		var out, errOut shared
		env := environment("TESTIGO_TELEGRAM_TOKEN", token, "TESTIGO_TELEGRAM_API", tg.URL)
		if code := run(context.Background(), []string{"serve", "--db", filepath.Join(t.TempDir(), "testigo.db")}, env, strings.NewReader(""), &out, &errOut); code != exitFailed || !strings.Contains(errOut.String(), want) {
			t.Errorf("exit %d: %s", code, errOut.String())
		}
	}
}

// A Discord server and a Telegram group share a space in one process: what a moderator adds in one is answered in the other at once.
func TestASpaceSharedByTwoPlatforms(t *testing.T) {
	d, tg, group := discordtest.New(t), telegramtest.New(t), telegramtest.Chat{ID: -100500}
	dir := t.TempDir()
	file := filepath.Join(dir, "testigo.yaml")
	shares := "spaces: {arroyo: {communities: [\"telegram:-100500\", \"discord:" + discordtest.GuildID + "\"]}}\n"
	if err := os.WriteFile(file, []byte(shares), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	go func() {
		env := environment("TESTIGO_DISCORD_TOKEN", discordtest.Token, "TESTIGO_DISCORD_API", d.URL,
			"TESTIGO_TELEGRAM_TOKEN", telegramtest.Token, "TESTIGO_TELEGRAM_API", tg.URL)
		var out, errOut shared
		code <- run(ctx, []string{"serve", "--config", file, "--pack", library, "--db", filepath.Join(dir, "testigo.db")}, env, strings.NewReader(""), &out, &errOut)
	}()
	t.Cleanup(func() { cancel(); <-code })
	d.AwaitReady(1)
	const asked = "birthday of the place with the shelves"
	ask := func(n int) string {
		d.Say(discordtest.Said{Text: asked, Mention: true})
		d.Await("an answer", func() bool { return len(d.Sent(discordtest.Channel)) == n })
		return d.Sent(discordtest.Channel)[n-1].Content
	}
	if got := ask(1); strings.Contains(got, "4 March 1931") {
		t.Fatalf("it is answered before: %s", got)
	}
	tg.Member(group, telegramUser, "administrator")
	tg.Message(group, telegramUser, "/alias opened "+asked)
	tg.WaitSent(1)
	if got := ask(2); !strings.Contains(got, "4 March 1931") {
		t.Errorf("%s", got)
	}
}
