package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram/telegramtest"
	"testigo/facts"
	"testigo/facts/store"
)

// changed makes a database in which a moderator hid one fact and changed another.
func changed(t *testing.T) string {
	t.Helper()
	db := filepath.Join(t.TempDir(), "testigo.db")
	got := testigo(t, "/hide opened to be checked\n", "chat", "--as", "moderator:ana", "--db", db, "--pack", library)
	if got.code != exitOK {
		t.Fatal(got.err)
	}
	return db
}

func TestBackupAndRestore(t *testing.T) {
	db := changed(t)
	copied := filepath.Join(t.TempDir(), "copy.db")
	if got := testigo(t, "", "backup", copied, "--db", db); got.code != exitOK || !strings.Contains(got.out, "1 entry of the log, checked") {
		t.Fatalf("%+v", got)
	}
	if got := testigo(t, "", "backup", copied, "--db", db); got.code != exitFailed || !strings.Contains(got.err, copied+" is there already") {
		t.Errorf("over a file: %+v", got)
	}
	if got := testigo(t, "", "backup", filepath.Join(copied+"3", "c.db"), "--db", db); got.code != exitFailed || !strings.Contains(got.err, "there is no folder "+copied+"3") {
		t.Errorf("into a folder that is not there: %+v", got)
	}
	if got := testigo(t, "", "restore", copied+"4", "--db", db); got.code != exitFailed || !strings.Contains(got.err, "there is no backup to read") {
		t.Errorf("from nothing: %+v", got)
	}
	if got := testigo(t, "", "backup", copied+"2", "--db", db+"x"); got.code != exitFailed || !strings.Contains(got.err, "no database to copy") {
		t.Errorf("of nothing: %+v", got)
	}
	if _, err := os.Stat(db + "x"); err == nil {
		t.Error("a database was made to be copied")
	}
	if got := testigo(t, "/restore opened\n", "chat", "--as", "moderator:ana", "--db", db, "--pack", library); got.code != exitOK {
		t.Fatal(got.err)
	}
	if got := testigo(t, "", "restore", copied, "--db", db); got.code != exitFailed || !strings.Contains(got.err, "--force") {
		t.Errorf("over a database: %+v", got)
	}
	if got := testigo(t, "", "restore", copied, "--db", db, "--force"); got.code != exitOK || !strings.Contains(got.out, "what was there before is "+db+".before-") {
		t.Errorf("with --force: %+v", got)
	}
	ask := []string{"chat", "--as", "member:eva", "--db", db, "--pack", library}
	if got := testigo(t, "/fact opened\n", ask...); !strings.Contains(got.out, "There is no fact") {
		t.Errorf("the state before the backup is not back: %+v", got)
	}
}

func TestDoctor(t *testing.T) {
	tests := []struct {
		name string
		args []string
		make func(db string) error // changes the database
		code int
		want []string
	}{
		{"all is well", nil, nil, exitOK, []string{"OK    configuration: no fault", "OK    clock: 20", "OK    zone data: there", "OK    pack: library, 6 facts",
			"OK    database: ", "OK    log: 1 entry", "OK    index: 1 fact that", "-     discord: there is no token", "all is well, but the bot would answer nobody: set TESTIGO_DISCORD_TOKEN"}},
		{"quotes held against their texts", []string{"--sources", library + "/texts"}, nil, exitOK, []string{"of 6 quotes, 6 of them held"}},
		{"no database", nil, os.Remove, exitOK, []string{"-     database: "}},
		{"no folder for the database", []string{"--db", "nowhere/testigo.db"}, nil, exitFailed, []string{"FAULT database: stat nowhere", "Make the folder"}},
		{"a pack that is not there", []string{"--pack", "nowhere"}, nil, exitFailed, []string{"FAULT pack: stat nowhere", "-     index: not examined", "1 fault"}},
		{"a folder of texts that is not there", []string{"--sources", "nowhere"}, nil, exitFailed, []string{"FAULT pack: --sources"}},
		{"a file that is no database", nil, func(db string) error { return os.WriteFile(db, bytes.Repeat([]byte("words "), 500), 0o600) }, exitFailed,
			[]string{"FAULT database: ", "the file is not a database", "testigo restore"}},
		{"a database that is cut", nil, func(db string) error { return os.Truncate(db, 8192) }, exitFailed, []string{"FAULT database: ", "testigo restore"}},
		{"an entry that somebody changed", nil, func(db string) error {
			data, err := os.ReadFile(db)
			if err != nil {
				return err
			}
			return os.WriteFile(db, bytes.ReplaceAll(data, []byte("to be checked"), []byte("to be choked ")), 0o600)
		}, exitFailed, []string{"OK    database: ", "FAULT log: entry 1 is not what it was when it was written", "1 fault"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := changed(t)
			if tt.make != nil {
				if err := tt.make(db); err != nil {
					t.Fatal(err)
				}
			}
			got := testigo(t, "", append([]string{"doctor", "--db", db, "--pack", library}, tt.args...)...)
			if got.code != tt.code || got.err != "" {
				t.Errorf("exit %d, errors %q", got.code, got.err)
			}
			for _, want := range tt.want {
				if !strings.Contains(got.out, want) {
					t.Errorf("got\n%swant %q", got.out, want)
				}
			}
		})
	}
}

