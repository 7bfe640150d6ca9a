// Testigo ("witness") answers questions in community channels with facts that people curated, each with its sources' own words
// attached. No model writes a word of it; where it has no sourced fact, it says so.
//
// # A tour
//
// Read in this order:
//
//   - facts/facts.go: the words everything is said in (source, quote, fact, position, pack).
//   - facts/load.go, lines.go, validate.go, verify.go: a pack is read from files people edit, checked whole, and its quotes are held against the
//     captured source texts. facts/link.go makes the links that open a source at a quote.
//   - facts/lookup: the search core. It knows strings and ids, not facts. index.go holds it together; a text is brought to words
//     (analyze.go, numbers.go), facts are read and filed (read.go, vocabulary.go, segment.go, statistics.go), a question is
//     analysed (question.go, concepts.go, spelling.go), candidates are collected (collect.go) and compared closely (compare.go, neighbours.go), and
//     search.go and confidence.go say which is best and how sure that is. titles.go completes what is being typed,
//     ranks.go and wordlist.go keep much in little memory.
//   - facts/engine.go: Ask, over one immutable view (view.go) behind an atomic pointer; facts/guard.go: what it refuses though the words fit,
//     and asks.go: what a question asks to be told, and whether a fact was meant to be asked that.
//     A space's view lies over the shared one (shelf.go) and can be checked against (overlay.go).
//   - facts/revision.go, community.go: what a community changes and what is remembered of it. facts/store keeps that: store.go is the contract,
//     storetest what every implementation must do. The tables are schema.sql and schema.go, open.go opens and wraps, log.go, people.go, gaps.go,
//     drafts.go, deliveries.go, posts.go, leases.go and paces.go keep things, moved.go numbers what changes outside of the log, verify.go walks the chain
//     of hashes, backup.go copies a file, copy.go and sum.go to another database. dialect.go says what differs between databases: sqlite.go is one,
//     postgres.go the other. changes.go tells when the log has grown (listen.go: sooner). pgtest gives tests a real PostgreSQL, and a proxy that cuts
//     it off.
//   - cluster: several processes are one bot over one database: keep.go holds a lease and does its work, share.go spreads numbered pieces evenly, pace.go
//     keeps all of them together to what a platform allows.
//   - bot: a Message in, a Reply out (message.go, block.go). bot.go handles, commands.go is the command table, rights.go the one place where rights
//     are checked, render.go the one renderer, words*.go the bot's own sentences. follow.go takes in what any process changed: ledger.go the log, into
//     the engine, openforms.go who has a form open, channels.go what is set for channels. Forms are pages of fields (fields.go, checks.go) that fill a
//     draft (draft.go, form.go), which becomes a fact (build.go) and is saved (save.go); moderate.go, review.go, gaps.go, transfer.go, settings.go and personal.go are the other commands; diff.go says what changed. What nobody
//     waits for is done in the background (background.go): gaps counted, answers corrected, outcomes told (notices.go). observe.go tells what
//     happens, reload.go takes over another set; store.go is what it needs kept.
//     Daily posts: schedule.go says what is due and picks the fact, daily.go posts it once, dailycommand.go is the command, agenda.go looks at a year,
//     bot/card draws the picture: card.go says what, letters.go in which letters, layout.go where, paint.go puts it there.
//   - adapters/terminal: draws replies as text and holds a conversation.
//   - adapters/discord: the bot on Discord. adapter.go holds it together; gate.go, shard.go, session.go and transport.go fence the library, opening.go and
//     resume.go open its sessions, share.go shares them with other processes, inbox.go takes events, messages.go and interactions.go answer them,
//     render.go draws, send.go, attach.go and pin.go post. discordtest is a double of Discord, adaptertest what every adapter must do.
//   - adapters/telegram: the bot on Telegram. adapter.go holds it together; client.go fences the library; updates.go, webhook.go and lanes.go take
//     updates, turn.go by turns where there are several processes, pace.go paces what they send together; address.go, who.go and rights.go make
//     messages of updates, handle.go, press.go and inline.go answer, render.go and markup.go draw, deliver.go, queue.go and outcome.go send.
//     telegramtest is a double of the Bot API.
//   - serve.go, community.go, migrate.go, daily.go, ask.go, pack.go, lookup.go, configure.go: the commands of this program; serve runs every platform that there is a
//     token for. keep.go backs the database up and restores it, doctor.go examines everything, health.go and version.go are for containers; pack.go
//     re-reads the sources' addresses with facts/watch. process_test.go runs it as a process, setup_test.go as the README says.
//   - config: defaults, a file, the environment: keys.go is the table of what can be set, read.go reads, example.yaml shows all.
//   - ops: for those who run it. metrics.go counts what bot/observe.go tells, health.go serves that and whether all is well, redact.go is the last
//     filter of the log, pid.go finds running processes. A reload runs: SIGHUP, config.Load, bot.Reload (reload.go), facts.Engine.Replace (replace.go).
//   - docs/pictures: draws the documentation's pictures of both platforms from what is really sent; pictures_test.go takes them.
//   - facts/packs: the set that ships, as files to edit and embedded; facts/packs/ayotzinapa/README.md says how it was made.
//   - bench: a module of its own with the peers that the search core is measured against, and the program that fits its weights.
//
// A question runs: adapter, bot.Handle, facts.Engine.Ask, lookup.Index.Search, guard, bot.Render, adapter. A change runs: bot.Handle, rights, form,
// facts.Engine.Check, store.Append, ledger, facts.Engine.Put, notices. This file only wires.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // daily posts know every time zone, also where the machine knows none

	"github.com/alecthomas/kong"

	"testigo/config"
	"testigo/facts"
	"testigo/facts/packs"
	"testigo/ops"
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		select {
		case <-signals:
		case <-time.After(stopWithin):
			fmt.Fprintln(os.Stderr, "testigo: what was under way did not end in time")
		}
		os.Exit(exitCut)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// stopWithin is how long what is under way may take after a signal to stop. A second signal does not wait for it.
