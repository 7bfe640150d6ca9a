// Package config reads testigo's configuration: defaults, then a YAML file, then the environment, each over the one before. Everything that
// is wrong is said at once, with where it stands. keys.go is the table of what can be set, read.go reads the file and the environment.
package config

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Config is everything that can be set. Its zero value is not the default: see Load.
type Config struct {
	// File is the file it was read from, "" if none.
	File string
	// Pack is the path of the set to answer from, a folder or a file; "" is the one that ships.
	Pack string
	// Sources is the folder of captured source texts, "" if they are not at hand.
	Sources string
	// DB is the path of the database file.
	DB string
	// Lang is the language to answer in where nobody chose another, "en" or "es"; "" finds it out from each question.
	Lang string
	// Review says what takes a second moderator where a space says nothing else: "none", "contested" or "all".
	Review string
	// Window is how long after its hour a daily post may still be made.
	Window time.Duration
	// Lease is how long after its death a process's work is free for the others, where several share a database.
	Lease time.Duration
	// Person and Channel bound how often one may ask.
	Person, Channel Limit
	// HTTP is the address for health checks and metrics, "" for none.
	HTTP string
	Log  Log
	// Spaces are communities with a view of their own over the set, by name.
	Spaces   map[string]Space
	Discord  Discord
	Telegram Telegram
}

// Limit is how many questions a minute, and how many at once after a while without any.
type Limit struct{ PerMinute, Burst int }

// Log says how what happens is written down.
type Log struct {
	Format string // "text" or "json"
	Level  string // "debug", "info", "warn" or "error"
}

// Discord is the connection to Discord. Without a token there is none.
type Discord struct {
	// Token is the bot's. It comes from the environment or from a file that the environment names, never from the configuration file.
	Token Secret
	// API is the address of the platform's API, "" for its own: a proxy that limits rates, or a compatible server.
	API string
}

// Space is one community's own view of the set.
type Space struct {
	// Pack is the path of a pack that is laid over the set: its facts are added, or replace those of the same id.
	Pack string
	// Hide lists the ids of facts that this community does not show.
	Hide []string
	// Discord and Telegram are the ids of the servers and chats that are this community. One that is in no space has a view of its own.
	Discord, Telegram []string
}

// DefaultFile is read when no other file is named and it exists.
const DefaultFile = "testigo.yaml"

// DefaultDB is the database where nothing else is set.
const DefaultDB = "testigo.db"

// Example is a configuration file with every key, commented, that passes every check.
//
//go:embed example.yaml
var Example string

// Load reads the configuration from the file named, else the one TESTIGO_CONFIG names, else DefaultFile where it exists, and then the
// environment, where the value of the key a.b is TESTIGO_A_B. Paths in the file are relative to it, those of the environment to the working
// directory. The error is a [Faults] with everything that is wrong, unless the file cannot be read.
func Load(file string, getenv func(string) string) (Config, error) {
	c := Config{
		DB: DefaultDB, Review: "contested", Window: 3 * time.Hour, Lease: 20 * time.Second, Person: Limit{PerMinute: 20, Burst: 10}, Channel: Limit{PerMinute: 60, Burst: 30},
		Log: Log{Format: "text", Level: "info"},
	}
	named := file
	if named == "" {
		named = getenv("TESTIGO_CONFIG")
	}
	path := named
	if path == "" {
		path = DefaultFile
	}
	data, err := readBounded(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && named == "":
		path = ""
	case err != nil:
		return c, fmt.Errorf("configuration: %w", err)
	}
	c.File = path
	r := reader{keys: c.keys()}
	if path != "" {
		r.file(path, data)
	}
	r.environment(getenv)
	r.secret(getenv, "TESTIGO_DISCORD_TOKEN", &c.Discord.Token)
	r.secret(getenv, "TESTIGO_TELEGRAM_TOKEN", &c.Telegram.Token)
	c.check(&r)
	if len(r.faults) > 0 {
		return c, r.sorted()
	}
	return c, nil
}

// maxFile is how many bytes a configuration file may have.
const maxFile = 1 << 20

func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s is larger than the %d bytes that are read", path, maxFile)
	}
	return os.ReadFile(path)
}

// Fault is something wrong in the configuration.
type Fault struct {
	File string
	Line int    // 0 where it is no line's
	Env  string // the variable, where it comes from the environment
	Text string // what is wrong and what would be right
}

func (f Fault) Error() string {
	switch {
	case f.Env != "":
		return f.Env + ": " + f.Text
	case f.Line > 0:
		return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
	case f.File != "":
		return f.File + ": " + f.Text
	}
	return f.Text
}

// Faults is everything wrong in the configuration: first the file's by line, then the environment's.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// beside is a path of a file, from the folder that file is in. The address of a database is none.
func beside(dir, path string) string {
	if path == "" || filepath.IsAbs(path) || strings.Contains(path, "://") {
		return path
	}
	return filepath.Join(dir, path)
}

// Changed lists the keys that differ between two configurations and that a running bot does not take over.
func Changed(before, after *Config) []string {
	var names []string
	for name, same := range map[string]bool{
		"db": before.DB == after.DB, "sources": before.Sources == after.Sources, "daily.window": before.Window == after.Window, "replicas.lease": before.Lease == after.Lease,
		"http":       before.HTTP == after.HTTP,
		"log.format": before.Log.Format == after.Log.Format, "discord": before.Discord == after.Discord, "telegram": before.Telegram == after.Telegram,
	} {
		if !same {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
