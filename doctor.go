package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"testigo/adapters/discord"
	"testigo/adapters/telegram"
	"testigo/bot"
	"testigo/facts"
	"testigo/facts/packs"
	"testigo/facts/store"
)

type doctorCommand struct {
	DB      string `name:"db" help:"Database file (default: $$TESTIGO_DB, else ./testigo.db)." placeholder:"PATH"`
	Pack    string `help:"Pack that lies under what the communities changed." placeholder:"PATH"`
	Sources string `help:"Folder with the captured source texts, to hold the quotes against." placeholder:"DIR"`
	Offline bool   `help:"Ask no platform."`
}

// The words at the beginning of the lines.
const (
	lineOK    = "OK   "
	lineFault = "FAULT"
	lineNote  = "-    " // there is nothing to examine
)

// doctor examines one thing after the other and writes a line about each.
type doctor struct {
	*app
	*doctorCommand
	faults int
}

func (c *doctorCommand) Run(a *app) error {
	d := &doctor{app: a, doctorCommand: c}
	d.configuration()
	d.clock()
	d.zones()
	d.pack()
	d.database()
	d.discord()
	d.telegram()
	if d.faults > 0 {
		fmt.Fprintln(a.out, countOf(d.faults, "fault"))
		return exitError(exitFailed)
	}
	if a.config.Discord.Token.Reveal() == "" && a.config.Telegram.Token.Reveal() == "" {
		fmt.Fprintln(a.out, "all is well, but the bot would answer nobody: set TESTIGO_DISCORD_TOKEN or TESTIGO_TELEGRAM_TOKEN")
		return nil
	}
	fmt.Fprintln(a.out, "all is well")
	return nil
}

func (d *doctor) ok(what, format string, args ...any) {
	fmt.Fprintf(d.out, "%s %s: %s\n", lineOK, what, fmt.Sprintf(format, args...))
}

func (d *doctor) note(what, text string) { fmt.Fprintf(d.out, "%s %s: %s\n", lineNote, what, text) }

// fault says what is wrong, and what to do.
func (d *doctor) fault(what string, wrong any, todo string) {
	d.faults++
	fmt.Fprintf(d.out, "%s %s: %s\n      %s\n", lineFault, what, strings.ReplaceAll(strings.TrimPrefix(fmt.Sprint(wrong), what+": "), "\n", "\n      "), todo)
}

func (d *doctor) configuration() {
	if d.configFault != nil {
		d.fault("configuration", d.configFault, "Correct it; until then the rest is examined without it.")
		return
	}
	d.ok("configuration", "no fault")
}

// clock: entries of the log and daily posts go by this machine's clock.
func (d *doctor) clock() {
	now := time.Now()
	if made, err := time.Parse(time.RFC3339, thisBuild().date); err == nil && now.Before(made.Add(-24*time.Hour)) {
		d.fault("clock", fmt.Sprintf("it says %s, which is before this program was made", now.UTC().Format(time.RFC3339)), "Set the machine's clock, and let it be kept by NTP.")
		return
	}
	d.ok("clock", "%s", now.UTC().Format(time.RFC3339))
}

func (d *doctor) zones() {
	for _, name := range []string{"America/Mexico_City", "Europe/Madrid", "America/New_York"} {
		if _, err := time.LoadLocation(name); err != nil {
			d.fault("zone data", err, "Daily posts go by local time: ZONEINFO names a file that is none; unset it.")
			return
		}
	}
	d.ok("zone data", "there")
}

// pack checks what the bot answers from as verify does.
func (d *doctor) pack() {
	pack, err := d.app.pack(d.Pack)
	if d.Pack == "" && d.config.Pack == "" {
		pack, err = facts.LoadLines(shippedName, packs.Ayotzinapa())
	}
	if err != nil {
		d.fault("pack", err, "Correct the pack; testigo verify shows the same faults.")
		return
	}
	dir, err := textsIn(d.Sources)
	if err != nil {
		d.fault("pack", err, "Name the folder with the captured source texts.")
		return
	}
	report, faults := facts.Verify(pack, dir)
	if len(faults) > 0 {
		d.fault("pack", faults, "Correct the pack, or get the source texts it was made from.")
		return
	}
	d.ok("pack", "%s, %s of %s, %d of them held against their texts", pack.About.Name, countOf(report.Facts, "fact"), countOf(report.Quotes, "quote"), report.Checked)
}

// database examines the file, the chain of its log, and whether what the bot would answer is what the log says.
func (d *doctor) database() {
	path := d.app.database(d.DB)
	where := path
	info, err := os.Stat(path)
	if store.IsPostgres(path) {
		where, err = "PostgreSQL", nil
	} else if err == nil {
		where = fmt.Sprintf("%s, %d KiB", path, (info.Size()+1023)/1024)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			d.fault("database", err, "Make the folder, for the user that runs the bot, or name another file with --db or TESTIGO_DB.")
			return
		}
		d.note("database", path+" is not there; it is made when it is first needed")
		return
	}
	if err != nil {
		d.fault("database", err, "Let the program that runs the bot read and write the file and its folder.")
		return
	}
	db, err := store.Open(d.ctx, path, store.Options{})
	if err != nil {
		if store.IsPostgres(path) {
			d.fault("database", err, "See whether the server runs, lets this user in, and lets them make tables.")
			return
		}
		d.fault("database", err, "Where it is damaged: stop the bot and bring back a backup with testigo restore. Where it cannot be written: see the rights of the file and its folder, and the room on the disk.")
		return
	}
	defer db.Close() // nothing is left to be written
	const restoreIt = "Stop the bot and bring back a backup with testigo restore."
	switch fault, err := db.Examine(d.ctx); {
	case err != nil:
		d.fault("database", err, restoreIt)
		return
	case fault != "":
		d.fault("database", fault, restoreIt)
		return
	}
	d.ok("database", "%s, can be written", where)
	switch entries, fault, err := db.Verify(d.ctx); {
	case err != nil:
		d.fault("log", err, restoreIt)
	case fault != "":
		d.fault("log", fault, "Somebody or something changed the log from outside. Compare with a backup; testigo restore brings one back.")
	default:
		d.ok("log", "%s, the chain of hashes is whole", counted(entries, "entry", "entries"))
	}
	d.index(db)
}

