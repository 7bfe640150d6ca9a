package discord

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
	"testigo/cluster"
)

// Intents are what the bot asks the gateway for: messages in servers and in direct messages. Without the message content intent a message's
// text comes only where the bot is mentioned or written to directly, which is all it needs; commands, buttons and forms need no intent.
const Intents = discordgo.IntentGuildMessages | discordgo.IntentDirectMessages

// shard keeps one connection to the gateway. It opens, watches and closes the library's sessions itself, because the library would connect again
// for ever whatever the reason, and can hang while it opens. Each connection has a session of the library's own; what Discord's session is resumed by
// the shard keeps.
type shard struct {
	a      *Adapter
	id, of int
	held   *cluster.Held // nil: it is this process's in any case
	log    *slog.Logger
	resume *resumption // nil: identify anew

	// Of the connection being opened or standing:
	session *discordgo.Session
	gate    atomic.Pointer[gate]
	intake  *intake
	gone    <-chan struct{} // the library is done with it
}

func newShard(a *Adapter, id, of int) *shard {
	return &shard{a: a, id: id, of: of, log: a.log.With("shard", id)}
}

// fatalError ends the adapter: trying again is in vain or does harm.
type fatalError string

func (e fatalError) Error() string { return string(e) }

// run keeps the shard connected until ctx ends, another process keeps it, or Discord says that it never will be.
func (s *shard) run(ctx context.Context) error {
	tries := backoff{base: s.a.pace.reconnect, most: s.a.pace.reconnectMost}
	for stood := false; ; {
		resuming := s.resume != nil
		err := s.connect(ctx)
		if err == nil {
			began := time.Now()
			s.a.standing.Add(1)
			if stood {
				s.a.happened(bot.Reconnected)
			}
			err = s.stay(ctx)
			s.a.standing.Add(-1)
			stood = true
			// A resumed session costs nothing of the day's budget; a new one counts as good when it stood for a while.
			if resuming || time.Since(began) > s.a.pace.stable {
				tries.reset()
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		var closed closedError
		var fatal fatalError
		switch {
		case errors.Is(err, errNotOurs):
			s.log.Warn("discord: another process keeps this connection now")
			return nil
		case errors.As(err, &fatal):
			return fatal
		case errors.As(err, &closed) && closed.fatal() != "":
			return fatalError(closed.fatal())
		case lost(err):
			s.resume = nil
		}
		wait := tries.next()
		s.log.Info("discord: disconnected", "why", err, "again_in", wait.Round(time.Millisecond), "resume", s.resume != nil)
		if sleep(ctx, wait) != nil {
			return nil
		}
	}
}

// lost reports whether a connection ended in a way that its session cannot be resumed after.
func lost(why error) bool {
	var closed closedError
	errors.As(why, &closed)
	return errors.Is(why, errInvalidSession) || closed.code == 4003 || closed.code == 4007 || closed.code == 4009
}

// connect resumes the session there is, or identifies as a new one when the budget for that allows it.
func (s *shard) connect(ctx context.Context) error {
	if s.resume != nil {
		err := s.open(ctx)
		if err != nil {
			s.resume.URL = "" // should it not be there any more
			return err
		}
		s.log.Info("discord: connected again")
		return nil
	}
	bucket := s.a.bucketOf(s.id)
	if err := s.a.identify.open(ctx, bucket, func() error { return s.open(ctx) }); err != nil {
		return err
	}
	s.log.Info("discord: connected")
	return nil
}

// opening returns what is sent to open Discord's session, in the place of what identifies. Right before something is sent, the place of the connection
// among the others' counts: whether it still is this process's, and whose turn it is to identify.
func (s *shard) opening(ctx context.Context, resume *resumption, identify []byte) ([]byte, error) {
	if resume == nil {
		if err := s.a.identify.turn(ctx, identifyName, s.a.bucketOf(s.id)); err != nil {
			return nil, err
		}
	}
	if s.held != nil {
		still, err := s.held.Still(ctx)
		if err != nil {
			s.log.Warn("discord: whether another process keeps this connection cannot be asked", "err", err)
		} else if !still {
			return nil, errNotOurs
		}
	}
	if resume == nil {
		return identify, ctx.Err()
	}
	packet, err := resumePacket("Bot "+s.a.token, resume)
	return packet, errors.Join(err, ctx.Err())
}

// open makes a connection under a watchdog. The gate's deadlines end every wait that is known; should the library hang all the same, it is left behind.
func (s *shard) open(shard context.Context) error {
	ctx, cancel := context.WithCancel(shard)
	defer cancel()
	s.gate.Store(nil)
	if err := s.newSession(shard, ctx); err != nil {
		return err
	}
	opened := make(chan error, 1)
	session := s.session
	go func() { opened <- session.Open() }()
	watchdog := time.NewTimer(s.a.pace.open)
	defer watchdog.Stop()
	var err error
	select {
	case err = <-opened:
	case <-ctx.Done():
		err = s.interrupt(opened, ctx.Err())
	case <-watchdog.C:
		cancel()
		err = s.interrupt(opened, errors.New("opening took too long"))
	}
	g := s.gate.Load()
	if err == nil && g == nil {
		return errUnfinished
	}
	if err != nil {
		if g != nil {
			select {
			case <-g.ended:
				if g.why != errUnfinished {
					err = g.why // says more than the library's error
				}
			default:
			}
			_ = g.Close()
		}
		s.took()
	}
	return err
}

// took closes the connection's intake, and remembers how far its session came.
func (s *shard) took() {
	if at := s.intake.close(); at != nil {
		s.resume = at
	}
}

// interrupt closes the connection under an Open that is under way, which ends it, and returns why.
func (s *shard) interrupt(opened <-chan error, why error) error {
	late := time.After(s.a.pace.closing)
	for {
		if g := s.gate.Load(); g != nil {
			_ = g.Close()
		}
		select {
		case err := <-opened:
			if err == nil { // it opened in the last moment, on a connection that is closed now
				s.letGo(s.gate.Load())
			}
			return why
		case <-late:
			s.log.Error("discord: the library hangs; its session is left behind")
			return why
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stay waits until the connection ends. When ctx ends it ends the connection: where the shard is this process's in any case for good, so that Discord
// shows the bot as gone; where another process goes on with it so that its session can be resumed.
func (s *shard) stay(ctx context.Context) error {
	g := s.gate.Load()
	select {
	case <-g.ended:
		s.took()
		s.letGo(g)
		return g.why
	case <-ctx.Done():
	}
	if s.held == nil {
		g.final.Store(true)
		select {
		case <-s.closed():
		case <-time.After(s.a.pace.closing):
		}
		_ = g.Close()
		return ctx.Err()
	}
	s.took()
	s.letGo(g)
	return ctx.Err()
}

// letGo ends a connection, and has the adapter wait for the library to be done with it, which takes it a second.
func (s *shard) letGo(g *gate) {
	_ = g.Close()
	gone := s.gone
	s.a.closing.Go(func() {
		select {
		case <-gone:
		case <-time.After(s.a.pace.closing):
			s.log.Error("discord: the library does not let go of a closed connection; its session is left behind")
		}
	})
}

// closed closes the session, which takes the library a second, and tells when it is done.
func (s *shard) closed() <-chan struct{} {
	done := make(chan struct{})
	session := s.session
	go func() {
		defer close(done)
		_ = session.Close()
	}()
	return done
}
