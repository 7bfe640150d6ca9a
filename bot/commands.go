package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"testigo/facts"
)

// command is a row of the command table: everything that is said or checked of a command comes from its row.
type command struct {
	name, spanish string
	usage         facts.Words
	help          facts.Words
	run           func(ctx context.Context, b *Bot, m Message, rest string) (Reply, error)
}

func commandTable() []command {
	return []command{
		{"ask", "preguntar", facts.Words{En: "/ask QUESTION", Es: "/preguntar PREGUNTA"},
			facts.Words{En: "answer a question", Es: "responder una pregunta"}, runAsk},
		{"fact", "dato", facts.Words{En: "/fact ID [all]", Es: "/dato ID [todo]"},
			facts.Words{En: "show one fact, with all its quotes if you add “all”", Es: "mostrar un dato; con «todo», con todas sus citas"}, runFact},
		{"topics", "temas", facts.Words{En: "/topics", Es: "/temas"},
			facts.Words{En: "table of contents", Es: "índice de temas"}, runTopics},
		{"topic", "tema", facts.Words{En: "/topic NAME [PAGE]", Es: "/tema NOMBRE [PÁGINA]"},
			facts.Words{En: "the questions of one topic", Es: "las preguntas de un tema"}, runTopic},
		{"sources", "fuentes", facts.Words{En: "/sources", Es: "/fuentes"},
			facts.Words{En: "the documents that are quoted and how reliable they are", Es: "los documentos citados y qué tan confiables son"}, runSources},
		{"today", "hoy", facts.Words{En: "/today", Es: "/hoy"},
			facts.Words{En: "facts dated to this day of the year", Es: "datos fechados en este día del año"}, runToday},
		{"language", "idioma", facts.Words{En: "/language en|es", Es: "/idioma es|en"},
			facts.Words{En: "choose the language of the answers", Es: "elegir el idioma de las respuestas"}, runLanguage},
		{"about", "acerca", facts.Words{En: "/about", Es: "/acerca"},
			facts.Words{En: "what this bot is and what it rests on", Es: "qué es este bot y en qué se apoya"}, runAbout},
		{"privacy", "privacidad", facts.Words{En: "/privacy", Es: "/privacidad"},
			facts.Words{En: "what is kept about you", Es: "qué se guarda sobre ti"}, runPrivacy},
		{"help", "ayuda", facts.Words{En: "/help", Es: "/ayuda"},
			facts.Words{En: "this list", Es: "esta lista"}, runHelp},
	}
}

func runAsk(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	return b.Ask(ctx, m, rest, false), nil
}

func runFact(_ context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	id, more, _ := strings.Cut(rest, " ")
	if id == "" {
		return plain(lang, say(lang, "fact_needs_id")), nil
	}
	h, ok := b.engine.Get(string(m.Space), strings.ToLower(id))
	switch {
	case !ok:
		return plain(lang, say(lang, "no_such_fact", clip(id))), nil
	case h.Fact == nil:
		return b.pointer(m.Space, h.Pointer, lang), nil
	}
	r := b.Fact(m.Space, h.Fact, lang, more == "all" || more == "todo")
	r.Choices = append(b.choices(b.engine.Related(string(m.Space), h.Fact.ID, 2), lang), r.Choices...)
	return r, nil
}

// clip bounds a text that is said back to its author.
func clip(s string) string {
	if r := []rune(s); len(r) > facts.MaxID {
		return string(r[:facts.MaxID]) + "…"
	}
	return s
}

func runTopics(_ context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	return b.topics(m.Space, lang, say(lang, "topics")), nil
}

func (b *Bot) topics(space SpaceID, lang facts.Lang, head string) Reply {
	r := plain(lang, head)
	for _, t := range b.engine.Pack(string(space)).Topics {
		n := len(b.engine.Facts(string(space), t.ID))
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: count(lang, "topic_line", n, t.Name.In(lang), t.ID)})
		r.Choices = append(r.Choices, Choice{t.Name.In(lang), "/topic " + t.ID})
	}
	return r
}

// topicPage is how many questions of a topic one page shows.
const topicPage = 20

