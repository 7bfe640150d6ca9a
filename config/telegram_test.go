package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTelegram(t *testing.T) {
	name := file(t, "telegram: {api: \"http://127.0.0.1:8081\", webhook: \"https://bot.example.org/x\", listen: \"127.0.0.1:8090\"}\n")
	c, err := Load(name, env("TESTIGO_TELEGRAM_TOKEN", " 1:hush\n", "TESTIGO_TELEGRAM_LISTEN", ":9000"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Telegram; got.Token.Reveal() != "1:hush" || got.API != "http://127.0.0.1:8081" || got.Listen != ":9000" || got.Webhook != "https://bot.example.org/x" {
		t.Errorf("%+v", got)
	}
	if shown := fmt.Sprintf("%v %+v %#v", c, c, c); strings.Contains(shown, "hush") {
		t.Errorf("shown in %s", shown)
	}
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("2:def\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := Load(file(t, ""), env("TESTIGO_TELEGRAM_TOKEN_FILE", secret)); err != nil || c.Telegram.Token.Reveal() != "2:def" {
		t.Errorf("from a file: %v, %v", c.Telegram.Token.Reveal(), err)
	}
}

func TestTelegramFaults(t *testing.T) {
	tests := []struct {
		name, text string
		env        []string
		want       string
	}{
		{"a token in the file", "telegram: {token: x}\n", nil, "token"},
		{"a token twice", "", []string{"TESTIGO_TELEGRAM_TOKEN", "1:hush", "TESTIGO_TELEGRAM_TOKEN_FILE", "x"}, "both set"},
		{"no such file", "", []string{"TESTIGO_TELEGRAM_TOKEN_FILE", "no/such"}, "TESTIGO_TELEGRAM_TOKEN_FILE"},
		{"a server that is no address", "", []string{"TESTIGO_TELEGRAM_API", "api.telegram.org"}, "TESTIGO_TELEGRAM_API"},
		{"half a webhook", "telegram: {listen: \":1\"}\n", nil, "go together"},
		{"a webhook without encryption", "telegram: {listen: \":1\", webhook: \"http://x.org\"}\n", nil, "only calls https"},
		{"two faults at once", "lang: fr\ntelegram: {listen: \":1\"}\n", nil, `lang is "fr"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(file(t, tt.text), env(tt.env...))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("it shows the token: %v", err)
			}
		})
	}
}
