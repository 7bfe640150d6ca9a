package facts

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
)

// record is one line of a JSON-lines file: exactly one of its fields is set.
type record struct {
	About    *About    `json:"about,omitempty"`
	Source   *Source   `json:"source,omitempty"`
	Topic    *Topic    `json:"topic,omitempty"`
	Name     *Entity   `json:"name,omitempty"`
	Shared   *Shared   `json:"shared,omitempty"`
	Synonyms *Synonyms `json:"synonyms,omitempty"`
	Day      *Day      `json:"day,omitempty"`
	Fact     *Fact     `json:"fact,omitempty"`
	Pointer  *Pointer  `json:"pointer,omitempty"`
}

// readLines reads JSON lines. Large files are decoded by several goroutines, a run of lines each, so that 100,000 facts load in seconds.
func readLines(name string, data []byte, read func(line []byte) (record, error)) part {
	type chunk struct {
		data  []byte
		first int // line number of its first line
	}
	workers := runtime.GOMAXPROCS(0)
	size := len(data)/workers + 1
	var chunks []chunk
	for line := 1; len(data) > 0; {
		end := min(size, len(data))
		if i := bytes.IndexByte(data[end:], '\n'); i >= 0 {
			end += i + 1
		} else {
			end = len(data)
		}
		chunks = append(chunks, chunk{data[:end], line})
		line += bytes.Count(data[:end], []byte{'\n'})
		data = data[end:]
	}
	parts := make([]part, len(chunks))
	var wg sync.WaitGroup
	for i, c := range chunks {
		wg.Go(func() { parts[i] = readChunk(name, c.data, c.first, read) })
	}
	wg.Wait()
	var out part
	for i := range parts {
		out.faults = append(out.faults, parts[i].faults...)
		out.pack.add(&parts[i].pack)
	}
	return out
}

func readChunk(name string, data []byte, line int, read func(line []byte) (record, error)) part {
	var out part
	for ; len(data) > 0; line++ {
		text := data
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			text, data = data[:i], data[i+1:]
		} else {
			data = nil
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		r, err := read(text)
		if err != nil {
			out.faults = append(out.faults, Fault{File: name, Line: line, ID: idInLine(text), Text: plainFieldError(err.Error())})
			continue
		}
		if !r.put(&out.pack, place{name, line}) {
			out.faults = append(out.faults, Fault{File: name, Line: line,
				Text: `a line holds one record: {"fact": {...}}, or about, source, topic, name, shared, synonyms, day or pointer`})
		}
	}
	return out
}

// idInLine returns the id of a record that cannot be read whole, where it can be found.
func idInLine(text []byte) string {
	var loose map[string]struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(text, &loose) != nil {
		return ""
	}
	for _, r := range loose {
		return r.ID
	}
	return ""
}

func readRecord(text []byte) (record, error) {
	var r record
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return r, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return r, errors.New("something follows the record: write one record a line")
	}
	return r, nil
}

// readCheckedRecord is readRecord for a line known to be right. It needs no decoder, which would copy the line.
func readCheckedRecord(text []byte) (record, error) {
	var r record
	err := json.Unmarshal(text, &r)
	return r, err
}

// compact lays the phrasings end to end in one string: they are most of what a set holds, and each by itself takes room beside its letters, as does
// the list that the decoder left with room to grow.
func (t *Text) compact() {
	if t == nil || len(t.Phrasings) == 0 {
		return
	}
	all := strings.Join(t.Phrasings, "")
	phrasings := make([]string, len(t.Phrasings))
	for i, p := range t.Phrasings {
		phrasings[i], all = all[:len(p)], all[len(p):]
	}
	t.Phrasings = phrasings
}

// put adds the record to the pack and reports whether it held exactly one.
func (r *record) put(p *Pack, at place) bool {
	n := 0
	count := func(set bool) bool {
		if set {
			n++
		}
		return set
	}
	if count(r.About != nil) {
		r.About.at, p.About = at, *r.About
	}
	if count(r.Source != nil) {
		r.Source.at, p.Sources = at, append(p.Sources, r.Source)
	}
	if count(r.Topic != nil) {
		r.Topic.at, p.Topics = at, append(p.Topics, r.Topic)
	}
	if count(r.Name != nil) {
		r.Name.at, p.Entities = at, append(p.Entities, r.Name)
	}
	if count(r.Shared != nil) {
		r.Shared.at, p.Shared = at, append(p.Shared, r.Shared)
	}
	if count(r.Synonyms != nil) {
		r.Synonyms.at, p.Synonyms = at, append(p.Synonyms, r.Synonyms)
	}
	if count(r.Day != nil) {
		r.Day.at, p.Days = at, append(p.Days, r.Day)
	}
	if count(r.Fact != nil) {
		r.Fact.En.compact()
		r.Fact.Es.compact()
		r.Fact.at, p.Facts = at, append(p.Facts, r.Fact)
	}
	if count(r.Pointer != nil) {
		r.Pointer.at, p.Pointers = at, append(p.Pointers, r.Pointer)
	}
	return n == 1
}

// Export writes the pack as JSON lines, which Load reads back to an equal pack.
func (p *Pack) Export(w io.Writer) error {
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	var records []record
	if p.About.Name != "" {
		records = append(records, record{About: &p.About})
	}
	for _, x := range p.Sources {
		records = append(records, record{Source: x})
	}
	for _, x := range p.Topics {
		records = append(records, record{Topic: x})
	}
	for _, x := range p.Entities {
		records = append(records, record{Name: x})
	}
	for _, x := range p.Shared {
		records = append(records, record{Shared: x})
	}
	for _, x := range p.Synonyms {
		records = append(records, record{Synonyms: x})
	}
	for _, x := range p.Days {
		records = append(records, record{Day: x})
	}
	for _, x := range p.Facts {
		records = append(records, record{Fact: x})
	}
	for _, x := range p.Pointers {
		records = append(records, record{Pointer: x})
	}
	for _, r := range records {
		if err := encoder.Encode(r); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
