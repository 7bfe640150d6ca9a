package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"testigo/adapters/terminal"
	"testigo/bot"
	"testigo/facts"
	"testigo/facts/packs"
	"testigo/facts/watch"
)

type verifyCommand struct {
	Pack    string `help:"Pack to check, in the place of the one that ships." placeholder:"PATH"`
	Sources string `help:"Folder with the captured source texts, to hold the quotes against." placeholder:"DIR"`

	Fetch bool          `help:"Read the sources' addresses again, politely, and look there for the quotes. It takes some seconds for each source."`
	Cache string        `help:"With --fetch: folder that pages' texts are kept in, so that what has not changed is not sent again (default: testigo in the user's cache folder)." placeholder:"DIR"`
	Pause time.Duration `help:"With --fetch: how long to wait after each request." default:"2s" placeholder:"TIME"`
}

func (c *verifyCommand) Run(a *app) error {
	pack, err := a.pack(c.Pack)
	if c.Pack == "" && a.config.Pack == "" {
		pack, err = facts.LoadLines(shippedName, packs.Ayotzinapa()) // with every check, which answering from it leaves out
	}
	if err != nil {
		return err
	}
	var dir fs.FS
	if c.Sources != "" {
		if _, err := os.Stat(c.Sources); err != nil {
			return fmt.Errorf("--sources: %w", err)
		}
		dir = os.DirFS(c.Sources)
	}
	report, faults := facts.Verify(pack, dir)
	for _, f := range faults {
		fmt.Fprintln(a.out, f)
	}
	checked := "not held against any text (name their folder with --sources)"
	if dir != nil {
		checked = fmt.Sprintf("%d of them held against their sources' texts", report.Checked)
	}
	fmt.Fprintf(a.out, "%s, %s, %s, %s, %s: %s\n", countOf(report.Facts, "fact"), countOf(report.Pointers, "pointer"),
		countOf(report.Sources, "source"), countOf(report.Quotes, "quote"), checked, countOf(len(faults), "fault"))
	wrong := len(faults)
	if c.Fetch {
		n, err := c.fetch(a, pack)
		if err != nil {
			return err
		}
		wrong += n
	}
	if wrong > 0 {
		return exitError(exitFailed)
	}
	return nil
}

// fetch reads the sources' addresses again and returns how many faults it found.
func (c *verifyCommand) fetch(a *app, pack *facts.Pack) (wrong int, err error) {
	if c.Pause <= 0 {
		return 0, usageError("--pause is how long to wait after each request, for example 2s")
	}
	report, err := watch.Check(a.ctx, pack, watch.Options{Agent: userAgent(), Cache: firstOf(c.Cache, pageCache()), Pause: c.Pause})
	for _, f := range report.Findings {
		what := "note"
		if f.Wrong() {
			what, wrong = "FAULT", wrong+1
		}
		fmt.Fprintf(a.out, "%s %s\n", what, f)
	}
	if err != nil {
		return wrong, fmt.Errorf("verify --fetch: %w", err)
	}
	fmt.Fprintf(a.out, "%s of %s read again, %s looked for: %s\n", counted(report.Addresses, "address", "addresses"), countOf(len(pack.Sources), "source"),
		countOf(report.Quotes, "quote"), countOf(wrong, "fault"))
	return wrong, nil
}

// pageCache is the folder that pages are kept in where none is named; "" where the user has none, and then nothing is kept.
func pageCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "testigo", "sources")
}

// readSources reads the addresses of the set again for communities that want to be told. Only the set's: what members typed in is not asked for from
// here, where addresses may be reached that they cannot reach.
func (c *serveCommand) readSources(ctx context.Context, a *app, o watch.Options) ([]bot.SourceFinding, error) {
	pack, err := a.pack(c.Pack)
	if err != nil {
		return nil, err
	}
	report, err := watch.Check(ctx, pack, o)
	if err != nil {
		return nil, err
	}
	var found []bot.SourceFinding
	for _, f := range report.Findings {
		if f.Kind != watch.Unread {
			found = append(found, bot.SourceFinding{Source: f.Source, Address: f.Address, Quote: f.Quote, Facts: f.Facts, To: f.To})
		}
	}
	return found, nil
}

// userAgent is what the program calls itself to the sites it reads.
func userAgent() string {
	return "testigo/" + thisBuild().version + " (reads the sources it quotes again)"
}

type factsCommand struct {
	List   listCommand   `cmd:"" help:"List the facts of a pack."`
	Show   showCommand   `cmd:"" help:"Show one fact, whole."`
	Export exportCommand `cmd:"" help:"Write the whole pack, or with --space a community's own facts, as JSON lines, which is a pack again."`

	Add     addCommand     `cmd:"" aliases:"edit" help:"Save a fact from a file, new or over the one it has, or propose it."`
	Hide    hideCommand    `cmd:"" help:"Stop showing a fact."`
	Restore restoreCommand `cmd:"" help:"Bring back an earlier text of a fact."`
	History historyCommand `cmd:"" help:"What was done to a fact."`
	Undo    undoCommand    `cmd:"" help:"Take back a change of the last 24 hours."`
	Pending pendingCommand `cmd:"" help:"Show the proposals that wait."`
	Approve approveCommand `cmd:"" help:"Approve a proposal."`
	Reject  rejectCommand  `cmd:"" help:"Reject a proposal."`
	Import  importCommand  `cmd:"" help:"Take in a pack of facts, all of it or nothing."`
	Log     logCommand     `cmd:"" help:"Everything a community changed, newest first."`
}

