// Package telegram puts the bot on Telegram: it polls or takes a webhook, tells what is meant for the bot, asks who may do what, draws replies as HTML and
// sends them within Telegram's limits.
//
// Several processes can be one bot (Options.Cluster): then one of them polls (turn.go), or all take webhooks, and all keep to Telegram's limits together
// (pace.go).
//
// An update comes in by updates.go or webhook.go, waits in its chat's lane (lanes.go), becomes a call (address.go, who.go), is answered by the bot
// (handle.go), drawn (render.go, markup.go, buttons.go) and sent by the queue (queue.go, outcome.go). client.go is all there is of the library.
package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"testigo/bot"
	"testigo/cluster"
)

const platform = "telegram"

// Options is what the adapter runs with.
type Options struct {
	Token   string
	API     string  // the Bot API server's address; "" is DefaultAPI
	Webhook Webhook // its zero value polls
	Log     *slog.Logger
	Grace   time.Duration // how long a stop waits for replies under way; 0 is DefaultGrace
	// Cluster is this process among those that are the same bot, of which one polls; nil where it is the only one.
	Cluster *cluster.Cluster
	// Started is told who the bot is once it takes updates, see Describe; nil is told nothing.
	Started func(string)
}

// DefaultGrace is how long a stop waits for what is being answered.
const DefaultGrace = 8 * time.Second

// Adapter is the bot on Telegram. It is a bot.Courier.
type Adapter struct {
	bot     conversation
	client  *client
	cluster *cluster.Cluster // nil where no other process is the same bot
	webhook Webhook
	log     *slog.Logger
	once    *onceLog
	grace   time.Duration
	started func(string)

	longPoll time.Duration
	queue    *queue
	lanes    *lanes

	// What this process remembers and no other does. None of it is needed to be right; when another process polls, or with a webhook gets the next
	// update, that is all that happens: a button pressed twice within two seconds may be taken twice, an edit that puts a question right changes no
	// answer, a language chosen where nothing keeps it is forgotten, who opens the private chat for a reply that waits has to ask again, and with a
	// webhook, a change of somebody's rights is known to the others a minute later (rightsKept). Who begins to poll asks for all rights anew.
	seen    *recent // ids of updates; those fetched by polling and not handled are not among them
	rights  rights
	spoken  memory[[2]int64, bot.Lang] // by chat and person
	answers memory[[2]int64, int64]    // the bot's message by chat and question
	pending memory[int64, call]        // by person: what they get once they open the private chat
	pressed memory[press, bool]

	ready chan struct{}
	up    atomic.Bool // updates come in
	mu    sync.RWMutex
	self  botUser
}

// conversation is what the adapter uses of *bot.Bot.
type conversation interface {
	Handle(ctx context.Context, m bot.Message) (bot.Reply, error)
	Find(m bot.Message, n int) []bot.Found
	Sent(m bot.Message, r bot.Reply, at bot.MessageRef)
	Commands() []bot.Command
	Happened(platform string, e bot.Event)
	Attach(platform string, c bot.Courier)
	Space(platform, community string) bot.SpaceID
	Setting(space bot.SpaceID, name string) string
	Channel(platform, channel string) bot.Channel
	ChangeChannel(ctx context.Context, platform, channel string, change func(*bot.Channel)) error
}

// botUser is what getMe tells of the bot itself.
type botUser struct {
	user
	ReadsAll bool `json:"can_read_all_group_messages"`
	Inline   bool `json:"supports_inline_queries"`
}

