package facts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Fault is something wrong in a pack, said so that the person who edits the file can mend it.
type Fault struct {
	File string
	Line int    // 0 when the fault is of the file or the pack as a whole
	ID   string // of the fact or other record, where known
	Text string // what is wrong and what would be right
}

func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	if f.ID != "" {
		b.WriteString(": " + f.ID)
	}
	b.WriteString(": " + f.Text)
	return b.String()
}

// Faults is everything wrong in a pack, in the order of files and lines.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// place is where in the files a record stands.
type place struct {
	file string
	line int
}

// Load reads the pack at path, a folder of YAML and JSON-lines files (read in the order of their names, subfolders too) or
// one such file, and checks it whole. When anything is wrong the error is a [Faults] with all of it.
func Load(name string) (*Pack, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if !info.IsDir() {
		return loadFiles(os.DirFS(filepath.Dir(name)), []string{filepath.Base(name)}, nil)
	}
	return LoadFS(os.DirFS(name))
}

// LoadFS is Load for a file system whose root is the pack's folder.
func LoadFS(fsys fs.FS) (*Pack, error) { return loadOver(fsys, nil) }

// LoadLines is Load for JSON lines in memory; name is what faults call them.
func LoadLines(name string, data []byte) (*Pack, error) {
	return assemble([]part{readLines(name, data, readRecord)}, nil)
}

// LoadChecked is LoadLines for lines that were checked when they were made, like the set inside the program, whose tests check it: it reads
// them and leaves the checks out, which take longer than the reading.
func LoadChecked(name string, data []byte) (*Pack, error) {
	read := readLines(name, data, readCheckedRecord)
	if len(read.faults) > 0 {
		return nil, read.faults
	}
	read.pack.index()
	return &read.pack, nil
}

// LoadOver reads a pack at path that is laid over base: its records may refer to base's sources, topics, names and facts.
func LoadOver(name string, base *Pack) (*Pack, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if !info.IsDir() {
		return loadFiles(os.DirFS(filepath.Dir(name)), []string{filepath.Base(name)}, base)
	}
	return loadOver(os.DirFS(name), base)
}

func loadOver(fsys fs.FS, base base) (*Pack, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && isPackFile(name) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("pack: no .yaml, .yml or .jsonl file in the folder")
	}
	return loadFiles(fsys, names, base)
}

func isPackFile(name string) bool {
	ext := path.Ext(name)
	return ext == ".yaml" || ext == ".yml" || ext == ".jsonl"
}

func loadFiles(fsys fs.FS, names []string, base base) (*Pack, error) {
	parts := make([]part, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { parts[i] = readFile(fsys, name) })
	}
	wg.Wait()
	return assemble(parts, base)
}

// assemble joins the parts to a pack and checks it.
func assemble(parts []part, base base) (*Pack, error) {
	p := &Pack{}
	var faults Faults
	for i := range parts {
		if parts[i].err != nil {
			return nil, fmt.Errorf("pack: %w", parts[i].err)
		}
		faults = append(faults, parts[i].faults...)
		p.add(&parts[i].pack)
	}
	p.index()
	faults = append(faults, p.validate(base)...)
	if len(faults) > 0 {
		slices.SortStableFunc(faults, compareFaults)
		return nil, faults
	}
	return p, nil
}

func compareFaults(a, b Fault) int {
	if c := strings.Compare(a.File, b.File); c != 0 {
		return c
	}
	return a.Line - b.Line
}

// part is what one file holds.
type part struct {
	pack   Pack
	faults Faults
	err    error // the file could not be read
}

func (p *Pack) add(q *Pack) {
	if p.About.Name == "" {
		p.About = q.About
	}
	p.Sources = append(p.Sources, q.Sources...)
	p.Topics = append(p.Topics, q.Topics...)
	p.Entities = append(p.Entities, q.Entities...)
	p.Shared = append(p.Shared, q.Shared...)
	p.Synonyms = append(p.Synonyms, q.Synonyms...)
	p.Days = append(p.Days, q.Days...)
	p.Facts = append(p.Facts, q.Facts...)
	p.Pointers = append(p.Pointers, q.Pointers...)
}

func readFile(fsys fs.FS, name string) part {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return part{err: err}
	}
	if path.Ext(name) == ".jsonl" {
		return readLines(name, data, readRecord)
	}
	return readYAML(name, data)
}

