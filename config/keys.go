package config

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// key is a row of the table of what can be set: its name in the file (dots between the levels), and how it takes a value. What take returns is
// what is wrong; the place is added.
type key struct {
	name string
	path *string // where the value is a path, which in a file is relative to it
	take func(*yaml.Node) []nodeFault
}

// nodeFault is a fault and the node it is of, nil for the value as a whole.
type nodeFault struct {
	node *yaml.Node
	text string
}

func (c *Config) keys() []key {
	return []key{
		{name: "pack", path: &c.Pack, take: text(&c.Pack, nil)},
		{name: "sources", path: &c.Sources, take: text(&c.Sources, nil)},
		{name: "db", path: &c.DB, take: text(&c.DB, func(v string) string { return must(v != "", "write the path of the database file") })},
		{name: "lang", take: text(&c.Lang, oneOf("en", "es"))},
		{name: "review", take: text(&c.Review, oneOf("none", "contested", "all"))},
		{name: "daily.window", take: span(&c.Window, time.Minute, 24*time.Hour, "3h")},
		{name: "limits.person.per_minute", take: number(&c.Person.PerMinute)},
		{name: "limits.person.burst", take: number(&c.Person.Burst)},
		{name: "limits.channel.per_minute", take: number(&c.Channel.PerMinute)},
		{name: "limits.channel.burst", take: number(&c.Channel.Burst)},
		{name: "http", take: text(&c.HTTP, listenAddress)},
		{name: "replicas.lease", take: span(&c.Lease, time.Second, 10*time.Minute, "20s")},
		{name: "log.format", take: text(&c.Log.Format, oneOf("text", "json"))},
		{name: "log.level", take: text(&c.Log.Level, oneOf("debug", "info", "warn", "error"))},
		{name: "discord.api", take: text(&c.Discord.API, address("http", "https"))},
		{name: "telegram.api", take: text(&c.Telegram.API, address("http", "https"))},
		{name: "telegram.webhook", take: text(&c.Telegram.Webhook, address("https"))},
		{name: "telegram.listen", take: text(&c.Telegram.Listen, listenAddress)},
		{name: "spaces", take: c.takeSpaces},
	}
}

// Environment lists the variables that set something, in the order of the table, the secrets last.
func Environment() []string {
	var names []string
	for _, k := range new(Config).keys() {
		names = append(names, variable(k.name))
	}
	for _, secret := range []string{"TESTIGO_DISCORD_TOKEN", "TESTIGO_TELEGRAM_TOKEN"} {
		names = append(names, secret, secret+"_FILE")
	}
	return names
}

// variable is the name of the environment variable of a key.
func variable(key string) string {
	return "TESTIGO_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// text takes one value; valid returns what is wrong with it and may be nil.
func text(into *string, valid func(string) string) func(*yaml.Node) []nodeFault {
	return func(n *yaml.Node) []nodeFault {
		if n.Kind != yaml.ScalarNode {
			return []nodeFault{{n, "write one value"}}
		}
		v := strings.TrimSpace(n.Value)
		if n.Tag == "!!null" {
			return []nodeFault{{n, "there is no value: write one, or leave the key out"}}
		}
		if valid != nil {
			if wrong := valid(v); wrong != "" {
				return []nodeFault{{n, fmt.Sprintf("it is %q: %s", v, wrong)}}
			}
		}
		*into = v
		return nil
	}
}

// maxNumber bounds what is counted, far beyond what is of use.
const maxNumber = 1_000_000

func number(into *int) func(*yaml.Node) []nodeFault {
	return text(new(string), func(v string) string {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > maxNumber {
			return fmt.Sprintf("write a whole number from 0 to %d", maxNumber)
		}
		*into = n
		return ""
	})
}

func must(ok bool, otherwise string) string {
	if ok {
		return ""
	}
	return otherwise
}

func oneOf(values ...string) func(string) string {
	return func(v string) string {
		return must(slices.Contains(values, v), "write "+strings.Join(values[:len(values)-1], ", ")+" or "+values[len(values)-1])
	}
}

func span(into *time.Duration, least, most time.Duration, example string) func(*yaml.Node) []nodeFault {
	return text(new(string), func(v string) string {
		d, err := time.ParseDuration(v)
		if err != nil || d < least || d > most {
			return fmt.Sprintf("write how long, from %s to %s, for example %s", short(least), short(most), example)
		}
		*into = d
		return ""
	})
}

// short writes a time as people type it: 24h, not 24h0m0s.
func short(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = strings.TrimSuffix(s, zero[1:])
		}
	}
	return s
}

