package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"testigo/facts"
)

// correctFor is how far back answers are corrected.
const correctFor = 30 * 24 * time.Hour

// sentJob remembers where a reply stands: an answer to correct should its fact change, a gap to fill.
type sentJob struct {
	at  facts.Delivery
	gap *facts.Gap
}

// Sent tells the bot that its reply to m stands at a place. It does not wait. Adapters call it once for each message that was sent; the bot
// then counts the gap, or remembers where to correct the answer.
func (b *Bot) Sent(m Message, r Reply, at MessageRef) {
	if r.asked == nil && r.Answered == "" {
		return
	}
	// Nothing of the texts, for as long as the job waits.
	b.later(sentJob{facts.Delivery{
		MessageRef: at, ReplyTo: m.At.Message, Space: string(m.Space), Fact: r.Answered, Revision: r.Revision,
		Lang: r.Lang, Private: m.Private || r.Private, At: b.Clock(),
	}, r.asked})
}

func (j sentJob) run(ctx context.Context, b *Bot) error { return sentJobs{j}.run(ctx, b) }

// sentJobs are several at once. What was counted is not counted again when they are run again.
type sentJobs []sentJob

func (list sentJobs) run(ctx context.Context, b *Bot) error {
	var errs []error
	var deliveries []facts.Delivery
	for i := range list {
		d := &list[i].at
		if gap := list[i].gap; gap != nil {
			id, err := b.Store.CountGap(ctx, *gap)
			if err != nil {
				errs = append(errs, fmt.Errorf("counting a question without an answer: %w", err))
				if errors.Is(err, facts.ErrAway) {
					return errors.Join(errs...)
				}
				continue
			}
			b.Happened(d.Platform, GapCounted)
			d.Gap, d.Fact, list[i].gap = id, "", nil
		}
		if d.Message != "" { // else a terminal: nothing to come back to
			deliveries = append(deliveries, *d)
		}
	}
	if len(deliveries) > 0 {
		if err := b.Store.Deliver(ctx, deliveries...); err != nil {
			errs = append(errs, fmt.Errorf("remembering %d deliveries: %w", len(deliveries), err))
		}
	}
	return errors.Join(errs...)
}

// changeJob corrects earlier answers that carried a fact which changed.
type changeJob struct {
	space SpaceID
	r     facts.Revision
}

