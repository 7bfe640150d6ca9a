package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"testigo/adapters/terminal"
	"testigo/bot"
	"testigo/config"
	"testigo/facts"
)

type askCommand struct {
	Question  []string `arg:"" optional:"" help:"The question."`
	Lang      string   `help:"Language of the answer; found out from the question without it." enum:",en,es" default:"" placeholder:"en|es"`
	Pack      string   `help:"Pack to answer from, a folder or a file, in the place of the one that ships." placeholder:"PATH"`
	Space     string   `help:"Community whose view of the pack to answer from." placeholder:"NAME"`
	AllQuotes bool     `help:"Show every quote and document, not only the first ones."`
	JSON      bool     `name:"json" help:"Write the result as JSON."`
	Why       bool     `help:"Say how the question was matched."`
	ExitCode  bool     `help:"Exit with 3 where the question is refused."`
	Batch     bool     `help:"Read questions as JSON lines {\"id\",\"query\",\"lang\"} and write a result line for each."`
}

func (c *askCommand) Run(a *app) error {
	question := strings.Join(c.Question, " ")
	switch {
	case c.Batch && question != "":
		return usageError("--batch reads its questions from standard input: leave the question out")
	case !c.Batch && strings.TrimSpace(question) == "":
		return usageError(`there is no question: write testigo ask "how many students disappeared?"`)
	}
	engine, err := a.engine(c.Pack, c.Space)
	if err != nil {
		return err
	}
	lang := facts.Lang(c.Lang)
	if lang == "" {
		lang = facts.Lang(a.config.Lang)
	}
	if c.Batch {
		engine.Warm()
		return batch(a, engine, c.Space, lang)
	}
	r := engine.Ask(facts.Query{Text: question, Lang: lang, Space: c.Space})
	if err := c.write(a, engine, &r); err != nil {
		return err
	}
	if c.ExitCode && r.Kind != facts.Answer {
		return exitError(exitRefused)
	}
	return nil
}

func (c *askCommand) write(a *app, engine *facts.Engine, r *facts.Result) error {
	if c.JSON {
		return writeJSON(a.out, resultLine(engine, c.Space, nil, r, maxBatchHits))
	}
	b := bot.New(engine, bot.Options{})
	reply := b.Render(bot.SpaceID(c.Space), r, c.AllQuotes)
	if err := terminal.Draw(a.out, reply, terminal.StyleFor(a.out, a.getenv)); err != nil {
		return err
	}
	if c.Why {
		return explain(a.out, r)
	}
	return nil
}

