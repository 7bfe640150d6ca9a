package bot

import (
	"slices"
	"strings"
	"unicode/utf8"

	"testigo/facts"
)

// What follows reads what people type into fields, and says what is wrong with it.

// lines splits a text into its lines, or at semicolons where one types on a single line, without empty ones, list marks and repeats.
func lines(text string) []string {
	var out []string
	if text = strings.TrimSpace(text); !strings.Contains(text, "\n") { // a line among several may have a semicolon of its own
		text = strings.ReplaceAll(text, ";", "\n")
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-*•·"))
		if line != "" && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

// items splits a text at its commas.
func items(text string) []string {
	var out []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" && !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

func checkDate(_ *Bot, d *draft, value string) string {
	if _, err := facts.ParseDate(value); err != nil {
		return say(d.Lang, "date_wrong", clip(value))
	}
	return ""
}

func checkDates(b *Bot, d *draft, value string) string {
	for _, v := range items(value) {
		if wrong := checkDate(b, d, v); wrong != "" {
			return wrong
		}
	}
	return ""
}

func checkTopics(b *Bot, d *draft, value string) string {
	for _, name := range items(value) {
		if b.findTopic(d.Space, name) == nil {
			var known []string
			for _, t := range b.engine.Pack(string(d.Space)).Topics {
				known = append(known, t.Name.In(d.Lang))
			}
			return say(d.Lang, "topic_wrong", clip(name), strings.Join(known, ", "))
		}
	}
	return ""
}

func checkPeople(b *Bot, d *draft, value string) string {
	for _, name := range items(value) {
		if b.findEntity(d.Space, name) == nil {
			return say(d.Lang, "name_wrong", clip(name))
		}
	}
	return ""
}

// findEntity finds a person, body, place or term by its id, name or alias, accents and case aside.
func (b *Bot) findEntity(space SpaceID, name string) *facts.Entity {
	key := facts.Fold(name)
	for _, e := range b.engine.Pack(string(space)).Entities {
		if e.ID == name || facts.Fold(e.Name.En) == key || facts.Fold(e.Name.Es) == key ||
			slices.ContainsFunc(e.Aliases, func(a string) bool { return facts.Fold(a) == key }) {
			return e
		}
	}
	return nil
}

func checkFactID(b *Bot, d *draft, value string) string {
	if h, ok := b.engine.Get(string(d.Space), strings.ToLower(value)); !ok || h.Fact == nil {
		return say(d.Lang, "no_such_fact", clip(value))
	}
	return ""
}

func checkQuoteLength(_ *Bot, d *draft, value string) string {
	if utf8.RuneCountInString(value) < facts.MinQuote {
		return say(d.Lang, "quote_short", facts.MinQuote)
	}
	return ""
}

func isAddress(s string) bool {
	return (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) && !strings.ContainsAny(s, " \"<>")
}

// newSource reports whether a draft names a source by an address that is to become one.
func newSource(d *draft) bool { return isAddress(d.value("source")) }

func checkSource(b *Bot, d *draft, value string) string {
	switch {
	case isAddress(value):
		return ""
	case strings.Contains(value, "://") || strings.HasPrefix(value, "www."):
		return say(d.Lang, "address_wrong", clip(value))
	case b.engine.Source(string(d.Space), strings.ToLower(value)) == nil:
		var known []string
		for _, s := range b.engine.Pack(string(d.Space)).Sources {
			if s.Quotable() {
				known = append(known, s.ID)
			}
		}
		return say(d.Lang, "source_wrong", clip(value), strings.Join(known, ", "))
	}
	return ""
}

// sourceAndQuote splits a source's id from the quote after it.
func sourceAndQuote(value string) (id, quote string) {
	value = strings.TrimSpace(value)
	i := strings.IndexAny(value, " \n")
	if i < 0 {
		return value, ""
	}
	return value[:i], strings.TrimSpace(value[i:])
}

func checkMoreSource(b *Bot, d *draft, value string) string {
	id, quote := sourceAndQuote(value)
	if isAddress(id) {
		return say(d.Lang, "more_source_address")
	}
	if wrong := checkSource(b, d, id); wrong != "" {
		return wrong
	}
	if quote != "" {
		return checkQuoteLength(b, d, quote)
	}
	return ""
}

func checkPhrasings(_ *Bot, d *draft, value string) string {
	list := lines(value)
	if len(list) > facts.MaxPhrasings {
		return say(d.Lang, "phrasings_many", len(list), facts.MaxPhrasings)
	}
	for _, p := range list {
		if n := utf8.RuneCountInString(p); n > facts.MaxQuestion {
			return say(d.Lang, "phrasing_long", clip(p), n, facts.MaxQuestion)
		}
	}
	return ""
}
