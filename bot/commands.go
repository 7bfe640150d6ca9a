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

// Command is a row of the command table: everything that is said or checked of a command comes from its row.
type Command struct {
	Name, Spanish string // what is typed after the slash
	Group         Group
	Args          []Arg
	Help          facts.Words // what it does; at most 100 characters
	Who           Role        // the least role that may run it
	run           func(ctx context.Context, b *Bot, m Message, rest string) (Reply, error)
}

// Usage is the command as one types it.
func (c *Command) Usage(l Lang) string {
	text := "/" + (facts.Words{En: c.Name, Es: c.Spanish}).In(l)
	for _, a := range c.Args {
		name := strings.ToUpper(a.Name.In(l))
		if len(a.Options) > 0 {
			var values []string
			for _, o := range a.Options {
				values = append(values, o.In(l))
			}
			name = strings.Join(values, "|")
		}
		if !a.Required {
			name = "[" + name + "]"
		}
		text += " " + name
	}
	return text
}

// Group is the chapter of the help a command stands in.
type Group int

// The groups.
const (
	Asking Group = iota // questions and what the set has
	Taking              // taking part: suggestions, reports, one's own matters
	Curating
	Running // settings, import
)

// Arg is something a command takes. In the typed form the arguments stand in order, the last one taking the rest of the line.
type Arg struct {
	Name     facts.Words // one word, small letters
	Help     facts.Words // at most 100 characters
	Kind     ArgKind
	Required bool
	Options  []facts.Words // the only values there are
	File     bool          // a file to attach
}

// ArgKind says what an argument is, for completion.
type ArgKind int

// The kinds of arguments.
const (
	FreeText ArgKind = iota
	QuestionArg
	FactArg
	TopicArg
)

func words(en, es string) facts.Words { return facts.Words{En: en, Es: es} }

func commandTable() []Command {
	factID := Arg{Name: words("id", "id"), Help: words("the fact's id", "el identificador del dato"), Kind: FactArg, Required: true}
	return []Command{
		{"ask", "preguntar", Asking, []Arg{{Name: words("question", "pregunta"), Help: words("in your own words", "con tus palabras"), Kind: QuestionArg, Required: true}},
			words("answer a question", "responder una pregunta"), Member, runAsk},
		{"fact", "dato", Asking, []Arg{factID, {Name: words("all", "todo"), Help: words("with all its quotes", "con todas sus citas"), Options: []facts.Words{words("all", "todo")}}},
			words("show one fact, with all its quotes if you add “all”", "mostrar un dato; con «todo», con todas sus citas"), Member, runFact},
		{"topics", "temas", Asking, nil, words("table of contents", "índice de temas"), Member, runTopics},
		{"topic", "tema", Asking, []Arg{{Name: words("name", "nombre"), Help: words("the topic's name", "el nombre del tema"), Kind: TopicArg, Required: true}, {Name: words("page", "página"), Help: words("which page", "qué página")}},
			words("the questions of one topic", "las preguntas de un tema"), Member, runTopic},
		{"sources", "fuentes", Asking, nil, words("the documents that are quoted and how reliable they are", "los documentos citados y qué tan confiables son"), Member, runSources},
		{"today", "hoy", Asking, nil, words("facts dated to this day of the year", "datos fechados en este día del año"), Member, runToday},
		{"language", "idioma", Taking, []Arg{{Name: words("language", "idioma"), Help: words("en or es", "es o en"), Required: true, Options: []facts.Words{words("en", "es"), words("es", "en")}}},
			words("choose the language of the answers", "elegir el idioma de las respuestas"), Member, runLanguage},
		{"about", "acerca", Asking, nil, words("what this bot is and what it rests on", "qué es este bot y en qué se apoya"), Member, runAbout},
		{"privacy", "privacidad", Taking, nil, words("what is kept about you", "qué se guarda sobre ti"), Member, runPrivacy},
		{"help", "ayuda", Asking, nil, words("this list", "esta lista"), Member, runHelp},
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
		r.Choices = append(r.Choices, Choice{Label: t.Name.In(lang), Command: "/topic " + t.ID})
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
	now := b.Clock()
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
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: fmt.Sprintf("%s — %s", c.Usage(lang), c.Help.In(lang))})
	}
	return r, nil
}

// Clock tells the time; tests bring their own.
type Clock func() time.Time
