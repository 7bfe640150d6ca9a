package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"testigo/adapters/terminal"
	"testigo/bot"
	"testigo/facts"
	"testigo/facts/store"
)

// community is who acts, where, and what they did is kept in.
type community struct {
	As      string `help:"Who you are: member, contributor, moderator or owner, and a name." placeholder:"ROLE:NAME"`
	DB      string `name:"db" help:"Database: a file, made on first use, or postgres://user:password@host/database (default: $$TESTIGO_DB, else ./testigo.db)." placeholder:"DB"`
	Space   string `help:"Community whose view of the set it is about (default: local)." placeholder:"NAME"`
	Pack    string `help:"Pack that lies under what the community changed." placeholder:"PATH"`
	Sources string `help:"Folder with the captured source texts, to hold new quotes against." placeholder:"DIR"`
}

// localSpace is the space of a terminal where none is named.
const localSpace = "local"

// roles are the words of --as.
var roles = []string{"member", "contributor", "moderator", "owner"}

// drainFor is how long a command waits for what its change leaves to be done.
const drainFor = 10 * time.Second

func (a *app) drain(b *bot.Bot) {
	ctx, cancel := context.WithTimeout(a.ctx, drainFor)
	defer cancel()
	b.Drain(ctx)
}

// speaker reads --as.
func (c *community) speaker() (bot.Author, bot.Role, error) {
	role, name, _ := strings.Cut(c.As, ":")
	name = strings.TrimSpace(name)
	i := slices.Index(roles, role)
	if i < 0 || name == "" || len(name) > facts.MaxName {
		return bot.Author{}, 0, usageError(fmt.Sprintf("--as is %q: write a role (%s), a colon and a name, for example moderator:ana", c.As, strings.Join(roles, ", ")))
	}
	return bot.Author{Platform: terminal.Platform, ID: name, Name: name}, bot.Role(i), nil
}

// open makes the bot of a community over its database, with these options besides. The caller closes what it returns.
func (c *community) open(a *app, o bot.Options) (*bot.Bot, *store.DB, error) {
	if c.Space == "" {
		c.Space = localSpace
	}
	engine, err := a.laid(c.Pack)
	if err != nil {
		return nil, nil, err
	}
	texts, err := textsIn(firstOf(c.Sources, a.config.Sources))
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(a.ctx, a.database(c.DB), store.Options{})
	if err != nil {
		return nil, nil, err
	}
	o.Store, o.Texts, o.Live, o.Window = db, texts, a.live(), a.config.Window
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	b := bot.New(engine, o)
	if err := b.Start(a.ctx); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return b, db, nil
}

// live is what the configuration says of what may change while the bot runs.
func (a *app) live() bot.Live {
	person, channel := a.config.Person, a.config.Channel
	live := bot.Live{Spaces: map[string]bot.SpaceID{}, Standards: map[string]string{bot.SetReview: a.config.Review}}
	if a.serving {
		live.Limits = bot.Limits{
			PerPerson:  bot.Limit{PerMinute: float64(person.PerMinute), Burst: person.Burst},
			PerChannel: bot.Limit{PerMinute: float64(channel.PerMinute), Burst: channel.Burst},
		}
	}
	if a.config.Lang != "" {
		live.Standards[bot.SetLanguage] = a.config.Lang
	}
	for name, s := range a.config.Spaces {
		for platform, ids := range map[string][]string{"discord": s.Discord, "telegram": s.Telegram} {
			for _, id := range ids {
				live.Spaces[platform+":"+id] = bot.SpaceID(name)
			}
		}
	}
	return live
}

// laid makes the engine of a pack, or of the configured one, with the views that the configuration gives to communities over it.
func (a *app) laid(path string) (*facts.Engine, error) {
	pack, err := a.pack(path)
	if err != nil {
		return nil, err
	}
	engine := facts.NewEngine(pack)
	return engine, a.lay(engine, pack)
}