const stopWithin = 10 * time.Second

// Exit codes.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3 // with ask --exit-code
	exitCut     = 4 // a second signal, or stopWithin, ended it before it was done
)

// shippedName is what faults call the set inside the program.
const shippedName = "ayotzinapa.jsonl"

// commands is the command line, as kong reads it.
type commands struct {
	Config string `help:"Configuration file (default: $$TESTIGO_CONFIG, else ./testigo.yaml where it is)." placeholder:"FILE"`

	Ask    askCommand    `cmd:"" help:"Answer a question, or with --batch a stream of them."`
	Chat   chatCommand   `cmd:"" help:"Hold a conversation, with the commands of a channel."`
	Serve  serveCommand  `cmd:"" help:"Run the bot on every platform that there is a token for."`
	Verify verifyCommand `cmd:"" help:"Check a pack, and its quotes against the captured source texts."`
	Facts  factsCommand  `cmd:"" help:"Look into a pack or a community's facts, and change those."`
	Daily  dailyCommand  `cmd:"" help:"Show, or for cron make, the daily posts of a date."`

	Migrate migrateCommand `cmd:"" help:"Copy a database to another: a file to PostgreSQL."`

	Calendar calendarCommand `cmd:"" help:"Print a year: which dates matter, and which facts there are for them."`

	Setup  configCommand `cmd:"" name:"config" help:"Check a configuration, or print one to begin with."`
	Reload reloadCommand `cmd:"" help:"Have the running bot read its configuration and packs again."`

	Lookup lookupCommand `cmd:"" help:"The search core alone, over bare records, for measuring it."`

	Backup      backupCommand      `cmd:"" help:"Copy the database to a new file, while the bot runs."`
	Restore     restoreDBCommand   `cmd:"" help:"Put a backup in the place of the database, while the bot is stopped."`
	Doctor      doctorCommand      `cmd:"" help:"Examine everything the bot needs, and say what to do about what is wrong."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask the running bot whether it is ready; for containers."`
	Version     versionCommand     `cmd:"" help:"Say what this program was built from."`
}