func (j changeJob) run(ctx context.Context, b *Bot) error {
	if b.Setting(j.space, SetCorrections) != "on" || j.r.Setting() != "" || j.r.Reviews() != "" {
		return nil
	}
	list, err := b.Store.Delivered(ctx, j.r.Space, j.r.Fact, j.r.Number, b.Clock().Add(-correctFor))
	if err != nil {
		return fmt.Errorf("finding what to correct: %w", err)
	}
	h, shown := b.engine.Get(j.r.Space, j.r.Fact)
	for _, d := range list {
		same, err := b.sameToReader(ctx, &d, h.Fact)
		if err != nil {
			return err
		}
		if same {
			continue
		}
		reply := plain(d.Lang, say(d.Lang, "withdrawn"))
		if shown && h.Fact != nil {
			reply = b.Fact(j.space, h.Fact, d.Lang, false)
			reply.Blocks = append([]Block{{Kind: Paragraph, Text: say(d.Lang, "corrected", dateText(facts.DateOf(j.r.At.UTC()), d.Lang))}}, reply.Blocks...)
		}
		key := fmt.Sprintf("correct %s %s %s %d", d.Platform, d.Channel, d.Message, j.r.Seq)
		if err := b.once(ctx, d.Platform, key, func(c Courier) error {
			err := c.Edit(ctx, d.MessageRef, reply)
			if err != nil && !errors.Is(err, ErrGone) && !d.Private {
				_, err = c.Send(ctx, d.MessageRef, reply)
			}
			if err == nil {
				err = b.Store.Redelivered(ctx, d.MessageRef, j.r.Number)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// sameToReader reports whether the text that a delivery carried reads as the fact does now.
func (b *Bot) sameToReader(ctx context.Context, d *facts.Delivery, now *facts.Fact) (bool, error) {
	if now == nil {
		return false, nil
	}
	if d.Revision == 0 {
		ground, ok := b.engine.Ground(d.Space, d.Fact)
		return ok && ground.Fact != nil && !material(ground.Fact, now), nil
	}
	list, err := b.Store.History(ctx, d.Space, d.Fact, 0, maxHistory)
	if err != nil {
		return false, fmt.Errorf("finding what was delivered: %w", err)
	}
	for i := range list {
		if list[i].Number == d.Revision {
			c, err := list[i].Content()
			return err == nil && c.Fact != nil && !material(c.Fact, now), err
		}
	}
	return false, nil
}

// once does an outward act if nobody did it before, by its natural key, also not before a crash: it is better not said than said twice.
func (b *Bot) once(ctx context.Context, platform, key string, act func(Courier) error) error {
	b.mu.RLock()
	c := b.couriers[platform]
	b.mu.RUnlock()
	if c == nil {
		return nil // the platform is not served by this process
	}
	mine, err := b.Store.Claim(ctx, key)
	if err != nil || !mine {
		return err
	}
	outcome := "done"
	if err := act(c); err != nil {
		outcome = "failed: " + err.Error()
		level := slog.LevelWarn
		if errors.Is(err, ErrGone) {
			level = slog.LevelInfo
		}
		b.Log.Log(ctx, level, "a notice was not delivered", "notice", key, "error", err)
	}
	return b.Store.Settle(ctx, key, outcome)
}

// gapJob tells the channels that asked what a fact now answers. gap is the question it was written for, 0 if none was named.
type gapJob struct {
	space SpaceID
	r     facts.Revision
	gap   int64
}

// gapsTried is how many open gaps, the most asked first, a new fact is tried on.
const gapsTried = 300

func (j gapJob) run(ctx context.Context, b *Bot) error {
	if j.gap != 0 {
		g, err := b.Store.Gap(ctx, j.gap)
		if err != nil && !errors.Is(err, facts.ErrNotFound) {
			return fmt.Errorf("closing a gap: %w", err)
		}
		if err == nil {
			if err := j.close(ctx, b, g); err != nil {
				return err
			}
		}
	}
	list, err := b.Store.Gaps(ctx, string(j.space), 0, gapsTried)
	if err != nil {
		return fmt.Errorf("looking for gaps a fact answers: %w", err)
	}
	for _, g := range list {
		r := b.engine.Ask(facts.Query{Text: g.Sample, Lang: g.Lang, Space: string(j.space)})
		if r.Kind == facts.Answer && r.Hits[0].ID() == j.r.Fact {
			if err := j.close(ctx, b, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// close marks a gap as answered and tells each channel that asked once.
func (j gapJob) close(ctx context.Context, b *Bot, g facts.Gap) error {
	if err := b.Store.CloseGap(ctx, g.ID, j.r.Fact); err != nil {
		return fmt.Errorf("closing a gap: %w", err)
	}
	h, ok := b.engine.Get(string(j.space), j.r.Fact)
	if b.Setting(j.space, SetGapNotices) != "on" || !ok || h.Fact == nil {
		return nil
	}
	askers, err := b.Store.Askers(ctx, g.ID)
	if err != nil {
		return fmt.Errorf("finding who asked: %w", err)
	}
	for _, d := range askers {
		reply := b.Fact(j.space, h.Fact, d.Lang, false)
		reply.Blocks = append([]Block{{Kind: Paragraph, Text: say(d.Lang, "gap_answered")}}, reply.Blocks...)
		to := facts.MessageRef{Platform: d.Platform, Channel: d.Channel, Message: d.ReplyTo}
		key := "gap " + strconv.FormatInt(g.ID, 10) + " " + d.Platform + " " + d.Channel
		if err := b.once(ctx, d.Platform, key, func(c Courier) error {
			at, err := c.Send(ctx, to, reply)
			if err != nil {
				return err
			}
			return b.Store.Deliver(ctx, facts.Delivery{MessageRef: at, ReplyTo: to.Message, Space: string(j.space), Fact: h.Fact.ID, Revision: h.Fact.Revision, Lang: d.Lang, At: b.Clock()})
		}); err != nil {
			return err
		}
	}
	return nil
}

// outcomeJob tells the author of a proposal what became of it, where they made it.
type outcomeJob struct{ proposal, decision facts.Revision }

func (j outcomeJob) run(ctx context.Context, b *Bot) error {
	watchers, err := b.Store.Watchers(ctx, j.proposal.Seq)
	if err != nil {
		return fmt.Errorf("finding who waits for an outcome: %w", err)
	}
	c, err := j.proposal.Content()
	if err != nil || c.Fact == nil {
		return err
	}
	for _, w := range watchers {
		name := "outcome_approved"
		if j.decision.State == facts.Rejected {
			name = "outcome_rejected"
		}
		reply := plain(w.Lang, say(w.Lang, name, c.Fact.In(w.Lang).Question, j.decision.Reason))
		key := fmt.Sprintf("outcome %d %s %s", j.proposal.Seq, w.Platform, w.Channel)
		if err := b.once(ctx, w.Platform, key, func(c Courier) error {
			_, err := c.Send(ctx, w.MessageRef, reply)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// cardJob shows a proposal in the moderators' channel, where the space has one.
type cardJob struct {
	space SpaceID
	seq   int64
}

func (j cardJob) run(ctx context.Context, b *Bot) error {
	channel := b.Setting(j.space, SetReviewChannel)
	if channel == "" {
		return nil
	}
	p, err := b.Store.Revision(ctx, j.seq)
	if err != nil {
		return fmt.Errorf("showing a proposal: %w", err)
	}
	lang := Lang(b.Setting(j.space, SetLanguage))
	if !lang.Valid() {
		lang = English
	}
	card, err := b.card(&p, lang)
	if err != nil {
		return err
	}
	return b.once(ctx, p.By.Platform, "card "+strconv.FormatInt(j.seq, 10), func(c Courier) error {
		_, err := c.Send(ctx, MessageRef{Platform: p.By.Platform, Channel: channel}, card)
		return err
	})
}
