package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"testigo/facts"
)

// rawFile makes a database file by hand and returns its name.
func rawFile(t *testing.T, statements ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "facts.db")
	db, err := sql.Open(driverName, file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func version1(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/version-1.sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func openFile(t *testing.T, file string, o Options) *DB {
	t.Helper()
	d, err := Open(t.Context(), file, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// layout is what the tables of a database look like: each column and index, without the words they were made with.
func layout(t *testing.T, d *DB) []string {
	t.Helper()
	text := func(r row) (string, error) {
		var parts [6]sql.NullString
		err := r.Scan(&parts[0], &parts[1], &parts[2], &parts[3], &parts[4], &parts[5])
		var line []string
		for _, p := range parts {
			line = append(line, p.String)
		}
		return strings.Join(line, " "), err
	}
	columns, err := query(t.Context(), d.reader, text, `SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk
		FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.name`)
	if err != nil {
		t.Fatal(err)
	}
	indexes, err := query(t.Context(), d.reader, text, `SELECT m.name, i.name, i."unique", i.partial, c.name, c.seqno
		FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c WHERE m.type = 'table' ORDER BY i.name, c.seqno`)
	if err != nil {
		t.Fatal(err)
	}
	return append(columns, indexes...)
}

func TestAnOldFileIsBroughtToTheNewestVersion(t *testing.T) {
	file := rawFile(t, version1(t))
	for range 2 { // the second time there is nothing left to do
		d := openFile(t, file, Options{})
		if v, err := version(t.Context(), d.reader, d.tables); v != newest || err != nil {
			t.Errorf("version %d (%v)", v, err)
		}
		fresh := openFile(t, filepath.Join(t.TempDir(), "fresh.db"), Options{})
		if got, want := layout(t, d), layout(t, fresh); len(got) < 90 || !reflect.DeepEqual(got, want) {
			t.Errorf("tables brought up:\n%s\nnew tables:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		checkVersion1Rows(t, d)
		d.Close()
	}
}

func checkVersion1Rows(t *testing.T, d *DB) {
	ctx := t.Context()
	if n, fault, err := d.Verify(ctx); n != 6 || fault != "" || err != nil {
		t.Errorf("%d entries, %s (%v)", n, fault, err)
	}
	at := time.Date(2026, 10, 2, 18, 0, 0, 0, time.UTC)
	check := func(what string, got any, err error, want any) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v (%v)", what, got, want, err)
		}
	}
	live, err := d.Live(ctx, "discord:1", "opened")
	check("live", live.Seq, err, int64(5))
	gaps, err := d.Gaps(ctx, "discord:1", 0, 9)
	check("gaps", gaps, err, []facts.Gap{{ID: 1, Space: "discord:1", Text: "quien fue", Sample: "quien fue", Lang: facts.Spanish, Count: 3,
		First: at, Last: at.Add(time.Minute), Nearest: "opened"}})
	channels, err := d.ChannelsSince(ctx, 0)
	check("channels", channels.List, err, []facts.Channel{{Platform: "telegram", Channel: "-1001", Lang: facts.Spanish, Gone: true}})
	known, err := d.Known(ctx, "discord", "80351110224678912")
	check("known", known, err, facts.Personal{Name: "Ana Ñandú", Entries: 3, Drafts: 1})
	got, err := d.ClaimPost(ctx, facts.Post{Platform: "discord", Channel: "10", Date: "2026-09-27"})
	check("a claim whose owner crashed", got, err, false)
	asked, err := d.Askers(ctx, 1)
	check("askers", len(asked), err, 1)
}

func TestAStepIsTakenWholeOrNotAtAll(t *testing.T) {
	// The last statement of the step fails.
	file := rawFile(t, version1(t), "ALTER TABLE channels ADD COLUMN moved_to TEXT")
	for range 2 {
		if _, err := Open(t.Context(), file, Options{}); err == nil || !strings.Contains(err.Error(), "from version 1 to 2") {
			t.Fatalf("opened: %v", err)
		}
		db, err := sql.Open(driverName, file)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := versionIn(t.Context(), db); v != 1 || err != nil {
			t.Errorf("version %d (%v)", v, err)
		}
		if _, err := db.Exec("SELECT sample FROM gaps"); err == nil {
			t.Error("half of the step is there")
		}
		db.Close()
	}
}

func TestAFileThatIsNotOursIsRefusedAndLeftAsItIs(t *testing.T) {
	tests := []struct{ name, statement, want string }{
		{"a newer version", "CREATE TABLE meta (name TEXT, value TEXT); INSERT INTO meta VALUES ('schema', '99')",
			fmt.Sprintf("its tables are version 99 and this program knows version %d", newest)},
		{"another program's", "CREATE TABLE golinks (short TEXT)", "belongs to another program"},
		{"a version that is no number", "CREATE TABLE meta (name TEXT, value TEXT); INSERT INTO meta VALUES ('schema', 'two')", `"two" is none`},
		{"a version below the first", "CREATE TABLE meta (name TEXT, value TEXT); INSERT INTO meta VALUES ('schema', '0')", `"0" is none`},
		{"another program's meta", "CREATE TABLE meta (name TEXT, value TEXT)", "version of the tables: not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := rawFile(t, tt.statement)
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(context.Background(), file, Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("got %v, want %q and the file's name", err, tt.want)
			}
			if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestEachColumnSaysWhatItHolds(t *testing.T) {
	columns := regexp.MustCompile(`(?m)^\t[a-z].*$`).FindAllString(schema, -1)
	for _, line := range columns {
		if !strings.Contains(line, " -- ") {
			t.Errorf("no comment on %s", line)
		}
	}
	if len(columns) < 80 {
		t.Errorf("only %d columns were found", len(columns))
	}
}