// app is what commands run with.
type app struct {
	ctx         context.Context
	file        string // --config
	config      config.Config
	configFault error // only of withoutConfig
	serving     bool  // for many at once, of whom one must not keep the others waiting
	getenv      func(string) string
	in          io.Reader
	out, err    io.Writer
}

// withoutConfig are the commands that run though the configuration has faults.
var withoutConfig = []string{"doctor", "version", "healthcheck"}

// exitError ends a command with a code and no message: what there is to say was said.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// usageError is a wrong use found after the command line was read.
type usageError string

func (e usageError) Error() string { return string(e) }

// run is the program: it reads the command line, runs the command and returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, errOut io.Writer) int {
	var c commands
	helped := false
	parser, err := kong.New(&c, kong.Name("testigo"),
		kong.Description("Answers questions with curated facts, each with its sources' own words."),
		kong.Writers(out, errOut), kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errOut, "testigo:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if helped {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(errOut, "testigo: %v (testigo --help shows how)\n", err)
		return exitUsage
	}
	a := &app{ctx: ctx, file: c.Config, getenv: getenv, in: in, out: out, err: errOut}
	if !strings.HasPrefix(parsed.Command(), "config ") { // those read it themselves
		a.config, a.configFault = config.Load(a.file, getenv)
	}
	// Behind this no secret gets out, whoever logs it or holds it in an error.
	a.err = ops.NewRedactor(a.config.Discord.Token.Reveal(), a.config.Telegram.Token.Reveal()).Writer(errOut)
	if a.configFault != nil && !slices.Contains(withoutConfig, parsed.Command()) {
		return exitCode(a.configFault, a.err)
	}
	return exitCode(parsed.Run(a), a.err)
}

func exitCode(err error, errOut io.Writer) int {
	var code exitError
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage):
		fmt.Fprintf(errOut, "testigo: %v\n", usage)
		return exitUsage
	}
	var settings config.Faults
	if errors.As(err, &settings) {
		fmt.Fprintf(errOut, "%v\ntestigo: %s in the configuration\n", settings, countOf(len(settings), "fault"))
		return exitFailed
	}
	var faults facts.Faults
	if errors.As(err, &faults) {
		fmt.Fprintf(errOut, "%v\ntestigo: %s in the pack; nothing was answered from it\n", faults, countOf(len(faults), "fault"))
		return exitFailed
	}
	fmt.Fprintf(errOut, "testigo: %v\n", err)
	return exitFailed
}

// countOf is "1 fault" or "2 faults".
func countOf(n int, what string) string { return counted(n, what, what+"s") }

// counted is "1 entry" or "2 entries".
func counted[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// pack loads the pack at path, else the configured one, else the one that ships.
func (a *app) pack(path string) (*facts.Pack, error) {
	if path == "" {
		path = a.config.Pack
	}
	if path == "" {
		return facts.LoadChecked(shippedName, packs.Ayotzinapa())
	}
	return facts.Load(path)
}

// engine makes the engine for a pack, with the view of the space laid over it where one is named.
func (a *app) engine(path, space string) (*facts.Engine, error) {
	pack, err := a.pack(path)
	if err != nil {
		return nil, err
	}
	if space != "" {
		if _, ok := a.config.Spaces[space]; !ok {
			return nil, usageError(fmt.Sprintf("there is no space %q; the configuration has %s", space, namesOf(a.config.Spaces)))
		}
	}
	engine := facts.NewEngine(pack)
	if space == "" {
		return engine, nil
	}
	change := facts.Change{Hide: a.config.Spaces[space].Hide}
	if over := a.config.Spaces[space].Pack; over != "" {
		own, err := facts.LoadOver(over, pack)
		if err != nil {
			return nil, err
		}
		change.Put, change.Pointers, change.Sources = own.Facts, own.Pointers, own.Sources
	}
	engine.Put(space, change)
	return engine, nil
}
