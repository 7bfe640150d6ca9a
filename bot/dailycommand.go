package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"testigo/facts"
)

// dailyAction is what /daily can do, by its words in both languages.
type dailyAction struct {
	name facts.Words
	run  func(ctx context.Context, b *Bot, m Message, s *facts.Subscription, p *plan, rest string) (Reply, error)
}

func dailyActionTable() []dailyAction {
	return []dailyAction{
		{words("status", "estado"), dailyStatus},
		{words("on", "activar"), dailyOn},
		{words("off", "apagar"), dailyOff},
		{words("preview", "vista"), dailyPreview},
		{words("test", "probar"), dailyTest},
		{words("pause", "pausar"), dailyPause},
		{words("run", "serie"), dailyRun},
		{words("swap", "cambiar"), dailySwap},
		{words("skip", "saltar"), dailySkip},
		{words("set", "poner"), dailySet},
	}
}

func dailyActions() []facts.Words {
	var out []facts.Words
	for _, a := range dailyActionTable() {
		out = append(out, a.name)
	}
	return out
}

// runDaily switches a channel's daily posts on and off and looks ahead.
func runDaily(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	verb, rest, _ := strings.Cut(rest, " ")
	verb = facts.Fold(verb)
	if verb == "" {
		verb = "status"
	}
	table := dailyActionTable()
	i := slices.IndexFunc(table, func(a dailyAction) bool { return a.name.En == verb || a.name.Es == verb })
	if i < 0 {
		return private(lang, say(lang, "daily_needs")), nil
	}
	list, err := b.Store.Subscriptions(ctx)
	if err != nil {
		return b.failed(lang, err)
	}
	var s *facts.Subscription
	var p plan
	if j := slices.IndexFunc(list, func(s facts.Subscription) bool { return s.Platform == m.At.Platform && s.Channel == m.At.Channel }); j >= 0 {
		s = &list[j]
		if p, err = readPlan(*s); err != nil {
			return b.failed(lang, err)
		}
	} else if verb := table[i].name.En; verb != "on" {
		return private(lang, say(lang, "daily_is_off")), nil
	}
	r, err := table[i].run(ctx, b, m, s, &p, strings.TrimSpace(rest))
	if err != nil {
		return b.failed(lang, err)
	}
	return r, nil
}

// keepPlan subscribes a channel with a plan in the place of s, if it had one. A post that is due already stays due; one whose hour is only now
// set to a time gone by is not.
func (b *Bot) keepPlan(ctx context.Context, m Message, s *facts.Subscription, p *plan) error {
	today := b.Clock().In(p.location()).Format(dateForm)
	for date := range p.Chosen {
		if date < today {
			delete(p.Chosen, date)
		}
	}
	spec, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	next := facts.Subscription{Space: string(m.Space), Platform: m.At.Platform, Channel: m.At.Channel, Spec: spec, At: b.Clock()}
	if s != nil {
		if old, err := readPlan(*s); err == nil && old.Hour == p.Hour && old.Minute == p.Minute && old.Zone == p.Zone {
			next.At = s.At
		}
	}
	return b.Store.Subscribe(ctx, next)
}

func dailyOn(ctx context.Context, b *Bot, m Message, s *facts.Subscription, p *plan, rest string) (Reply, error) {
	lang := b.lang(m, "")
	if s == nil {
		*p = plan{Hour: 9, Zone: defaultZone, Lang: lang, Kind: onAnniversaries, Silent: m.At.Platform == "telegram"}
	}
	for _, word := range strings.Fields(rest) {
		if wrong := b.planWord(m.Space, p, word, lang); wrong != "" {
			return private(lang, wrong), nil
		}
	}
	if err := b.keepPlan(ctx, m, s, p); err != nil {
		return Reply{}, err
	}
	return dailyStatus(ctx, b, m, s, p, "")
}

