package facts

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

const libraryDir = "testdata/library"

func library(t testing.TB) *Pack {
	t.Helper()
	p, err := Load(libraryDir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// edited returns the library with a replacement made in one of its files.
func edited(t *testing.T, file, old, new string) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, name := range []string{"tables.yaml", "facts.yaml"} {
		data, err := os.ReadFile(filepath.Join(libraryDir, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == file {
			if !bytes.Contains(data, []byte(old)) {
				t.Fatalf("%s does not hold %q", file, old)
			}
			data = bytes.Replace(data, []byte(old), []byte(new), 1)
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	return fsys
}

func TestFaults(t *testing.T) {
	long := strings.Repeat("word ", 130)
	tests := []struct {
		name, file, old, new string
		want                 string
	}{
		{"an unknown key is named with its line", "facts.yaml", "    topics: [building]\n", "    topcs: [building]\n", `unknown key "topcs" in a fact`},
		{"a duplicate id", "facts.yaml", "id: books-at-opening", "id: opened", "opened: the id stands twice, first in facts.yaml:2"},
		{"an id with a space", "facts.yaml", "id: opened", "id: was opened", "was opened: the id is not made of small letters"},
		{"a duplicate phrasing in one fact", "facts.yaml", `"when was the library opened"`, `"When did the library of Arroyo open"`, "it is phrased twice as"},
		{"a duplicate phrasing in two facts", "facts.yaml", `"number of books at the beginning"`, `"Opening date of the library!"`, "is also how opened is asked (facts.yaml:2)"},
		{"a topic that is none", "facts.yaml", "topics: [people]", "topics: [persons]", `topics names "persons", which is no topic`},
		{"a person that is none", "facts.yaml", "people: [elena-ruiz]", "people: [elena]", `people names "elena", which is no name`},
		{"a related fact that is none", "facts.yaml", "related: [books-at-opening, ", "related: [books, ", `related names "books"`},
		{"an impossible date", "facts.yaml", `"1931-03-04"]`, `"1931-02-30"]`, `"1931-02-30" is no date`},
		{"a standing that is none", "facts.yaml", "standing: contested", "standing: maybe", `standing is "maybe"`},
		{"a contested fact without positions", "facts.yaml", "standing: established\n    people: [elena-ruiz]", "standing: contested\n    people: [elena-ruiz]", "first-librarian: it is contested, so it needs a position"},
		{"a superseded fact without its successor", "facts.yaml", "    superseded_by: mill-owner\n", "", "superseded_by must name the fact"},
		{"a successor that is none", "facts.yaml", "superseded_by: mill-owner", "superseded_by: nobody", `superseded_by names "nobody"`},
		{"an accused person without an answer", "facts.yaml", `date: "1965-06-09"`, `role: {en: court, es: tribunal}`, "it needs a dated position with what they answered"},
		{"a stance that is none", "facts.yaml", "stance: decided", "stance: ruled", `stance is "ruled"`},
		{"a language without an answer", "facts.yaml", `      answer: "On 4 March 1931, in the old mill."`, "", "the answer (en) is missing"},
		{"a language without a question", "facts.yaml", `question: "¿Cuándo abrió la biblioteca de Arroyo?"`, `question: ""`, "the question (es) is missing"},
		{"an answer that is too long", "facts.yaml", "612 books, given by the neighbours.", long, "has 650 characters, at most 600"},
		{"a question that is too long", "facts.yaml", "Whose was the mill?", strings.Repeat("why ", 40), "at most 140"},
		{"a quote that is too long", "facts.yaml", "the land register names the town itself", long, "a quote has 650 characters, at most 320"},
		{"a quote without a source", "facts.yaml", "  - source: chronicle\n        exact: \"with", "  - source: \"\"\n        exact: \"with", "a quote without a source"},
		{"a quote of a source that is none", "facts.yaml", "source: chronicle\n        exact: \"with", "source: cronicle\n        exact: \"with", `the source "cronicle", which is no source`},
		{"a quote of a document without a text", "facts.yaml", "source: chronicle\n        exact: \"with", "source: register\n        exact: \"with", `"register" has no captured text`},
		{"a pointer to nothing", "facts.yaml", "see: [register, letter]", "see: [registry]", `see names "registry"`},
		{"a control character", "facts.yaml", `"612 books, given`, `"612\e[31m books, given`, "holds a control character"},
		{"an address without its scheme", "tables.yaml", "https://example.org/register", "example.org/register", "is no address"},
		{"a name of two people", "tables.yaml", "aliases: [Elenita]", "aliases: [the lock keeper]", `is also a name of elena-ruiz`},
		{"a shared alias given to one", "tables.yaml", "aliases: [Elenita]", "aliases: [Don Tomas]", "is listed under shared"},
		{"a day without its day", "tables.yaml", `on: "1931-03-04"`, `on: "1931-03"`, "needs year, month and day"},
		{"a hash that is none", "tables.yaml", "file: letter.txt", "file: letter.txt\n    archived: here", `"here" is no address`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadFS(edited(t, tt.file, tt.old, tt.new))
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got error %v, want faults", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got\n%v\nwant %q in it", err, tt.want)
			}
			for _, f := range faults {
				if !strings.HasSuffix(f.File, ".yaml") || f.Line == 0 || f.ID == "" && tt.file == "facts.yaml" {
					t.Errorf("%v names no file, line and id", f)
				}
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	fsys := edited(t, "facts.yaml", "standing: contested", "standing: maybe")
	fsys["facts.yaml"].Data = bytes.Replace(fsys["facts.yaml"].Data, []byte("people: [elena-ruiz]"), []byte("people: [nobody]"), 1)
	fsys["tables.yaml"].Data = bytes.Replace(fsys["tables.yaml"].Data, []byte("kind: place"), []byte("kind: thing"), 1)
	_, err := LoadFS(fsys)
	for _, want := range []string{`standing is "maybe"`, `people names "nobody"`, `kind is "thing"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestExportIsAPack(t *testing.T) {
	p := library(t)
	var first, second bytes.Buffer
	if err := p.Export(&first); err != nil {
		t.Fatal(err)
	}
	again, err := LoadLines("export.jsonl", first.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Export(&second); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Error("an export of an export differs from it")
	}
	if !reflect.DeepEqual(withoutPlaces(p.Facts), withoutPlaces(again.Facts)) {
		t.Error("the facts of an export differ from the pack's")
	}
}

func withoutPlaces(list []*Fact) []Fact {
	out := make([]Fact, len(list))
	for i, f := range list {
		out[i] = *f
		out[i].at = place{}
	}
	return out
}

func TestBadLines(t *testing.T) {
	good := exported(t)
	tests := []struct{ name, line, want string }{
		{"no JSON", `{"fact": `, "x.jsonl:1"},
		{"an unknown key", `{"fact": {"id": "x", "stading": "unknown"}}`, `unknown key "stading"`},
		{"two records", `{"topic": {"id": "a", "name": {"en": "A", "es": "A"}}, "day": {"id": "b"}}`, "a line holds one record"},
		{"something after the record", `{"topic": {"id": "a", "name": {"en": "A", "es": "A"}}} {}`, "something follows the record"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadLines("x.jsonl", append([]byte(tt.line+"\n"), good...))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "x.jsonl:1") {
				t.Errorf("got %v, want %q in line 1", err, tt.want)
			}
		})
	}
}

func exported(t testing.TB) []byte {
	var b bytes.Buffer
	if err := library(t).Export(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzLoadLines(f *testing.F) {
	f.Add(exported(f))
	f.Add([]byte(`{"fact":{"id":"x","en":{"question":"Why?","answer":"No."}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := LoadLines("fuzz.jsonl", data); err == nil && len(p.Facts) == 0 {
			t.Error("a pack without a fact was taken")
		}
	})
}

func FuzzReadYAML(f *testing.F) {
	data, err := os.ReadFile(filepath.Join(libraryDir, "facts.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("facts: [1, {id: x}]\nnames: {}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = LoadFS(fstest.MapFS{"fuzz.yaml": {Data: data}})
	})
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2014", "2014-09", "2014-09-26", "2024-02-29"} {
		if d, err := ParseDate(s); err != nil || d.String() != s {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "14", "2014-13", "2014-00-01", "2023-02-29", "26-09-2014", "2014-9-26", "2014-09-26T00:00"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", s, d)
		}
	}
}

func TestDatesCompare(t *testing.T) {
	order := []string{"2013", "2014", "2014-09", "2014-09-26", "2014-09-27", "2014-10", "2015"}
	for i := range order {
		for j := range order {
			a, _ := ParseDate(order[i])
			b, _ := ParseDate(order[j])
			if got := a.Compare(b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%s.Compare(%s) = %d", order[i], order[j], got)
			}
		}
	}
}
