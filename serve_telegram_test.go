package main

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/adapters/discord"
	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram"
	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
	"testigo/facts"
	"testigo/facts/store"
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
	pack, err := facts.Load(library)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "testigo.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	group := telegramtest.Chat{ID: -100500}
	b := bot.New(facts.NewEngine(pack), bot.Options{Store: db, Spaces: map[string]bot.SpaceID{
		"telegram:-100500": "arroyo", "discord:" + discordtest.GuildID: "arroyo"}})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	d, tg := discordtest.New(t), telegramtest.New(t)
	onDiscord, err := discord.New(discord.Options{Token: discordtest.Token, API: d.URL}, b)
	if err != nil {
		t.Fatal(err)
	}
	onTelegram, err := telegram.New(telegram.Options{Token: telegramtest.Token, API: tg.URL}, b)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{b.Run, onDiscord.Run, onTelegram.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(func() { cancel(); running.Wait(); _ = db.Close() })
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
