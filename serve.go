package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"testigo/adapters/discord"
	"testigo/adapters/telegram"
	"testigo/bot"
	"testigo/cluster"
	"testigo/facts/store"
	"testigo/facts/watch"
	"testigo/ops"
)

type serveCommand struct {
	DB           string `name:"db" help:"Database: a file, made on first use, or postgres://user:password@host/database (default: $$TESTIGO_DB, else ./testigo.db)." placeholder:"DB"`
	Pack         string `help:"Pack that lies under what the communities changed." placeholder:"PATH"`
	Sources      string `help:"Folder with the captured source texts, to hold new quotes against." placeholder:"DIR"`
	RegisterOnly bool   `help:"Register the commands with the platforms and stop."`
	Shard        string `help:"Discord: be shard I of N, counted from 0, where several processes share the connections; without it this one keeps as many as Discord asks for." placeholder:"I/N"`
}

// adapter is the bot on a platform.
type adapter interface {
	// Run answers until ctx ends. Nothing runs on when it returns.
	Run(ctx context.Context) error
	// Register makes the platform's list of commands the bot's.
	Register(ctx context.Context) error
	// Connected reports whether questions come in.
	Connected() bool
	// Sending has the bot send what do makes it say, without taking anything in. It is in the place of Run.
	Sending(ctx context.Context, do func(context.Context) error) error
}

// platform is an adapter and what it is called.
type platform struct {
	name string
	adapter
}

// gcPercent is how much garbage may gather, in percent of what is in use, before it is collected. Most of what is in use is a set that never changes:
// with 20 the process has 56 MB resident where with Go's 100 it has 71, for a fifth more of the processor's time at a thousand questions a second and
// nothing to speak of at one. There is no memory limit beside it: one that fits this set would have the collector run all the time where communities
// add much of their own.
const gcPercent = 20

// gcStarting is the same until the indexes stand: most of what is made until then is garbage, but nobody should wait for its collection.
const gcStarting = 50

// stopFor is how long platforms may take for what is under way when they stop; with the jobs that are left it stays below stopWithin.
const stopFor = 4 * time.Second

func (c *serveCommand) Run(a *app) (err error) {
	a.serving = true
	level := &slog.LevelVar{}
	level.Set(ops.Level(a.config.Log.Level))
	log := ops.NewLog(a.err, a.config.Log.Format == "json", level)
	metrics := ops.NewMetrics(made(), discord.Platform, "telegram")
	over := community{DB: c.DB, Pack: c.Pack, Sources: c.Sources}
	b, db, err := over.open(a, bot.Options{Log: log, Observer: metrics})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var shared *cluster.Cluster
	if store.IsPostgres(a.database(c.DB)) { // a file is one machine's: there one process serves
		shared = cluster.New(db, a.config.Lease, log)
	}
	platforms, err := c.platforms(a, b, log, shared)
	if err != nil {
		return err
	}
	if len(platforms) == 0 {
		return usageError("there is no token for any platform: set TESTIGO_DISCORD_TOKEN or TESTIGO_TELEGRAM_TOKEN, or either with _FILE and the name of a file")
	}
	if c.RegisterOnly {
		return each(platforms, func(p platform) error { return p.Register(a.ctx) })
	}
	s := &server{app: a, bot: b, log: log, level: level, platforms: platforms, cluster: shared, pack: c.Pack, metrics: metrics, health: health(b, db, platforms)}
	return s.run(firstOf(c.DB, a.config.DB))
}

// server is the bot while it serves.
type server struct {
	*app
	bot       *bot.Bot
	log       *slog.Logger
	level     *slog.LevelVar
	platforms []platform
	cluster   *cluster.Cluster // nil where no other process is the same bot
	pack      string           // --pack
	metrics   *ops.Metrics
	health    *ops.Health
}

