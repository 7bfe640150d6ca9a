package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"bufio"
	"bytes"

	"testigo/facts/lookup"
)

type lookupCommand struct {
	Facts string `required:"" help:"File of bare records, JSON lines {\"id\",\"lang\",\"question\",\"alternatives\",\"answer\"}." placeholder:"FILE"`
}

// The lines of the lookup command.
type (
	bareRecord struct {
		ID           string   `json:"id"`
		Lang         string   `json:"lang"`
		Question     string   `json:"question"`
		Alternatives []string `json:"alternatives"`
		Answer       string   `json:"answer"`
	}
	lookupLine struct {
		ID       json.RawMessage `json:"id,omitempty"`
		Results  []lookupHit     `json:"results"`
		Answered bool            `json:"answered"`
	}
	lookupHit struct {
		Fact  string  `json:"fact"`
		Score float64 `json:"score"`
	}
)

// maxLookupHits is how many results a line of the lookup command lists.
const maxLookupHits = 10

func (c *lookupCommand) Run(a *app) error {
	indexes, err := readBare(c.Facts)
	if err != nil {
		return err
	}
	return eachLine(a, func(line []byte) any {
		var q struct {
			ID    json.RawMessage `json:"id"`
			Query *string         `json:"query"`
			Lang  lookup.Lang     `json:"lang"`
		}
		if err := json.Unmarshal(line, &q); err != nil {
			return errorLine{Error: "this line is not a JSON object with id and query: " + err.Error()}
		}
		if q.Query == nil {
			return errorLine{ID: q.ID, Error: `this line has no "query"`}
		}
		out := lookupLine{ID: q.ID, Results: []lookupHit{}}
		index := indexes[q.Lang]
		if index == nil {
			index = indexes[""]
		}
		r := index.Search(*q.Query, maxLookupHits)
		out.Answered = r.Sure()
		for _, h := range r.Hits {
			out.Results = append(out.Results, lookupHit{h.ID, h.Confidence})
		}
		return out
	})
}

// readBare reads bare records and indexes them by language; "" is the language of the first.
func readBare(name string) (map[lookup.Lang]*lookup.Index, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--facts: %w", err)
	}
	defer f.Close()
	docs := map[lookup.Lang][]lookup.Doc{}
	var first lookup.Lang
	in := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, tooLong, err := readLine(in)
		if tooLong {
			return nil, fmt.Errorf("%s:%d: the line is longer than %d bytes", name, n, maxBatchLine)
		}
		if line := bytes.TrimSpace(line); len(line) > 0 {
			var r bareRecord
			if err := json.Unmarshal(line, &r); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, n, err)
			}
			if r.ID == "" || r.Question == "" {
				return nil, fmt.Errorf("%s:%d: a record needs an id and a question", name, n)
			}
			lang := lookup.Lang(r.Lang)
			if lang != lookup.Spanish {
				lang = lookup.English
			}
			if first == "" {
				first = lang
			}
			docs[lang] = append(docs[lang], lookup.Doc{ID: r.ID, Question: r.Question, Phrasings: r.Alternatives, Answer: r.Answer})
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if first == "" {
		return nil, fmt.Errorf("%s holds no record", name)
	}
	indexes := map[lookup.Lang]*lookup.Index{}
	for lang, list := range docs {
		indexes[lang] = lookup.New(lang, list, nil)
	}
	indexes[""] = indexes[first]
	return indexes, nil
}
