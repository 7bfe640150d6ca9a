package discord

import (
	"context"
	"io"
	"net"
	"net/http"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// newSession makes what the next connection needs. opening ends with the attempt to open it, ctx with the shard.
func (s *shard) newSession(ctx, opening context.Context) error {
	session, err := discordgo.New("Bot " + s.a.token)
	if err != nil {
		return err
	}
	s.intake = &intake{inbox: s.a.inbox, ours: func() bool { return s.held == nil || ctx.Err() == nil && s.held.Sure(ctx) }}
	url, resume := "", (*resumption)(nil)
	if s.resume != nil {
		at := *s.resume
		resume, s.intake.at = &at, at
		if sameGateway(s.a.gatewayURL(), at.URL) {
			url = at.URL
		}
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
	session.Client = &http.Client{Timeout: s.a.pace.handshake, Transport: gatewayAt{url, bound{opening, s.a.rest.transport}}}
	dial := func(secure bool) func(context.Context, string, string) (net.Conn, error) {
		return func(dialing context.Context, network, addr string) (net.Conn, error) {
			g, err := dialGate(dialing, network, addr, secure, s.a.pace.handshake, func(packet []byte) ([]byte, error) { return s.opening(opening, resume, packet) })
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
	intake := s.intake
	session.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { intake.take(e) })
	gone := make(chan struct{}, 1)
	s.gone = gone
	session.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		select {
		case gone <- struct{}{}:
		default:
		}
	})
	s.session = session
	return nil
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
