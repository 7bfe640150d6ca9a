package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "testigo.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestLoad(t *testing.T) {
	name := file(t, "pack: sets/mine\nlang: es\nspaces:\n  school: {pack: school, hide: [some-fact]}\n")
	c, err := Load(name, env("TESTIGO_LANG", "en"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(name)
	if c.Pack != filepath.Join(dir, "sets/mine") || c.Spaces["school"].Pack != filepath.Join(dir, "school") {
		t.Errorf("paths are not taken from the file's folder: %+v", c)
	}
	if c.Lang != "en" {
		t.Errorf("the environment does not go over the file: %+v", c)
	}
}

func TestLoadByEnvironment(t *testing.T) {
	name := file(t, "lang: es\n")
	if c, err := Load("", env("TESTIGO_CONFIG", name)); err != nil || c.Lang != "es" {
		t.Errorf("%+v, %v", c, err)
	}
	t.Chdir(t.TempDir())
	if c, err := Load("", env()); err != nil || c.Pack != "" {
		t.Errorf("without any file: %+v, %v", c, err)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an unknown key", "langs: es\n", "langs"},
		{"a language that is none", "lang: fr\n", `lang is "fr"`},
		{"an empty space", "spaces: {school: {}}\n", `the space "school" has neither`},
		{"a community on no platform", "spaces: {school: {communities: [\"irc:5\"]}}\n", "discord:SERVER"},
		{"a community in two spaces", "spaces: {a: {communities: [\"telegram:-5\"]}, b: {communities: [\"telegram:-5\"]}}\n", "two spaces"},
		{"no YAML", "pack: [\n", "line"},
		{"two faults at once", "lang: fr\nspaces: {school: {}}\n", `school" has neither a pack nor anything to hide`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Load(file(t, tt.text), env()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Load("no/such/file.yaml", env()); err == nil {
		t.Error("a named file that is not there was passed over")
	}
}

func TestSecrets(t *testing.T) {
	named := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(named, []byte("  from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		env   []string
		token string
		wrong string
	}{
		{"by the environment", []string{"TESTIGO_DISCORD_TOKEN", "by-hand"}, "by-hand", ""},
		{"by a file", []string{"TESTIGO_DISCORD_TOKEN_FILE", named}, "from-a-file", ""},
		{"none", nil, "", ""},
		{"both", []string{"TESTIGO_DISCORD_TOKEN", "x", "TESTIGO_DISCORD_TOKEN_FILE", named}, "", "both set"},
		{"a file that is not there", []string{"TESTIGO_DISCORD_TOKEN_FILE", named + "x"}, "", "TESTIGO_DISCORD_TOKEN_FILE"},
		{"two words", []string{"TESTIGO_DISCORD_TOKEN", "a token"}, "", "no token"},
		{"an address that is none", []string{"TESTIGO_DISCORD_API", "proxy:80"}, "", "TESTIGO_DISCORD_API"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Load(file(t, "lang: es\n"), env(tt.env...))
			if tt.wrong == "" && err != nil || tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
				t.Fatalf("got %v", err)
			}
			if c.Discord.Token.Reveal() != tt.token {
				t.Errorf("the token is %q", c.Discord.Token.Reveal())
			}
			asJSON, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			asYAML, err := yaml.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			for _, shown := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %q", c, c, c), string(asJSON), string(asYAML)} {
				if tt.token != "" && strings.Contains(shown, tt.token) {
					t.Errorf("shown in %s", shown)
				}
			}
		})
	}
	if _, err := Load(file(t, "discord: {token: x}\n"), env()); err == nil {
		t.Error("a token was taken from the configuration file")
	}
}
