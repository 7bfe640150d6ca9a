package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"testigo/config"
)

// A transcript in the documentation is a block of text under a comment that holds the command line and then what is typed, a line each. $DB is
// one database for the whole file. What stands in the block is what the program gives: this test runs all of them, and with -update writes them.
var transcript = regexp.MustCompile("(?s)(<!-- testigo ([^\n]*)\n(.*?)-->\n```text\n)(.*?)(```\n)")

func TestTranscriptsInTheDocumentation(t *testing.T) {
	files, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range append(files, "README.md") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		db := filepath.Join(t.TempDir(), "testigo.db")
		now := transcript.ReplaceAllStringFunc(string(data), func(block string) string {
			n++
			part := transcript.FindStringSubmatch(block)
			got := session(t, db, part[2], part[3])
			if got != part[4] && !*update {
				t.Errorf("%s: testigo %s gives\n%s\nand the documentation has\n%s\n(go test . -run TestTranscripts -update writes it anew)", name, part[2], got, part[4])
			}
			return part[1] + got + part[5]
		})
		if *update && now != string(data) {
			if err := os.WriteFile(name, []byte(now), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d transcripts were found", n)
	}
}

// session runs the program and returns what a person at a terminal would see: the command, and between the replies what was typed.
func session(t *testing.T, db, args, typed string) string {
	t.Helper()
	var screen bytes.Buffer
	screen.WriteString("$ testigo " + strings.ReplaceAll(args, " --db $DB", "") + "\n")
	var errOut bytes.Buffer
	words := split(strings.ReplaceAll(args, "$DB", db))
	if code := run(context.Background(), words, environment(), &typist{strings.SplitAfter(typed, "\n"), &screen}, &screen, &errOut); code != exitOK || errOut.Len() > 0 {
		t.Errorf("testigo %s: exit %d: %s", args, code, errOut.String())
	}
	out := timeless(strings.ReplaceAll(screen.String(), db, "testigo.db"))
	day := "26 September 2026"
	if strings.Contains(args, "--lang es") {
		day = "26 de septiembre de 2026"
	}
	out = strings.ReplaceAll(strings.ReplaceAll(out, "TODAY TIME", day+" 18:00 UTC"), "TODAY", day)
	return strings.TrimSpace(out) + "\n"
}

// typist types a line when it is asked for one, and shows it.
type typist struct {
	lines  []string
	screen *bytes.Buffer
}

func (k *typist) Read(p []byte) (int, error) {
	for len(k.lines) > 0 && strings.TrimSpace(k.lines[0]) == "" {
		k.lines = k.lines[1:]
	}
	if len(k.lines) == 0 {
		return 0, io.EOF
	}
	line := k.lines[0]
	k.lines = k.lines[1:]
	k.screen.WriteString("> " + line)
	return copy(p, line), nil // lines here are shorter than any buffer
}

// split is a command line by its words; those in quotation marks stay together.
func split(line string) (words []string) {
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		words = append(words, m[1]+m[2])
	}
	return words
}

// documentation returns the files that people read, by name.
func documentation(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, name := range append(names, "README.md") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(data)
	}
	return texts
}