func TestDoctorAsksDiscord(t *testing.T) {
	d := discordtest.New(t)
	doctor := func(token string, args ...string) result {
		var out, errOut bytes.Buffer
		env := environment("TESTIGO_DISCORD_TOKEN", token, "TESTIGO_DISCORD_API", d.URL)
		args = append([]string{"doctor", "--pack", library, "--db", filepath.Join(t.TempDir(), "none.db")}, args...)
		code := run(context.Background(), args, env, strings.NewReader(""), &out, &errOut)
		return result{code, out.String(), errOut.String()}
	}
	if got := doctor(discordtest.Token); got.code != exitOK || !strings.Contains(got.out, "OK    discord: testigo ("+discordtest.BotID+"), in 1 server") {
		t.Errorf("%+v", got)
	}
	if got := doctor("bad"); got.code != exitFailed || !strings.Contains(got.out, "FAULT discord: discord does not accept the token") {
		t.Errorf("with a bad token: %+v", got)
	}
	if got := doctor("bad", "--offline"); got.code != exitOK || !strings.Contains(got.out, "-     discord: not asked") {
		t.Errorf("with --offline: %+v", got)
	}
	d.Permissions = "1024"
	if got := doctor(discordtest.Token); got.code != exitFailed || !strings.Contains(got.out, "FAULT discord: it lacks permissions in School: Send Messages") {
		t.Errorf("with a permission missing: %+v", got)
	}
}

func TestDoctorAsksTelegram(t *testing.T) {
	server := telegramtest.New(t)
	for token, want := range map[string]string{telegramtest.Token: "OK    telegram: @", "1:other": "FAULT telegram: Telegram does not know this token"} {
		var out, errOut bytes.Buffer
		env := environment("TESTIGO_TELEGRAM_TOKEN", token, "TESTIGO_TELEGRAM_API", server.URL)
		run(context.Background(), []string{"doctor", "--pack", library, "--db", filepath.Join(t.TempDir(), "none.db")}, env, strings.NewReader(""), &out, &errOut)
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), token) {
			t.Errorf("got\n%swant %q", out.String(), want)
		}
	}
}

func TestDoctorReportsTheConfiguration(t *testing.T) {
	name := filepath.Join(t.TempDir(), "testigo.yaml")
	if err := os.WriteFile(name, []byte("lang: fr\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := testigo(t, "", "--config", name, "doctor", "--pack", library, "--db", filepath.Join(t.TempDir(), "none.db"))
	if got.code != exitFailed || !strings.Contains(got.out, `:1: lang: it is "fr"`) || !strings.Contains(got.out, "OK    pack") {
		t.Errorf("%+v", got)
	}
	if got := testigo(t, "", "--config", name, "version"); got.code != exitOK {
		t.Errorf("a broken configuration keeps the version from being told: %+v", got)
	}
}

// What the bot would answer and what the log says can only differ by a fault in the program, so the comparison itself is tried.
func TestCompareWithLog(t *testing.T) {
	pack, err := facts.Load(library)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), changed(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	engine := facts.NewEngine(pack)
	if _, wrong, err := compareWithLog(t.Context(), engine, db); err != nil || wrong != `opened of the space "local" is hidden and would be answered` {
		t.Errorf("%q, %v", wrong, err)
	}
	engine.Put(localSpace, facts.Change{Hide: []string{"opened"}})
	if n, wrong, err := compareWithLog(t.Context(), engine, db); err != nil || wrong != "" || n != 1 {
		t.Errorf("%d, %q, %v", n, wrong, err)
	}
	own := *pack.Fact("first-librarian")
	own.ID = "own"
	if _, err := db.Append(t.Context(), facts.Entry{Space: localSpace, Fact: "own", State: facts.Approved, Body: facts.Content{Fact: &own}, By: facts.Author{Platform: "terminal", ID: "ana"}}); err != nil {
		t.Fatal(err)
	}
	if _, wrong, err := compareWithLog(t.Context(), engine, db); err != nil || !strings.Contains(wrong, "is approved and would not be answered") {
		t.Errorf("%q, %v", wrong, err)
	}
	other := own
	other.Standing = facts.Unknown
	engine.Put(localSpace, facts.Change{Put: []*facts.Fact{&other}})
	if _, wrong, err := compareWithLog(t.Context(), engine, db); err != nil || !strings.Contains(wrong, "another text than r1") {
		t.Errorf("%q, %v", wrong, err)
	}
}
