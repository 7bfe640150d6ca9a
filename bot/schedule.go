package bot

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"testigo/facts"
)

// plan is what a channel gets each day: the subscription's Spec.
type plan struct {
	Hour   int       `json:"hour"`
	Minute int       `json:"minute,omitempty"`
	Zone   string    `json:"zone"`
	Lang   Lang      `json:"lang"`
	Kind   dailyKind `json:"kind"`
	Topic  string    `json:"topic,omitempty"` // only facts of this topic
	Silent bool      `json:"silent,omitempty"`
	Pin    bool      `json:"pin,omitempty"`
	Card   bool      `json:"card,omitempty"`  // with a picture
	Until  string    `json:"until,omitempty"` // paused until before this local date
	Runs   []run     `json:"runs,omitempty"`
	// Chosen is what moderators want on a date in the place of what would be picked: the id of a fact, or skipDay.
	Chosen map[string]string `json:"chosen,omitempty"`

	zone *time.Location
}

// dailyKind says on which days there is a post.
type dailyKind string

// The kinds of plans.
const (
	onAnniversaries dailyKind = "anniversaries" // the days of the set's calendar, and of runs
	onThisDay       dailyKind = "on_this_day"   // also any day that a fact is dated
	onEveryDay      dailyKind = "every_day"     // all, with the fact that was not posted for longest
)

var dailyKinds = []dailyKind{onAnniversaries, onThisDay, onEveryDay}

// run is a row of days, each with the next fact of an order.
type run struct {
	Name string     `json:"name"`
	From facts.Date `json:"from"` // the first day, of one year
	Days int        `json:"days"`
	// ByDate takes the facts by their dates; else they come in the order of the topics.
	ByDate bool `json:"by_date,omitempty"`
}

// skipDay is what is chosen for a day without a post.
const skipDay = "-"

// defaultZone is where the set that ships is about.
const defaultZone = "America/Mexico_City"

const dateForm = "2006-01-02"

// readPlan reads the plan of a subscription.
func readPlan(s facts.Subscription) (plan, error) {
	var p plan
	if err := json.Unmarshal(s.Spec, &p); err != nil {
		return p, fmt.Errorf("the subscription of %s %s: %w", s.Platform, s.Channel, err)
	}
	p.zone = p.location()
	return p, nil
}

// location is the plan's time zone; the zone data is inside the program.
func (p *plan) location() *time.Location {
	if p.zone != nil {
		return p.zone
	}
	if l, err := time.LoadLocation(p.Zone); err == nil {
		return l
	}
	return time.UTC
}

// at is the moment of the post of a local date. Where daylight saving leaves the hour out or has it twice, time.Date's rule picks one of
// the two; a date has one moment either way.
func (p *plan) at(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, p.Hour, p.Minute, 0, 0, p.location())
}

// dueDay is a local date whose post may be made now, or is too late.
type dueDay struct {
	date string
	on   facts.Date
	late bool // its window is over
}

// lateFor is how long after its window a missed post is still noted and told to moderators.
const lateFor = 24 * time.Hour

// due returns the dates whose post is due at a moment, the older first: those whose window is open, and those whose window ended less than
// lateFor ago. since is when the subscription was made: nothing due before it is.
func (p *plan) due(now, since time.Time, window time.Duration) []dueDay {
	local := now.In(p.location())
	var out []dueDay
	for back := 2; back >= 0; back-- { // a late hour's window may reach into the days after it
		d := local.AddDate(0, 0, -back)
		at := p.at(d.Year(), d.Month(), d.Day())
		date := facts.DateOf(at)
		if at.After(now) || at.Before(since) || now.Sub(at) >= window+lateFor || p.Until != "" && date.String() < p.Until {
			continue
		}
		out = append(out, dueDay{date.String(), date, now.Sub(at) >= window})
	}
	return out
}

// picked is a fact for a date, and why.
type picked struct {
	fact *facts.Fact
	why  string // in the plan's language
}