// planWord takes one word of "/daily on" into a plan: an hour, a time zone, a language, a kind or a topic. It returns what is wrong with it.
func (b *Bot) planWord(space SpaceID, p *plan, word string, lang Lang) string {
	if t, err := time.Parse("15:04", word); err == nil {
		p.Hour, p.Minute = t.Hour(), t.Minute()
		return ""
	}
	if strings.Contains(word, "/") || word == "UTC" {
		if _, err := time.LoadLocation(word); err != nil {
			return say(lang, "zone_wrong", clip(word))
		}
		p.Zone, p.zone = word, nil
		return ""
	}
	key := facts.Fold(word)
	if l := Lang(key); l.Valid() {
		p.Lang = l
		return ""
	}
	for _, k := range dailyKinds {
		if key == string(k) || key == facts.Fold(say(Spanish, "kind_"+string(k))) || key == facts.Fold(say(English, "kind_"+string(k))) {
			p.Kind = k
			return ""
		}
	}
	if t := b.findTopic(space, strings.ReplaceAll(word, "_", " ")); t != nil {
		p.Topic = t.ID
		return ""
	}
	if t := b.findTopic(space, word); t != nil {
		p.Topic = t.ID
		return ""
	}
	return say(lang, "daily_word_wrong", clip(word))
}

func dailyOff(ctx context.Context, b *Bot, m Message, _ *facts.Subscription, _ *plan, _ string) (Reply, error) {
	lang := b.lang(m, "")
	if err := b.Store.Unsubscribe(ctx, string(m.Space), m.At.Platform, m.At.Channel); err != nil {
		return Reply{}, err
	}
	return private(lang, say(lang, "daily_now_off")), nil
}

func dailyStatus(ctx context.Context, b *Bot, m Message, _ *facts.Subscription, p *plan, _ string) (Reply, error) {
	lang := b.lang(m, "")
	topic := say(lang, "all_topics")
	if t := b.engine.Pack(string(m.Space)).Topic(p.Topic); t != nil {
		topic = t.Name.In(lang)
	}
	r := private(lang, say(lang, "daily_is_on", p.Hour, p.Minute, p.Zone, say(lang, "language_"+string(p.Lang)), say(lang, "kind_"+string(p.Kind)), topic))
	item := func(text string) { r.Blocks = append(r.Blocks, Block{Kind: Item, Text: text}) }
	if p.Until != "" && p.Until > b.Clock().In(p.location()).Format(dateForm) {
		item(say(lang, "daily_paused", p.Until))
	}
	for _, x := range p.Runs {
		item(say(lang, "daily_run_is", x.Name, x.From.String(), x.Days))
	}
	posts, err := b.Store.Posted(ctx, string(m.Space), m.At.Platform, m.At.Channel, 1)
	if err != nil {
		return r, err
	}
	if len(posts) > 0 {
		item(say(lang, "daily_last", posts[0].Date, posts[0].Fact, say(lang, "post_"+posts[0].State)))
	}
	on, x, ok, err := b.nextPost(ctx, m.Space, p)
	switch {
	case err != nil:
		return r, err
	case ok:
		item(say(lang, "daily_next", dateText(on, lang), x.fact.In(lang).Question))
	default:
		item(say(lang, "daily_nothing"))
	}
	r.Choices = []Choice{
		{Label: say(lang, "daily_preview"), Command: "/daily preview"}, {Label: say(lang, "daily_test"), Command: "/daily test"},
		{say(lang, "daily_off"), "/daily off", Danger},
	}
	return r, nil
}

// nextPost looks up to a year ahead for the next date with a post.
func (b *Bot) nextPost(ctx context.Context, space SpaceID, p *plan) (facts.Date, picked, bool, error) {
	posts, err := b.Store.Posted(ctx, string(space), "", "", pastPosts)
	if err != nil {
		return facts.Date{}, picked{}, false, err
	}
	before := newPast(posts)
	now := b.Clock().In(p.location())
	for i := range 366 {
		d := now.AddDate(0, 0, i)
		on := facts.DateOf(d)
		if p.at(d.Year(), d.Month(), d.Day()).Before(now) || p.Until != "" && on.String() < p.Until {
			continue
		}
		if x, ok := b.pick(space, p, on, before); ok {
			return on, x, true, nil
		}
	}
	return facts.Date{}, picked{}, false, nil
}