func (a *app) lay(engine *facts.Engine, pack *facts.Pack) error {
	for name, s := range a.config.Spaces {
		change := facts.Change{Hide: s.Hide}
		if s.Pack != "" {
			own, err := facts.LoadOver(s.Pack, pack)
			if err != nil {
				return err
			}
			change.Put, change.Pointers, change.Sources = own.Facts, own.Pointers, own.Sources
		}
		if !change.IsEmpty() { // else it is only a name that several servers and chats share
			engine.Lay(name, change)
		}
	}
	return nil
}

func textsIn(dir string) (fs.FS, error) {
	if dir == "" {
		return nil, nil
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("--sources: %w", err)
	}
	return os.DirFS(dir), nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

const errNoAs = usageError("--as is needed for a change: it says who made it, for example --as moderator:ana")

// message is what the speaker says.
func (c *community) message(a *app, text string) (bot.Message, error) {
	who, role, err := c.speaker()
	return bot.Message{
		Space: bot.SpaceID(c.Space), Author: who, Role: role, Text: text, Lang: bot.Lang(a.config.Lang), Private: true,
		At: bot.MessageRef{Platform: terminal.Platform, Channel: who.ID},
	}, err
}

// saying is a command of the shell that says one thing to the bot of a community and shows the reply.
type saying struct {
	community `embed:""`
	JSON      bool `name:"json" help:"Write the reply as JSON."`
}

// say shows the reply to a text; must says that the command fails where it changed nothing.
func (s *saying) say(a *app, text string, file []byte, must bool) (err error) {
	if s.As == "" && must {
		return errNoAs
	}
	if s.As == "" {
		s.As = "moderator:shell" // looking changes nothing, so nobody's name is kept
	}
	b, db, err := s.open(a, bot.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	m, err := s.message(a, text)
	if err != nil {
		return err
	}
	m.File = file
	reply, err := b.Handle(a.ctx, m)
	if err != nil {
		fmt.Fprintln(a.err, "testigo:", err)
	}
	if strings.HasPrefix(text, "/import") && len(reply.Choices) > 0 { // the plan was asked for from a script: it is the confirmation
		m.Text, m.File = "/import yes", nil
		planned := reply
		if reply, err = b.Handle(a.ctx, m); err != nil {
			fmt.Fprintln(a.err, "testigo:", err)
		}
		reply.Blocks = slices.Concat(planned.Blocks, reply.Blocks)
	}
	a.drain(b)
	if err := s.write(a, reply); err != nil {
		return err
	}
	if must && reply.Changed == nil {
		return exitError(exitFailed)
	}
	return nil
}

// The reply as JSON.
type (
	replyLine struct {
		Text     []blockLine `json:"text"`
		Revision *entryLine  `json:"revision,omitempty"`
		File     string      `json:"file,omitempty"`
	}
	blockLine struct {
		Kind string `json:"kind"`
		Text string `json:"text"`
		Link string `json:"link,omitempty"`
	}
	entryLine struct {
		Seq    int64  `json:"seq"`
		Fact   string `json:"fact"`
		Number int    `json:"number"`
		State  string `json:"state"`
	}
)

func (s *saying) write(a *app, r bot.Reply) error {
	if !s.JSON {
		if r.File != nil {
			_, err := a.out.Write(r.File.Data)
			return err
		}
		r.Choices = nil
		return terminal.Draw(a.out, r, terminal.StyleFor(a.out, a.getenv))
	}
	line := replyLine{Text: []blockLine{}}
	for _, b := range r.Blocks {
		line.Text = append(line.Text, blockLine{b.Kind.String(), b.Text, b.Link})
	}
	if c := r.Changed; c != nil {
		line.Revision = &entryLine{c.Seq, c.Fact, c.Number, string(c.State)}
	}
	if r.File != nil {
		line.File = string(r.File.Data)
	}
	return writeJSON(a.out, line)
}

// The commands of a community from a shell, beside those that only look into a pack.
type (
	addCommand struct {
		saying `embed:""`
		File   string `arg:"" help:"File with the fact as a JSON line, as export gives it; - reads standard input."`
		Reason string `help:"Why." placeholder:"TEXT"`
	}
	hideCommand struct {
		saying `embed:""`
		ID     string   `arg:"" help:"Id of the fact."`
		Reason []string `arg:"" optional:"" help:"Why."`
	}
	restoreCommand struct {
		saying   `embed:""`
		ID       string `arg:"" help:"Id of the fact."`
		Revision string `arg:"" optional:"" help:"Revision to bring back (r2, or r0 for the shared set's text)."`
	}
	historyCommand struct {
		saying `embed:""`
		ID     string `arg:"" help:"Id of the fact."`
	}
	undoCommand struct {
		saying `embed:""`
		Change int64 `arg:"" help:"Number of the change."`
	}
	pendingCommand struct {
		saying `embed:""`
	}
	approveCommand struct {
		saying   `embed:""`
		Proposal int64 `arg:"" help:"Number of the proposal."`
	}
	rejectCommand struct {
		saying   `embed:""`
		Proposal int64    `arg:"" help:"Number of the proposal."`
		Reason   []string `arg:"" help:"Why."`
	}
	importCommand struct {
		saying `embed:""`
		File   string `arg:"" help:"Pack of facts and sources as JSON lines; - reads standard input."`
	}
	logCommand struct {
		saying `embed:""`
	}
)

func (c *hideCommand) Run(a *app) error {
	return c.say(a, "/hide "+c.ID+" "+strings.Join(c.Reason, " "), nil, true)
}
func (c *restoreCommand) Run(a *app) error {
	return c.say(a, "/restore "+c.ID+" "+c.Revision, nil, true)
}
func (c *historyCommand) Run(a *app) error { return c.say(a, "/history "+c.ID, nil, false) }
func (c *undoCommand) Run(a *app) error {
	return c.say(a, fmt.Sprintf("/undo %d", c.Change), nil, true)
}
func (c *pendingCommand) Run(a *app) error { return c.say(a, "/pending", nil, false) }
func (c *approveCommand) Run(a *app) error {
	return c.say(a, fmt.Sprintf("/approve %d", c.Proposal), nil, true)
}
func (c *rejectCommand) Run(a *app) error {
	return c.say(a, fmt.Sprintf("/reject %d %s", c.Proposal, strings.Join(c.Reason, " ")), nil, true)
}
func (c *logCommand) Run(a *app) error { return c.say(a, "/log", nil, false) }

func (c *importCommand) Run(a *app) error {
	data, err := a.read(c.File)
	if err != nil {
		return err
	}
	if c.As == "" {
		return errNoAs
	}
	if err := c.say(a, "/import", data, false); err != nil {
		return err
	}
	return c.imported(a, data)
}

// imported fails where a file was not taken in: read again, it would still change something.
func (c *importCommand) imported(a *app, data []byte) (err error) {
	b, db, err := c.open(a, bot.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	plan, faults, err := b.Plan(a.ctx, bot.SpaceID(c.Space), data)
	if err != nil {
		return err
	}
	if len(faults)+len(plan.New)+len(plan.Changed) > 0 {
		return exitError(exitFailed)
	}
	return nil
}

// Run saves a new or changed fact, or proposes it where that takes a second moderator.
func (c *addCommand) Run(a *app) (err error) {
	if c.As == "" {
		return errNoAs
	}
	data, err := a.read(c.File)
	if err != nil {
		return err
	}
	b, db, err := c.open(a, bot.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	m, err := c.message(a, "")
	if err != nil {
		return err
	}
	var content facts.Content
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&content); err != nil || content.Fact == nil {
		return usageError(fmt.Sprintf(`the file holds no fact: write {"fact": {...}}, and "sources": [...] beside it for new ones (%v)`, err))
	}
	reply, err := b.Put(a.ctx, m, content, c.Reason)
	if err != nil {
		fmt.Fprintln(a.err, "testigo:", err)
	}
	a.drain(b)
	if err := c.write(a, reply); err != nil {
		return err
	}
	if reply.Changed == nil {
		return exitError(exitFailed)
	}
	return nil
}

// read reads a file, or standard input for "-", of at most bot.MaxFile bytes.
func (a *app) read(path string) ([]byte, error) {
	in := a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, bot.MaxFile+1))
	if err == nil && len(data) > bot.MaxFile {
		err = fmt.Errorf("%s is larger than the %d bytes that are read", path, bot.MaxFile)
	}
	return data, err
}
