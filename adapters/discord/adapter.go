// Package discord runs the bot on Discord: it registers the commands, keeps the gateway's connections, turns messages, commands, buttons and
// forms into bot.Message and draws what comes back.
//
// It stands on github.com/bwmarrin/discordgo and fences what that does badly in few places: gate.go lies under the library's websocket,
// shard.go supervises its sessions, opening.go and resume.go decide what opens them, transport.go and rest.go carry its requests, inbox.go takes its
// events.
//
// Where several processes are the same bot (share.go), they share the connections to the gateway. A process that stops in time leaves by what its sessions
// are resumed, and whoever takes a connection over has Discord send what came in between; the sessions of one that dies begin anew, and what came in
// between is lost. What is sent twice all the same is posted once: an answer's nonce is made from what it answers, and an interaction takes one answer.
// Identifies and requests are paced over all of them. Each remembers for itself which events it took, which channels it may not write in and whom
// it told so, the language of a channel, and what Discord asked it to wait: that a connection's next process begins these anew does no harm.
package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
	"testigo/cluster"
)

// Platform is what the bot calls Discord.
const Platform = "discord"

// Options say how the adapter runs.
type Options struct {
	Token string
	API   string // address of the API, "" for Discord's own; the gateway's comes from the API
	// Shard and Shards are this process's part of the connections: one of several processes. With Shards 0 it keeps as many as Discord asks for.
	Shard, Shards int
	Grace         time.Duration // how long what is under way may take after a stop; 5 s if 0
	Log           *slog.Logger  // nil drops
	// Cluster is this process among those that are the same bot; nil where it is the only one. Unless Shards is set, they share the connections.
	Cluster *cluster.Cluster
	// Started is called once the adapter knows who it is, before it connects.
	Started func(Info)
}

// Info is who the adapter is.
type Info struct {
	Name, ID    string // of the bot's user
	Application string
	Invite      string // a link that adds the bot to a server, with the permissions and scopes it needs
	Shards      int    // connections that this process keeps; of all processes together where they are shared
	Shared      bool   // the connections are, with the other processes of the cluster
}

// Permissions are what the bot needs in a server: to see channels, write in them and in threads, and attach files.
const Permissions = discordgo.PermissionViewChannel | discordgo.PermissionSendMessages | discordgo.PermissionSendMessagesInThreads |
	discordgo.PermissionAttachFiles | discordgo.PermissionReadMessageHistory

// pace is how long things take; tests shorten it.
type pace struct {
	reconnect, reconnectMost time.Duration // between connections
	stable                   time.Duration // after which a connection counts as good
	handshake                time.Duration // between two packets while a connection opens
	open                     time.Duration // for the whole of it
	closing                  time.Duration // for the library to let go of a connection; it takes a second
	identify                 time.Duration // between identifies
	budget                   time.Duration // least wait when their budget is spent
	retry                    time.Duration // before a request is sent again
	answer                   time.Duration // for an interaction, of which Discord allows three seconds
	post                     time.Duration // for answering a message
	say                      time.Duration // of either, for saying what came of it: with the database silent, that nothing was changed
}

func defaultPace() pace {
	return pace{
		reconnect: 500 * time.Millisecond, reconnectMost: time.Minute, stable: 10 * time.Second, handshake: 10 * time.Second, open: 30 * time.Second,
		closing: 4 * time.Second, identify: 5 * time.Second, budget: time.Minute, retry: 300 * time.Millisecond,
		answer: 2500 * time.Millisecond, post: time.Minute, say: 600 * time.Millisecond,
	}
}

// Adapter is the bot on Discord. Run it once.
type Adapter struct {
	Options
	bot      *bot.Bot
	token    string
	log      *slog.Logger
	pace     pace
	rest     *rest
	identify *identifies
	inbox    *inbox
	signer   signer
	commands *commandSet
	langs    *recent[string, bot.Lang]  // chosen for a channel, where nothing else remembers
	told     *recent[string, bool]      // who was told that the bot may not write, and where
	muted    *recent[string, time.Time] // channels where it may not, and when that was found out

	work context.Context // of what is under way: it outlives Run's by the grace time; set before the workers start

	kept, standing atomic.Int64   // connections to the gateway that this process keeps, and those of them that stand
	closing        sync.WaitGroup // connections that are left, while the library lets go of them

	mu      sync.Mutex
	self    Info
	gateway gatewayInfo             // as Discord said at the start
	stop    context.CancelCauseFunc // of Run
}

// New returns an adapter for the bot, and attaches it as the bot's courier.
func New(o Options, b *bot.Bot) (*Adapter, error) { return newAdapter(o, b, defaultPace()) }

