package discord

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// Intents are what the bot asks the gateway for: messages in servers and in direct messages. Without the message content intent a message's
// text comes only where the bot is mentioned or written to directly, which is all it needs; commands, buttons and forms need no intent.
const Intents = discordgo.IntentGuildMessages | discordgo.IntentDirectMessages

// shard keeps one connection to the gateway. It opens, watches and closes the library's sessions itself, because the library would connect again
// for ever whatever the reason, and can hang while it opens.
type shard struct {
	a       *Adapter
	id, of  int
	log     *slog.Logger
	gate    atomic.Pointer[gate] // of the connection being opened or standing
	session *discordgo.Session   // nil: identify anew
	gone    chan struct{}        // the library is done with a connection of the session
	closing sync.WaitGroup       // sessions that are left, while the library closes them
}

func newShard(a *Adapter, id, of int) *shard {
	return &shard{a: a, id: id, of: of, log: a.log.With("shard", id)}
}

// fatalError ends the adapter: trying again is in vain or does harm.
type fatalError string

func (e fatalError) Error() string { return string(e) }

// run keeps the shard connected until ctx ends or Discord says that it never will be.
func (s *shard) run(ctx context.Context) error {
	defer s.closing.Wait()
	tries := backoff{base: s.a.pace.reconnect, most: s.a.pace.reconnectMost}
	for {
		resuming := s.session != nil
		err := s.connect(ctx)
		if err == nil {
			began := time.Now()
			err = s.stay(ctx)
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
		case errors.As(err, &fatal):
			return fatal
		case errors.As(err, &closed) && closed.fatal() != "":
			return fatalError(closed.fatal())
		case lost(err):
			s.session = nil
		}
		wait := tries.next()
		s.log.Info("discord: disconnected", "why", err, "again_in", wait.Round(time.Millisecond), "resume", s.session != nil)
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

// connect opens a session: the one there is, to resume it, or a new one when the budget for identifying allows it.
func (s *shard) connect(ctx context.Context) error {
	if s.session == nil {
		session, err := s.newSession(ctx)
		if err != nil {
			return err
		}
		s.session = session
		if err := s.a.identify.open(ctx, func() error { return s.open(ctx) }); err != nil {
			s.session = nil // nothing stands yet that could be resumed
			return err
		}
		s.log.Info("discord: connected")
		return nil
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	s.log.Info("discord: connected again")
	return nil
}

func (s *shard) newSession(ctx context.Context) (*discordgo.Session, error) {
	session, err := discordgo.New("Bot " + s.a.token)
	if err != nil {
		return nil, err
	}
	session.LogLevel = -1 // its log goes to a logger of the whole process, and can hold the token
	session.ShouldReconnectOnError = false
	session.ShouldReconnectVoiceOnSessionError = false
	session.ShouldRetryOnRateLimit = false
	session.MaxRestRetries = 0
	session.StateEnabled = false
	session.Compress = false // the gate looks at the packets
	session.SyncEvents = true
	session.Identify.Intents = Intents
	session.ShardID, session.ShardCount = s.id, s.of
	session.Client = &http.Client{Timeout: s.a.pace.handshake, Transport: bound{ctx, s.a.rest.transport}}
	dial := func(secure bool) func(context.Context, string, string) (net.Conn, error) {
		return func(dialing context.Context, network, addr string) (net.Conn, error) {
			g, err := dialGate(dialing, network, addr, secure, s.a.pace.handshake)
			if err != nil {
				return nil, err
			}
			s.gate.Store(g)
			return g, nil
		}
	}
	session.Dialer = &websocket.Dialer{HandshakeTimeout: s.a.pace.handshake, NetDialContext: dial(false), NetDialTLSContext: dial(true)}
	// One handler for everything, in the library's own goroutine: it only puts the raw event into a queue, because some events arrive while
	// the library holds its lock, and because what the library decodes may be half decoded.
	session.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { s.a.inbox.receive(e.Type, e.RawData) })
	gone := make(chan struct{}, 1)
	s.gone = gone
	session.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		select {
		case gone <- struct{}{}:
		default:
		}
	})
	return session, nil
}

// bound ends a request with a context of its own, because the library gives its requests none.
type bound struct {
	ctx  context.Context
	next http.RoundTripper
}

func (b bound) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(b.ctx, cancel)
	defer stop()
	response, err := b.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	response.Body = cancelling{response.Body, cancel}
	return response, nil
}

// cancelling is a body that lets go of its request's context when it is closed.
type cancelling struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c cancelling) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

// open opens the session under a watchdog. The gate's deadlines end every wait that is known; should the library hang all the same, the
// session is left behind.
func (s *shard) open(ctx context.Context) error {
	s.gate.Store(nil)
	select {
	case <-s.gone:
	default:
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
		err = s.interrupt(opened, errors.New("opening took too long"))
	}
	g := s.gate.Load()
	if err == nil && g == nil {
		return errUnfinished
	}
	if err != nil && g != nil {
		select {
		case <-g.ended:
			if g.why != errUnfinished {
				err = g.why // says more than the library's error
			}
		default:
		}
		_ = g.Close()
	}
	return err
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
				select {
				case <-s.closed():
				case <-late:
				}
			}
			return why
		case <-late:
			s.log.Error("discord: the library hangs; its session is left behind")
			s.session = nil
			return why
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stay waits until the connection ends, and for the library to be done with it where its session is to be resumed. When ctx ends it closes the
// session.
func (s *shard) stay(ctx context.Context) error {
	g := s.gate.Load()
	select {
	case <-g.ended:
		gone := s.gone
		if lost(g.why) {
			s.closing.Go(func() { s.letGo(g, gone) })
		} else if !s.letGo(g, gone) {
			s.session = nil
		}
		return g.why
	case <-ctx.Done():
		g.final.Store(true)
		select {
		case <-s.closed():
		case <-time.After(s.a.pace.closing):
		}
		_ = g.Close()
		return ctx.Err()
	}
}

// letGo waits for the library to be done with a connection that ended, which takes it a second, and reports whether it is.
func (s *shard) letGo(g *gate, gone <-chan struct{}) bool {
	defer func() { _ = g.Close() }()
	select {
	case <-gone:
		return true
	case <-time.After(s.a.pace.closing):
		s.log.Error("discord: the library does not let go of a closed connection; its session is left behind")
		return false
	}
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
