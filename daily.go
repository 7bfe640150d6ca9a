package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	ical "github.com/arran4/golang-ical"

	"testigo/adapters/terminal"
	"testigo/bot"
	"testigo/facts"
)

// dailyCommand shows, or for cron makes, the posts of a date.
type dailyCommand struct {
	community `embed:""`
	Date      string `help:"Date of the posts, YYYY-MM-DD (default: today, where a channel is)." placeholder:"DATE"`
	Lang      string `help:"Where no channel has daily posts: the language to show the set's own in." enum:"en,es" default:"es" placeholder:"en|es"`
	DryRun    bool   `help:"Only show what each channel would get (this is what happens without --post)."`
	Post      bool   `help:"Make the posts, each once however often this is run." xor:"dry"`
}

func (c *dailyCommand) Run(a *app) (err error) {
	on := facts.DateOf(time.Now())
	if c.Date != "" {
		if on, err = facts.ParseDate(c.Date); err != nil || on.Day == 0 {
			return usageError(fmt.Sprintf("--date is %q: write a day as YYYY-MM-DD", c.Date))
		}
	}
	space := bot.SpaceID(c.Space)
	b, db, err := c.open(a, bot.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if c.Post {
		return c.post(a, b, space, on)
	}
	posts, err := b.DailyPosts(a.ctx, space, on)
	if err != nil {
		return err
	}
	if len(posts) == 0 {
		reply, err := b.DefaultPost(a.ctx, bot.SpaceID(c.Space), on, bot.Lang(c.Lang))
		if err != nil {
			return err
		}
		fmt.Fprintln(a.out, "No channel has daily posts. With the set's own dates one would get:")
		posts = []bot.DailyPost{{Reply: reply}}
	}
	for _, p := range posts {
		if p.Platform != "" {
			fmt.Fprintf(a.out, "== %s %s, %s\n", p.Platform, p.Channel, on)
		}
		if p.Reply.Empty() {
			fmt.Fprintln(a.out, "nothing")
			continue
		}
		p.Reply.Choices = nil
		if err := terminal.Draw(a.out, p.Reply, terminal.StyleFor(a.out, a.getenv)); err != nil {
			return err
		}
	}
	return nil
}

// post makes the posts of a date, with the couriers of every platform that has a token.
func (c *dailyCommand) post(a *app, b *bot.Bot, space bot.SpaceID, on facts.Date) error {
	platforms, err := (&serveCommand{}).platforms(a, b, slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn})), nil)
	if err != nil {
		return err
	}
	var posts []bot.DailyPost
	err = sending(a.ctx, platforms, func(ctx context.Context) (err error) {
		posts, err = b.PostOn(ctx, space, on)
		return err
	})
	for _, p := range posts {
		state := p.State
		if state == "" {
			state = "nothing to post"
		}
		fmt.Fprintf(a.out, "%s %s, %s: %s\n", p.Platform, p.Channel, on, state)
	}
	if len(posts) == 0 && err == nil {
		fmt.Fprintln(a.out, "No channel has daily posts on a platform whose token is at hand.")
	}
	return err
}

// sending does something while the couriers of all platforms are there.
func sending(ctx context.Context, platforms []platform, do func(context.Context) error) error {
	if len(platforms) == 0 {
		return do(ctx)
	}
	return platforms[0].Sending(ctx, func(ctx context.Context) error { return sending(ctx, platforms[1:], do) })
}

// calendarCommand prints a year.
type calendarCommand struct {
	community `embed:""`
	Year      int    `help:"The year (default: this one)." placeholder:"YEAR"`
	Lang      string `help:"Language to print it in." enum:"en,es" default:"en" placeholder:"en|es"`
	ICS       bool   `name:"ics" help:"Write an iCalendar file (RFC 5545) that people can subscribe to."`
}

func (c *calendarCommand) Run(a *app) (err error) {
	if c.Year == 0 {
		c.Year = time.Now().Year()
	}
	if c.Year < 1 || c.Year > 9999 {
		return usageError(fmt.Sprintf("--year is %d: write a year of four digits", c.Year))
	}
	var b *bot.Bot
	if c.DB == "" && c.Space == "" {
		engine, err := a.engine(c.Pack, "")
		if err != nil {
			return err
		}
		b = bot.New(engine, bot.Options{})
	} else {
		opened, db, err := c.open(a, bot.Options{})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		b = opened
	}
	days := b.Agenda(bot.SpaceID(c.Space), c.Year, bot.Lang(c.Lang))
	if c.ICS {
		return writeICS(a, days, bot.Lang(c.Lang))
	}
	empty := 0
	for _, d := range days {
		what := strings.Join(d.Names, "; ")
		if what == "" {
			what = "(a fact is dated this day)"
		}
		var list string
		switch {
		case len(d.Facts) > 0:
			list = strings.Join(idsOf(d.Facts), " ")
		case d.Run:
			list = "the next of the run"
		default:
			list, empty = "no fact yet", empty+1
		}
		fmt.Fprintf(a.out, "%s  %s  [%s]\n", d.On, what, list)
	}
	all := time.Date(c.Year, time.December, 31, 0, 0, 0, 0, time.UTC).YearDay()
	fmt.Fprintf(a.out, "%s with something to post, %d days without; %s of the calendar without a fact\n", countOf(len(days), "day"), all-len(days), countOf(empty, "day"))
	return nil
}

func idsOf(list []*facts.Fact) []string {
	var ids []string
	for _, f := range list {
		ids = append(ids, f.ID)
	}
	return ids
}

// writeICS writes the days of the calendar as all-day events of one year. The same days give the same bytes.
func writeICS(a *app, days []bot.AgendaDay, lang bot.Lang) error {
	cal := ical.NewCalendarFor("testigo")
	cal.SetMethod(ical.MethodPublish)
	for _, d := range days {
		if !d.Marks {
			continue
		}
		at := time.Date(d.On.Year, d.On.Month, d.On.Day, 0, 0, 0, 0, time.UTC)
		e := cal.AddEvent("testigo-" + d.On.String())
		e.SetDtStampTime(at)
		e.SetAllDayStartAt(at)
		e.SetAllDayEndAt(at.AddDate(0, 0, 1))
		e.SetSummary(strings.Join(d.Names, "; "))
		var questions []string
		for _, f := range d.Facts {
			questions = append(questions, f.In(lang).Question)
		}
		if len(questions) > 0 {
			e.SetDescription(strings.Join(questions, "\n"))
		}
	}
	return cal.SerializeTo(a.out)
}
