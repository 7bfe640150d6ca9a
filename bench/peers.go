package bench

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en" // the analyser "en"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/sahilm/fuzzy"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"testigo/facts/lookup"
)

// topHits is how many facts every lookup asks for.
const topHits = 10

// engine is a search engine with the facts in it.
type engine interface {
	// lookup returns the ids of the facts that fit the question best, the best first.
	lookup(question string) ([]string, error)
	// outside is how many bytes the index takes outside of the Go heap, in files or memory of its own.
	outside() (int64, error)
	close() error
}

// peer is a way to build an engine; dir is an empty directory for its files.
type peer struct {
	name  string
	build func(facts []fact, dir string) (engine, error)
	// sameIndex marks a peer that differs from the one before it only in how it asks, so that its building need not be measured.
	sameIndex bool
}

// peers are what is compared. Each is set up the way that answers fastest with its own usual ranking.
var peers = []peer{
	{name: "ours", build: newCore},
	{name: "bleve", build: newBleve(0)},
	{name: "bleve-fuzzy1", build: newBleve(1), sameIndex: true},
	{name: "fts5", build: newFTS5},
	{name: "fuzzy", build: newScan},
}

// core is the search core of this project.
type core struct{ index *lookup.Index }

func newCore(facts []fact, _ string) (engine, error) {
	return core{lookup.New(lookup.English, coreDocs(facts), nil)}, nil
}

// coreDocs is the facts as the core takes them; the strings are shared.
func coreDocs(facts []fact) []lookup.Doc {
	docs := make([]lookup.Doc, len(facts))
	for i := range facts {
		f := &facts[i]
		docs[i] = lookup.Doc{ID: f.id, Question: f.phrasings[0], Phrasings: f.phrasings[1:], Answer: f.answer}
	}
	return docs
}

func (c core) lookup(question string) ([]string, error) {
	hits := c.index.Search(question, topHits).Hits
	ids := make([]string, len(hits))
	for i := range hits {
		ids[i] = hits[i].ID
	}
	return ids, nil
}

func (core) outside() (int64, error) { return 0, nil }
func (core) close() error            { return nil }

// bleveEngine is Bleve with its usual index (scorch).
type bleveEngine struct {
	index     bleve.Index
	dir       string
	fuzziness int
}

// newBleve returns how to build a Bleve index that is asked with a match query of the fuzziness. It is written by Bleve's offline
// builder, which leaves one merged segment: what Bleve searches fastest.
func newBleve(fuzziness int) func([]fact, string) (engine, error) {
	return func(facts []fact, dir string) (engine, error) {
		path := filepath.Join(dir, "index")
		if err := writeBleve(facts, path); err != nil {
			return nil, err
		}
		index, err := bleve.Open(path)
		if err != nil {
			return nil, err
		}
		return &bleveEngine{index, path, fuzziness}, nil
	}
}

func writeBleve(facts []fact, path string) error {
	builder, err := bleve.NewBuilder(path, bleveMapping(), map[string]any{"buildPathPrefix": filepath.Dir(path)})
	if err != nil {
		return err
	}
	for i := range facts {
		f := &facts[i]
		text := map[string]any{"text": append(f.phrasings[:], f.answer)}
		if err := builder.Index(f.id, text); err != nil {
			return err
		}
	}
	return builder.Close()
}

// bleveMapping files all text of a fact in one field, analysed as English, with nothing kept that a lookup does not need.
func bleveMapping() mapping.IndexMapping {
	text := bleve.NewTextFieldMapping()
	text.Analyzer = "en"
	text.Store, text.IncludeInAll, text.IncludeTermVectors, text.DocValues = false, false, false, false
	m := bleve.NewIndexMapping()
	m.DefaultMapping.Dynamic = false
	m.DefaultMapping.AddFieldMappingsAt("text", text)
	return m
}

func (e *bleveEngine) lookup(question string) ([]string, error) {
	match := bleve.NewMatchQuery(question)
	match.SetField("text")
	match.SetFuzziness(e.fuzziness)
	result, err := e.index.Search(bleve.NewSearchRequestOptions(match, topHits, 0, false))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(result.Hits))
	for i, hit := range result.Hits {
		ids[i] = hit.ID
	}
	return ids, nil
}

// outside is the size of the index's files, which Bleve maps into memory.
func (e *bleveEngine) outside() (size int64, err error) {
	err = filepath.WalkDir(e.dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

func (e *bleveEngine) close() error { return e.index.Close() }

// fts5 is SQLite's full-text index, in memory.
type fts5 struct {
	db   *sql.DB
	find *sql.Stmt
	ids  []string // by row
}

func newFTS5(facts []fact, _ string) (engine, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection would have a memory of its own
	e := &fts5{db: db}
	if err := e.fill(facts); err != nil {
		db.Close()
		return nil, err
	}
	return e, nil
}

// fill writes the index, without a copy of the texts in it, and merges it to one segment.
func (e *fts5) fill(facts []fact) error {
	if _, err := e.db.Exec(`CREATE VIRTUAL TABLE facts USING fts5(phrasings, answer, content='', tokenize='porter unicode61')`); err != nil {
		return err
	}
	tx, err := e.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // of nothing, once committed
	insert, err := tx.Prepare(`INSERT INTO facts(rowid, phrasings, answer) VALUES (?, ?, ?)`)
	if err != nil {
		return err
	}
	for i := range facts {
		f := &facts[i]
		if _, err := insert.Exec(i, strings.Join(f.phrasings[:], " "), f.answer); err != nil {
			return err
		}
		e.ids = append(e.ids, f.id)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if _, err := e.db.Exec(`INSERT INTO facts(facts) VALUES ('optimize')`); err != nil {
		return err
	}
	e.find, err = e.db.Prepare(`SELECT rowid FROM facts WHERE facts MATCH ? ORDER BY rank LIMIT ?`)
	return err
}

// lookup asks for facts with any of the words, ranked by BM25, which is FTS5's rank.
func (e *fts5) lookup(question string) ([]string, error) {
	match := `"` + strings.Join(lookup.Words(question), `" OR "`) + `"`
	rows, err := e.find.Query(match, topHits)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var row int
		if err := rows.Scan(&row); err != nil {
			return nil, err
		}
		ids = append(ids, e.ids[row])
	}
	return ids, rows.Err()
}

func (e *fts5) outside() (size int64, err error) {
	err = e.db.QueryRow(`SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`).Scan(&size)
	return size, err
}

func (e *fts5) close() error { return e.db.Close() }

// scan is sahilm/fuzzy over every phrasing: no index at all. It finds texts that hold all letters of the question in their order.
type scan struct {
	facts     []fact
	phrasings []string // three a fact
}

func newScan(facts []fact, _ string) (engine, error) {
	s := &scan{facts: facts, phrasings: make([]string, 0, 3*len(facts))}
	for i := range facts {
		s.phrasings = append(s.phrasings, facts[i].phrasings[:]...)
	}
	return s, nil
}

func (s *scan) lookup(question string) ([]string, error) {
	matches := fuzzy.Find(question, s.phrasings)
	ids := make([]string, 0, topHits)
	for _, m := range matches[:min(topHits, len(matches))] {
		ids = append(ids, s.facts[m.Index/len(s.facts[0].phrasings)].id)
	}
	return ids, nil
}

func (s *scan) outside() (int64, error) { return 0, nil }
func (s *scan) close() error            { return nil }