// explain says how a result came about, for curators.
func explain(w io.Writer, r *facts.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nwhy: %s in %s\n", r.Kind, r.Lang)
	if len(r.Hits) > 0 {
		fmt.Fprintf(&b, "  nearest: %s, by %q\n", r.Hits[0].ID(), r.Hits[0].Matched)
	}
	fmt.Fprintf(&b, "  confidence %.2f, an answer from %.2f; others from %.0f%% of it are choices\n", r.Why.Confidence, r.Why.Threshold, 100*r.Why.Near)
	if r.Why.Rule != "" {
		fmt.Fprintf(&b, "  refused: %s\n", r.Why.Rule)
	}
	for _, h := range r.Hits[min(1, len(r.Hits)):] {
		fmt.Fprintf(&b, "  then: %s %.2f\n", h.ID(), h.Confidence)
	}
	for _, word := range r.Why.Words {
		note := "in no fact"
		switch {
		case word.InBest:
			note = "in the nearest fact"
		case word.Known:
			note = "in other facts"
		}
		if word.Corrected != "" {
			note = "read as " + word.Corrected + ", " + note
		}
		fmt.Fprintf(&b, "  %-16s %s (rarity %.1f)\n", word.Text, note, word.Rarity)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// maxBatchHits is how many results a line lists.
const maxBatchHits = 5

// The lines of --batch and --json.
type (
	questionLine struct {
		ID    json.RawMessage `json:"id"`
		Query *string         `json:"query"`
		Lang  facts.Lang      `json:"lang"`
	}
	answerLine struct {
		ID       json.RawMessage `json:"id,omitempty"`
		Answered bool            `json:"answered"`
		Refusal  string          `json:"refusal"`
		Lang     facts.Lang      `json:"lang"`
		Missing  string          `json:"missing,omitempty"`
		Results  []hitLine       `json:"results"`
	}
	hitLine struct {
		Fact       string         `json:"fact"`
		Score      float64        `json:"score"`
		Confidence float64        `json:"confidence"`
		Question   string         `json:"question"`
		Answer     string         `json:"answer"`
		Standing   facts.Standing `json:"standing"`
		Quotes     []quoteLine    `json:"quotes"`
		See        []string       `json:"see,omitempty"` // of a pointer: addresses to read
	}
	quoteLine struct {
		Source string `json:"source"`
		Text   string `json:"text"`
		URL    string `json:"url"`
	}
	errorLine struct {
		ID    json.RawMessage `json:"id,omitempty"`
		Error string          `json:"error"`
	}
)

// maxBatchLine bounds one line of input, in bytes.
const maxBatchLine = 1 << 20

// batch answers a stream of questions, a line each, in order.
func batch(a *app, engine *facts.Engine, space string, lang facts.Lang) error {
	return eachLine(a, func(line []byte) any {
		var q questionLine
		if err := json.Unmarshal(line, &q); err != nil {
			return errorLine{Error: "this line is not a JSON object with id and query: " + err.Error()}
		}
		if q.Query == nil {
			return errorLine{ID: q.ID, Error: `this line has no "query"`}
		}
		if q.Lang != "" && !q.Lang.Valid() {
			return errorLine{ID: q.ID, Error: fmt.Sprintf(`"lang" is %q: write en or es, or leave it out`, q.Lang)}
		}
		if q.Lang == "" {
			q.Lang = lang
		}
		r := engine.Ask(facts.Query{Text: *q.Query, Lang: q.Lang, Space: space})
		return resultLine(engine, space, q.ID, &r, maxBatchHits)
	})
}

// eachLine writes answer(line) as JSON for each line of the input, before it reads the next. Empty lines are passed over; what answer
// returns for one line does not stop the others.
func eachLine(a *app, answer func(line []byte) any) error {
	in := bufio.NewReaderSize(a.in, 64<<10)
	for a.ctx.Err() == nil {
		line, tooLong, err := readLine(in)
		if errors.Is(err, io.EOF) && len(line) == 0 && !tooLong {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("standard input: %w", err)
		}
		var out any
		switch line = bytes.TrimSpace(line); {
		case tooLong:
			out = errorLine{Error: fmt.Sprintf("this line is longer than %d bytes", maxBatchLine)}
		case len(line) == 0:
			continue
		default:
			out = answer(line)
		}
		if err := writeJSON(a.out, out); err != nil {
			return err
		}
	}
	return a.ctx.Err()
}

// readLine reads one line and drops what of it is beyond maxBatchLine.
func readLine(in *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
		}
		if len(line) > maxBatchLine {
			line, tooLong = nil, true
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

func resultLine(engine *facts.Engine, space string, id json.RawMessage, r *facts.Result, most int) answerLine {
	line := answerLine{ID: id, Answered: r.Kind == facts.Answer, Refusal: string(r.Kind), Lang: r.Lang, Missing: r.Missing, Results: []hitLine{}}
	for _, h := range r.Hits[:min(most, len(r.Hits))] {
		t := h.Text(r.Lang)
		hit := hitLine{Fact: h.ID(), Score: h.Score, Confidence: h.Confidence, Question: t.Question, Answer: t.Answer, Quotes: []quoteLine{}}
		if h.Fact != nil {
			hit.Standing = h.Fact.Standing
			for _, q := range h.Fact.AllQuotes() {
				hit.Quotes = append(hit.Quotes, quoteLine{q.Source, q.Exact, engine.Source(space, q.Source).Link(&q)})
			}
		} else {
			for _, see := range h.Pointer.See {
				hit.See = append(hit.See, engine.Source(space, see).Address)
			}
		}
		line.Results = append(line.Results, hit)
	}
	return line
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

type chatCommand struct {
	community `embed:""`
	Lang      string `help:"Language of the answers; found out from each question without it." enum:",en,es" default:"" placeholder:"en|es"`
}

func (c *chatCommand) Run(a *app) (err error) {
	m := bot.Message{Space: bot.SpaceID(c.Space)}
	var b *bot.Bot
	if c.As == "" && c.DB == "" { // only asks: nothing is kept
		engine, err := a.engine(c.Pack, c.Space)
		if err != nil {
			return err
		}
		engine.Warm()
		b = bot.New(engine, bot.Options{})
	} else {
		var db io.Closer
		if c.As == "" {
			c.As = "member:you"
		}
		if m, err = c.message(a, ""); err != nil {
			return err
		}
		if b, db, err = c.open(a, bot.Options{}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		m.Space = bot.SpaceID(c.Space)
	}
	if m.Lang = facts.Lang(c.Lang); m.Lang == "" {
		m.Lang = facts.Lang(a.config.Lang)
	}
	log := func(err error) { fmt.Fprintln(a.err, "testigo:", err) }
	return terminal.Chat(a.ctx, b, m, a.in, a.out, terminal.StyleFor(a.out, a.getenv), log)
}

func namesOf(spaces map[string]config.Space) string {
	if len(spaces) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(spaces)), ", ")
}