// dailyPreview shows the post of a date, tomorrow's without one.
func dailyPreview(ctx context.Context, b *Bot, m Message, _ *facts.Subscription, p *plan, rest string) (Reply, error) {
	lang := b.lang(m, "")
	on, wrong := b.dayOf(p, rest, lang)
	if wrong != nil {
		return *wrong, nil
	}
	r, _, ok, err := b.daysPost(ctx, m.Space, p, on)
	if err != nil {
		return r, err
	}
	if !ok {
		return private(lang, say(lang, "daily_none_on", dateText(on, lang))), nil
	}
	r.Blocks = append([]Block{{Kind: Paragraph, Text: say(lang, "daily_would_be", dateText(on, lang))}}, r.Blocks...)
	r.Private, r.Replace, r.Pin, r.Answered = true, true, false, ""
	r.Choices = []Choice{
		{Label: say(lang, "daily_swap"), Command: "/daily swap " + on.String()}, {say(lang, "daily_skip"), "/daily skip " + on.String(), Danger},
	}
	return r, nil
}

// dayOf reads a date that lies ahead; none is tomorrow, where the plan is.
func (b *Bot) dayOf(p *plan, text string, lang Lang) (facts.Date, *Reply) {
	now := b.Clock().In(p.location())
	if text == "" {
		return facts.DateOf(now.AddDate(0, 0, 1)), nil
	}
	on, err := facts.ParseDate(text)
	if err != nil || on.Day == 0 || on.Compare(facts.DateOf(now)) < 0 {
		wrong := private(lang, say(lang, "day_wrong", clip(text)))
		return on, &wrong
	}
	return on, nil
}

// dailyTest shows the next post there will be, to the one who asks.
func dailyTest(ctx context.Context, b *Bot, m Message, _ *facts.Subscription, p *plan, _ string) (Reply, error) {
	lang := b.lang(m, "")
	on, _, ok, err := b.nextPost(ctx, m.Space, p)
	if err != nil {
		return Reply{}, err
	}
	if !ok {
		return private(lang, say(lang, "daily_nothing")), nil
	}
	r, _, _, err := b.daysPost(ctx, m.Space, p, on)
	r.Private, r.Pin, r.Answered = true, false, ""
	return r, err
}

func dailyPause(ctx context.Context, b *Bot, m Message, s *facts.Subscription, p *plan, rest string) (Reply, error) {
	lang := b.lang(m, "")
	for _, word := range []string{"until ", "hasta "} {
		rest = strings.TrimPrefix(rest, word)
	}
	if rest == "" { // on again
		p.Until = ""
	} else {
		on, wrong := b.dayOf(p, rest, lang)
		if wrong != nil {
			return *wrong, nil
		}
		p.Until = on.String()
	}
	if err := b.keepPlan(ctx, m, s, p); err != nil {
		return Reply{}, err
	}
	return dailyStatus(ctx, b, m, s, p, "")
}

// maxRuns and maxRunName bound what a plan holds.
const (
	maxRuns    = 5
	maxRunName = 80
)

// dailyRun reads "NAME FROM DAYS" and begins a run; with 0 days it takes the run of that name out.
func dailyRun(ctx context.Context, b *Bot, m Message, s *facts.Subscription, p *plan, rest string) (Reply, error) {
	lang := b.lang(m, "")
	fields := strings.Fields(rest)
	byDate := len(fields) > 0 && slices.Contains([]string{"by_date", "por_fecha"}, fields[len(fields)-1])
	if byDate {
		fields = fields[:len(fields)-1]
	}
	if len(fields) < 3 {
		return private(lang, say(lang, "run_needs")), nil
	}
	name := clipTo(strings.Join(fields[:len(fields)-2], " "), maxRunName)
	from, err := facts.ParseDate(fields[len(fields)-2])
	days, err2 := strconv.Atoi(fields[len(fields)-1])
	if err != nil || err2 != nil || from.Day == 0 || days < 0 || days > 366 {
		return private(lang, say(lang, "run_needs")), nil
	}
	p.Runs = slices.DeleteFunc(p.Runs, func(r run) bool { return facts.Fold(r.Name) == facts.Fold(name) })
	if len(p.Runs) == maxRuns {
		return private(lang, say(lang, "runs_many", maxRuns)), nil
	}
	if days > 0 {
		p.Runs = append(p.Runs, run{name, from, days, byDate})
	}
	if err := b.keepPlan(ctx, m, s, p); err != nil {
		return Reply{}, err
	}
	return dailyStatus(ctx, b, m, s, p, "")
}