func newAdapter(o Options, b *bot.Bot, p pace) (*Adapter, error) {
	token := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(o.Token), "Bot "))
	if token == "" || strings.ContainsAny(token, " \t\r\n") {
		return nil, errors.New("discord: the token is empty or is none")
	}
	if o.Shards < 0 || o.Shards > 0 && (o.Shard < 0 || o.Shard >= o.Shards) {
		return nil, fmt.Errorf("discord: there is no shard %d of %d: they are counted from 0", o.Shard, o.Shards)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Token = "" // kept in one place, where nothing prints it
	if o.Grace == 0 {
		o.Grace = 5 * time.Second
	}
	a := &Adapter{
		Options: o, bot: b, token: token, pace: p, log: slog.New(redacting{o.Log.Handler(), token}), signer: newSigner(token),
		langs: newRecent[string, bot.Lang](mostChannels), told: newRecent[string, bool](mostChannels), muted: newRecent[string, time.Time](mostChannels),
	}
	var err error
	if a.rest, err = newRest(token, o.API, p.retry, a.fail); err != nil {
		return nil, err
	}
	if a.commands, err = newCommandSet(b.Commands()); err != nil {
		return nil, err
	}
	a.identify = &identifies{rest: a.rest, log: a.log, spacing: p.identify, wake: p.budget}
	if a.Cluster != nil {
		a.identify.shared = a.identifyTurn
		a.rest.transport.limits.shared = a.requestTurn
	}
	a.inbox = newInbox(a.log, p, a.happened)
	a.rest.happened, a.rest.transport.happened = a.happened, a.happened
	b.Attach(Platform, a)
	return a, nil
}

// mostChannels is of how many channels the adapter remembers something without a store.
const mostChannels = 10_000

// fail ends Run with an error.
func (a *Adapter) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop != nil {
		a.stop(err)
	}
}

// Run registers the commands, connects and answers until ctx ends; then what is under way is finished within the grace time. The error is nil
// unless Discord does not let the bot run. Nothing runs on when it returns.
func (a *Adapter) Run(ctx context.Context) error {
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	a.mu.Lock()
	a.stop = stop
	a.mu.Unlock()
	defer a.rest.transport.base.CloseIdleConnections()

	err := a.start(run)
	if err == nil {
		err = a.serve(run)
	}
	if cause := context.Cause(run); errors.As(cause, new(fatalError)) {
		err = cause
	}
	if ctx.Err() != nil && !errors.As(err, new(fatalError)) {
		return nil
	}
	return err
}

// start finds out who the bot is, and registers its commands.
func (a *Adapter) start(ctx context.Context) error {
	tries := backoff{base: a.pace.reconnect, most: a.pace.reconnectMost}
	for {
		err := a.introduce(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil || errors.As(err, new(apiError)) {
			return err
		}
		wait := tries.next()
		a.log.Warn("discord: cannot be reached", "err", err, "again_in", wait.Round(time.Millisecond))
		if sleep(ctx, wait) != nil {
			return ctx.Err()
		}
	}
	if a.Started != nil {
		a.Started(a.Self())
	}
	if a.Shard == 0 && !a.shared() { // the process with the first shard registers for all
		a.registers(ctx)
	}
	return ctx.Err()
}

func (a *Adapter) registers(ctx context.Context) {
	if err := a.Register(ctx); err != nil && ctx.Err() == nil {
		a.log.Error("discord: the commands could not be registered; mentions are answered", "err", err)
	}
}

// serve keeps the gateway's connections and the workers until ctx ends.
func (a *Adapter) serve(ctx context.Context) error {
	a.inbox.open(a.Self().ID)
	// Work under way outlives ctx by the grace time.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	a.work = work
	var workers sync.WaitGroup
	a.inbox.work(work, &workers, a.onInteraction, a.onMessage)

	var group sync.WaitGroup
	group.Go(func() {
		if err := a.keepShards(ctx); err != nil {
			a.fail(err)
		}
	})
	<-ctx.Done()
	a.inbox.close()
	timer := time.AfterFunc(a.Grace, cancel)
	defer timer.Stop()
	workers.Wait()
	group.Wait()
	a.closing.Wait()
	return nil
}

// keepShards keeps the connections that are this process's until ctx ends, or one of them never can stand.
func (a *Adapter) keepShards(ctx context.Context) error {
	self := a.Self()
	if a.shared() {
		return a.Cluster.Share(ctx, a.nameOf(shardsName), self.Shards, a.keepShared)
	}
	first, of := 0, self.Shards
	if a.Shards > 0 {
		first, of = a.Shard, a.Shards
	}
	ended := make(chan error, self.Shards)
	a.kept.Store(int64(self.Shards))
	for i := range self.Shards {
		go func() { ended <- newShard(a, first+i, of).run(ctx) }()
	}
	var err error
	for range self.Shards {
		if e := <-ended; e != nil {
			a.fail(e) // the others stop
			err = e
		}
	}
	return err
}

// Self is who the adapter is, once it knows.
func (a *Adapter) Self() Info {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.self
}

// Connected reports whether every connection that this process keeps to the gateway stands and, where they are shared, whether every one was some
// process's when that could last be found out. A process that keeps none, because there are more processes than connections, stands by.
func (a *Adapter) Connected() bool {
	kept := a.kept.Load()
	if a.shared() {
		held, count := a.Cluster.Shared(a.nameOf(shardsName))
		return count > 0 && held == count && a.standing.Load() == kept
	}
	return kept > 0 && a.standing.Load() == kept
}

func (a *Adapter) happened(e bot.Event) { a.bot.Happened(Platform, e) }
