package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"testigo/config"
	"testigo/facts"
	"testigo/ops"
)

type configCommand struct {
	Check   configCheck   `cmd:"" help:"Say everything that is wrong with the configuration and its packs, each with its line."`
	Example configExample `cmd:"" help:"Print a configuration file with every key, commented."`
}

type configExample struct{}

func (configExample) Run(a *app) error {
	_, err := io.WriteString(a.out, config.Example)
	return err
}

type configCheck struct {
	File string `arg:"" optional:"" help:"File to check (default: the one that would be read)."`
}

func (c *configCheck) Run(a *app) error {
	read, err := a.reread(firstOf(c.File, a.file))
	if err != nil {
		return err
	}
	engine, err := read.laid("")
	if err != nil {
		return err
	}
	if err := read.hidden(engine); err != nil {
		return err
	}
	if _, err := textsIn(read.config.Sources); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s: nothing is wrong (%s, %s)\n", firstOf(read.config.File, "no file, the environment and defaults"),
		counted(engine.Size(), "fact or pointer", "facts and pointers"), countOf(len(read.config.Spaces), "space"))
	return err
}

// reread returns the app with its configuration read anew.
func (a *app) reread(file string) (*app, error) {
	fresh := *a
	var err error
	fresh.config, err = config.Load(file, a.getenv)
	return &fresh, err
}

// hidden finds ids that a space hides and that there are not.
func (a *app) hidden(engine *facts.Engine) error {
	var faults config.Faults
	for name, s := range a.config.Spaces {
		for _, id := range s.Hide {
			if _, ok := engine.Get("", id); !ok {
				faults = append(faults, config.Fault{File: a.config.File, Text: fmt.Sprintf("spaces: %s hides %q, which is no fact of the set", name, id)})
			}
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

type reloadCommand struct {
	DB string `name:"db" help:"Database of the running bot (default: $$TESTIGO_DB, else ./testigo.db)." placeholder:"PATH"`
}

// Run tells every process that serves the database, after it has found nothing wrong with what they will read.
func (c *reloadCommand) Run(a *app) error {
	if _, err := a.laid(""); err != nil {
		return err
	}
	path := firstOf(c.DB, a.config.DB)
	pids, err := ops.Serving(mark(path))
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	if len(pids) == 0 {
		return fmt.Errorf("reload: no running bot has the database %s", mark(path))
	}
	var errs []error
	for _, pid := range pids {
		if err := tellReload(pid); err != nil {
			errs = append(errs, fmt.Errorf("reload: process %d: %w", pid, err))
			continue
		}
		fmt.Fprintf(a.out, "process %d reads its configuration and packs again; its log says how that went\n", pid)
	}
	return errors.Join(errs...)
}

// reload reads the configuration and the packs again and takes over what may change while the bot runs. Where anything is wrong with them, all
// stays as it is.
func (s *server) reload(ctx context.Context) {
	fresh, err := s.reread(s.file)
	var engine *facts.Engine
	if err == nil {
		engine, err = fresh.laid(s.pack)
	}
	if err == nil {
		err = s.bot.Reload(ctx, engine, fresh.live())
	}
	if err != nil {
		s.log.Error("nothing was reloaded: the configuration and the set from before stay in force", "err", err)
		return
	}
	s.level.Set(ops.Level(fresh.config.Log.Level))
	state := s.bot.State()
	s.log.Info("reloaded", "facts", state.Facts, "spaces", state.Spaces, "revision", state.Revision)
	if names := config.Changed(&s.config, &fresh.config); len(names) > 0 {
		s.log.Warn("some of what was changed needs a restart", "keys", names)
	}
}
