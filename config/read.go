package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader collects values and what is wrong with them.
type reader struct {
	keys   []key
	path   string           // of the file
	places map[string]Fault // of each key that was set: a fault without its text
	faults Faults
}

func (r *reader) add(at Fault, text string) {
	at.Text = text
	r.faults = append(r.faults, at)
}

// at reports what is wrong with a key that was set.
func (r *reader) at(name, text string) { r.add(r.places[name], name+": "+text) }

// file takes the values of the file.
func (r *reader) file(path string, data []byte) {
	r.path, r.places = path, map[string]Fault{}
	var root yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&root); errors.Is(err, io.EOF) {
		return // nothing but comments
	} else if err != nil {
		r.syntax(err)
		return
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		r.add(Fault{File: path}, "it holds more than one document: write one, without --- between")
	}
	r.walk("", root.Content[0])
}

var lineInError = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// syntax reports that the file is no YAML.
func (r *reader) syntax(err error) {
	at, text := Fault{File: r.path}, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineInError.FindStringSubmatch(err.Error()); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		text = err.Error()[len(m[0]):]
	}
	if strings.Contains(text, "cannot start any token") { // what the library says of a line that begins with a tab, without its number
		text += " (lines are indented with spaces, never with tabs)"
	}
	r.add(at, "it cannot be read as YAML: "+text)
}

// walk takes the keys under a prefix.
func (r *reader) walk(prefix string, n *yaml.Node) {
	faults := eachPair(n, "write keys and their values (testigo config example prints some)", func(name, value *yaml.Node) []nodeFault {
		full := prefix + name.Value
		at := Fault{File: r.path, Line: name.Line}
		switch {
		case r.take(full, value, at):
		case slices.ContainsFunc(r.keys, func(k key) bool { return strings.HasPrefix(k.name, full+".") }):
			r.walk(full+".", value)
		default:
			r.add(at, r.unknown(full))
		}
		return nil
	})
	if prefix = strings.TrimSuffix(prefix, "."); prefix != "" {
		for i := range faults {
			faults[i].text = prefix + ": " + faults[i].text
		}
	}
	r.report("", Fault{File: r.path}, faults)
}

// take gives a value to its key, and reports whether there is such a key.
func (r *reader) take(name string, value *yaml.Node, at Fault) bool {
	i := slices.IndexFunc(r.keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return false
	}
	k := r.keys[i]
	if r.places == nil {
		r.places = map[string]Fault{}
	}
	r.places[name] = at
	r.report(name, at, k.take(plainly(value)))
	if k.path != nil && at.Env == "" {
		*k.path = beside(filepath.Dir(r.path), *k.path)
	}
	return true
}

// report adds faults of nodes; the lines of a file are more precise than the key's.
func (r *reader) report(name string, at Fault, faults []nodeFault) {
	for _, f := range faults {
		place, text := at, f.text
		if at.Env == "" && f.node != nil {
			place.Line = f.node.Line
		}
		if name != "" && at.Env == "" {
			text = name + ": " + text
		}
		r.add(place, text)
	}
}

// unknown says that there is no such key, and which is meant where that is plain.
func (r *reader) unknown(name string) string {
	if strings.HasSuffix(name, "token") {
		return fmt.Sprintf("%s: a token does not belong into the file; set %s or %[2]s_FILE in the environment", name, variable(name))
	}
	prefix := name[:strings.LastIndex(name, ".")+1]
	var there []string
	for _, k := range r.keys {
		if rest, ok := strings.CutPrefix(k.name, prefix); ok {
			rest, _, _ = strings.Cut(rest, ".")
			there = append(there, rest)
		}
	}
	slices.Sort(there)
	return fmt.Sprintf("%s: there is no such key; there are: %s", name, strings.Join(slices.Compact(there), ", "))
}

// eachPair calls f for each key and value of a mapping. Anything else, and a key that comes twice, is a fault.
func eachPair(n *yaml.Node, wanted string, f func(name, value *yaml.Node) []nodeFault) (faults []nodeFault) {
	if n = plainly(n); n.Kind != yaml.MappingNode {
		return []nodeFault{{n, "it holds no keys: " + wanted}}
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if line, twice := seen[name.Value]; twice {
			faults = append(faults, nodeFault{name, fmt.Sprintf("%s stands on line %d already", name.Value, line)})
			continue
		}
		seen[name.Value] = name.Line
		faults = append(faults, f(name, value)...)
	}
	return faults
}

// plainly follows an alias to what it stands for. An anchor that holds itself does no harm: the table of keys is only so deep.
func plainly(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// environment takes the values of the environment.
func (r *reader) environment(getenv func(string) string) {
	for _, k := range r.keys {
		name := variable(k.name)
		v := getenv(name)
		if v == "" {
			continue
		}
		at, value := Fault{Env: name}, &yaml.Node{Kind: yaml.ScalarNode, Value: v}
		if k.name == "spaces" { // the one key that is no single value: YAML, of which JSON is a part
			var root yaml.Node
			if err := yaml.Unmarshal([]byte(v), &root); err != nil || len(root.Content) == 0 {
				r.add(at, `write the spaces as YAML or JSON, for example {"school": {"discord": [1234]}}`)
				continue
			}
			value = root.Content[0]
		}
		r.take(k.name, value, at)
	}
}

func (r *reader) secret(getenv func(string) string, name string, into *Secret) {
	var err error
	if *into, err = secretFrom(getenv, name); err != nil {
		at, text := Fault{Env: name}, strings.TrimPrefix(err.Error(), name)
		if rest, ok := strings.CutPrefix(text, "_FILE"); ok {
			at.Env, text = name+"_FILE", rest
		}
		r.add(at, strings.TrimLeft(text, ": "))
	}
}

// check reports what is wrong between keys.
func (c *Config) check(r *reader) {
	for name, s := range c.Spaces {
		if r.places["spaces"].Env == "" {
			s.Pack = beside(filepath.Dir(r.path), s.Pack)
			c.Spaces[name] = s
		}
	}
	c.Telegram.check(r)
	for name, l := range map[string]Limit{"limits.person": c.Person, "limits.channel": c.Channel} {
		if (l.PerMinute == 0) != (l.Burst == 0) {
			at := r.places[name+".per_minute"]
			if at == (Fault{}) {
				at = r.places[name+".burst"]
			}
			r.add(at, name+": per_minute and burst are both 0, for no limit, or neither is")
		}
	}
}

func (r *reader) sorted() Faults {
	slices.SortStableFunc(r.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Env, b.Env), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Text, b.Text))
	})
	return r.faults
}
