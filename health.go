package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"testigo/bot"
	"testigo/facts/store"
	"testigo/ops"
)

// defaultHTTP is where serve answers about its health where nothing else is set: on this machine only.
const defaultHTTP = "127.0.0.1:8080"

// healthcheckCommand lets a container without a shell or curl ask how the bot in it is.
type healthcheckCommand struct {
	HTTP string `name:"http" help:"Address of the running bot's health (default: $$TESTIGO_HTTP, else 127.0.0.1:8080)." placeholder:"HOST:PORT"`
}

// healthWait is how long an answer may take; Docker's own limit in the Dockerfile lies above it.
const healthWait = 3 * time.Second

func (c *healthcheckCommand) Run(a *app) error {
	url, err := healthURL(firstOf(c.HTTP, a.config.HTTP, a.getenv("TESTIGO_HTTP"), defaultHTTP))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(a.ctx, healthWait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	// No proxy: what is asked is on this machine.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("healthcheck: the bot does not answer there; it does where http, or TESTIGO_HTTP, is set for it: %w", err)
	}
	defer response.Body.Close()
	const most = 4096
	body, err := io.ReadAll(io.LimitReader(response.Body, most))
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	text := strings.TrimSpace(string(body))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("healthcheck: not ready (HTTP %d): %s", response.StatusCode, text)
	}
	fmt.Fprintln(a.out, firstOf(text, "ready"))
	return nil
}

const (
	// writeFor is how long a check waits for something to be written; what is left of its time is for finding out whether it can be read.
	writeFor = time.Second
	// behindFor is how long it may not be seen what other processes change before answers count as out of date.
	behindFor = 10 * time.Second
)

// health is what has to work for the bot to answer, and to keep what it is told. What it says is for anybody: errors, which the log has, can hold paths.
func health(b *bot.Bot, db *store.DB, platforms []platform) *ops.Health {
	answering := map[string]ops.Check{
		"pack": func(context.Context) (string, bool) {
			n := b.State().Facts
			return countOf(n, "fact"), n > 0
		},
	}
	for _, p := range platforms {
		answering[p.name] = func(context.Context) (string, bool) {
			if !p.Connected() {
				return "not connected", false
			}
			return "connected", true
		}
	}
	return ops.NewHealth(answering, map[string]ops.Check{
		"database": func(ctx context.Context) (string, bool) { return databaseState(ctx, db) },
		"log":      func(context.Context) (string, bool) { return logState(b.State().Behind) },
	})
}

func logState(behind time.Duration) (string, bool) {
	if behind > behindFor {
		return fmt.Sprintf("behind: changes of the others not seen for %d s", int(behind.Seconds())), false
	}
	return "followed", true
}

func databaseState(ctx context.Context, db *store.DB) (string, bool) {
	hurried, cancel := context.WithTimeout(ctx, writeFor)
	defer cancel()
	switch {
	case db.Writable(hurried) == nil:
		return "writable", true
	case db.Readable(ctx) == nil:
		return "read-only, full or locked: questions are answered, changes are refused", false
	}
	return "away: questions are answered, changes are refused", false
}

// healthURL is where to ask. An address that listens everywhere is asked on this machine.
func healthURL(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", usageError(fmt.Sprintf("the address of the bot's health is %q: write host:port, for example %s", address, defaultHTTP))
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return "http://" + net.JoinHostPort(host, port) + "/readyz", nil
}
