package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
