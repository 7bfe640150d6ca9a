package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"testigo/facts/store/pgtest"
)

// program runs the program and returns its exit code and what it wrote.
func program(t *testing.T, env func(string) string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, env, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func TestMigrate(t *testing.T) {
	for name, target := range map[string]func(t *testing.T) string{
		"to PostgreSQL": func(t *testing.T) string { return pgtest.Start(t).Address(t) },
		"to a file":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "to.db") },
	} {
		t.Run(name, func(t *testing.T) {
			to := target(t)
			from := filepath.Join(t.TempDir(), "from.db")
			none := environment()
			hide := func(db, fact string) {
				t.Helper()
				code, _, errOut := program(t, none, "facts", "hide", fact, "why", "--pack", library, "--db", db, "--as", "moderator:ana")
				if code != exitOK {
					t.Fatalf("exit %d: %s", code, errOut)
				}
			}
			hide(from, "opened")
			for _, want := range []string{"copied", "nothing to do"} {
				code, out, errOut := program(t, environment("TESTIGO_DB", to), "migrate", "--from", from)
				if code != exitOK || !strings.HasPrefix(out, want) || !strings.Contains(out, "1 of them entries") {
					t.Errorf("exit %d: %s%s, want %q", code, out, errOut, want)
				}
			}
			if code, out, _ := program(t, none, "facts", "history", "opened", "--pack", library, "--db", to); code != exitOK || !strings.Contains(out, "ana") {
				t.Errorf("exit %d; in the copy: %s", code, out)
			}
			code, _, errOut := program(t, none, "facts", "undo", "1", "--pack", library, "--db", to, "--as", "moderator:ana")
			if code != exitOK {
				t.Errorf("exit %d: %s", code, errOut)
			}
			code, _, errOut = program(t, none, "migrate", "--from", from, "--to", to)
			if code != exitFailed || !strings.Contains(errOut, "was used since") {
				t.Errorf("over a copy that was used: exit %d: %s", code, errOut)
			}
		})
	}
}

func TestMigrateFaults(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.db")
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no source", nil, exitUsage, "--from"},
		{"no target", []string{"--from", missing}, exitUsage, "TESTIGO_DB"},
		{"a source that is not there", []string{"--from", missing, "--to", filepath.Join(dir, "to.db")}, exitFailed, "no such file"},
	} {
		if code, _, errOut := program(t, environment(), append([]string{"migrate"}, tt.args...)...); code != tt.code || !strings.Contains(errOut, tt.want) {
			t.Errorf("%s: exit %d: %s, want %q", tt.name, code, errOut, tt.want)
		}
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(found) > 0 {
		t.Errorf("made: %v (%v)", found, err)
	}
}

// Commands that look at the database's file know that a server has none, and show no password.
func TestCommandsOnPostgres(t *testing.T) {
	address := pgtest.Start(t).Address(t)
	secret := strings.Replace(address, "testigo@", "testigo:hunter2@", 1) // the throwaway server asks for none
	for _, tt := range []struct {
		name, args, want string
	}{
		{"examined", "doctor --pack " + library, "can be written"},
		{"backed up", "backup " + filepath.Join(t.TempDir(), "copy.db"), "pg_dump"},
		{"restored", "restore nothing.db", "pg_restore"},
		{"reloaded", "reload", "no running bot"},
	} {
		_, out, errOut := program(t, environment("TESTIGO_DB", secret), strings.Fields(tt.args)...)
		if !strings.Contains(out+errOut, tt.want) || strings.Contains(out+errOut, "hunter2") {
			t.Errorf("%s: %s%s, want %q and no password", tt.name, out, errOut, tt.want)
		}
	}
}
