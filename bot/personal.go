package bot

import (
	"context"
	"strings"

	"testigo/facts"
)

// lang is the language to reply in to a message with no question in it.
func (b *Bot) lang(m Message, text string) facts.Lang {
	if l := b.chosenLang(m); l.Valid() {
		return l
	}
	switch {
	case text != "":
		return facts.DetectLang(text, m.Locale)
	case m.Locale.Valid():
		return m.Locale
	}
	return facts.English
}

// chosenLang is the language somebody chose: for the message, the channel, the space; "" where nobody did.
func (b *Bot) chosenLang(m Message) facts.Lang {
	if m.Lang.Valid() {
		return m.Lang
	}
	if m.At.Channel != "" {
		if l := b.channels.get(m.At).Lang; l.Valid() {
			return l
		}
	}
	if l := facts.Lang(b.Setting(m.Space, SetLanguage)); l.Valid() {
		return l
	}
	return ""
}

func runLanguage(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := facts.Lang(strings.ToLower(rest))
	if !lang.Valid() {
		l := b.lang(m, "")
		return plain(l, say(l, "language_needs")), nil
	}
	if b.Store != nil && m.At.Channel != "" {
		if !m.Private && m.Role < Moderator {
			return private(lang, say(lang, "language_moderators")), nil
		}
		if err := b.channels.change(ctx, m.At, func(c *facts.Channel) { c.Lang = lang }); err != nil {
			return b.failed(lang, err)
		}
	}
	r := plain(lang, say(lang, "language_is"))
	r.SetLang = lang
	return r, nil
}

// runPrivacy says what is kept, what is kept about its asker ("mine"), and forgets them ("forget").
func runPrivacy(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	if b.Store == nil {
		return plain(lang, say(lang, "privacy_nothing")), nil
	}
	verb, sure, _ := strings.Cut(strings.ToLower(rest), " ")
	switch verb {
	case "mine", "mío", "mio":
		known, err := b.Store.Known(ctx, m.Author.Platform, m.Author.ID)
		if err != nil {
			return b.failed(lang, err)
		}
		if known == (facts.Personal{}) {
			return private(lang, say(lang, "privacy_none")), nil
		}
		return private(lang, say(lang, "privacy_mine", orNone(known.Name, lang), known.Entries, known.Drafts, known.Watches)), nil
	case "forget", "olvidar":
		if sure != "yes" && sure != "sí" && sure != "si" {
			r := private(lang, say(lang, "forget_sure"))
			r.Choices = []Choice{{say(lang, "forget_yes"), "/privacy forget yes", Danger}}
			return r, nil
		}
		n, err := b.Store.Forget(ctx, m.Author.Platform, m.Author.ID)
		if err != nil {
			return b.failed(lang, err)
		}
		b.drafts.forms.forget(m.Author)
		b.channels.forget(ctx, m.Author.Platform, m.Author.ID) // a private chat that bears their id
		return private(lang, count(lang, "forgotten", n)), nil
	}
	r := private(lang, say(lang, "privacy", int(b.keep().Hours()/24)))
	r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: say(lang, "privacy_log")})
	r.Choices = []Choice{{Label: say(lang, "privacy_see"), Command: "/privacy mine"}, {say(lang, "privacy_forget"), "/privacy forget", Danger}}
	return r, nil
}
