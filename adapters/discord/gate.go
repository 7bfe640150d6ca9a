package discord

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// What ends a gateway connection, besides the network.
var (
	errReconnectAsked = errors.New("discord asks to reconnect")
	errInvalidSession = errors.New("discord knows this session no more")
	errUnfinished     = errors.New("the connection was closed")
)

// closedError is a close frame from Discord.
type closedError struct {
	code   int
	reason string
}

func (e closedError) Error() string {
	return fmt.Sprintf("discord closed with %d %s", e.code, e.reason)
}

// fatal says what is wrong where connecting again can never help
// (https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes); "" where it can.
func (e closedError) fatal() string {
	switch e.code {
	case 4004:
		return "discord does not accept the token: it was reset, or it is another application's"
	case 4010:
		return "discord does not accept the shard number: see --shard"
	case 4011:
		return "discord asks for more shards: this bot is in too many servers for this number; leave --shard out, or where processes share the connections stop all of them for a minute"
	case 4012:
		return "discord no longer speaks the version of the gateway that this program speaks"
	case 4013, 4014:
		return "discord does not allow the intents this program asks for"
	}
	return ""
}

// gate is the network connection under the library's websocket. It looks at the gateway's packets before the library does, and turns those that
// the library mishandles into read errors, which it handles well:
//
//   - asked to reconnect (op 7): the library would close from inside Open with its lock held, and hang for ever;
//   - an invalid session (op 9): it would identify again at once on the same connection, outside of every budget;
//   - a heartbeat's answer (op 11) before the session stands: it would lock its own lock.
//
// Every read has a deadline, so that nothing waits for a silent server: first the patience of a handshake, after the server said how often it
// wants heartbeats a little over two of these. A close frame of the library's is kept back unless the adapter stops for good, because its code 1000
// tells Discord to forget the session and what happened since. The packet that opens the session is the adapter's to decide (see opening.go).
type gate struct {
	net.Conn
	in       *bufio.Reader
	upgraded bool
	pending  []byte // seen and not yet read by the library
	left     int    // bytes of a large frame to pass through unseen
	standing bool   // the first event came
	opened   bool   // the session's first packet was sent
	// opening returns what is sent in the place of the packet that identifies. It may wait; its error ends the connection.
	opening func(packet []byte) ([]byte, error)

	patience atomic.Int64 // time.Duration
	final    atomic.Bool  // let the close frame through
	once     sync.Once
	ended    chan struct{}
	why      error // once ended is closed
}

// Bounds of what the gate looks at.
const (
	gateBuffer  = 8 << 10
	smallPacket = 1 << 10 // bytes; the packets it must know have some hundred at most
	writeWithin = 10 * time.Second
)