// run serves until the app's context ends. Then no more comes in, what is under way is finished, posts are settled, and what answers left to be
// done is done; only then does it return.
func (s *server) run(db string) error {
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	if s.getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(gcStarting))
	}
	// What answers leave to be done is done until the last platform has stopped; until then it also can be seen how things are.
	last, end := context.WithCancel(context.WithoutCancel(ctx))
	var working, lasting sync.WaitGroup
	defer lasting.Wait()
	defer end()
	s.metrics.Watch(s.bot.State, s.health, s.processes)
	if address := s.config.HTTP; address != "" {
		at, wait, err := ops.Serve(last, address, ops.Handler(s.health, s.metrics), s.log)
		if err != nil {
			return fmt.Errorf("http: %w", err)
		}
		lasting.Go(wait)
		s.log.Info("health and metrics are served", "address", at)
	}
	lasting.Go(func() { _ = s.bot.Run(last) })
	lasting.Go(func() { s.bot.Follow(last) })
	if s.cluster != nil {
		working.Go(func() { s.cluster.Run(ctx) })
	}
	working.Go(func() {
		_ = s.bot.WatchSources(ctx, func(ctx context.Context) ([]bot.SourceFinding, error) {
			return (&serveCommand{Pack: s.pack}).readSources(ctx, s.app, watch.Options{Agent: userAgent(), Cache: pageCache()})
		})
	})
	working.Go(func() { s.warm(ctx) })
	working.Go(func() { _ = s.bot.RunDaily(ctx) })
	working.Go(func() { s.reloads(ctx, db) })
	working.Go(func() {
		<-ctx.Done()
		s.health.Stop()
		s.log.Info("stopping")
	})
	// A platform that ends with an error does not take the others with it.
	err := each(s.platforms, func(p platform) error {
		err := p.Run(ctx)
		if err != nil {
			s.log.Error("a platform ended", "platform", p.name, "err", err)
		}
		return err
	})
	stop()
	working.Wait()
	return err
}

// processes is how many are the same bot, as far as is known.
func (s *server) processes() int {
	if s.cluster == nil {
		return 1
	}
	return len(s.cluster.Peers())
}

// warm builds the indexes, once the platforms are connected or took their time: it takes every processor for a moment. A question that is asked
// before waits for its index alone.
func (s *server) warm(ctx context.Context) {
	for range 30 {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return
		}
		if !slices.ContainsFunc(s.platforms, func(p platform) bool { return !p.Connected() }) {
			break
		}
	}
	s.bot.Warm()
	if s.getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	debug.FreeOSMemory() // building takes twice of what is kept
}

// reloads has the configuration and packs read again whenever the process is told to, until ctx ends.
func (s *server) reloads(ctx context.Context, db string) {
	told := make(chan os.Signal, 1)
	defer onReload(told)()
	remove, err := ops.Mark(mark(db))
	if err != nil {
		s.log.Warn("testigo reload will not find this process; SIGHUP does the same", "err", err)
	}
	defer remove()
	for {
		select {
		case <-told:
			s.reload(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// platforms makes the adapter of every platform that there is a token for.
func (c *serveCommand) platforms(a *app, b *bot.Bot, log *slog.Logger, shared *cluster.Cluster) ([]platform, error) {
	var list []platform
	if token := a.config.Discord.Token.Reveal(); token != "" {
		o := discord.Options{Token: token, API: a.config.Discord.API, Grace: stopFor, Log: log, Cluster: shared, Started: func(i discord.Info) {
			connections := countOf(i.Shards, "connection")
			if i.Shared {
				connections += " among all processes"
			}
			fmt.Fprintf(a.out, "discord: %s (%s), %s\nadd it to a server: %s\n", i.Name, i.ID, connections, i.Invite)
		}}
		var err error
		if o.Shard, o.Shards, err = shardOf(c.Shard); err != nil {
			return nil, err
		}
		d, err := discord.New(o, b)
		if err != nil {
			return nil, err
		}
		list = append(list, platform{discord.Platform, d})
	}
	if t := a.config.Telegram; t.Token.Reveal() != "" {
		o := telegram.Options{Token: t.Token.Reveal(), API: t.API, Webhook: telegram.Webhook{URL: t.Webhook, Listen: t.Listen}, Grace: stopFor, Log: log, Cluster: shared,
			Started: func(who string) { fmt.Fprintln(a.out, who) }}
		t, err := telegram.New(o, b)
		if err != nil {
			return nil, err
		}
		list = append(list, platform{"telegram", t})
	}
	return list, nil
}

// each does something with all platforms at once, waits for all and returns what went wrong.
func each(platforms []platform, do func(platform) error) error {
	errs := make([]error, len(platforms))
	var group sync.WaitGroup
	for i, p := range platforms {
		group.Go(func() { errs[i] = do(p) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// shardOf reads "i/n"; "" is 0 of 0.
func shardOf(s string) (shard, shards int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	i, n, ok := strings.Cut(s, "/")
	shard, err1 := strconv.Atoi(i)
	shards, err2 := strconv.Atoi(n)
	if !ok || err1 != nil || err2 != nil || shards < 1 || shard < 0 || shard >= shards {
		return 0, 0, usageError(fmt.Sprintf("--shard is %q: write 0/2 for the first of two", s))
	}
	return shard, shards, nil
}