type listCommand struct {
	community  `embed:""`
	Lang       string `help:"Language to list in." enum:"en,es" default:"en" placeholder:"en|es"`
	Topic      string `help:"Only the facts of this topic." placeholder:"ID"`
	Unreviewed bool   `help:"Only facts nobody has reviewed; contested ones and those about accused people first."`
	JSON       bool   `name:"json" help:"Write each as a JSON line."`
}

func (c *listCommand) Run(a *app) (err error) {
	pack, err := a.pack(c.Pack)
	if err != nil {
		return err
	}
	if c.Topic != "" && pack.Topic(c.Topic) == nil {
		return usageError(fmt.Sprintf("there is no topic %q; there are: %s", c.Topic, topicIDs(pack)))
	}
	list, reviewed := slices.Clone(pack.Facts), func(f *facts.Fact) *facts.Review { return f.Reviewed }
	if c.Space != "" || c.DB != "" {
		b, db, err := c.open(a, bot.Options{})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		list = b.Facts(bot.SpaceID(c.Space))
		reviewed = func(f *facts.Fact) *facts.Review { return b.Reviewed(bot.SpaceID(c.Space), f) }
	}
	list = slices.DeleteFunc(list, func(f *facts.Fact) bool {
		return c.Topic != "" && !slices.Contains(f.Topics, c.Topic) || c.Unreviewed && reviewed(f) != nil
	})
	if c.Unreviewed {
		slices.SortStableFunc(list, func(x, y *facts.Fact) int { return cmp.Compare(x.Urgency(), y.Urgency()) })
	}
	for _, f := range list {
		if c.JSON {
			if err := writeJSON(a.out, f); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.out, "%-40s %-12s %s\n", f.ID, f.Standing, f.In(facts.Lang(c.Lang)).Question)
	}
	return nil
}

func topicIDs(p *facts.Pack) string {
	text := ""
	for i, t := range p.Topics {
		if i > 0 {
			text += ", "
		}
		text += t.ID
	}
	return text
}

type showCommand struct {
	ID   string `arg:"" help:"Id of the fact."`
	Pack string `help:"Pack to look into." placeholder:"PATH"`
	Lang string `help:"Language to show it in." enum:"en,es" default:"en" placeholder:"en|es"`
	JSON bool   `name:"json" help:"Write it as JSON."`
}

func (c *showCommand) Run(a *app) error {
	pack, err := a.pack(c.Pack)
	if err != nil {
		return err
	}
	if c.JSON {
		switch f, p := pack.Fact(c.ID), pack.Pointer(c.ID); {
		case f != nil:
			return indented(a.out, f)
		case p != nil:
			return indented(a.out, p)
		}
	}
	f := pack.Fact(c.ID)
	if f == nil && pack.Pointer(c.ID) == nil {
		return fmt.Errorf("there is no fact %q in the pack; testigo facts list shows what there is", c.ID)
	}
	b := bot.New(facts.NewEngine(pack), bot.Options{})
	reply, err := b.Handle(a.ctx, bot.Message{Text: "/fact " + c.ID + " all", Lang: facts.Lang(c.Lang)})
	if err != nil {
		return err
	}
	reply.Choices = nil
	if err := terminal.Draw(a.out, reply, terminal.StyleFor(a.out, a.getenv)); err != nil {
		return err
	}
	return c.curatorsLines(a.out, pack, f)
}

// curatorsLines adds what only a curator needs to see.
func (c *showCommand) curatorsLines(w io.Writer, pack *facts.Pack, f *facts.Fact) error {
	if f == nil {
		return nil
	}
	if f.Note != "" {
		fmt.Fprintln(w, "\nnote for curators:", f.Note)
	}
	reviewed := 0
	for _, x := range pack.Facts {
		if x.Reviewed != nil {
			reviewed++
		}
	}
	var quoted []string
	for _, x := range pack.Sources {
		if x.Quotable() {
			quoted = append(quoted, x.Title)
		}
	}
	state := "not reviewed by the community that runs this"
	if f.Reviewed != nil {
		state = fmt.Sprintf("reviewed by %s, %s", f.Reviewed.By, f.Reviewed.On)
	}
	_, err := fmt.Fprintf(w, "\n%s (%d of %d facts are reviewed); the set was prepared from %d documents: %s\n",
		state, reviewed, len(pack.Facts), len(quoted), strings.Join(quoted, "; "))
	return err
}

func indented(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

type exportCommand struct {
	community `embed:""`
	History   bool   `help:"With --space: its whole log."`
	Output    string `help:"File to write, in the place of standard output; it appears whole or not at all." placeholder:"FILE"`
}

func (c *exportCommand) Run(a *app) error {
	write := func(w io.Writer) error {
		pack, err := a.pack(c.Pack)
		if err != nil {
			return err
		}
		return pack.Export(w)
	}
	if c.Space != "" || c.History {
		write = func(w io.Writer) error { return c.exportSpace(a, w) }
	}
	if c.Output == "" {
		return write(a.out)
	}
	f, err := os.CreateTemp(filepath.Dir(c.Output), ".testigo-export-*")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer os.Remove(f.Name())
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := os.Rename(f.Name(), c.Output); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// exportSpace writes what a community has of its own.
func (c *exportCommand) exportSpace(a *app, w io.Writer) (err error) {
	b, db, err := c.open(a, bot.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	export := b.Export
	if c.History {
		export = b.ExportHistory
	}
	data, err := export(a.ctx, bot.SpaceID(c.Space))
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}
