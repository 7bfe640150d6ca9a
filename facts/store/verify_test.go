package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"testigo/facts"
)

func TestVerifyFindsWhatWasTamperedWith(t *testing.T) {
	tests := []struct{ name, statement, fault string }{
		{"nothing", "SELECT 1", ""},
		{"a text was changed", "UPDATE log SET reason = 'better' WHERE seq = 2", "entry 2 is not what it was"},
		{"a body was changed", "UPDATE log SET body = '{}' WHERE seq = 3", "entry 3 is not what it was"},
		{"a time was changed", "UPDATE log SET at = at + 1 WHERE seq = 1", "entry 1 is not what it was"},
		{"an entry was given to somebody else", "UPDATE log SET author = (SELECT key FROM people WHERE name = 'Berta') WHERE seq = 1", "entry 1 is not what it was"},
		{"two people were given each other's names", "UPDATE people SET id = CASE id WHEN 'a' THEN 'b' ELSE 'a' END",
			"entry 1 bears the name of somebody who did not write it"},
		{"an entry was taken out", "DELETE FROM log WHERE seq = 2", "after entry 1 comes 3"},
		{"the first was taken out", "DELETE FROM log WHERE seq = 1", "after entry 0 comes 2"},
		{"the last was taken out", "DELETE FROM log WHERE seq = 4", "ends with entry 4"},
		{"all were taken out", "DELETE FROM log", "ends with entry 4"},
		{"two changed places", "UPDATE log SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3); UPDATE log SET seq = -seq WHERE seq < 0",
			"entry 2 does not follow"},
		{"a hash was changed", "UPDATE log SET hash = 'x' WHERE seq = 2", "entry 2 is not what it was"},
		{"the link to the one before was changed", "UPDATE log SET prev = 'x' WHERE seq = 2", "entry 2 does not follow"},
		{"a number was changed", "UPDATE log SET number = 9 WHERE seq = 4", "entry 4 is not what it was"},
		{"the counter went back", "UPDATE head SET seq = 3", "the counter says"},
		{"the counter's hash was changed", "UPDATE head SET hash = 'x'", "the counter says"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := openFile(t, filepath.Join(t.TempDir(), "facts.db"), Options{})
			for i, by := range []string{"a", "b", "a", "a"} {
				e := entry("because")
				e.Fact, e.By = "fact-"+string(rune('0'+i%2)), facts.Author{Platform: "terminal", ID: by, Name: map[string]string{"a": "Ana", "b": "Berta"}[by]}
				if _, err := d.Append(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := d.writer.Exec("PRAGMA foreign_keys = 0; " + tt.statement); err != nil {
				t.Fatal(err)
			}
			_, fault, err := d.Verify(t.Context())
			if err != nil || !strings.Contains(fault, tt.fault) || (fault == "") != (tt.fault == "") {
				t.Errorf("fault %q, want %q (%v)", fault, tt.fault, err)
			}
		})
	}
}

// Numbers are checked beside the hashes, which a program with a fault in it would compute over wrong numbers all the same.
func TestVerifyChecksNumbers(t *testing.T) {
	d := openFile(t, filepath.Join(t.TempDir(), "facts.db"), Options{})
	r := mustAppend(t, d, "x")
	r.Number = 2
	if _, err := d.writer.Exec("UPDATE log SET number = 2, hash = ?; UPDATE head SET hash = ?", r.Sum(), r.Sum()); err != nil {
		t.Fatal(err)
	}
	if _, fault, err := d.Verify(t.Context()); err != nil || fault != "entry 1 is r2 of a, and should be r1" {
		t.Errorf("fault %q (%v)", fault, err)
	}
}

func TestForgettingLeavesNothingInTheFile(t *testing.T) {
	dir := t.TempDir()
	d := openFile(t, filepath.Join(dir, "facts.db"), Options{})
	e := entry("x")
	e.By = facts.Author{Platform: "discord", ID: "80351110224678912", Name: "Ana Ñandú"}
	if _, err := d.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SaveDraft(t.Context(), facts.Draft{Space: "s", By: e.By, Body: []byte("a draft of hers")}); err != nil {
		t.Fatal(err)
	}
	secrets := []string{e.By.ID, e.By.Name, "a draft of hers"}
	if found := search(t, dir, secrets); len(found) != len(secrets) {
		t.Fatalf("before: only %v", found)
	}
	if n, err := d.Forget(t.Context(), e.By.Platform, e.By.ID); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if found := search(t, dir, secrets); len(found) > 0 {
		t.Errorf("still in the files: %v", found)
	}
}

// search returns which of the texts are in any file of the folder.
func search(t *testing.T, dir string, texts []string) (found []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	for _, text := range texts {
		if strings.Contains(all.String(), text) {
			found = append(found, text)
		}
	}
	return found
}