// index builds what the bot answers from, as it would at its start, and compares that with the log.
func (d *doctor) index(db *store.DB) {
	const todo = "Start the bot again. Where that does not help, testigo facts log says who changed the fact last; undo that, and report it."
	pack, err := d.app.pack(d.Pack)
	if err != nil {
		d.note("index", "not examined, because the pack has faults")
		return
	}
	engine := facts.NewEngine(pack)
	if err := d.lay(engine, pack); err != nil {
		d.fault("index", err, "Correct the pack of the community.")
		return
	}
	b := bot.New(engine, bot.Options{Store: db})
	if err := b.Start(d.ctx); err != nil {
		d.fault("index", err, todo)
		return
	}
	n, wrong, err := compareWithLog(d.ctx, engine, db)
	switch {
	case err != nil:
		d.fault("index", err, todo)
	case wrong != "":
		d.fault("index", wrong, todo)
	default:
		d.ok("index", "%s that communities changed are as the log has them", countOf(n, "fact"))
	}
}

// compareWithLog holds what the engine has of every fact that was changed against the newest live entry of the log about it.
func compareWithLog(ctx context.Context, engine *facts.Engine, db *store.DB) (n int, wrong string, err error) {
	type key struct{ space, fact string }
	newest := map[key]facts.Revision{}
	for seq := int64(0); ; {
		const batch = 1000
		list, err := db.Since(ctx, seq, batch)
		if err != nil {
			return 0, "", err
		}
		if len(list) == 0 {
			break
		}
		for _, r := range list {
			if r.Live() && !strings.Contains(r.Fact, "/") { // those with one are settings and reviews
				newest[key{r.Space, r.Fact}] = r
			}
			seq = r.Seq
		}
	}
	for k, r := range newest {
		content, err := r.Content()
		if err != nil {
			return 0, "", err
		}
		hit, there := engine.Get(k.space, k.fact)
		switch {
		case r.State == facts.Hidden && there:
			wrong = "is hidden and would be answered"
		case r.State == facts.Hidden || content.Fact == nil:
			continue // where the set's own text is again, the set says what that is
		case !there || hit.Fact == nil:
			wrong = "is approved and would not be answered"
		case !sameJSON(hit.Fact, content.Fact):
			wrong = fmt.Sprintf("would be answered with another text than r%d", r.Number)
		default:
			continue
		}
		return 0, fmt.Sprintf("%s of the space %q %s", k.fact, k.space, wrong), nil
	}
	return len(newest), "", nil
}

func sameJSON(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

// platformWait is how long a platform may take to answer.
const platformWait = 15 * time.Second

// idleBot is a bot that is asked nothing, which adapters want.
func idleBot() *bot.Bot { return bot.New(facts.NewEngine(&facts.Pack{}), bot.Options{}) }

// asks reports whether a platform is to be asked, and notes why not.
func (d *doctor) asks(platform, token string) bool {
	switch {
	case token == "":
		d.note(platform, "there is no token")
	case d.Offline:
		d.note(platform, "not asked")
	default:
		return true
	}
	return false
}

// discord asks Discord about the token and the permissions.
func (d *doctor) discord() {
	token := d.config.Discord.Token.Reveal()
	if !d.asks("discord", token) {
		return
	}
	ctx, cancel := context.WithTimeout(d.ctx, platformWait)
	defer cancel()
	adapter, err := discord.New(discord.Options{Token: token, API: d.config.Discord.API}, idleBot())
	var s discord.Standing
	if err == nil {
		s, err = adapter.Check(ctx)
	}
	if err != nil {
		d.fault("discord", err, "Where the token is not accepted: make a new one at https://discord.com/developers/applications, under Bot. Else see whether this machine reaches discord.com.")
		return
	}
	for _, server := range s.Lacking {
		d.fault("discord", "it lacks permissions in "+server, "Give them to its role, or add it again with "+s.Invite)
	}
	if len(s.Lacking) == 0 {
		d.ok("discord", "%s (%s), in %s", s.Name, s.ID, countOf(s.Servers, "server"))
	}
}

// telegram asks Telegram about the token. In groups the bot needs no rights.
func (d *doctor) telegram() {
	token := d.config.Telegram.Token.Reveal()
	if !d.asks("telegram", token) {
		return
	}
	ctx, cancel := context.WithTimeout(d.ctx, platformWait)
	defer cancel()
	adapter, err := telegram.New(telegram.Options{Token: token, API: d.config.Telegram.API}, idleBot())
	who := ""
	if err == nil {
		who, err = adapter.Check(ctx)
	}
	if err != nil {
		d.fault("telegram", err, "Where the token is not known: @BotFather shows it under /mybots, API Token. Else see whether this machine reaches api.telegram.org.")
		return
	}
	d.ok("telegram", "%s", who)
}
