package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// result is what a run of the program gave.
type result struct {
	code     int
	out, err string
}

func testigo(t *testing.T, in string, args ...string) result {
	t.Helper()
	var out, errOut bytes.Buffer
	code := run(context.Background(), args, func(string) string { return "" }, strings.NewReader(in), &out, &errOut)
	return result{code, out.String(), errOut.String()}
}

const library = "facts/testdata/library"

// Each golden file is a whole conversation: the file "args" is the command line, "in" what is typed, "out" what comes back. A file with
// "args.2", "in.2", "out.2" and so on runs several times, one after the other, over one database: $DB in args. An exit code other than 0
// stands in "code".
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			part := func(part string) *txtar.File {
				for i := range archive.Files {
					if archive.Files[i].Name == part {
						return &archive.Files[i]
					}
				}
				archive.Files = append(archive.Files, txtar.File{Name: part})
				return &archive.Files[len(archive.Files)-1]
			}
			db := filepath.Join(t.TempDir(), "testigo.db")
			changed := false
			for n := 1; ; n++ {
				suffix := ""
				if n > 1 {
					suffix = fmt.Sprintf(".%d", n)
				}
				if !slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == "args"+suffix }) {
					break
				}
				args := strings.Fields(strings.ReplaceAll(string(part("args"+suffix).Data), "$DB", db))
				got := testigo(t, strings.ReplaceAll(string(part("in"+suffix).Data), "$DB", db), args...)
				if code := strings.TrimSpace(string(part("code" + suffix).Data)); code != "" && code != fmt.Sprint(got.code) || code == "" && got.code != 0 || got.err != "" {
					t.Errorf("run %d: exit %d, errors %q", n, got.code, got.err)
				}
				out := strings.ReplaceAll(timeless(got.out), db, "$DB")
				if want := part("out" + suffix); string(want.Data) != out {
					if !*update {
						t.Fatalf("run %d: got\n%s\nwant\n%s\n(go test . -run TestConversations -update writes it anew)", n, out, want.Data)
					}
					want.Data, changed = []byte(out), true
				}
			}
			if changed {
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return len(f.Data) == 0 && !strings.HasPrefix(f.Name, "in") })
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// timeless puts words in the place of what differs from run to run: the moment, the day.
func timeless(out string) string {
	out = moment.ReplaceAllString(out, "TODAY TIME")
	out = next.ReplaceAllString(out, "$1: SOME DAY,")
	today := time.Now().UTC()
	for _, months := range [][]string{
		strings.Fields("January February March April May June July August September October November December"),
		strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
	} {
		month := months[today.Month()-1]
		out = strings.ReplaceAll(out, fmt.Sprintf("%d %s %d", today.Day(), month, today.Year()), "TODAY")
		out = strings.ReplaceAll(out, fmt.Sprintf("%d de %s de %d", today.Day(), month, today.Year()), "TODAY")
	}
	return out
}

var next = regexp.MustCompile(`(Next|Lo siguiente): [^,]+,`)

var moment = regexp.MustCompile(`\d{1,2} (de )?\pL+ (de )?\d{4} \d\d:\d\d UTC`)

func TestExitCodesAndErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	bad := filepath.Join(t.TempDir(), "bad.jsonl")
	if err := os.WriteFile(bad, []byte("{\"fact\":{\"id\":\"x\"}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args string
		code int
		err  string // in the error output
	}{
		{"an unknown command", "aks", 2, "unexpected argument aks"},
		{"an unknown flag", "ask --quick x", 2, "unknown flag --quick"},
		{"no question", "ask", 2, "there is no question"},
		{"a question beside --batch", "ask --batch why", 2, "leave the question out"},
		{"a language that is none", "ask --lang fr x", 2, "--lang must be one of"},
		{"a space that is none", "ask --space club x", 2, `no space "club"`},
		{"a pack that is not there", "ask --pack " + missing + " x", 1, "pack: stat"},
		{"a pack with faults", "ask --pack " + bad + " x", 1, "bad.jsonl:1: x: standing is"},
		{"a fact that is none", "facts show nothing --pack " + library, 1, `no fact "nothing"`},
		{"a topic that is none", "facts list --topic nothing --pack " + library, 2, "there are: building, people"},
		{"a folder of texts that is not there", "verify --sources " + missing, 1, "--sources: stat"},
		{"lookup without records", "lookup", 2, "--facts"},
		{"a file of records that is not there", "lookup --facts " + missing, 1, "--facts: open"},
		{"a refusal is fine for people", "ask --pack " + library + " how do I bake bread", 0, ""},
		{"and 3 where asked", "ask --exit-code --pack " + library + " how do I bake bread", 3, ""},
		{"an answer with --exit-code", "ask --exit-code --pack " + library + " opening date of the library", 0, ""},
		{"help", "ask --help", 0, ""},
		{"nothing at all", "", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := testigo(t, "", strings.Fields(tt.args)...)
			if got.code != tt.code || !strings.Contains(got.err, tt.err) || tt.err == "" && got.err != "" {
				t.Errorf("exit %d, %q; want %d, %q", got.code, got.err, tt.code, tt.err)
			}
			if tt.code == 2 && strings.Count(got.err, "\n") != 1 {
				t.Errorf("wrong use gives more than a line: %q", got.err)
			}
		})
	}
}

