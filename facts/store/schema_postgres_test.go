package store

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"testigo/facts"
	"testigo/facts/store/pgtest"
)

// The first version that PostgreSQL had is brought up there as in a file.
func TestVersion4IsBroughtToTheNewest(t *testing.T) {
	text, err := os.ReadFile("testdata/version-4.sql")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("in a file", func(t *testing.T) {
		checkVersion4(t, rawFile(t, string(text)), filepath.Join(t.TempDir(), "fresh.db"), layout)
	})
	t.Run("on PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t)
		old := server.Address(t)
		d, err := postgresDialect(old, Options{Wait: defaultWait, Conns: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pgtest.Open(t, old).Exec(d.ddl(string(text)) + postgresNotify); err != nil {
			t.Fatal(err)
		}
		checkVersion4(t, old, server.Address(t), postgresLayout)
	})
}

func checkVersion4(t *testing.T, old, fresh string, layout func(*testing.T, *DB) []string) {
	ctx := t.Context()
	want := layout(t, openFile(t, fresh, Options{}))
	for range 2 { // the second time there is nothing left to do
		d := openFile(t, old, Options{})
		if got := layout(t, d); len(got) < 90 || !reflect.DeepEqual(got, want) {
			t.Errorf("tables brought up:\n%q\nnew tables:\n%q", got, want)
		}
		d.Close()
	}
	d := openFile(t, old, Options{})
	drafts, err := d.DraftsSince(ctx, 0)
	if err != nil || drafts.Whole || len(drafts.List) != 2 || string(drafts.List[0].Body) != `{"Kind":"add"}` || drafts.List[0].By.Name != "Ana" {
		t.Errorf("drafts: %+v (%v)", drafts, err)
	}
	channels, err := d.ChannelsSince(ctx, 0)
	if err != nil || !reflect.DeepEqual(channels.List, []facts.Channel{{Platform: "telegram", Channel: "-1001", Lang: facts.Spanish, Gone: true}}) {
		t.Errorf("channels: %+v (%v)", channels, err)
	}
	next := drafts.List[0]
	if next.Version, err = d.SaveDraft(ctx, next); err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteDraft(ctx, drafts.List[1].Space, next.By, drafts.List[1].Version); err != nil {
		t.Fatal(err)
	}
	if news, err := d.DraftsSince(ctx, drafts.Seen); err != nil || !news.Whole || len(news.List) != 1 || news.List[0].Version != next.Version {
		t.Errorf("what changed: %+v (%v)", news, err)
	}
}

func postgresLayout(t *testing.T, d *DB) []string {
	t.Helper()
	lines, err := query(t.Context(), d.reader, scanValue[string], `SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default, is_identity)
			FROM information_schema.columns WHERE table_schema = current_schema()
		UNION ALL SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
