package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the architecture: for each package, what it may import besides the standard library. Packages that are not listed
// may import anything.
var mayImport = map[string][]string{
	"facts/lookup": {"github.com/sahilm/fuzzy", "github.com/blevesearch/snowballstem", "golang.org/x/text"},
	"facts":        {"testigo/facts/lookup", "go.yaml.in/yaml/v3"},
	"facts/packs":  {},
	"facts/watch":  {"testigo/facts", "github.com/temoto/robotstxt", "golang.org/x/net", "golang.org/x/text"},
	"facts/store":  {"testigo/facts", "modernc.org/sqlite", "github.com/jackc/pgx/v5"},
	"bot":          {"testigo/facts", "testigo/bot/card", "golang.org/x/time"},
	"bot/card":     {"golang.org/x/image", "golang.org/x/text"},
	"config":       {"go.yaml.in/yaml/v3"},
	"ops":          {"testigo/bot", "testigo/facts", "github.com/prometheus/client_golang"},
	"cluster":      {"testigo/facts"},
	// An adapter gets bot, its platform's library and, where several processes share the platform, cluster; nothing of its siblings, of config or of facts.
	"adapters/terminal": {"testigo/bot", "golang.org/x/term"},
	"adapters/discord":  {"testigo/bot", "testigo/cluster", "github.com/bwmarrin/discordgo", "github.com/gorilla/websocket", "golang.org/x/time"},
	"adapters/telegram": {"testigo/bot", "testigo/cluster", "github.com/go-telegram-bot-api/telegram-bot-api", "golang.org/x/time"},
	// What tests share: doubles of the platforms, and what every implementation must do.
	"adapters/adaptertest":           {"testigo/bot", "testigo/facts", "testigo/facts/store"},
	"adapters/discord/discordtest":   {"github.com/gorilla/websocket"},
	"adapters/telegram/telegramtest": {},
	"facts/store/storetest":          {"testigo/facts", "testigo/facts/store"},
	"facts/store/pgtest":             {"github.com/jackc/pgx/v5"},
	// What draws the documentation's pictures. Only a test imports it.
	"docs/pictures": {"golang.org/x/image"},
}

func TestImports(t *testing.T) {
	checked := 0
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (name == "bench" || name == "adapters/spectest" || name == ".git" || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		pkg := path.Dir(filepath.ToSlash(name))
		allowed, ok := mayImport[pkg]
		if !ok {
			if pkg != "." {
				t.Errorf("%s: the package is not in the import table: add a row", pkg)
			}
			return nil
		}
		checked++
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if !isStandard(imported) && !slices.ContainsFunc(allowed, func(a string) bool {
				return imported == a || strings.HasPrefix(imported, a+"/") && !strings.HasPrefix(a, "testigo/")
			}) {
				t.Errorf("%s imports %s, which %s may not", name, imported, pkg)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 20 {
		t.Errorf("only %d files were checked", checked)
	}
}

func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".") && first != "testigo"
}