// New returns the adapter of a bot. It asks nothing of Telegram yet.
func New(o Options, b *bot.Bot) (*Adapter, error) {
	c, err := newClient(o.Token, o.API)
	if err != nil {
		return nil, err
	}
	if (o.Webhook.URL == "") != (o.Webhook.Listen == "") {
		return nil, errors.New("telegram: a webhook needs both its public address and where to listen")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	a := &Adapter{bot: b, client: c, cluster: o.Cluster, webhook: o.Webhook, log: o.Log, once: &onceLog{to: o.Log}, grace: o.Grace, started: o.Started,
		longPoll: longPoll, seen: newRecent(4096), ready: make(chan struct{}), queue: newQueue(defaultFirstWait, 1)}
	a.spoken.keep, a.answers.keep, a.pending.keep, a.pressed.keep = spokenTime, 2*editTime, time.Hour, pressTime
	a.queue.onMove, a.queue.cluster, a.queue.polls = a.movedWhileSending, o.Cluster, o.Webhook.URL == ""
	a.client.happened, a.queue.happened = a.happened, a.happened
	return a, nil
}

// Run is the bot on Telegram until ctx ends, which is no error. It may be called once. Then it stops fetching at once, answers what it took, at most for the
// grace time, and leaves no goroutine.
func (a *Adapter) Run(ctx context.Context) error {
	defer a.client.close()
	if err := a.connect(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	a.lanes = newLanes(work, a.once, a.happened)
	defer a.up.Store(false)
	sending, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()
	var background sync.WaitGroup
	a.queue.bot = a.me().ID
	background.Go(func() { a.queue.run(sending) })
	background.Go(func() {
		if err := a.setCommands(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn("telegram: the list of commands could not be set", "error", err)
		}
	})
	a.bot.Attach(platform, a)
	close(a.ready)
	if a.started != nil {
		a.started(a.Describe())
	}

	var err error
	if a.webhook.URL != "" {
		err = a.serve(ctx)
	} else {
		a.up.Store(true) // Telegram answered; the first poll may wait for long, or be another process's
		err = a.pollInTurns(ctx)
	}
	// Handlers first, then what they gave the queue; both within one grace time.
	late := time.AfterFunc(a.grace, func() { stopWork(); stopSending() })
	defer late.Stop()
	a.lanes.wait()
	a.queue.drain(sending)
	stopSending()
	background.Wait()
	return err
}

// Register makes Telegram's lists of commands the bot's, writing only what differs from what is there. Run does it too.
func (a *Adapter) Register(ctx context.Context) error {
	defer a.client.close()
	if err := a.connect(ctx); err != nil {
		return err
	}
	return a.setCommands(ctx)
}

// Check asks Telegram who the bot is and says it as Describe does. It changes nothing. While Telegram is not reached it tries on until ctx ends.
func (a *Adapter) Check(ctx context.Context) (string, error) {
	defer a.client.close()
	if err := a.connect(ctx); err != nil {
		return "", err
	}
	return strings.TrimPrefix(a.Describe(), platform+": "), nil
}

// connect asks who the bot is, until Telegram answers. A token that Telegram does not know is an error at once.
func (a *Adapter) connect(ctx context.Context) error {
	for n := 1; ; n++ {
		var me botUser
		err := a.client.call(ctx, "getMe", nil, &me)
		switch {
		case err == nil && me.Username != "":
			a.mu.Lock()
			a.self = me
			a.mu.Unlock()
			return nil
		case err == nil:
			return errors.New("telegram: getMe: a bot without a name")
		case codeOf(err) == http.StatusUnauthorized || codeOf(err) == http.StatusNotFound:
			return fmt.Errorf("telegram: Telegram does not know this token; BotFather shows the right one: %w", err)
		case !passing(err):
			return err
		}
		a.once.log(slog.LevelWarn, "telegram: not reached yet; trying again", "connect", err)
		if !sleep(ctx, backoff(a.client.firstWait, n, err)) {
			return ctx.Err()
		}
	}
}

// Connected reports whether updates come in: the last poll was answered, or the webhook is set, or another process polls.
func (a *Adapter) Connected() bool { return a.up.Load() }

func (a *Adapter) happened(e bot.Event) { a.bot.Happened(platform, e) }

func (a *Adapter) me() *botUser {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return &a.self
}

// Ready is closed once Telegram has told who the bot is and updates are being taken, by this process or another.
func (a *Adapter) Ready() <-chan struct{} { return a.ready }

// Describe says who the bot is on Telegram and how it gets its updates, in a line for whoever starts it; "" before it is Ready.
func (a *Adapter) Describe() string {
	me := a.me()
	if me.ID == 0 {
		return ""
	}
	parts := []string{"telegram: @" + me.Username, "long polling"}
	switch {
	case a.webhook.URL != "":
		parts[1] = "webhook on " + a.webhook.Listen
	case a.cluster != nil:
		parts[1] = "long polling by one process at a time"
	}
	if me.ReadsAll {
		parts = append(parts, "privacy mode off, which it need not be")
	}
	if me.Inline {
		parts = append(parts, "inline mode on")
	} else {
		parts = append(parts, "inline mode off (BotFather: /setinline)")
	}
	return strings.Join(parts, ", ")
}

// spokenTime is how long a language is remembered that was chosen where nothing keeps it.
const spokenTime = 24 * time.Hour

// editTime is how long after it was asked a question's edit changes its answer.
const editTime = time.Minute

func id64(n int64) string { return strconv.FormatInt(n, 10) }
