package discord

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"testigo/cluster"
)

// What the processes of a cluster call what they share, after their platform and the bot. A name stays what it is: processes of different versions run
// at once.
const (
	shardsName   = "shards"
	connectName  = "connect/"  // and the bucket
	identifyName = "identify/" // and the bucket
)

// requestsName has no bot in it: a process makes requests before it knows which bot it is. Two bots would only send more slowly.
const requestsName = Platform + "/all"

// nameOf is a name as it stands in the database. The bot is in it: should the processes of two bots ever have one database, as of a real one and one to
// try things with, neither is to keep connections for the other.
func (a *Adapter) nameOf(what string) string { return Platform + "/" + a.Self().ID + "/" + what }

// errNotOurs: another process keeps this connection now.
var errNotOurs = errors.New("another process was given the connection")

// shared reports whether this process shares the connections with others.
func (a *Adapter) shared() bool { return a.Cluster != nil && a.Shards == 0 }

// keepShared keeps one of the connections that are shared, while it is this process's. Who kept it before and stopped in time left by what its session
// is resumed: then Discord sends what came in between, and no question is lost. Who had it and died left nothing; a new session begins.
func (a *Adapter) keepShared(ctx context.Context, id, of int, held cluster.Held) error {
	var group sync.WaitGroup
	defer group.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if id == 0 {
		group.Go(func() { a.registers(ctx) }) // whoever has the first connection registers for all
	}
	s := newShard(a, id, of)
	s.held = &held
	s.resume = readNote(held.Note, time.Now())
	a.kept.Add(1)
	defer a.kept.Add(-1)
	err := s.run(ctx)
	held.Leave(s.resume.note())
	return err
}

// identifyMargin of the time between two identifies is added where they come over different networks.
const identifyMargin = 20 // 1 part in so many

// identifyTurn waits, by the name given, until it is this process's turn in a bucket among all of the cluster.
func (a *Adapter) identifyTurn(ctx context.Context, name string, bucket int) error {
	return a.Cluster.Wait(ctx, cluster.Pace{Name: a.nameOf(name) + strconv.Itoa(bucket), Every: a.pace.identify + a.pace.identify/identifyMargin, Burst: 1})
}

// requestTurn waits until one more request may go out, of all processes together.
func (a *Adapter) requestTurn(ctx context.Context) error {
	return a.Cluster.Wait(ctx, cluster.Pace{Name: requestsName, Every: time.Second / perSecondTogether, Burst: atOnceTogether})
}

// bucketOf is the bucket in which a shard identifies.
func (a *Adapter) bucketOf(shard int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return shard % max(1, a.gateway.Limit.Concurrency)
}

// gatewayURL is where new sessions begin.
func (a *Adapter) gatewayURL() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.gateway.URL
}
