package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram/telegramtest"
	"testigo/facts"
	"testigo/facts/store"
)

// "daily --post" makes the posts of a date on both platforms, once however often it is run.
func TestDailyPostsOnceFromAShell(t *testing.T) {
	discord, telegram := discordtest.New(t), telegramtest.New(t)
	telegram.Member(telegramtest.Chat{ID: -1001}, telegramtest.User{ID: 5, Name: "Ana"}, "creator") // the group is there
	db := filepath.Join(t.TempDir(), "testigo.db")
	s, err := store.Open(t.Context(), db, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := json.Marshal(map[string]any{"hour": 9, "zone": "America/Mexico_City", "lang": "es", "kind": "on_this_day", "card": true, "pin": true, "silent": true})
	if err != nil {
		t.Fatal(err)
	}
	for platform, channel := range map[string]string{"discord": discordtest.Channel, "telegram": "-1001"} {
		if err := s.Subscribe(t.Context(), facts.Subscription{Space: platform + ":here", Platform: platform, Channel: channel, Spec: spec, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	env := environment("TESTIGO_DISCORD_TOKEN", discordtest.Token, "TESTIGO_DISCORD_API", discord.URL,
		"TESTIGO_TELEGRAM_TOKEN", telegramtest.Token, "TESTIGO_TELEGRAM_API", telegram.URL)
	for _, want := range []string{"sent", "sent"} {
		var out, errOut shared
		code := run(context.Background(), []string{"daily", "--post", "--date", "2027-03-04", "--pack", library, "--db", db}, env, strings.NewReader(""), &out, &errOut)
		if code != exitOK || strings.Count(out.String(), "2027-03-04: "+want) != 2 {
			t.Errorf("exit %d\n%s%s", code, out.String(), errOut.String())
		}
	}
	if list := discord.Sent(""); len(list) != 1 || !strings.Contains(list[0].Content, "Hoy hace 96 años") {
		t.Errorf("on Discord %d messages", len(list))
	} else if m := list[0]; !m.Pinned || m.Flags&4096 == 0 || len(m.Files) != 1 || len(discord.Requests("PUT", "")) != 1 {
		t.Errorf("on Discord: pinned %v, flags %d, %d files", m.Pinned, m.Flags, len(m.Files))
	}
	words := 0
	for _, m := range telegram.Sent() {
		if strings.Contains(m.Text, "Hoy hace 96 años") {
			words++
		}
	}
	if words != 1 {
		t.Errorf("on Telegram %d times: %+v", words, telegram.Sent())
	}
}