// dailySwap puts another fact in the place of a date's: the one named, else the next that would be picked without it.
func dailySwap(ctx context.Context, b *Bot, m Message, s *facts.Subscription, p *plan, rest string) (Reply, error) {
	lang := b.lang(m, "")
	day, id, _ := strings.Cut(rest, " ")
	on, wrong := b.dayOf(p, day, lang)
	if wrong != nil {
		return *wrong, nil
	}
	id = strings.ToLower(strings.TrimSpace(id))
	if id == "" {
		next, err := b.insteadOn(ctx, m.Space, p, on)
		if err != nil {
			return Reply{}, err
		}
		id = next
	}
	if h, ok := b.engine.Get(string(m.Space), id); !ok || h.Fact == nil {
		return private(lang, say(lang, "no_such_fact", clip(id))), nil
	}
	return b.choose(ctx, m, s, p, on, id)
}

// insteadOn returns the fact that would be picked for a date if today's choice had just been posted; "" if there is no other.
func (b *Bot) insteadOn(ctx context.Context, space SpaceID, p *plan, on facts.Date) (string, error) {
	posts, err := b.Store.Posted(ctx, string(space), "", "", pastPosts)
	if err != nil {
		return "", err
	}
	before := newPast(posts)
	now, ok := b.pick(space, p, on, before)
	if !ok {
		return "", nil
	}
	bare := *p
	bare.Chosen = nil
	before.latest[now.fact.ID] = on.String()
	delete(before.on, on.String())
	x, ok := b.pick(space, &bare, on, before)
	if !ok {
		return "", nil
	}
	return x.fact.ID, nil
}

func dailySkip(ctx context.Context, b *Bot, m Message, s *facts.Subscription, p *plan, rest string) (Reply, error) {
	on, wrong := b.dayOf(p, rest, b.lang(m, ""))
	if wrong != nil {
		return *wrong, nil
	}
	return b.choose(ctx, m, s, p, on, skipDay)
}

// choose keeps what moderators want on a date and shows what that comes to.
func (b *Bot) choose(ctx context.Context, m Message, s *facts.Subscription, p *plan, on facts.Date, id string) (Reply, error) {
	if p.Chosen == nil {
		p.Chosen = map[string]string{}
	}
	p.Chosen[on.String()] = id
	if err := b.keepPlan(ctx, m, s, p); err != nil {
		return Reply{}, err
	}
	b.daily.look(*s, on.String())
	return dailyPreview(ctx, b, m, s, p, on.String())
}

// dailySet switches silent, pin or card on or off.
func dailySet(ctx context.Context, b *Bot, m Message, s *facts.Subscription, p *plan, rest string) (Reply, error) {
	lang := b.lang(m, "")
	name, value, _ := strings.Cut(rest, " ")
	on := value == "on" || facts.Fold(value) == "si"
	if !on && value != "off" && value != "no" {
		return private(lang, say(lang, "set_needs")), nil
	}
	switch facts.Fold(name) {
	case "silent", "silencio":
		p.Silent = on
	case "pin", "fijar":
		p.Pin = on
	case "card", "tarjeta":
		p.Card = on
	default:
		return private(lang, say(lang, "set_needs")), nil
	}
	if err := b.keepPlan(ctx, m, s, p); err != nil {
		return Reply{}, err
	}
	return dailyStatus(ctx, b, m, s, p, "")
}
