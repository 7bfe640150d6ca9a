// Package pgtest gives tests a real PostgreSQL: the one at TESTIGO_TEST_POSTGRES, else a throwaway one, started from the binaries that Debian
// installs. Where there is neither, the tests that want one are skipped, and say so.
package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Variable names the environment variable with the address of a database to test on: postgres://user:password@host/database. Tests make schemas of
// their own in it and drop them again.
const Variable = "TESTIGO_TEST_POSTGRES"

// Server is a PostgreSQL server. Its methods may be called by several tests at once.
type Server struct {
	address *url.URL
	admin   *sql.DB
	network string // of the server itself, for a Proxy
	where   string
	hold    io.Writer // of the keeper; nil where the server is not a throwaway one
}

// Start returns a server that runs until the test ends, or skips the test where there is none. Options are settings ("fsync=on") of a throwaway
// server, which for speed does without whatever keeps data when a machine stops.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	s, err := start(t, options)
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		t.Skipf("not run: there is no PostgreSQL (none installed under /usr/lib/postgresql, and %s is not set)", Variable)
	}
	if s.admin, err = sql.Open("pgx", s.address.String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.admin.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for err = s.admin.PingContext(ctx); err != nil; err = s.admin.PingContext(ctx) {
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return s
}

func start(t testing.TB, options []string) (*Server, error) {
	if text := os.Getenv(Variable); text != "" {
		u, err := url.Parse(text)
		if err != nil {
			return nil, errors.New(Variable + " is no address") // the cause would tell the password
		}
		host := u.Host
		if u.Port() == "" {
			host += ":5432"
		}
		return &Server{address: u, network: "tcp", where: host}, nil
	}
	bin := binaries()
	if bin == "" {
		return nil, nil
	}
	return throwaway(t, bin, options)
}

// binaries is the folder of the newest version's programs, "" where none is installed.
func binaries() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is right
	if len(found) == 0 {
		return ""
	}
	slices.SortFunc(found, func(a, b string) int { return len(a) - len(b) }) // 9 before 15
	return filepath.Dir(found[len(found)-1])
}

// keeper runs a server for as long as somebody holds its standard input open, then stops it and takes its folder away: also where the test was
// killed. A line has it stop the server and start it again.
const keeper = `begin() { "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= $3 >>"$2/log" 2>&1 & child=$!; }
begin "$@"
while read _; do kill -INT $child; wait $child; begin "$@"; done
kill -QUIT $child; wait $child; rm -rf "$2"`

func throwaway(t testing.TB, bin string, options []string) (*Server, error) {
	dir, err := os.MkdirTemp("", "testigo-pg") // short: the name of a socket has at most 107 bytes
	if err != nil {
		return nil, err
	}
	u, err := nobody() // initdb does not run as root
	if err != nil {
		return nil, err
	}
	if u != nil {
		if err := os.Chown(dir, u.uid, u.gid); err != nil {
			return nil, err
		}
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "testigo", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir = dir
	u.as(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	settings := append([]string{"fsync=off", "full_page_writes=off", "max_connections=100", "shared_buffers=32MB"}, options...)
	command := exec.Command("sh", "-c", keeper, "sh", bin, dir, "-c "+strings.Join(settings, " -c "))
	command.Dir = dir
	u.as(command)
	// The shell has to split the settings, which have no spaces in them, so they are not quoted in keeper.
	hold, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		hold.Close()
		_ = command.Wait() // it was told to stop
	})
	address := &url.URL{Scheme: "postgres", User: url.User("testigo"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}
	return &Server{address: address, network: "unix", where: filepath.Join(dir, ".s.PGSQL.5432"), hold: hold}, nil
}

// Address returns the address of a new, empty place for a store, which is gone when the test ends.
func (s *Server) Address(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", time.Now().UnixNano())
	if _, err := s.admin.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := s.admin.Exec("DROP SCHEMA " + name + " CASCADE"); err != nil {
			t.Error(err)
		}
	})
	u := *s.address
	q := u.Query()
	q.Set("search_path", name)
	q.Set("application_name", name) // to tell its connections from those of other tests on the same server: see Sessions
	u.RawQuery = q.Encode()
	return u.String()
}

// Restart stops the server, which ends all sessions, and starts it again. It does not wait until it has started. Of a server that is not a
// throwaway one only the sessions at an address end: others may be at work there.
func (s *Server) Restart(t testing.TB, address string) {
	t.Helper()
	if s.hold != nil {
		if _, err := io.WriteString(s.hold, "\n"); err != nil {
			t.Fatal(err)
		}
		return
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.admin.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", u.Query().Get("application_name")); err != nil {
		t.Fatal(err)
	}
}

// Sessions is the condition that picks, of pg_stat_activity, the other connections to the same place as the one that asks.
const Sessions = "application_name = current_setting('application_name') AND pid <> pg_backend_pid()"

// Open opens what is at an address, to look at it and change it by hand, until the test ends.
func Open(t testing.TB, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
