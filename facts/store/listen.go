package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresNotify has the server tell whoever listens that the log's counter moved. The notice goes out when the change commits.
const postgresNotify = `
CREATE FUNCTION log_grew() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('testigo', ''); RETURN NULL; END $$;
CREATE TRIGGER log_grew AFTER UPDATE ON head FOR EACH STATEMENT EXECUTE FUNCTION log_grew();`

// How long to wait before connecting again, and how often to see whether a quiet connection still stands.
const (
	listenAgain = time.Second
	listenQuiet = 30 * time.Second
)

// listen calls hint for each notice of any store in the database, and after each time it has connected, until ctx ends. It needs a connection of
// its own. It says nothing of faults: who listens looks from time to time anyway.
func listen(ctx context.Context, config *pgx.ConnConfig, wait time.Duration, hint func()) {
	for ctx.Err() == nil {
		listenOnce(ctx, config, wait, hint)
		select {
		case <-ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}

func listenOnce(ctx context.Context, config *pgx.ConnConfig, wait time.Duration, hint func()) {
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return
	}
	defer func() {
		ended, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
		defer cancel()
		_ = c.Close(ended) // nothing was written
	}()
	if _, err := c.Exec(ctx, "LISTEN testigo"); err != nil {
		return
	}
	for ctx.Err() == nil && !c.IsClosed() {
		hint()
		quiet, cancel := context.WithTimeout(ctx, listenQuiet)
		_, err := c.WaitForNotification(quiet)
		cancel()
		if err == nil {
			continue
		}
		ping, cancel := context.WithTimeout(ctx, wait)
		err = c.Ping(ping)
		cancel()
		if err != nil {
			return
		}
	}
}
