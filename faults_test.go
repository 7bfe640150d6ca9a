package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"testigo/bot"
	"testigo/facts"
	"testigo/facts/store"
)

// What becomes of the bot when its database cannot be written: questions are answered on, who changes something is told that nothing was changed,
// the log says why, and whatever was acknowledged is there afterwards.

// keeper is a bot over a database, with one moderator who changes things.
type keeper struct {
	bot   *bot.Bot
	store *store.DB
	log   *bytes.Buffer
}

func newKeeper(ctx context.Context, db string) (*keeper, error) {
	pack, err := facts.Load(library)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, db, store.Options{Wait: 10 * time.Millisecond})
	if err != nil {
		return nil, err
	}
	var log bytes.Buffer
	b := bot.New(facts.NewEngine(pack), bot.Options{Store: s, Log: slog.New(slog.NewTextHandler(&log, nil))})
	return &keeper{b, s, &log}, b.Start(ctx)
}

// say returns the reply as text, and what went wrong behind it.
func (k *keeper) say(ctx context.Context, text string) (string, bool, error) {
	m := bot.Message{Space: localSpace, Author: bot.Author{Platform: "terminal", ID: "ana", Name: "ana"}, Role: bot.Moderator, Text: text, Lang: "en", Private: true,
		At: bot.MessageRef{Platform: "terminal", Channel: "ana"}}
	reply, err := k.bot.Handle(ctx, m)
	k.bot.Sent(m, reply, bot.MessageRef{Platform: "terminal", Channel: "ana", Message: text})
	k.bot.Drain(ctx)
	var out strings.Builder
	for _, b := range reply.Blocks {
		out.WriteString(b.Text + "\n")
	}
	return out.String(), reply.Changed != nil, err
}

// answersOn asks a question that has an answer and one that has none, whose gap cannot be counted now.
func (k *keeper) answersOn(ctx context.Context) error {
	if got, _, err := k.say(ctx, "who was the first librarian"); err != nil || !strings.Contains(got, "Elena Ruiz, who held the post until 1958.") {
		return fmt.Errorf("a question gets %q (%w)", got, err)
	}
	if got, _, err := k.say(ctx, "how do I bake bread"); err != nil || !strings.Contains(got, "I have no sourced fact") {
		return fmt.Errorf("a question without an answer gets %q (%w)", got, err)
	}
	return nil
}

// refuses tries a change, which has to fail with these words in the log and a sentence without them.
func (k *keeper) refuses(ctx context.Context, command, cause string) error {
	got, changed, err := k.say(ctx, command)
	if changed || !strings.Contains(got, "Nothing was changed.") || err == nil || !strings.Contains(err.Error(), cause) || strings.Contains(got, cause) {
		return fmt.Errorf("%s gets %q (%w), want %q", command, got, err, cause)
	}
	return nil
}

// holds checks that the log is whole and has n entries.
func (k *keeper) holds(ctx context.Context, n int64) error {
	if entries, fault, err := k.store.Verify(ctx); entries != n || fault != "" || err != nil {
		return fmt.Errorf("the log has %d entries, want %d: %s (%w)", entries, n, fault, err)
	}
	return nil
}

func TestADatabaseThatIsLocked(t *testing.T) {
	db := filepath.Join(t.TempDir(), "testigo.db")
	k, err := newKeeper(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer k.store.Close()
	if _, changed, err := k.say(t.Context(), "/hide opened before"); !changed || err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", db)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(k.refuses(t.Context(), "/hide books-at-opening", "another program keeps the file locked"), k.answersOn(t.Context()), k.holds(t.Context(), 1)); err != nil {
		t.Error(err)
	}
	if !strings.Contains(k.log.String(), "another program keeps the file locked") {
		t.Errorf("the log does not say why a gap was not counted: %s", k.log)
	}
	if _, err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if _, changed, err := k.say(t.Context(), "/hide books-at-opening"); !changed || err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if err := k.holds(t.Context(), 2); err != nil {
		t.Error(err)
	}
}

func TestADatabaseThatMayOnlyBeRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write every file; facts/store tries a file that says of itself that it is read-only")
	}
	dir := t.TempDir()
	db := filepath.Join(dir, "testigo.db")
	k, err := newKeeper(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(db, 0o400), os.Chmod(dir, 0o500)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	if got := testigo(t, "", "doctor", "--db", db, "--pack", library); got.code != exitFailed || !strings.Contains(got.out, "FAULT database: ") || !strings.Contains(got.out, "rights of the file") {
		t.Errorf("%+v", got)
	}
}

// fullDisk names, in the environment, the database of the child of TestADiskThatIsFull.
const fullDisk = "TESTIGO_TEST_FULL_DISK"

// actFull is what the test binary does in the place of its tests where fullDisk names a database.
func actFull() {
	if db := os.Getenv(fullDisk); db != "" {
		if err := fillDisk(context.Background(), db, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// The limit on how large a file may become stands in for the disk: to a program both are a write that fails.
func TestADiskThatIsFull(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash, whose ulimit is needed")
	}
	db := filepath.Join(t.TempDir(), "testigo.db")
	const kib = 600
	child := exec.CommandContext(t.Context(), shell, "-c", fmt.Sprintf("ulimit -f %d; exec \"$0\"", kib), os.Args[0])
	child.Env = append(os.Environ(), fullDisk+"="+db)
	var errOut bytes.Buffer
	child.Stderr = &errOut
	out, err := child.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errOut.String())
	}
	acknowledged := int64(strings.Count(string(out), "saved\n"))
	if acknowledged < 3 || !strings.Contains(string(out), "answered on\n") {
		t.Fatalf("it said\n%s", out)
	}
	// There is room again.
	k, err := newKeeper(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer k.store.Close()
	if err := k.holds(t.Context(), acknowledged); err != nil {
		t.Error(err)
	}
	if _, changed, err := k.say(t.Context(), "/hide mill-owner"); !changed || err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// fillDisk hides and brings back a fact, with long reasons, until that fails.
func fillDisk(ctx context.Context, db string, out io.Writer) error {
	k, err := newKeeper(ctx, db)
	if err != nil {
		return err
	}
	for n := range 2000 {
		command := "/hide opened " + strings.Repeat("x", 900)
		if n%2 == 1 {
			command = "/restore opened"
		}
		if _, changed, err := k.say(ctx, command); changed && err == nil {
			fmt.Fprintln(out, "saved")
			continue
		}
		if err := errors.Join(k.refuses(ctx, "/hide mill-owner "+strings.Repeat("y", 900), "the disk"), k.answersOn(ctx)); err != nil {
			return err
		}
		fmt.Fprintln(out, "answered on")
		return nil // as a crash would: nothing is closed
	}
	return errors.New("the disk was never full")
}