func listenAddress(v string) string {
	_, port, err := net.SplitHostPort(v)
	n, wrong := strconv.Atoi(port)
	return must(err == nil && wrong == nil && n >= 0 && n <= 65535, "write where to listen as host:port, for example 127.0.0.1:8080")
}

func address(schemes ...string) func(string) string {
	return func(v string) string {
		u, err := url.Parse(v)
		return must(err == nil && u.Host != "" && slices.Contains(schemes, u.Scheme) && u.User == nil,
			"write an address with "+strings.Join(schemes, ":// or ")+":// and without a user or password in it")
	}
}

// takeSpaces takes all spaces, in the place of those there were.
func (c *Config) takeSpaces(n *yaml.Node) (faults []nodeFault) {
	c.Spaces = map[string]Space{}
	owner := map[string]string{} // of a community, by platform and id
	faults = eachPair(n, "write the name of a space and what it has", func(name, value *yaml.Node) []nodeFault {
		if strings.TrimSpace(name.Value) == "" || len(name.Value) > maxSpaceName || strings.ContainsAny(name.Value, ": \t\n") {
			return []nodeFault{{name, fmt.Sprintf("%q is no name of a space: write one word of at most %d characters, without colons", name.Value, maxSpaceName)}}
		}
		s, faults := takeSpace(value)
		if len(faults) == 0 && s.Pack == "" && len(s.Hide)+len(s.Discord)+len(s.Telegram) == 0 {
			faults = append(faults, nodeFault{name, fmt.Sprintf("the space %q has neither a pack nor anything to hide, nor a community", name.Value)})
		}
		for platform, ids := range map[string][]string{"discord": s.Discord, "telegram": s.Telegram} {
			for _, id := range ids {
				if other, taken := owner[platform+":"+id]; taken {
					faults = append(faults, nodeFault{name, fmt.Sprintf("%s %s is in the space %q and in %q: a community has one space", platform, id, other, name.Value)})
				}
				owner[platform+":"+id] = name.Value
			}
		}
		c.Spaces[name.Value] = s
		return faults
	})
	return faults
}

const (
	maxSpaceName = 64
	// mostIDs bounds the lists of a space.
	mostIDs = 10_000
)

func takeSpace(n *yaml.Node) (s Space, faults []nodeFault) {
	rows := map[string]func(*yaml.Node) []nodeFault{
		"pack": text(&s.Pack, nil), "hide": list(&s.Hide, func(v string) string { return must(v != "", "write the id of a fact") }),
		"discord": list(&s.Discord, func(v string) string { return must(isID(v), "write a server's id, which is digits") }),
		"telegram": list(&s.Telegram, func(v string) string {
			return must(isID(strings.TrimPrefix(v, "-")), "write a chat's id, which is digits, with a minus before them for a group")
		}),
	}
	faults = eachPair(n, "write pack, hide, discord or telegram under the space", func(name, value *yaml.Node) []nodeFault {
		take, ok := rows[name.Value]
		if !ok {
			return []nodeFault{{name, fmt.Sprintf("a space has no key %q; there are: %s", name.Value, strings.Join(slices.Sorted(maps.Keys(rows)), ", "))}}
		}
		return take(value)
	})
	return s, faults
}

func isID(v string) bool {
	_, err := strconv.ParseUint(v, 10, 64)
	return err == nil
}

// list takes a list of values, or one.
func list(into *[]string, valid func(string) string) func(*yaml.Node) []nodeFault {
	return func(n *yaml.Node) (faults []nodeFault) {
		items := n.Content
		if n.Kind == yaml.ScalarNode {
			items = []*yaml.Node{n}
		} else if n.Kind != yaml.SequenceNode || len(items) > mostIDs {
			return []nodeFault{{n, fmt.Sprintf("write a list of at most %d values", mostIDs)}}
		}
		for _, item := range items {
			var v string
			if wrong := text(&v, valid)(plainly(item)); wrong != nil {
				faults = append(faults, wrong...)
			} else if !slices.Contains(*into, v) {
				*into = append(*into, v)
			}
		}
		return faults
	}
}
