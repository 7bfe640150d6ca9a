package bot

import (
	"context"
	"fmt"
	"math/rand/v2"
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
	Opens         bool        // its reply may be a form to show at once
	kept          bool        // needs a store
	changes       bool        // changes a space, so it needs one
	internal      bool        // what buttons say; not in help
	form          bool        // goes on with the form that is open
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
	more := func(en, es, helpEn, helpEs string, required bool) Arg {
		return Arg{Name: words(en, es), Help: words(helpEn, helpEs), Required: required}
	}
	page := more("page", "página", "which page", "qué página", false)
	return []Command{
		{Name: "ask", Spanish: "preguntar", Args: []Arg{{Name: words("question", "pregunta"), Help: words("in your own words", "con tus palabras"), Kind: QuestionArg, Required: true}},
			Help: words("answer a question", "responder una pregunta"), run: runAsk},
		{Name: "fact", Spanish: "dato", Args: []Arg{factID, {Name: words("all", "todo"), Help: words("with all its quotes", "con todas sus citas"), Options: []facts.Words{words("all", "todo")}}},
			Help: words("show one fact, with all its quotes if you add “all”", "mostrar un dato; con «todo», con todas sus citas"), run: runFact},
		{Name: "topics", Spanish: "temas", Help: words("table of contents", "índice de temas"), run: runTopics},
		{Name: "topic", Spanish: "tema", Args: []Arg{{Name: words("name", "nombre"), Help: words("the topic's name", "el nombre del tema"), Kind: TopicArg, Required: true}, page},
			Help: words("the questions of one topic", "las preguntas de un tema"), run: runTopic},
		{Name: "sources", Spanish: "fuentes", Help: words("the documents that are quoted and how reliable they are", "los documentos citados y qué tan confiables son"), run: runSources},
		{Name: "today", Spanish: "hoy", Help: words("facts dated to this day of the year", "datos fechados en este día del año"), run: runToday},
		{Name: "random", Spanish: "azar", Help: words("a fact taken at random", "un dato al azar"), run: runRandom},
		{Name: "about", Spanish: "acerca", Help: words("what this bot is and what it rests on", "qué es este bot y en qué se apoya"), run: runAbout},
		{Name: "help", Spanish: "ayuda", Help: words("this list", "esta lista"), run: runHelp},

		{Name: "suggest", Spanish: "sugerir", Group: Taking, kept: true, changes: true, Opens: true, Args: []Arg{{Name: words("id", "id"), Help: words("the fact to correct; leave it out for a new one", "el dato por corregir; déjalo vacío para uno nuevo"), Kind: FactArg}},
			Help: words("suggest a fact or a correction to the moderators", "sugerir un dato o una corrección a quienes moderan"), run: runSuggest},
		{Name: "report", Spanish: "reportar", Group: Taking, kept: true, changes: true, Opens: true, Args: []Arg{factID},
			Help: words("tell the moderators that a fact is wrong, outdated or disrespectful", "avisar a quienes moderan de un dato erróneo, viejo o irrespetuoso"), run: runReport},
		{Name: "language", Spanish: "idioma", Group: Taking, Args: []Arg{{Name: words("language", "idioma"), Help: words("en or es", "es o en"), Required: true, Options: []facts.Words{words("en", "es"), words("es", "en")}}},
			Help: words("choose the language of the answers", "elegir el idioma de las respuestas"), run: runLanguage},
		{Name: "privacy", Spanish: "privacidad", Group: Taking, Args: []Arg{{Name: words("what", "qué"), Help: words("mine: what is kept about you; forget: delete it", "mío: qué se guarda sobre ti; olvidar: borrarlo"), Options: []facts.Words{words("mine", "mío"), words("forget", "olvidar")}}},
			Help: words("what is kept about you", "qué se guarda sobre ti"), run: runPrivacy},

		{Name: "add", Spanish: "agregar", Group: Curating, Who: Moderator, kept: true, changes: true, Opens: true, Args: []Arg{more("question", "pregunta", "the question it answers", "la pregunta que responde", false)},
			Help: words("add a fact", "agregar un dato"), run: runAdd},
		{Name: "edit", Spanish: "editar", Group: Curating, Who: Moderator, kept: true, changes: true, Opens: true, Args: []Arg{factID},
			Help: words("change a fact", "cambiar un dato"), run: runEdit},
		{Name: "alias", Spanish: "variante", Group: Curating, Who: Moderator, kept: true, changes: true, Args: []Arg{factID, more("phrasing", "frase", "another way of asking it", "otra manera de preguntarlo", true)},
			Help: words("add a way of asking a fact", "agregar una manera de preguntar un dato"), run: runAlias},
		{Name: "hide", Spanish: "ocultar", Group: Curating, Who: Moderator, kept: true, changes: true, Args: []Arg{factID, more("reason", "motivo", "why", "por qué", false)},
			Help: words("stop showing a fact, at once", "dejar de mostrar un dato, de inmediato"), run: runHide},
		{Name: "restore", Spanish: "restaurar", Group: Curating, Who: Moderator, kept: true, changes: true, Args: []Arg{factID, more("revision", "revisión", "r0 is the shared set's text", "r0 es el texto del conjunto compartido", false)},
			Help: words("bring back an earlier text of a fact", "recuperar un texto anterior de un dato"), run: runRestore},
		{Name: "history", Spanish: "historial", Group: Curating, Who: Moderator, kept: true, Args: []Arg{factID},
			Help: words("what was done to a fact, by whom and why", "qué se le hizo a un dato, quién y por qué"), run: runHistory},
		{Name: "undo", Spanish: "deshacer", Group: Curating, Who: Moderator, kept: true, changes: true, Args: []Arg{more("change", "cambio", "the change's number", "el número del cambio", true)},
			Help: words("take back a change of the last 24 hours", "deshacer un cambio de las últimas 24 horas"), run: runUndo},
		{Name: "pending", Spanish: "pendientes", Group: Curating, Who: Moderator, kept: true,
			Help: words("proposals that wait for a second person", "propuestas que esperan a otra persona"), run: runPending},
		{Name: "approve", Spanish: "aprobar", Group: Curating, Who: Moderator, kept: true, changes: true, Args: []Arg{more("proposal", "propuesta", "its number", "su número", true)},
			Help: words("approve a proposal", "aprobar una propuesta"), run: runApprove},
		{Name: "reject", Spanish: "rechazar", Group: Curating, Who: Moderator, kept: true, changes: true, Args: []Arg{more("proposal", "propuesta", "its number", "su número", true), more("reason", "motivo", "why", "por qué", false)},
			Help: words("reject a proposal, with a reason", "rechazar una propuesta, con un motivo"), run: runReject},
		{Name: "gaps", Spanish: "huecos", Group: Curating, Who: Moderator, kept: true, Args: []Arg{page},
			Help: words("questions without an answer, most asked first", "preguntas sin respuesta, las más frecuentes primero"), run: runGaps},
		{Name: "reports", Spanish: "reportes", Group: Curating, Who: Moderator, kept: true, Args: []Arg{page},
			Help: words("what members find wrong", "lo que la comunidad encuentra mal"), run: runReports},
		{Name: "review", Spanish: "revisar", Group: Curating, Who: Moderator, kept: true, changes: true,
			Help: words("go through the facts nobody has reviewed, one by one", "repasar uno por uno los datos que nadie ha revisado"), run: runReview},
		{Name: "check", Spanish: "verificar", Group: Curating, Who: Moderator, kept: true,
			Help: words("look for faults in the community's own facts and in the log", "buscar fallas en los datos propios y en el registro"), run: runCheck},
		{Name: "export", Spanish: "exportar", Group: Curating, Who: Moderator, kept: true, Args: []Arg{{Name: words("what", "qué"), Help: words("history: the whole log", "historial: todo el registro"), Options: []facts.Words{words("history", "historial")}}},
			Help: words("the community's own facts as a file", "los datos propios de la comunidad en un archivo"), run: runExport},
		{Name: "log", Spanish: "registro", Group: Curating, Who: Moderator, kept: true,
			Help: words("everything that was changed, newest first", "todo lo que se ha cambiado, lo más nuevo primero"), run: runLog},
		{Name: "who", Spanish: "quién", Group: Curating, Who: Moderator, kept: true,
			Help: words("who may do what", "quién puede hacer qué"), run: runWho},
		{Name: "daily", Spanish: "diario", Group: Curating, Who: Moderator, kept: true, changes: true, Args: []Arg{
			{Name: words("action", "acción"), Help: words("what to do", "qué hacer"), Options: dailyActions()},
			more("details", "detalles", "for on: 09:00 es America/Mexico_City anniversaries", "con activar: 09:00 es America/Mexico_City aniversarios", false)},
			Help: words("a fact a day in this channel, on the dates that matter", "un dato al día en este canal, en las fechas que importan"), run: runDaily},
		{Name: "import", Spanish: "importar", Group: Running, Who: Owner, kept: true, changes: true, Args: []Arg{{Name: words("file", "archivo"), Help: words("JSON lines, as export gives them", "líneas JSON, como las da exportar"), Required: true, File: true}},
			Help: words("take in facts from a file", "incorporar datos de un archivo"), run: runImport},
		{Name: "settings", Spanish: "ajustes", Group: Running, Who: Owner, kept: true, changes: true, Args: []Arg{more("name", "nombre", "which setting", "qué ajuste", false), more("value", "valor", "what it should be", "cómo debe quedar", false)},
			Help: words("see and change how the bot works here", "ver y cambiar cómo funciona el bot aquí"), run: runSettings},

		{Name: "draft", Spanish: "borrador", Group: Curating, kept: true, internal: true, form: true, Opens: true, run: runDraft, Help: words("buttons of a form", "botones de un formulario")},
		{Name: "skip", Spanish: "omitir", Group: Taking, kept: true, internal: true, form: true, run: runSkip, Help: words("leave out a field", "omitir un campo")},
		{Name: "back", Spanish: "atrás", Group: Taking, kept: true, internal: true, form: true, run: runBack, Help: words("go back a field", "volver un campo")},
		{Name: "cancel", Spanish: "cancelar", Group: Taking, kept: true, internal: true, form: true, run: runCancel, Help: words("drop a form", "dejar un formulario")},
		{Name: "why", Spanish: "porqué", Group: Asking, kept: true, internal: true, run: runWhy, Help: words("why this answer", "por qué esta respuesta")},
		{Name: "proposal", Spanish: "propuesta", Group: Curating, Who: Moderator, kept: true, internal: true, run: runProposal, Help: words("look at a proposal", "ver una propuesta")},
		{Name: "gap", Spanish: "hueco", Group: Curating, Who: Moderator, kept: true, changes: true, internal: true, Opens: true, run: runGap, Help: words("do something about a question", "atender una pregunta")},
		{Name: "resolve", Spanish: "resolver", Group: Curating, Who: Moderator, kept: true, changes: true, internal: true, run: runResolve, Help: words("close a report", "cerrar un reporte")},
		{Name: "reviewed", Spanish: "revisado", Group: Curating, Who: Moderator, kept: true, changes: true, internal: true, run: runReviewed, Help: words("say that a fact is right", "decir que un dato está bien")},
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

func runTopic(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	name, page := rest, 1
	if i := strings.LastIndexByte(rest, ' '); i > 0 {
		if n, err := strconv.Atoi(rest[i+1:]); err == nil && n > 0 {
			name, page = rest[:i], n
		}
	}
	topic := b.findTopic(m.Space, name)
	if name == "" {
		return runTopics(ctx, b, m, "")
	}
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
		r.Choices = append(r.Choices, Choice{Label: say(lang, "next"), Command: "/topic " + topic.ID + " " + strconv.Itoa(page+1)})
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

// runRandom shows any fact but those the set marks as not to be posted of themselves.
func runRandom(_ context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	list := slices.DeleteFunc(b.engine.Facts(string(m.Space), ""), func(f *facts.Fact) bool { return f.Daily != nil && !*f.Daily })
	if len(list) == 0 {
		return plain(lang, say(lang, "refused_no_fact")), nil
	}
	r := b.Fact(m.Space, list[rand.IntN(len(list))], lang, false)
	r.Choices = append(r.Choices, Choice{Label: say(lang, "another"), Command: "/random"})
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
		if b.Reviewed(m.Space, f) != nil {
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

func runHelp(_ context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	r := plain(lang, say(lang, "help"))
	for i := range b.commands {
		if c := &b.commands[i]; !c.internal && b.refused(c, m, lang) == nil {
			r.Blocks = append(r.Blocks, Block{Kind: Item, Text: fmt.Sprintf("%s — %s", c.Usage(lang), c.Help.In(lang))})
		}
	}
	return r, nil
}

// Clock tells the time; tests bring their own.
type Clock func() time.Time
