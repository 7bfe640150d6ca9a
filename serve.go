package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"testigo/adapters/discord"
	"testigo/bot"
)

type serveCommand struct {
	DB           string `name:"db" help:"Database: a file, made on first use, or postgres://user:password@host/database (default: $$TESTIGO_DB, else ./testigo.db)." placeholder:"DB"`
	Pack         string `help:"Pack that lies under what the communities changed." placeholder:"PATH"`
	Sources      string `help:"Folder with the captured source texts, to hold new quotes against." placeholder:"DIR"`
	RegisterOnly bool   `help:"Register the commands with the platforms and stop."`
	Shard        string `help:"Discord: be shard I of N, counted from 0, where several processes share the connections; without it this one keeps as many as Discord asks for." placeholder:"I/N"`
}

// How often one may ask where many do: a person, and a channel.
var serveLimits = bot.Limits{PerPerson: bot.Limit{PerMinute: 20, Burst: 10}, PerChannel: bot.Limit{PerMinute: 60, Burst: 30}}

// adapter is the bot on a platform.
type adapter interface {
	// Run answers until ctx ends. Nothing runs on when it returns.
	Run(ctx context.Context) error
	// Register makes the platform's list of commands the bot's.
	Register(ctx context.Context) error
}

// platform is an adapter and what it is called.
type platform struct {
	name string
	adapter
}

func (c *serveCommand) Run(a *app) (err error) {
	log := slog.New(slog.NewTextHandler(a.err, nil))
	over := community{DB: c.DB, Pack: c.Pack, Sources: c.Sources}
	b, db, err := over.open(a, bot.Options{Limits: serveLimits, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	platforms, err := c.platforms(a, b, log)
	if err != nil {
		return err
	}
	if len(platforms) == 0 {
		return usageError("there is no token for any platform: set TESTIGO_DISCORD_TOKEN or TESTIGO_DISCORD_TOKEN_FILE")
	}
	if c.RegisterOnly {
		return each(platforms, func(p platform) error { return p.Register(a.ctx) })
	}
	// What answers leave to be done is done until the last platform has stopped.
	background, stop := context.WithCancel(context.WithoutCancel(a.ctx))
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	group.Go(func() { _ = b.Run(background) })
	group.Go(func() { b.Follow(background) })
	// A platform that ends with an error does not take the others with it.
	return each(platforms, func(p platform) error {
		err := p.Run(a.ctx)
		if err != nil {
			log.Error("a platform ended", "platform", p.name, "err", err)
		}
		return err
	})
}

// platforms makes the adapter of every platform that there is a token for.
func (c *serveCommand) platforms(a *app, b *bot.Bot, log *slog.Logger) ([]platform, error) {
	var list []platform
	if token := a.config.Discord.Token.Reveal(); token != "" {
		o := discord.Options{Token: token, API: a.config.Discord.API, Grace: 4 * time.Second, Log: log, Started: func(i discord.Info) {
			fmt.Fprintf(a.out, "discord: %s (%s), %s\nadd it to a server: %s\n", i.Name, i.ID, countOf(i.Shards, "connection"), i.Invite)
		}}
		var err error
		if o.Shard, o.Shards, err = shardOf(c.Shard); err != nil {
			return nil, err
		}
		d, err := discord.New(o, b)
		if err != nil {
			return nil, err
		}
		list = append(list, platform{"discord", d})
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
