package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

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
	name := file(t, "pack: sets/mine\nlang: es\nspaces:\n  school: {pack: school, hide: [some-fact], discord: 12, telegram: [-34, 56]}\n")
	c, err := Load(name, env("TESTIGO_LANG", "en", "TESTIGO_SOURCES", "texts"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(name)
	if c.Pack != filepath.Join(dir, "sets/mine") || c.Spaces["school"].Pack != filepath.Join(dir, "school") || c.Sources != "texts" {
		t.Errorf("paths of the file are not taken from its folder, or one of the environment is: %+v", c)
	}
	if c.Lang != "en" {
		t.Errorf("the environment does not go over the file: %+v", c)
	}
	if s := c.Spaces["school"]; !slices.Equal(s.Discord, []string{"12"}) || !slices.Equal(s.Telegram, []string{"-34", "56"}) || !slices.Equal(s.Hide, []string{"some-fact"}) {
		t.Errorf("%+v", s)
	}
	if c.DB != DefaultDB || c.Window != 3*time.Hour || c.Person.Burst == 0 || c.HTTP != "" || c.Log != (Log{"text", "info"}) {
		t.Errorf("the defaults are gone: %+v", c)
	}
}

func TestLoadByEnvironment(t *testing.T) {
	name := file(t, "lang: es\n")
	if c, err := Load("", env("TESTIGO_CONFIG", name)); err != nil || c.Lang != "es" || c.File != name {
		t.Errorf("%+v, %v", c, err)
	}
	t.Chdir(t.TempDir())
	if c, err := Load("", env()); err != nil || c.Pack != "" || c.File != "" {
		t.Errorf("without any file: %+v, %v", c, err)
	}
}

// Each value can be set in the file and in the environment, and both do the same.
func TestEveryKeyIsSetByFileAndEnvironment(t *testing.T) {
	values := map[string]string{
		"pack": "/sets/a", "sources": "/texts", "db": "/data/b.db", "lang": "es", "review": "all", "daily.window": "90m",
		"limits.person.per_minute": "7", "limits.person.burst": "8", "limits.channel.per_minute": "9", "limits.channel.burst": "11",
		"http": "127.0.0.1:1", "replicas.lease": "5s", "log.format": "json", "log.level": "warn", "discord.api": "http://d.example", "telegram.api": "http://t.example",
		"telegram.webhook": "https://w.example/x", "telegram.listen": ":9", "spaces": `{"a": {"pack": "/sets/b", "discord": [1]}}`,
	}
	standard, err := Load(file(t, ""), env())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range new(Config).keys() {
		t.Run(k.name, func(t *testing.T) {
			value, ok := values[k.name]
			if !ok {
				t.Fatal("the test has no value for it")
			}
			text, pairs := "", []string{variable(k.name), value}
			for i, part := range strings.Split(k.name, ".") {
				text += fmt.Sprintf("\n%s%s: ", strings.Repeat("  ", i), part)
			}
			text += value + "\n"
			for _, other := range []string{"telegram.webhook", "telegram.listen"} { // they go together
				if strings.HasPrefix(k.name, "telegram.") && other != k.name {
					text += "  " + other[len("telegram."):] + `: "` + values[other] + "\"\n"
					pairs = append(pairs, variable(other), values[other])
				}
			}
			byFile, err := Load(file(t, text), env())
			if err != nil {
				t.Fatal(err)
			}
			byEnvironment, err := Load(file(t, ""), env(pairs...))
			if err != nil {
				t.Fatal(err)
			}
			byFile.File, byEnvironment.File = standard.File, standard.File
			if !reflect.DeepEqual(byFile, byEnvironment) {
				t.Errorf("file\n%+v\nenvironment\n%+v", byFile, byEnvironment)
			}
			if reflect.DeepEqual(byFile, standard) {
				t.Error("it sets nothing")
			}
		})
	}
}

func TestFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an unknown key", "lang: es\nlangs: es\n", "2: langs: there is no such key; there are: daily, db,"},
		{"an unknown key deeper down", "log:\n  levle: info\n", "2: log.levle: there is no such key; there are: format, level"},
		{"an unknown key of a space", "spaces:\n  school:\n    packs: x\n", `3: spaces: a space has no key "packs"; there are: discord, hide, pack, telegram`},
		{"a language that is none", "\nlang: fr\n", `2: lang: it is "fr": write en or es`},
		{"an empty space", "spaces:\n  school: {}\n", `2: spaces: the space "school" has neither`},
		{"a space whose name has a colon", "spaces:\n  \"discord:1\": {hide: [x]}\n", `2: spaces: "discord:1" is no name`},
		{"no YAML", "lang: es\npack: [\n", "it cannot be read as YAML"},
		{"a list of settings", "- lang\n", "1: it holds no keys"},
		{"a value where keys belong", "log: json\n", "1: log: it holds no keys"},
		{"a tab in the place of spaces", "\tlang: es\n", "never with tabs"},
		{"keys where a value belongs", "lang: {en: es}\n", "1: lang: write one value"},
		{"a key without value", "lang:\n", "1: lang: there is no value"},
		{"a key twice", "lang: es\ndb: x\nlang: en\n", "3: lang stands on line 1 already"},
		{"two documents", "lang: es\n---\nlang: en\n", "more than one document"},
		{"half a number", "limits:\n  person:\n    burst: 1.5\n", `3: limits.person.burst: it is "1.5": write a whole number`},
		{"a limit that is half there", "limits: {person: {burst: 0}}\n", "1: limits.person: per_minute and burst are both 0"},
		{"a window that is none", "daily: {window: soon}\n", `1: daily.window: it is "soon": write how long`},
		{"an address without a port", "http: localhost\n", "1: http: it is"},
		{"an address that is none", "discord: {api: \"proxy:80\"}\n", "1: discord.api: it is"},
		{"a webhook without encryption", "telegram: {listen: \":1\", webhook: \"http://x.org\"}\n", "1: telegram.webhook: it is"},
		{"half a webhook", "telegram:\n  listen: \":1\"\n", "2: telegram.listen: telegram.webhook has to be set with it"},
		{"a token", "discord: {token: hush}\n", "1: discord.token: a token does not belong into the file; set TESTIGO_DISCORD_TOKEN or"},
		{"a server's id that is none", "spaces:\n  a: {discord: [general]}\n", `2: spaces: it is "general": write a server's id`},
		{"a community in two spaces", "spaces:\n  a: {discord: [1]}\n  b: {discord: [1]}\n", `3: spaces: discord 1 is in the space "a" and in "b"`},
		{"an anchor that holds itself", "spaces: &a {x: *a}\n", "a space has no key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name := file(t, tt.text)
			_, err := Load(name, env())
			want := tt.want
			if want[0] >= '0' && want[0] <= '9' {
				want = name + ":" + want
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Error("the token is shown")
			}
		})
	}
	if _, err := Load("no/such/file.yaml", env()); err == nil {
		t.Error("a named file that is not there was passed over")
	}
	if _, err := Load(file(t, strings.Repeat("#", maxFile+1)), env()); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("a file too large: %v", err)
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	name := file(t, "lang: fr\nhttp: here\nspaces:\n  a: {}\nnonsense: 1\n")
	_, err := Load(name, env("TESTIGO_LOG_LEVEL", "loud", "TESTIGO_SPACES", "[", "TESTIGO_DISCORD_TOKEN", "two words"))
	var faults Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	var at []string
	for _, f := range faults {
		at = append(at, fmt.Sprint(f.Line, f.Env))
	}
	if want := []string{"1", "2", "4", "5", "0TESTIGO_DISCORD_TOKEN", "0TESTIGO_LOG_LEVEL", "0TESTIGO_SPACES"}; !slices.Equal(at, want) {
		t.Errorf("got %q, want %q:\n%v", at, want, err)
	}
}