func runTopic(_ context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	name, page := rest, 1
	if i := strings.LastIndexByte(rest, ' '); i > 0 {
		if n, err := strconv.Atoi(rest[i+1:]); err == nil && n > 0 {
			name, page = rest[:i], n
		}
	}
	topic := b.findTopic(m.Space, name)
	if topic == nil {
		return b.topics(m.Space, lang, say(lang, "no_such_topic", clip(name))), nil
	}
	list := b.engine.Facts(string(m.Space), topic.ID)
	pages := (len(list) + topicPage - 1) / topicPage
	page = min(page, max(1, pages))
	r := plain(lang, count(lang, "topic_head", len(list), topic.Name.In(lang)))
	for _, f := range list[(page-1)*topicPage : min(len(list), page*topicPage)] {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: f.In(lang).Question + " · " + f.ID})
	}
	if page < pages {
		r.Blocks = append(r.Blocks, Block{Kind: Footer, Text: say(lang, "topic_page", page, pages, topic.ID, page+1)})
	}
	return r, nil
}

// findTopic finds a topic by its id or its name in either language, accents and case aside.
func (b *Bot) findTopic(space SpaceID, name string) *facts.Topic {
	topics := b.engine.Pack(string(space)).Topics
	key := facts.Fold(name)
	i := slices.IndexFunc(topics, func(t *facts.Topic) bool {
		return key != "" && (t.ID == key || facts.Fold(t.Name.En) == key || facts.Fold(t.Name.Es) == key)
	})
	if i < 0 {
		return nil
	}
	return topics[i]
}

func runSources(_ context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	r := plain(lang, say(lang, "sources"))
	named := 0
	for _, s := range b.engine.Pack(string(m.Space)).Sources {
		if !s.Quotable() {
			named++
			continue
		}
		r.Blocks = append(r.Blocks, document(s, lang))
		if note := s.Note.In(lang); note != "" {
			r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: note})
		}
	}
	if named > 0 {
		r.Blocks = append(r.Blocks, Block{Kind: Footer, Text: count(lang, "sources_named", named)})
	}
	return r, nil
}

func runToday(_ context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	now := b.now()
	list := b.engine.OnDay(string(m.Space), now.Month(), now.Day())
	if len(list) == 0 {
		return plain(lang, say(lang, "today_none")), nil
	}
	r := plain(lang, say(lang, "today"))
	for _, f := range list {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: f.In(lang).Question + " · " + f.ID})
		r.Choices = append(r.Choices, b.choices([]facts.Hit{{Fact: f}}, lang)...)
	}
	return r, nil
}

func runLanguage(_ context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := facts.Lang(strings.ToLower(rest))
	if !lang.Valid() {
		l := b.lang(m, "")
		return plain(l, say(l, "language_needs")), nil
	}
	r := plain(lang, say(lang, "language_is"))
	r.SetLang = lang
	return r, nil
}

func runAbout(_ context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	pack := b.engine.Pack(string(m.Space))
	list := b.engine.Facts(string(m.Space), "")
	quoted, reviewed := 0, 0
	for _, s := range pack.Sources {
		if s.Quotable() {
			quoted++
		}
	}
	for _, f := range list {
		if f.Reviewed != nil {
			reviewed++
		}
	}
	title := pack.About.Title.In(lang)
	if title == "" {
		title = pack.About.Name
	}
	r := plain(lang, say(lang, "about", title))
	if d := pack.About.Description.In(lang); d != "" {
		r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: d})
	}
	r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: say(lang, "about_counts", len(list), quoted, reviewed, len(list))})
	if a := pack.About.Attribution.In(lang); a != "" {
		r.Blocks = append(r.Blocks, Block{Kind: Footer, Text: a})
	}
	return r, nil
}

func runPrivacy(_ context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	return plain(lang, say(lang, "privacy")), nil
}

func runHelp(_ context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	r := plain(lang, say(lang, "help"))
	for _, c := range b.commands {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: fmt.Sprintf("%s — %s", c.usage.In(lang), c.help.In(lang))})
	}
	return r, nil
}

// Clock tells the time; tests bring their own.
type Clock func() time.Time