var (
	linked  = regexp.MustCompile(`(?:\]\(|src=")([^)#:"\s]*)(?:#([^)"\s]*))?[)"]`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	inFence = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	noSlug  = regexp.MustCompile(`[^\pL\pN _-]`)
)

// anchors are what GitHub lets one link to in a text: its headings in small letters, without punctuation, with dashes.
func anchors(text string) map[string]bool {
	out := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(inFence.ReplaceAllString(text, ""), -1) {
		out[strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return out
}

// Links from one file of the documentation to another, and to a heading in it, lead somewhere.
func TestLinksInTheDocumentation(t *testing.T) {
	texts, n := documentation(t), 0
	for name, text := range texts {
		for _, m := range linked.FindAllStringSubmatch(inFence.ReplaceAllString(text, ""), -1) {
			n++
			to := name
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(name), m[1])
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %v", name, err)
			} else if m[2] != "" && !anchors(texts[to])[m[2]] {
				t.Errorf("%s: %s has no heading for #%s", name, to, m[2])
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d links were found", n)
	}
}

// Every picture is shown, and told to those who do not see it.
func TestPicturesInTheDocumentation(t *testing.T) {
	names, err := filepath.Glob("docs/pictures/*.svg")
	if err != nil || len(names) < 4 {
		t.Fatal(names, err)
	}
	readme := documentation(t)["README.md"]
	for _, name := range names {
		shown := regexp.MustCompile(`!\[([^\]]{40,})\]\(` + name + `\)|<img src="` + name + `"[^>]* alt="([^"]{40,})"`)
		if !shown.MatchString(readme) {
			t.Errorf("%s is not in the README, or without words that tell it", name)
		}
	}
}

var variable = regexp.MustCompile(`TESTIGO_[A-Z_]+`)

// Who sets a variable that the documentation or a file of deploy/ names sets something.
func TestVariablesInTheDocumentation(t *testing.T) {
	known, texts := append(config.Environment(), "TESTIGO_CONFIG"), documentation(t)
	for _, name := range []string{"Dockerfile", "deploy/compose.yaml", "deploy/testigo.service"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(data)
	}
	for name, text := range texts {
		for _, v := range variable.FindAllString(text, -1) {
			if !slices.Contains(known, v) {
				t.Errorf("%s names %s, which nothing reads", name, v)
			}
		}
	}
}

// The configuration that docs/operate.md shows can be read.
func TestConfigurationInTheDocumentation(t *testing.T) {
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(documentation(t)["docs/operate.md"])
	if block == nil {
		t.Fatal("there is none")
	}
	file := filepath.Join(t.TempDir(), "testigo.yaml")
	if err := os.WriteFile(file, []byte(block[1]), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file, environment())
	if err != nil || c.Lang != "es" || len(c.Spaces) != 1 {
		t.Errorf("%+v %v", c, err)
	}
}

// docs/libraries.md tells of every library that go.mod asks for, and of no other.
func TestLibrariesInTheDocumentation(t *testing.T) {
	data, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(data), -1) { // an indirect one has a comment
		wanted[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^\| \[([^\]]+)\]`).FindAllStringSubmatch(documentation(t)["docs/libraries.md"], -1) {
		if !wanted[m[1]] {
			t.Errorf("%s is told and not used", m[1])
		}
		delete(wanted, m[1])
	}
	if len(wanted) > 0 {
		t.Errorf("not told: %v", wanted)
	}
}

// The example in docs/packs.md is a whole pack: its quotes stand in its texts, and every fact is found by its question.
func TestExamplePacks(t *testing.T) {
	found, err := filepath.Glob("examples/*")
	if err != nil || len(found) == 0 {
		t.Fatal("no examples", err)
	}
	for _, dir := range found {
		if got := testigo(t, "", "verify", "--pack", dir, "--sources", filepath.Join(dir, "texts")); got.code != exitOK || !strings.Contains(got.out, ": 0 faults") {
			t.Errorf("%s: %+v", dir, got)
		}
	}
	tests := []struct{ question, want string }{
		{"how much is my water bill", "How much does water cost a month?\nEstablished\n"},
		{"¿a quién llamo si hay una fuga?", "¿Dónde reporto una fuga en la calle?\nComprobado\n"},
		{"¿puedo tomar agua de la llave?", "¿Se puede beber el agua de la llave?\nEn disputa"},
		{"is there water on saturday", "Is there water on Tuesdays and Saturdays in the upper part?\nSuperseded"},
		{"qué dice la norma de turbiedad", "¿Cuál es el límite de turbiedad?\n\nLas fuentes que cito no responden esto."},
		{"who is the mayor", "I have no sourced fact"},
	}
	for _, tt := range tests {
		if got := testigo(t, "", "ask", "--pack", "examples/water", tt.question); !strings.HasPrefix(got.out, tt.want) {
			t.Errorf("%q gets\n%s", tt.question, got.out)
		}
	}
}
