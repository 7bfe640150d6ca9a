package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"testigo/bot/card"
	"testigo/facts"
)

// daily makes the posts that are due. What was posted stands in the store; this only remembers what need not be asked for again.
type daily struct {
	ticking sync.Mutex           // one tick at a time
	mu      sync.Mutex           // guards what follows; nothing is read or sent under it
	settled map[string]bool      // channel and date that need nothing more
	again   map[string]time.Time // when to try again after a failure that came before delivery
	tries   map[string]int
	plans   map[string]plan // by their text: reading one, with its time zone, costs more than all else of a minute in which nothing is due
}

const (
	// dailyWindow is how long after its hour a post may still be made. An operator may set another, see Options.
	dailyWindow = 3 * time.Hour
	// The wait after a failure that came before delivery doubles from the first to the last of these.
	firstWait, lastWait = time.Minute, 30 * time.Minute
	// spacesAtOnce is how many spaces' posts are made at once: about as many as Discord lets a bot send in the time that one takes.
	spacesAtOnce = 8
	// maxPlans bounds how many plans are remembered.
	maxPlans = 50_000
	// pastPosts is how many posts of a space are looked at to pick the next: ten years of three channels.
	pastPosts = 11_000
)

// Tick makes every post that is due at a moment, each at most once however many processes tick, and notes those whose window is over. It is
// called once a minute.
func (b *Bot) Tick(ctx context.Context, now time.Time) {
	if b.Store == nil {
		return
	}
	b.daily.ticking.Lock()
	defer b.daily.ticking.Unlock()
	subscriptions, err := b.Store.Subscriptions(ctx)
	if err != nil {
		b.Log.Error("what is posted daily could not be read", "error", err)
		return
	}
	// Sending takes its time, so several spaces post at once; the channels of one do so in turn, because what one gets depends on the others.
	bySpace := map[string][]facts.Subscription{}
	for _, s := range subscriptions {
		bySpace[s.Space] = append(bySpace[s.Space], s)
	}
	hands := make(chan struct{}, spacesAtOnce)
	var group sync.WaitGroup
	for _, list := range bySpace {
		hands <- struct{}{}
		group.Go(func() {
			defer func() { <-hands }()
			for _, s := range list {
				if ctx.Err() != nil {
					return
				}
				if err := b.tickOne(ctx, s, now); err != nil {
					b.Log.Error("a daily post was not made", "platform", s.Platform, "channel", s.Channel, "error", err)
				}
			}
		})
	}
	group.Wait()
	b.daily.forget(now)
}

func (b *Bot) tickOne(ctx context.Context, s facts.Subscription, now time.Time) error {
	b.mu.RLock()
	courier := b.couriers[s.Platform]
	b.mu.RUnlock()
	if courier == nil {
		return nil // served by another process, or not connected yet
	}
	p, err := b.daily.plan(s)
	if err != nil {
		return err
	}
	for _, d := range p.due(now, s.At, b.Window) {
		key := s.Platform + " " + s.Channel + " " + d.date
		if !b.daily.wants(key, now) {
			continue
		}
		done, err := b.post(ctx, courier, s, &p, d, now)
		b.daily.tried(key, now, done)
		if err != nil {
			return err
		}
	}
	return nil
}

// plan reads a subscription's plan, or remembers it.
func (d *daily) plan(s facts.Subscription) (plan, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, known := d.plans[string(s.Spec)]
	if known {
		return p, nil
	}
	p, err := readPlan(s)
	if err != nil {
		return p, err
	}
	if len(d.plans) > maxPlans {
		clear(d.plans)
	}
	d.plans[string(s.Spec)] = p
	return p, nil
}

// wants reports whether there is something to do for a channel's date now.
func (d *daily) wants(key string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.settled[key] && !now.Before(d.again[key])
}

// tried remembers that a channel's date is done, or when to try again.
func (d *daily) tried(key string, now time.Time, done bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if done {
		d.settled[key] = true
		return
	}
	d.tries[key]++
	wait := min(lastWait, firstWait<<min(d.tries[key]-1, 10))
	d.again[key] = now.Add(wait + rand.N(wait/4+1))
}

// look has a channel's date looked at again, where something was changed for it.
func (d *daily) look(s facts.Subscription, date string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.settled, s.Platform+" "+s.Channel+" "+date)
}

// forget drops what is remembered of days gone by.
func (d *daily) forget(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	limit := now.AddDate(0, 0, -4).Format(dateForm)
	past := func(key string) bool { return key[len(key)-len(dateForm):] < limit }
	maps.DeleteFunc(d.settled, func(key string, _ bool) bool { return past(key) })
	maps.DeleteFunc(d.again, func(key string, _ time.Time) bool { return past(key) })
	maps.DeleteFunc(d.tries, func(key string, _ int) bool { return past(key) })
}