func TestTheExamplePassesAndHasEveryKey(t *testing.T) {
	if _, err := Load(file(t, Example), env()); err != nil {
		t.Error(err)
	}
	// With what is commented out switched on it passes too.
	var all []string
	for line := range strings.Lines(Example) {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		if rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "# "); ok {
			if name, _, isKey := strings.Cut(rest, ": "); isKey && !strings.Contains(name, " ") {
				line = indent + rest
			}
		}
		all = append(all, line)
	}
	name := file(t, strings.Join(all, ""))
	if _, err := Load(name, env()); err != nil {
		t.Error(err)
	}
	r := reader{keys: new(Config).keys()}
	r.file(name, []byte(strings.Join(all, "")))
	for _, k := range r.keys {
		if r.places[k.name].Line == 0 {
			t.Errorf("the example lacks %s", k.name)
		}
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
		{"both", []string{"TESTIGO_DISCORD_TOKEN", "x", "TESTIGO_DISCORD_TOKEN_FILE", named}, "", "TESTIGO_DISCORD_TOKEN: it and TESTIGO_DISCORD_TOKEN_FILE are both set"},
		{"a file that is not there", []string{"TESTIGO_DISCORD_TOKEN_FILE", named + "x"}, "", "TESTIGO_DISCORD_TOKEN_FILE: open "},
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
			for _, shown := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %q", c, c, c.Discord), string(asJSON), string(asYAML)} {
				if tt.token != "" && strings.Contains(shown, tt.token) {
					t.Errorf("shown in %s", shown)
				}
			}
		})
	}
}

// Whatever a file holds, it is taken or refused with faults that can be shown.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{Example, "spaces: &a {x: *a}", "a: [", "lang: \xff", "limits: {person: {burst: 99999999999999999999}}", "? {a: b}\n: c", "<<: {lang: es}", "!!binary x: y"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		name := filepath.Join(dir, "testigo.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(name, env("TESTIGO_SPACES", text))
		if err != nil && err.Error() == "" {
			t.Error("a fault without words")
		}
		if err == nil && (c.Window < time.Minute || c.Lang != "" && c.Lang != "en" && c.Lang != "es") {
			t.Errorf("taken: %+v", c)
		}
	})
}
