package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTelegram(t *testing.T) {
	name := file(t, "telegram: {api: \"http://127.0.0.1:8081\", webhook: \"https://bot.example.org/x\", listen: \"127.0.0.1:8090\"}\n")
	c, err := Load(name, env("TESTIGO_TELEGRAM_TOKEN", " 1:abc\n", "TESTIGO_TELEGRAM_LISTEN", ":9000"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Telegram; got.Token.Reveal() != "1:abc" || got.API != "http://127.0.0.1:8081" || got.Listen != ":9000" {
		t.Errorf("%+v", got)
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
	large := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(large, make([]byte, maxSecret+1), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		env        []string
		want       string
	}{
		{"a token in the file", "telegram: {token: x}\n", nil, "token"},
		{"a token twice", "", []string{"TESTIGO_TELEGRAM_TOKEN", "1:hush", "TESTIGO_TELEGRAM_TOKEN_FILE", "x"}, "both TESTIGO_TELEGRAM_TOKEN"},
		{"no such file", "", []string{"TESTIGO_TELEGRAM_TOKEN_FILE", "no/such"}, "TESTIGO_TELEGRAM_TOKEN_FILE"},
		{"a file that is no secret", "", []string{"TESTIGO_TELEGRAM_TOKEN_FILE", large}, "too large"},
		{"a server that is no address", "", []string{"TESTIGO_TELEGRAM_API", "api.telegram.org"}, "telegram.api"},
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

func TestASecretIsNeverShown(t *testing.T) {
	c := Config{Telegram: Telegram{Token: "1:hush"}}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %s %q %x %d", c, c, c.Telegram.Token, c.Telegram.Token, c.Telegram.Token, c.Telegram.Token), string(encoded)} {
		if strings.Contains(shown, "hush") || strings.Contains(shown, "68757368") {
			t.Errorf("%s", shown)
		}
	}
	if Secret("").String() != "" {
		t.Error("no secret looks like one")
	}
}