// document is a YAML file of a pack: a list of records under the name of each kind.
type document struct {
	About    *About      `yaml:"about"`
	Sources  []*Source   `yaml:"sources"`
	Topics   []*Topic    `yaml:"topics"`
	Names    []*Entity   `yaml:"names"`
	Shared   []*Shared   `yaml:"shared"`
	Synonyms []*Synonyms `yaml:"synonyms"`
	Calendar []*Day      `yaml:"calendar"`
	Facts    []*Fact     `yaml:"facts"`
	Pointers []*Pointer  `yaml:"pointers"`
}

func readYAML(name string, data []byte) part {
	var doc document
	var out part
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		out.faults = yamlFaults(name, err)
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(data, &tree); err == nil {
		doc.setPlaces(name, &tree)
		for i := range out.faults {
			out.faults[i].ID = idAt(&tree, out.faults[i].Line)
		}
	}
	if doc.About != nil {
		out.pack.About = *doc.About
	}
	out.pack.Sources, out.pack.Topics, out.pack.Entities = compact(doc.Sources), compact(doc.Topics), compact(doc.Names)
	out.pack.Shared, out.pack.Synonyms, out.pack.Days = compact(doc.Shared), compact(doc.Synonyms), compact(doc.Calendar)
	out.pack.Facts, out.pack.Pointers = compact(doc.Facts), compact(doc.Pointers)
	return out
}

// compact drops the empty items of a YAML list ("- " alone).
func compact[T any](list []*T) []*T {
	return slices.DeleteFunc(list, func(x *T) bool { return x == nil })
}

// yamlFaults takes the library's error apart: it says "line N: ..." for each thing wrong.
func yamlFaults(name string, err error) Faults {
	texts := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var typeError *yaml.TypeError
	if errors.As(err, &typeError) {
		texts = typeError.Errors
	}
	var faults Faults
	for _, text := range texts {
		f := Fault{File: name}
		if n, err := fmt.Sscanf(text, "line %d:", &f.Line); n == 1 && err == nil {
			_, text, _ = strings.Cut(text, ": ")
		}
		f.Text = plainFieldError(text)
		faults = append(faults, f)
	}
	return faults
}

// plainFieldError says in the pack's words what the decoders say in Go's.
func plainFieldError(text string) string {
	if field, rest, ok := strings.Cut(strings.TrimPrefix(text, "field "), " not found in type "); ok {
		record := strings.ToLower(rest[strings.LastIndexByte(rest, '.')+1:])
		return fmt.Sprintf("unknown key %q in a %s: look for a misspelling, the README lists the keys", field, record)
	}
	if field, ok := strings.CutPrefix(text, "json: unknown field "); ok {
		return fmt.Sprintf("unknown key %s: look for a misspelling, the README lists the keys", field)
	}
	return text
}

// idAt returns the id of the last record that begins at or before the line.
func idAt(tree *yaml.Node, line int) (id string) {
	if len(tree.Content) == 0 {
		return ""
	}
	for _, list := range tree.Content[0].Content {
		for _, item := range list.Content {
			if item.Line > line || item.Kind != yaml.MappingNode {
				continue
			}
			for k := 0; k+1 < len(item.Content); k += 2 {
				if item.Content[k].Value == "id" {
					id = item.Content[k+1].Value
				}
			}
		}
	}
	return id
}

func (d *document) setPlaces(file string, tree *yaml.Node) {
	if len(tree.Content) == 0 || tree.Content[0].Kind != yaml.MappingNode {
		return
	}
	root := tree.Content[0]
	for i := 0; i+1 < len(root.Content); i += 2 {
		list := root.Content[i+1]
		at := func(j int) place {
			if j < len(list.Content) {
				return place{file, list.Content[j].Line}
			}
			return place{file, list.Line}
		}
		switch root.Content[i].Value {
		case "about":
			if d.About != nil {
				d.About.at = place{file, list.Line}
			}
		case "sources":
			setAt(d.Sources, at, func(x *Source, p place) { x.at = p })
		case "topics":
			setAt(d.Topics, at, func(x *Topic, p place) { x.at = p })
		case "names":
			setAt(d.Names, at, func(x *Entity, p place) { x.at = p })
		case "shared":
			setAt(d.Shared, at, func(x *Shared, p place) { x.at = p })
		case "synonyms":
			setAt(d.Synonyms, at, func(x *Synonyms, p place) { x.at = p })
		case "calendar":
			setAt(d.Calendar, at, func(x *Day, p place) { x.at = p })
		case "facts":
			setAt(d.Facts, at, func(x *Fact, p place) { x.at = p })
		case "pointers":
			setAt(d.Pointers, at, func(x *Pointer, p place) { x.at = p })
		}
	}
}

func setAt[T any](list []*T, at func(int) place, set func(*T, place)) {
	for j, x := range list {
		if x != nil {
			set(x, at(j))
		}
	}
}
