package store_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"testigo/facts"
	"testigo/facts/store"
)

// How long TestKilled runs: go test ./facts/store -run Killed -kills 50 -changes 2000
var (
	kills   = flag.Int("kills", 3, "how often TestKilled kills the program that writes")
	changes = flag.Int("changes", 60, "how many changes TestKilled has made in all, at least")
)

// victim names, in the environment, the file that this program, run again by TestKilled, writes to until it is killed.
const victim = "TESTIGO_STORE_VICTIM"

func TestMain(m *testing.M) {
	if file := os.Getenv(victim); file != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(file, os.Stdout))
		os.Exit(1)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil { // most of the time they wait for the disk
		panic(err)
	}
	os.Exit(m.Run())
}

// The writers of a victim, and the facts each changes.
const (
	victimWriters = 4
	victimFacts   = 5
)

// writeUntilKilled changes facts from several goroutines. It prints "seq hash" of each entry once that is acknowledged, in one write, and returns
// only with an error.
func writeUntilKilled(file string, out io.Writer) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	s, err := store.Open(ctx, file, store.Options{})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	acknowledge := func(added []facts.Revision) error {
		mu.Lock()
		defer mu.Unlock()
		var line strings.Builder
		for _, r := range added {
			fmt.Fprintf(&line, "%d %s\n", r.Seq, r.Hash)
		}
		_, err := io.WriteString(out, line.String())
		return err
	}
	var writers sync.WaitGroup
	for w := range victimWriters {
		writers.Go(func() {
			for {
				added, err := changeSomething(ctx, s, w)
				if err == nil {
					err = acknowledge(added)
				}
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	writers.Wait()
	return errors.Join(context.Cause(ctx), s.Close())
}

// changeSomething appends one entry or a batch, of facts that are this writer's alone. A batch has one reason and tells there how many it is.
func changeSomething(ctx context.Context, s *store.DB, writer int) ([]facts.Revision, error) {
	size := 1 + rand.IntN(victimFacts)
	var batch []facts.Entry
	for i := range size {
		fact := fmt.Sprintf("w%d-f%d", writer, i)
		live, err := s.Live(ctx, "s", fact)
		if err != nil && !errors.Is(err, facts.ErrNotFound) {
			return nil, err
		}
		text := strings.Repeat("ñ", rand.IntN(4000)) // up to several pages of the file
		state := facts.Approved
		if rand.IntN(4) == 0 {
			state = facts.Hidden
		}
		batch = append(batch, facts.Entry{Space: "s", Fact: fact, State: state, Body: facts.Content{Value: &text}, Base: live.Seq,
			By: facts.Author{Platform: "terminal", ID: fmt.Sprint(writer)}})
	}
	reason := fmt.Sprintf("%d %d", size, rand.Uint64())
	for i := range batch {
		batch[i].Reason = reason
	}
	return s.AppendAll(ctx, batch)
}

// A program that is killed at any moment loses nothing it acknowledged and leaves nothing half.
func TestKilled(t *testing.T) {
	checkKills(t, filepath.Join(t.TempDir(), "facts.db"), func() {})
}

// checkKills kills programs that write to a database. settled returns when nothing of a program that was killed goes on there.
func checkKills(t *testing.T, file string, settled func()) {
	t.Helper()
	acknowledged := map[int64]string{} // hashes
	for kill := range *kills {
		until := (kill + 1) * *changes / *kills
		if err := runVictim(t.Context(), file, acknowledged, until); err != nil {
			t.Fatalf("run %d: %v", kill, err)
		}
		settled()
		checkAfterKill(t, file, acknowledged)
		if t.Failed() {
			t.Fatalf("after kill %d of %d", kill+1, *kills)
		}
	}
	t.Logf("%d kills, %d acknowledged changes, none lost", *kills, len(acknowledged))
}

// runVictim runs a program that writes to the file, and kills it at some moment after so many changes were acknowledged in all.
func runVictim(ctx context.Context, file string, acknowledged map[int64]string, until int) error {
	command := exec.CommandContext(ctx, os.Args[0])
	command.Env = append(os.Environ(), victim+"="+file)
	var complaints strings.Builder
	command.Stderr = &complaints
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	var killer *time.Timer
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // the end; what has no end of line was not acknowledged whole
			break
		}
		var seq int64
		var hash string
		if _, err := fmt.Sscan(line, &seq, &hash); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		acknowledged[seq] = hash
		if killer == nil && len(acknowledged) >= until {
			killer = time.AfterFunc(time.Duration(rand.Int64N(int64(30*time.Millisecond))), func() { _ = command.Process.Kill() })
		}
	}
	err = command.Wait()
	if killer == nil {
		return fmt.Errorf("ended by itself: %w: %s", err, complaints.String())
	}
	killer.Stop()
	if complaints.Len() > 0 {
		return errors.New(complaints.String())
	}
	return nil
}

func checkAfterKill(t *testing.T, file string, acknowledged map[int64]string) {
	t.Helper()
	ctx := t.Context()
	s, err := store.Open(ctx, file, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, fault, err := s.Verify(ctx); err != nil || fault != "" {
		t.Errorf("verify: %s (%v)", fault, err)
	}
	log, err := s.Since(ctx, 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	for seq, hash := range acknowledged {
		if seq > int64(len(log)) || log[seq-1].Hash != hash {
			t.Errorf("entry %d was acknowledged and is not there", seq)
		}
	}
	batches := map[string]int{}
	replayed := map[string]facts.Revision{}
	for _, r := range log {
		batches[r.Reason]++
		if r.Live() {
			replayed[r.Fact] = r
		}
	}
	for reason, n := range batches {
		if !strings.HasPrefix(reason, fmt.Sprintf("%d ", n)) {
			t.Errorf("of batch %q there are %d entries", reason, n)
		}
	}
	current, err := s.Current(ctx, "s")
	if err != nil {
		t.Fatal(err)
	}
	if len(current) != len(replayed) {
		t.Errorf("%d facts are live, %d by the log", len(current), len(replayed))
	}
	for _, r := range current {
		if !reflect.DeepEqual(r, replayed[r.Fact]) {
			t.Errorf("live is %+v, by the log %+v", r, replayed[r.Fact])
		}
	}
}