func newGate(conn net.Conn, patience time.Duration, opening func([]byte) ([]byte, error)) *gate {
	g := &gate{Conn: conn, opening: opening, ended: make(chan struct{})}
	g.patience.Store(int64(patience))
	g.in = bufio.NewReaderSize(readerFunc(g.read), gateBuffer)
	return g
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func (g *gate) read(p []byte) (int, error) {
	if err := g.SetReadDeadline(time.Now().Add(time.Duration(g.patience.Load()))); err != nil {
		return 0, err
	}
	return g.Conn.Read(p)
}

// Read gives the library what the gate lets through.
func (g *gate) Read(p []byte) (int, error) {
	for len(g.pending) == 0 && g.left == 0 {
		if err := g.next(); err != nil {
			g.end(err)
			return 0, err
		}
	}
	if len(g.pending) > 0 {
		n := copy(p, g.pending)
		g.pending = g.pending[n:]
		return n, nil
	}
	n, err := g.in.Read(p[:min(len(p), g.left)])
	g.left -= n
	if err != nil {
		g.end(err)
	}
	return n, err
}

// next looks at the next line of the handshake or the next frame.
func (g *gate) next() error {
	if !g.upgraded {
		line, err := g.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		g.pending = bytes.Clone(line)
		g.upgraded = len(bytes.TrimSpace(line)) == 0
		return nil
	}
	opcode, total, err := g.frame()
	if err != nil {
		return err
	}
	if total > smallPacket {
		g.left, g.standing = total, true
		return nil
	}
	frame, err := g.in.Peek(total)
	if err != nil {
		return err
	}
	pass, err := g.judge(opcode, frame)
	if err != nil {
		return err
	}
	if pass {
		g.pending = bytes.Clone(frame)
	}
	_, err = g.in.Discard(total)
	return err
}

// frame reads the head of a websocket frame (RFC 6455, section 5.2), which a server sends unmasked, without taking it.
func (g *gate) frame() (opcode byte, total int, err error) {
	head, err := g.in.Peek(2)
	if err != nil {
		return 0, 0, err
	}
	opcode = head[0] & 0x0f
	switch size := head[1] & 0x7f; size {
	case 126:
		if head, err = g.in.Peek(4); err != nil {
			return 0, 0, err
		}
		return opcode, 4 + int(binary.BigEndian.Uint16(head[2:])), nil
	case 127:
		if head, err = g.in.Peek(10); err != nil {
			return 0, 0, err
		}
		size := binary.BigEndian.Uint64(head[2:])
		if size > 1<<30 {
			return 0, 0, fmt.Errorf("a frame of %d bytes", size)
		}
		return opcode, 10 + int(size), nil
	default:
		return opcode, 2 + int(size), nil
	}
}

// The websocket opcodes the gate knows.
const (
	textFrame  = 1
	closeFrame = 8
)

func (g *gate) judge(opcode byte, frame []byte) (pass bool, err error) {
	payload := frame[2:]
	if frame[1]&0x7f == 126 {
		payload = frame[4:]
	}
	switch opcode {
	case closeFrame:
		e := closedError{code: 1005}
		if len(payload) >= 2 {
			e.code, e.reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
		}
		g.end(e)
		return true, nil
	case textFrame:
	default:
		return true, nil
	}
	var p struct {
		Op   int             `json:"op"`
		Data json.RawMessage `json:"d"`
	}
	if json.Unmarshal(payload, &p) != nil {
		return true, nil // the library logs it
	}
	switch p.Op {
	case 0:
		g.standing = true
	case 7:
		return false, errReconnectAsked
	case 9:
		if string(p.Data) == "true" {
			return false, errReconnectAsked // the session can still be resumed
		}
		return false, errInvalidSession
	case 10:
		g.hello(p.Data)
	case 11:
		return g.standing, nil
	}
	return true, nil
}

// hello takes over the heartbeat's interval: the server answers each, so two without a word are a dead connection.
func (g *gate) hello(data json.RawMessage) {
	var h struct {
		Interval int64 `json:"heartbeat_interval"` // milliseconds
	}
	if json.Unmarshal(data, &h) == nil && h.Interval > 0 {
		g.patience.Store(int64(time.Duration(h.Interval)*time.Millisecond*5/2) + int64(time.Second))
	}
}

// Write sends what the library writes, a frame at a time, and keeps its close frame back unless the adapter stops.
func (g *gate) Write(p []byte) (int, error) {
	if len(p) > 0 && p[0] == 0x80|closeFrame && !g.final.Load() {
		return len(p), nil
	}
	frame := p
	if !g.opened {
		var err error
		if frame, err = g.first(p); err != nil {
			g.end(err)
			return 0, err
		}
	}
	if err := g.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return 0, err
	}
	if _, err := g.Conn.Write(frame); err != nil {
		return 0, err
	}
	return len(p), nil
}

// first returns what to send for what the library writes before its session is opened.
func (g *gate) first(p []byte) ([]byte, error) {
	packet, key, ok := clientText(p)
	if !ok || !isIdentify(packet) {
		return p, nil // the handshake
	}
	packet, err := g.opening(packet)
	if err != nil {
		return nil, err
	}
	g.opened = true
	return clientFrame(packet, key), nil
}

// SetDeadline does nothing: the gate has its own, for each read and write.
func (g *gate) SetDeadline(time.Time) error { return nil }

func (g *gate) Close() error {
	g.end(errUnfinished)
	return g.Conn.Close()
}

// end remembers why the connection ended; the first reason counts.
func (g *gate) end(why error) {
	g.once.Do(func() {
		g.why = why
		close(g.ended)
	})
}

// dialGate connects to the gateway. TLS lies under the gate, so that the gate sees frames.
func dialGate(ctx context.Context, network, addr string, secure bool, patience time.Duration, opening func([]byte) ([]byte, error)) (*gate, error) {
	dialer := &net.Dialer{Timeout: patience}
	var conn net.Conn
	var err error
	if secure {
		conn, err = (&tls.Dialer{NetDialer: dialer}).DialContext(ctx, network, addr)
	} else {
		conn, err = dialer.DialContext(ctx, network, addr)
	}
	if err != nil {
		return nil, err
	}
	return newGate(conn, patience, opening), nil
}