// past is what was posted in a space before: the latest date of each fact, over all its channels.
type past struct {
	latest map[string]string // by fact
	on     map[string]string // the fact of a date
}

func newPast(posts []facts.Post) past {
	p := past{map[string]string{}, map[string]string{}}
	for _, x := range posts {
		if x.Fact == "" || x.State == "skipped" {
			continue
		}
		if x.Date > p.latest[x.Fact] {
			p.latest[x.Fact] = x.Date
		}
		p.on[x.Date] = x.Fact
	}
	return p
}

// pick chooses the fact of a date for a plan; none means that nothing is posted. What a space posted that day in another channel is posted in
// this one too, where its plan allows it. Otherwise the fact comes, in this order,
//   - from what moderators chose;
//   - from an anniversary of the calendar: its own fact, then facts dated that day, oldest first, the one not posted for longest;
//   - from a run that the day is in: the next of its order that the run has not posted, then from the beginning;
//   - for plans that want it, from facts dated that day; and then from all, the one not posted for longest.
//
// Facts that the set marks as not to be posted are never picked.
func (b *Bot) pick(space SpaceID, p *plan, on facts.Date, before past) (picked, bool) {
	date := on.String()
	if id := p.Chosen[date]; id != "" {
		h, ok := b.engine.Get(string(space), id)
		if id == skipDay || !ok || h.Fact == nil {
			return picked{}, false
		}
		return picked{h.Fact, b.whyDated(h.Fact, on, p.Lang)}, true
	}
	day, dated := b.anniversary(space, on), b.datedOn(space, p, on)
	if day != nil {
		list := dated
		if h, ok := b.engine.Get(string(space), day.Fact); ok && h.Fact != nil && p.takes(h.Fact) {
			list = append([]*facts.Fact{h.Fact}, list...)
		}
		if f := longestAgo(list, before, date); f != nil {
			return picked{f, say(p.Lang, "why_anniversary", day.Name.In(p.Lang), yearsAgo(on.Year-day.On.Year, p.Lang))}, true
		}
	}
	for _, r := range b.runs(space, p, on) {
		if f := b.nextOf(space, p, &r, before, date); f != nil {
			return picked{f, say(p.Lang, "why_run", r.dayOf(on), r.Days, r.Name)}, true
		}
	}
	if p.Kind != onAnniversaries {
		if f := longestAgo(dated, before, date); f != nil {
			return picked{f, b.whyDated(f, on, p.Lang)}, true
		}
	}
	if p.Kind == onEveryDay {
		if f := longestAgo(b.postable(space, p), before, date); f != nil {
			return picked{f, say(p.Lang, "why_every_day")}, true
		}
	}
	return picked{}, false
}

// takes reports whether a fact may be posted of itself in a plan.
func (p *plan) takes(f *facts.Fact) bool {
	return (f.Daily == nil || *f.Daily) && (p.Topic == "" || slices.Contains(f.Topics, p.Topic))
}

func (b *Bot) postable(space SpaceID, p *plan) []*facts.Fact {
	return slices.DeleteFunc(b.engine.Facts(string(space), p.Topic), func(f *facts.Fact) bool { return !p.takes(f) })
}

// datedOn returns the facts dated that day of the year, oldest first. What is dated 29 February is marked on 28 February in a year without one.
func (b *Bot) datedOn(space SpaceID, p *plan, on facts.Date) []*facts.Fact {
	list := b.engine.OnDay(string(space), on.Month, on.Day)
	if endOfShortFebruary(on) {
		list = append(list, b.engine.OnDay(string(space), time.February, 29)...)
	}
	return slices.DeleteFunc(list, func(f *facts.Fact) bool { return !p.takes(f) })
}

func endOfShortFebruary(on facts.Date) bool {
	return on.Month == time.February && on.Day == 28 && time.Date(on.Year, time.February, 29, 0, 0, 0, 0, time.UTC).Month() == time.March
}

