package pgtest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Proxy stands between a store and the server, and can cut them off from each other.
type Proxy struct {
	server *Server
	l      net.Listener
	group  sync.WaitGroup

	mu    sync.Mutex
	state state
	slow  time.Duration // for each packet
	conns map[net.Conn]bool
	held  *sync.Cond // while the proxy is to hold what comes
}

type state int

const (
	through state = iota
	cut
	held
)

// Proxy returns a new proxy to the server, which lets everything through, until the test ends.
func (s *Server) Proxy(t testing.TB) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{server: s, l: l, conns: map[net.Conn]bool{}}
	p.held = sync.NewCond(&p.mu)
	p.group.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.Cut()
		p.group.Wait()
	})
	return p
}

// Through returns an address of the server's (see Server.Address) with the proxy in between.
func (p *Proxy) Through(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // Server.Address made it
	}
	q := u.Query()
	q.Del("host")
	q.Set("sslmode", "disable")
	u.RawQuery, u.Host = q.Encode(), p.l.Addr().String()
	return u.String()
}

// Cut breaks all connections and lets no new one through.
func (p *Proxy) Cut() {
	p.set(cut)
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// Hold keeps connections open and lets nothing through them.
func (p *Proxy) Hold() { p.set(held) }

// Slow has every packet take so long, until Resume.
func (p *Proxy) Slow(by time.Duration) {
	p.set(through)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow = by
}

// Resume lets everything through again, at once.
func (p *Proxy) Resume() { p.set(through) }

func (p *Proxy) set(s state) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.slow = s, 0
	p.held.Broadcast()
}

func (p *Proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		p.group.Go(func() { p.carry(c) })
	}
}

func (p *Proxy) carry(c net.Conn) {
	defer c.Close()
	server, err := net.Dial(p.server.network, p.server.where)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.keep(c, server) {
		return
	}
	defer p.drop(c, server)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{c, server}, {server, c}} {
		both.Go(func() {
			p.copy(way[0], way[1])
			way[0].Close()
			way[1].Close()
		})
	}
	both.Wait()
}

func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == cut {
		return false
	}
	for _, c := range conns {
		p.conns[c] = true
	}
	return true
}

func (p *Proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}

func (p *Proxy) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil || !p.let() {
			return
		}
		time.Sleep(p.takes())
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *Proxy) takes() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slow
}

// let waits until something may go through, and reports whether it ever will.
func (p *Proxy) let() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.state == held {
		p.held.Wait()
	}
	return p.state == through
}
