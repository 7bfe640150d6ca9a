package bot

import (
	"cmp"
	"context"
	"slices"
	"time"

	"testigo/facts"
)

// AgendaDay is one date of a year and what there is for it.
type AgendaDay struct {
	On    facts.Date
	Names []string      // the anniversaries it marks, in the language asked for; a run's days carry its name
	Facts []*facts.Fact // that may be posted then, in their order
	Marks bool          // the calendar has it: not only facts dated that day
	Run   bool          // it is a later day of a run, which has the next fact of its order
}

// Agenda returns the dates of a year that are in the calendar or on which a fact is dated, in order.
func (b *Bot) Agenda(space SpaceID, year int, lang Lang) []AgendaDay {
	p := plan{Lang: lang, Kind: onThisDay}
	var out []AgendaDay
	for d := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC); d.Year() == year; d = d.AddDate(0, 0, 1) {
		day := AgendaDay{On: facts.DateOf(d)}
		if a := b.anniversary(space, day.On); a != nil {
			day.Marks = true
			day.Names = append(day.Names, a.Name.In(lang))
			if h, ok := b.engine.Get(string(space), a.Fact); ok && h.Fact != nil && p.takes(h.Fact) {
				day.Facts = append(day.Facts, h.Fact)
			}
		}
		for _, r := range b.runs(space, &p, day.On) {
			if n := r.dayOf(day.On); n > 1 {
				day.Marks, day.Run = true, true
				day.Names = append(day.Names, say(lang, "why_run", n, r.Days, r.Name))
			}
		}
		for _, f := range b.datedOn(space, &p, day.On) {
			if !slices.Contains(day.Facts, f) {
				day.Facts = append(day.Facts, f)
			}
		}
		if day.Marks || len(day.Facts) > 0 {
			out = append(out, day)
		}
	}
	return out
}

// DailyPost is what one channel gets on a date.
type DailyPost struct {
	Platform, Channel string
	Reply             Reply  // empty where nothing is posted
	State             string // of the store's row after PostOn: "sent", "failed", ...; "" for nothing
}

// DailyPosts returns what each subscribed channel of a space ("" for all) gets on a date, in the order of platforms and channels.
func (b *Bot) DailyPosts(ctx context.Context, space SpaceID, on facts.Date) ([]DailyPost, error) {
	var out []DailyPost
	err := b.eachSubscription(ctx, space, func(s facts.Subscription, p *plan) error {
		r, _, _, err := b.daysPost(ctx, SpaceID(s.Space), p, on)
		out = append(out, DailyPost{Platform: s.Platform, Channel: s.Channel, Reply: r})
		return err
	})
	return out, err
}

// DefaultPost is what a channel of the space would get on a date with nothing set but a language.
func (b *Bot) DefaultPost(ctx context.Context, space SpaceID, on facts.Date, lang Lang) (Reply, error) {
	p := plan{Zone: defaultZone, Lang: lang, Kind: onThisDay}
	r, _, _, err := b.daysPost(ctx, space, &p, on)
	return r, err
}

// PostOn makes the posts of a date now, whatever the hour, in every subscribed channel of a space ("" for all) whose platform has a courier. What was
// posted or begun before is left as it is.
func (b *Bot) PostOn(ctx context.Context, space SpaceID, on facts.Date) ([]DailyPost, error) {
	var out []DailyPost
	err := b.eachSubscription(ctx, space, func(s facts.Subscription, p *plan) error {
		b.mu.RLock()
		courier := b.couriers[s.Platform]
		b.mu.RUnlock()
		if courier == nil {
			return nil
		}
		if _, err := b.post(ctx, courier, s, p, dueDay{on.String(), on, false}, b.Clock()); err != nil {
			b.Log.Error("a daily post was not made", "platform", s.Platform, "channel", s.Channel, "error", err)
		}
		posts, err := b.Store.Posted(ctx, s.Space, s.Platform, s.Channel, 400)
		x := DailyPost{Platform: s.Platform, Channel: s.Channel}
		if i := slices.IndexFunc(posts, func(p facts.Post) bool { return p.Date == on.String() }); i >= 0 {
			x.State = posts[i].State
		}
		out = append(out, x)
		return err
	})
	return out, err
}

func (b *Bot) eachSubscription(ctx context.Context, space SpaceID, do func(facts.Subscription, *plan) error) error {
	list, err := b.Store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(x, y facts.Subscription) int {
		return cmp.Or(cmp.Compare(x.Platform, y.Platform), cmp.Compare(x.Channel, y.Channel))
	})
	for _, s := range list {
		if space != "" && s.Space != string(space) {
			continue
		}
		p, err := readPlan(s)
		if err != nil {
			return err
		}
		if err := do(s, &p); err != nil {
			return err
		}
	}
	return nil
}