// anniversary returns the day of the calendar that a date marks, or nil. The oldest of several comes first.
func (b *Bot) anniversary(space SpaceID, on facts.Date) *facts.Day {
	var found *facts.Day
	for _, d := range b.engine.Pack(string(space)).Days {
		same := d.On.Month == on.Month && d.On.Day == on.Day || endOfShortFebruary(on) && d.On.Month == time.February && d.On.Day == 29
		if same && d.On.Year < on.Year && (found == nil || d.On.Compare(found.On) < 0) {
			found = d
		}
	}
	return found
}

// runs returns the runs a date is in: the plan's own, then those of the calendar.
func (b *Bot) runs(space SpaceID, p *plan, on facts.Date) []run {
	all := slices.Clone(p.Runs)
	for _, d := range b.engine.Pack(string(space)).Days {
		if d.Days > 0 {
			// One of this year's or, across the new year, of the last one's.
			for _, year := range []int{on.Year, on.Year - 1} {
				all = append(all, run{Name: d.Name.In(p.Lang), From: facts.Date{Year: year, Month: d.On.Month, Day: d.On.Day}, Days: d.Days})
			}
		}
	}
	return slices.DeleteFunc(all, func(r run) bool { n := r.dayOf(on); return n < 1 || n > r.Days })
}

// dayOf is the number of a date in the run, 1 on its first day.
func (r *run) dayOf(on facts.Date) int {
	from := time.Date(r.From.Year, r.From.Month, r.From.Day, 0, 0, 0, 0, time.UTC)
	return int(time.Date(on.Year, on.Month, on.Day, 0, 0, 0, 0, time.UTC).Sub(from)/(24*time.Hour)) + 1
}

// nextOf returns the next fact of a run's order: the first that was not posted since the run began, then the one posted longest ago.
func (b *Bot) nextOf(space SpaceID, p *plan, r *run, before past, date string) *facts.Fact {
	list := b.postable(space, p)
	if r.ByDate {
		list = slices.DeleteFunc(list, func(f *facts.Fact) bool { return len(f.Dates) == 0 })
		slices.SortStableFunc(list, func(x, y *facts.Fact) int { return x.Dates[0].Compare(y.Dates[0]) })
	} else {
		topics := b.engine.Pack(string(space)).Topics
		place := func(f *facts.Fact) int {
			return slices.IndexFunc(topics, func(t *facts.Topic) bool { return slices.Contains(f.Topics, t.ID) })
		}
		slices.SortStableFunc(list, func(x, y *facts.Fact) int { return cmp.Compare(place(x), place(y)) })
	}
	since := past{map[string]string{}, before.on}
	for id, on := range before.latest {
		if on >= r.From.String() {
			since.latest[id] = on
		}
	}
	return longestAgo(list, since, date)
}

// longestAgo returns the fact that was posted on the date already, in another channel, else the first that never was, else the one whose last time
// is longest ago; nil of none.
func longestAgo(list []*facts.Fact, before past, date string) *facts.Fact {
	if len(list) == 0 {
		return nil
	}
	if i := slices.IndexFunc(list, func(f *facts.Fact) bool { return f.ID == before.on[date] }); i >= 0 {
		return list[i]
	}
	return slices.MinFunc(list, func(x, y *facts.Fact) int { return cmp.Compare(before.latest[x.ID], before.latest[y.ID]) })
}

// whyDated says which day a fact is of, where it is dated that day.
func (b *Bot) whyDated(f *facts.Fact, on facts.Date, lang Lang) string {
	for _, d := range f.Dates {
		if d.Month == on.Month && d.Day == on.Day && d.Year < on.Year {
			return say(lang, "why_dated", yearsAgo(on.Year-d.Year, lang))
		}
	}
	return say(lang, "why_every_day")
}

func yearsAgo(n int, lang Lang) string { return count(lang, "years_ago", n) }