// post makes one post, or notes that it is too late for it, and reports whether nothing more is to be done. The row is claimed before anything is
// sent and given back only where nothing surely was: a crash between is never posted again.
func (b *Bot) post(ctx context.Context, courier Courier, s facts.Subscription, p *plan, d dueDay, now time.Time) (done bool, err error) {
	reply, x, ok, err := b.daysPost(ctx, SpaceID(s.Space), p, d.on)
	if err != nil || !ok {
		return err == nil, err // a day with nothing to post is done
	}
	row := facts.Post{Space: s.Space, Platform: s.Platform, Channel: s.Channel, Date: d.date, Fact: x.fact.ID, Revision: x.fact.Revision, At: now}
	mine, err := b.Store.ClaimPost(ctx, row)
	if err != nil {
		return false, fmt.Errorf("claiming the post of %s: %w", d.date, err)
	}
	if !mine {
		return true, nil
	}
	if d.late {
		row.State, row.Why = "skipped", "its window was over"
		b.Happened(s.Platform, PostSkipped)
		b.tellModerators(ctx, s, p.Lang, say(p.Lang, "daily_skipped", d.date, s.Channel))
		return true, b.Store.SettlePost(ctx, row)
	}
	reply.Key = "daily " + s.Platform + " " + s.Channel + " " + d.date
	sending, cancel := outliving(ctx, settleFor)
	defer cancel()
	at, err := courier.Send(sending, MessageRef{Platform: s.Platform, Channel: s.Channel}, reply)
	// What happened is recorded even where the process is told to stop meanwhile.
	ctx = context.WithoutCancel(ctx)
	switch {
	case err == nil:
		row.State, row.Message = "sent", at.Message
		b.Happened(s.Platform, PostSent)
		err = errors.Join(b.settle(ctx, row), b.Store.Deliver(ctx, facts.Delivery{
			MessageRef: at, Space: s.Space, Fact: row.Fact, Revision: row.Revision, Lang: p.Lang, At: now,
		}))
		return true, err
	case errors.Is(err, ErrUnsent):
		b.Happened(s.Platform, PostPutOff)
		// Where the database is away just now the claim stays, and the post is not made: given back later, it might be another's by then.
		return false, errors.Join(err, b.Store.ReleasePost(ctx, row, err.Error()))
	}
	row.State, row.Why = "failed", err.Error()
	b.Happened(s.Platform, PostFailed)
	b.tellModerators(ctx, s, p.Lang, say(p.Lang, "daily_failed", d.date, s.Channel))
	return true, errors.Join(err, b.settle(ctx, row))
}

// settle keeps how a post ended. With the database away that is done once it is back: the claim is this process's until then.
func (b *Bot) settle(ctx context.Context, row facts.Post) error {
	err := b.Store.SettlePost(ctx, row)
	if errors.Is(err, facts.ErrAway) {
		b.later(settleJob{row})
	}
	return err
}

// settleJob keeps how a post ended.
type settleJob struct{ row facts.Post }

func (j settleJob) run(ctx context.Context, b *Bot) error {
	err := b.Store.SettlePost(ctx, j.row)
	if errors.Is(err, facts.ErrDecided) { // it was kept before the connection broke
		return nil
	}
	return err
}

// settleFor is how long a post that is being sent may still take when the bot stops.
const settleFor = 3 * time.Second

// outliving returns a context that ends a while after ctx does: what was begun is to come to its end.
func outliving(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(by, cancel)
		context.AfterFunc(late, func() { timer.Stop() })
	})
	return late, func() {
		stop()
		cancel()
	}
}

// tellModerators says something in the moderators' channel of a space, where it has one on that platform.
func (b *Bot) tellModerators(ctx context.Context, s facts.Subscription, lang Lang, text string) {
	channel := b.Setting(SpaceID(s.Space), SetReviewChannel)
	if channel == "" || channel == s.Channel {
		return
	}
	key := "told " + s.Platform + " " + channel + " " + text
	if err := b.once(ctx, s.Platform, key, func(c Courier) error {
		_, err := c.Send(ctx, MessageRef{Platform: s.Platform, Channel: channel}, plain(lang, text))
		return err
	}); err != nil {
		b.Log.Error("moderators could not be told", "error", err)
	}
}

// daysPost is what a plan posts on a date; ok is false where that is nothing.
func (b *Bot) daysPost(ctx context.Context, space SpaceID, p *plan, on facts.Date) (r Reply, x picked, ok bool, err error) {
	posts, err := b.Store.Posted(ctx, string(space), "", "", pastPosts)
	if err != nil {
		return r, x, false, fmt.Errorf("reading earlier posts: %w", err)
	}
	x, ok = b.pick(space, p, on, newPast(posts))
	if !ok {
		return r, x, false, nil
	}
	r = b.Fact(space, x.fact, p.Lang, false)
	r.Blocks = append([]Block{{Kind: Paragraph, Text: x.why}}, r.Blocks...)
	r.Silent, r.Pin = p.Silent, p.Pin
	if p.Card {
		if r.Picture, err = picture(&r, x); err != nil {
			b.Log.Error("a card could not be drawn", "fact", x.fact.ID, "error", err) // the words are what matters
		}
	}
	return r, x, true, nil
}

// picture draws a post's card of its blocks. The first quote stands for all, but only where nobody disputes what it says: alone on a picture, one
// side's words would read as the answer.
func picture(r *Reply, x picked) (*Picture, error) {
	c := card.Card{Why: x.why}
	quoted := x.fact.Standing == facts.Established || x.fact.Standing == facts.Unknown
	for _, x := range r.Blocks {
		switch {
		case x.Kind == Heading:
			c.Question = x.Text
		case x.Kind == Standing:
			c.Standing = x.Text
		case x.Kind == Paragraph && c.Question != "" && c.Answer == "":
			c.Answer = x.Text
		case x.Kind == Quote && c.Quote == "" && quoted:
			c.Quote, c.Cite = "“"+x.Text+"”", x.Cite
		case x.Kind == Footer:
			c.Footer = x.Text
		}
	}
	data, alt, err := card.Draw(c)
	if err != nil {
		return nil, err
	}
	return &Picture{Name: r.Answered + ".png", Data: data, Alt: alt}, nil
}

// RunDaily ticks every minute until ctx ends, and returns when a post that is being made is done.
func (b *Bot) RunDaily(ctx context.Context) error {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		b.Tick(ctx, b.Clock())
		select {
		case <-minute.C:
		case <-ctx.Done():
			return nil
		}
	}
}
