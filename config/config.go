// Package config reads testigo's configuration: defaults, then a YAML file, then the environment, each over the one before.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Config is everything that can be set.
type Config struct {
	// Pack is the path of the set to answer from, a folder or a file; "" is the one that ships.
	Pack string `yaml:"pack"`
	// Lang is the language to answer in, "en" or "es"; "" finds it out from each question.
	Lang string `yaml:"lang"`
	// Spaces are communities with a view of their own over the set, by name.
	Spaces map[string]Space `yaml:"spaces"`
	// Telegram is the connection to Telegram.
	Telegram Telegram `yaml:"telegram"`
	// Discord is what the bot needs to run there.
	Discord Platform `yaml:"discord"`
}

// Platform is how a chat platform is reached.
type Platform struct {
	// Token is the bot's. It comes from the environment or from a file that the environment names, never from the configuration file.
	Token Secret `yaml:"-"`
	// API is the address of the platform's API, "" for its own: a proxy that limits rates, or a compatible server.
	API string `yaml:"api"`
}

// Space is one community's own view.
type Space struct {
	// Pack is the path of a pack that is laid over the set: its facts are added, or replace those of the same id.
	Pack string `yaml:"pack"`
	// Hide lists the ids of facts that this community does not show.
	Hide []string `yaml:"hide"`
	// Communities lists who shares the space, as "discord:SERVER" or "telegram:CHAT". A community that stands nowhere has a space of its own.
	Communities []string `yaml:"communities"`
}

// DefaultFile is read when no other file is named and it exists.
const DefaultFile = "testigo.yaml"

// Load reads the configuration from the file named, else the one TESTIGO_CONFIG names, else DefaultFile where it exists, and then
// TESTIGO_PACK, TESTIGO_LANG, and TESTIGO_DISCORD_TOKEN (or the file that TESTIGO_DISCORD_TOKEN_FILE names), TESTIGO_DISCORD_API and the same for Telegram.
// The error names every bad field at once. Paths in the file are relative to it.
func Load(file string, getenv func(string) string) (Config, error) {
	var c Config
	named := file
	if named == "" {
		named = getenv("TESTIGO_CONFIG")
	}
	path := named
	if path == "" {
		path = DefaultFile
	}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && named == "":
	case err != nil:
		return c, fmt.Errorf("configuration: %w", err)
	default:
		if err := c.parse(path, data); err != nil {
			return c, err
		}
	}
	if v := getenv("TESTIGO_PACK"); v != "" {
		c.Pack = v
	}
	if v := getenv("TESTIGO_LANG"); v != "" {
		c.Lang = v
	}
	wrong := c.Discord.environment(getenv, "TESTIGO_DISCORD")
	wrong = append(wrong, c.Telegram.environment(getenv)...)
	return c, c.check(wrong)
}

// environment takes over what the environment says of a platform, and returns what is wrong with it.
func (p *Platform) environment(getenv func(string) string, prefix string) (wrong []string) {
	if v := getenv(prefix + "_API"); v != "" {
		p.API = v
	}
	if u, err := url.Parse(p.API); p.API != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		wrong = append(wrong, fmt.Sprintf("%s_API is %q: write an address with http:// or https://", prefix, p.API))
	}
	var err error
	if p.Token, err = secretFrom(getenv, prefix+"_TOKEN"); err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}

func (c *Config) parse(path string, data []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("configuration %s: %s", path, strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n", " "))
	}
	dir := filepath.Dir(path)
	c.Pack = beside(dir, c.Pack)
	for name, s := range c.Spaces {
		s.Pack = beside(dir, s.Pack)
		c.Spaces[name] = s
	}
	return nil
}

func beside(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// check names everything that is wrong, after what was found before.
func (c *Config) check(wrong []string) error {
	if c.Lang != "" && c.Lang != "en" && c.Lang != "es" {
		wrong = append(wrong, fmt.Sprintf("lang is %q: write en or es, or leave it out", c.Lang))
	}
	of := map[string]string{}
	for name, s := range c.Spaces {
		if strings.TrimSpace(name) == "" {
			wrong = append(wrong, "a space has no name")
		}
		if s.Pack == "" && len(s.Hide) == 0 && len(s.Communities) == 0 {
			wrong = append(wrong, fmt.Sprintf("the space %q has neither a pack nor anything to hide nor communities", name))
		}
		for _, community := range s.Communities {
			platform, id, ok := strings.Cut(community, ":")
			switch {
			case !ok || id == "" || platform != "discord" && platform != "telegram":
				wrong = append(wrong, fmt.Sprintf("the space %q has the community %q: write discord:SERVER or telegram:CHAT", name, community))
			case of[community] != "":
				wrong = append(wrong, fmt.Sprintf("the community %q stands in two spaces", community))
			}
			of[community] = name
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("configuration: %s", strings.Join(wrong, "; "))
}