func TestBatch(t *testing.T) {
	in := `{"id":"a","query":"when was the library opened"}
{"id":2,"query":"cuándo abrió la biblioteca de Arroyo","lang":"es"}

not json
{"id":"c","query":"is tomas vega guilty"}
{"id":"d"}
{"id":"e","query":"x","lang":"fr"}
{"id":"f","query":"who signed the letter of the readers"}
` + strings.Repeat("x", maxBatchLine+10) + `
{"id":"g","query":"Elena Ruiz"}`
	got := testigo(t, in, "ask", "--batch", "--pack", library)
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	want := []string{
		`{"id":"a","answered":true,"refusal":"","lang":"en","results":[{"fact":"opened",`,
		`{"id":2,"answered":true,"refusal":"","lang":"es","results":[{"fact":"opened",`,
		`{"error":"this line is not a JSON object`,
		`{"id":"c","answered":false,"refusal":"verdict",`,
		`{"id":"d","error":"this line has no`,
		`{"id":"e","error":"\"lang\" is`,
		`{"id":"f","answered":false,"refusal":"pointer",`,
		`{"error":"this line is longer than`,
		`{"id":"g","answered":`,
	}
	if got.code != 0 || len(lines) != len(want) {
		t.Fatalf("exit %d, %d lines, want %d:\n%s", got.code, len(lines), len(want), got.out)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) || !json.Valid([]byte(lines[i])) {
			t.Errorf("line %d is %.200s, want %s...", i+1, lines[i], want[i])
		}
	}
}

func TestJSONHasTheQuotes(t *testing.T) {
	got := testigo(t, "", "ask", "--json", "--pack", library, "when was the library opened")
	var line answerLine
	if err := json.Unmarshal([]byte(got.out), &line); err != nil {
		t.Fatal(err)
	}
	q := line.Results[0].Quotes[0]
	if !line.Answered || q.Source != "chronicle" || !strings.Contains(q.URL, "#:~:text=The%20public%20library") {
		t.Errorf("%+v", line.Results[0])
	}
}

func TestLookupCommand(t *testing.T) {
	name := filepath.Join(t.TempDir(), "facts.jsonl")
	records := `{"id":"a","lang":"en","question":"When do you open?","alternatives":["opening hours"],"answer":"At nine."}
{"id":"b","lang":"en","question":"How can I pay?","alternatives":["payment methods"],"answer":""}
{"id":"c","lang":"es","question":"¿Cuándo abren?","alternatives":["horario de apertura"],"answer":""}
`
	if err := os.WriteFile(name, []byte(records), 0o600); err != nil {
		t.Fatal(err)
	}
	in := `{"id":"1","query":"opening hours","lang":"en"}
{"id":"2","query":"horario","lang":"es"}
oops
{"id":"3","query":"quantum chromodynamics","lang":"en"}
`
	got := testigo(t, in, "lookup", "--facts", name)
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	want := []*regexp.Regexp{
		regexp.MustCompile(`^\{"id":"1","results":\[\{"fact":"a","score":[01](\.\d+)?[^]]*\],"answered":true\}$`),
		regexp.MustCompile(`^\{"id":"2","results":\[\{"fact":"c",`),
		regexp.MustCompile(`^\{"error":`),
		regexp.MustCompile(`^\{"id":"3","results":\[.*\],"answered":false\}$`),
	}
	if got.code != 0 || len(lines) != len(want) {
		t.Fatalf("exit %d:\n%s%s", got.code, got.out, got.err)
	}
	for i := range want {
		if !want[i].MatchString(lines[i]) {
			t.Errorf("line %d is %s", i+1, lines[i])
		}
	}
	if err := os.WriteFile(name, []byte("{\"id\":\"a\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := testigo(t, in, "lookup", "--facts", name); got.code != 1 || !strings.Contains(got.err, "facts.jsonl:1: a record needs") {
		t.Errorf("%+v", got)
	}
}

func TestSpaces(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	here, err := filepath.Abs(library)
	if err != nil {
		t.Fatal(err)
	}
	write("testigo.yaml", "pack: "+here+"\nspaces:\n  readers: {pack: own.yaml, hide: [opened]}\n")
	write("own.yaml", `facts:
  - id: evening
    topics: [people]
    standing: established
    en: {question: "Until when is the library open in the evening?", answer: "The readers asked for it; it is not known."}
    quotes: [{source: letter, exact: "ask the council to keep the library open in the evening"}]
`)
	config := filepath.Join(dir, "testigo.yaml")
	got := testigo(t, "", "--config", config, "ask", "--space", "readers", "until when is the library open in the evening")
	if got.code != 0 || !strings.HasPrefix(got.out, "Until when is the library open in the evening?\nEstablished\n") {
		t.Errorf("%+v", got)
	}
	got = testigo(t, "", "--config", config, "ask", "--space", "readers", "--exit-code", "opening date of the library of arroyo")
	if got.code != exitRefused && strings.Contains(got.out, "4 March 1931, in the old mill.") {
		t.Errorf("a hidden fact was shown: %+v", got)
	}
}

func TestExportToAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.jsonl")
	if got := testigo(t, "", "facts", "export", "--pack", library, "--output", name); got.code != 0 {
		t.Fatal(got.err)
	}
	if got := testigo(t, "", "verify", "--pack", name, "--sources", library+"/texts"); got.code != 0 || !strings.Contains(got.out, "6 of them held") {
		t.Errorf("%+v", got)
	}
}

func TestVerifyNamesTheFault(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(library+"/texts")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "chronicle.txt")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, bytes.ReplaceAll(data, []byte("612"), []byte("613")), 0o600); err != nil {
		t.Fatal(err)
	}
	got := testigo(t, "", "verify", "--pack", library, "--sources", dir)
	if got.code != 1 || !strings.Contains(got.out, "facts.yaml:") || !strings.Contains(got.out, "not in chronicle letter by letter") || !strings.Contains(got.out, "3 faults") {
		t.Errorf("%+v", got)
	}
}
