package bot

import (
	"slices"
	"strconv"
	"strings"

	"testigo/facts"
)

// quotesShown is how many quotes an answer shows before the rest stand behind "all sources".
const quotesShown = 2

// Render turns what came of a question into a reply. It is the only place where an answer is put into words, so that no path can lose its
// standing or its sources.
func (b *Bot) Render(space SpaceID, r *facts.Result, allQuotes bool) Reply {
	var reply Reply
	switch r.Kind {
	case facts.Answer:
		reply = b.Fact(space, r.Hits[0].Fact, r.Lang, allQuotes)
		reply.Choices = append(b.choices(r.Choices, r.Lang), reply.Choices...)
	case facts.Pointing:
		reply = b.pointer(space, r.Hits[0].Pointer, r.Lang)
	default:
		reply = b.refusal(r)
	}
	reply.Refusal = r.Kind
	if r.Cut {
		reply.Blocks = append(reply.Blocks, Block{Kind: Paragraph, Text: say(r.Lang, "cut", facts.MaxQuery)})
	}
	return reply
}

// refusal says why there is no answer and offers questions that have one. It shows no source: nothing is claimed.
func (b *Bot) refusal(r *facts.Result) Reply {
	reply := Reply{Lang: r.Lang, Choices: b.choices(r.Choices, r.Lang)}
	sentence := say(r.Lang, "refused_"+string(r.Kind))
	if r.Kind == facts.Premise && r.Missing != "" {
		sentence = say(r.Lang, "refused_premise_of", r.Missing)
	}
	reply.Blocks = append(reply.Blocks, Block{Kind: Paragraph, Text: sentence})
	switch {
	case len(reply.Choices) == 0:
		reply.Blocks = append(reply.Blocks, Block{Kind: Paragraph, Text: say(r.Lang, "no_nearby")})
	case r.Kind != facts.Choices:
		reply.Blocks = append(reply.Blocks, Block{Kind: Paragraph, Text: say(r.Lang, "nearby")})
	}
	return reply
}

// Fact renders a fact: its question, its standing before anything else, the answer, whose claim it is, the sources' words.
func (b *Bot) Fact(space SpaceID, f *facts.Fact, lang facts.Lang, allQuotes bool) Reply {
	reply := b.draw(space, nil).fact(f, lang, allQuotes)
	if b.Store != nil && space != "" {
		reply.Choices = append(reply.Choices, Choice{Label: say(lang, "report"), Command: "/report " + f.ID})
	}
	return reply
}

// drawing is what a fact is rendered with: the space's sources, and those of the fact's own that the space does not have yet.
type drawing struct {
	engine *facts.Engine
	space  SpaceID
	own    []*facts.Source
}

func (b *Bot) draw(space SpaceID, own []*facts.Source) *drawing {
	return &drawing{b.engine, space, own}
}

func (d *drawing) source(id string) *facts.Source {
	if i := slices.IndexFunc(d.own, func(s *facts.Source) bool { return s.ID == id }); i >= 0 {
		return d.own[i]
	}
	return d.engine.Source(string(d.space), id)
}

func (d *drawing) fact(f *facts.Fact, lang facts.Lang, allQuotes bool) Reply {
	t := f.In(lang)
	reply := Reply{Lang: lang, Answered: f.ID, Revision: f.Revision, Blocks: make([]Block, 0, 6+quotesShown+2*len(f.Positions))}
	add := func(blocks ...Block) { reply.Blocks = append(reply.Blocks, blocks...) }
	add(Block{Kind: Heading, Text: t.Question})
	add(Block{Kind: Standing, Text: d.standing(f, lang)})
	if !f.Has(lang) {
		add(Block{Kind: Paragraph, Text: say(lang, "only_in_other_language")})
	}
	add(Block{Kind: Paragraph, Text: t.Answer})
	left := 0
	quotes := ownQuotes(f)
	if !allQuotes && len(quotes) > quotesShown {
		left, quotes = len(quotes)-quotesShown, quotes[:quotesShown]
	}
	for i := range quotes {
		add(d.quote(&quotes[i], lang))
	}
	shown := map[string]bool{}
	for i := range quotes {
		shown[quotes[i].Exact] = true
	}
	for i := range f.Positions {
		left += d.position(&f.Positions[i], lang, allQuotes, shown, add)
	}
	add(Block{Kind: Footer, Text: footer(f, lang)})
	if left > 0 {
		reply.Choices = append(reply.Choices, Choice{Label: say(lang, "all_sources"), Command: "/fact " + f.ID + " all"})
	}
	return reply
}

// ownQuotes returns the quotes of a fact that none of its positions holds: the words of somebody's claim are shown under their name.
func ownQuotes(f *facts.Fact) []facts.Quote {
	return slices.DeleteFunc(slices.Clone(f.Quotes), func(q facts.Quote) bool {
		return slices.ContainsFunc(f.Positions, func(p facts.Position) bool {
			return slices.ContainsFunc(p.Quotes, func(o facts.Quote) bool { return o.Source == q.Source && o.Exact == q.Exact })
		})
	})
}

func (d *drawing) standing(f *facts.Fact, lang facts.Lang) string {
	text := say(lang, "standing_"+string(f.Standing))
	if f.Standing == facts.Superseded {
		if h, ok := d.engine.Get(string(d.space), f.SupersededBy); ok {
			text += " " + say(lang, "replaced_by", h.Text(lang).Question)
		}
	}
	return text
}

func (d *drawing) quote(q *facts.Quote, lang facts.Lang) Block {
	s := d.source(q.Source)
	block := Block{Kind: Quote, Text: q.Exact, Cite: cite(s, lang), Link: s.Link(q), LinkText: say(lang, "read_it_there")}
	if s.Lang != lang && q.Rendering != "" {
		block.Rendering, block.Label = q.Rendering, say(lang, "our_translation")
	}
	if q.Typed {
		block.Cite += " · " + say(lang, "typed_quote")
	}
	return block
}

func cite(s *facts.Source, lang facts.Lang) string {
	if c := s.Cite.In(lang); c != "" {
		return c
	}
	parts := []string{s.Title, s.Publisher}
	if s.Title == s.Publisher {
		parts = parts[:1]
	}
	if !s.Date.IsZero() {
		parts = append(parts, dateText(s.Date, lang))
	}
	return strings.Join(parts, ", ")
}

// position adds who says what, with the quotes not shown yet and the documents to read, and returns how many quotes it left out.
func (d *drawing) position(p *facts.Position, lang facts.Lang, all bool, shown map[string]bool, add func(...Block)) (left int) {
	add(Block{Kind: Position, Text: positionLine(p, lang)})
	for i := range p.Quotes {
		q := &p.Quotes[i]
		if shown[q.Exact] {
			continue
		}
		if !all && i > 0 {
			left++
			continue
		}
		shown[q.Exact] = true
		add(d.quote(q, lang))
	}
	see := p.See
	if !all && len(see) > 1 {
		left += len(see) - 1
		see = see[:1]
	}
	for _, id := range see {
		if s := d.source(id); s != nil {
			add(document(s, lang))
		}
	}
	return left
}

// positionLine is "Holder, role (date) denies: what they say".
func positionLine(p *facts.Position, lang facts.Lang) string {
	who := p.Holder.In(lang)
	if role := p.Role.In(lang); role != "" {
		who += ", " + role
	}
	if !p.Date.IsZero() {
		who += " (" + dateText(p.Date, lang) + ")"
	}
	return who + " — " + say(lang, "stance_"+string(p.Stance)) + ": " + p.Says.In(lang)
}

func document(s *facts.Source, lang facts.Lang) Block {
	return Block{Kind: Document, Text: cite(s, lang), Link: s.Address, LinkText: say(lang, "read_it_there")}
}

func footer(f *facts.Fact, lang facts.Lang) string {
	var parts []string
	if !f.AsOf.IsZero() {
		word := "as_of"
		if f.AsOf.Day != 0 { // which Spanish says with an article
			word = "as_of_day"
		}
		parts = append(parts, say(lang, word, dateText(f.AsOf, lang)))
	}
	id := f.ID
	if f.Revision > 0 {
		id += " r" + strconv.Itoa(f.Revision)
	}
	return strings.Join(append(parts, id), " · ")
}

// pointer says that the set does not quote an answer and where it can be read.
func (b *Bot) pointer(space SpaceID, p *facts.Pointer, lang facts.Lang) Reply {
	reply := Reply{Lang: lang, Refusal: facts.Pointing}
	reply.Blocks = append(reply.Blocks,
		Block{Kind: Heading, Text: p.In(lang).Question},
		Block{Kind: Paragraph, Text: say(lang, "refused_pointer")})
	for _, id := range p.See {
		if s := b.engine.Source(string(space), id); s != nil {
			reply.Blocks = append(reply.Blocks, document(s, lang))
		}
	}
	reply.Blocks = append(reply.Blocks, Block{Kind: Footer, Text: p.ID})
	return reply
}

// choices labels facts by their question and, where it is not established, their standing.
func (b *Bot) choices(hits []facts.Hit, lang facts.Lang) []Choice {
	var out []Choice
	for _, h := range hits {
		label := h.Text(lang).Question
		switch {
		case h.Fact == nil:
			label += " (" + say(lang, "label_pointer") + ")"
		case h.Fact.Standing != facts.Established:
			label += " (" + say(lang, "label_"+string(h.Fact.Standing)) + ")"
		}
		out = append(out, Choice{Label: label, Command: "/fact " + h.ID()})
	}
	return out
}

// dateText writes a date as the language does, with the precision it has.
func dateText(d facts.Date, lang facts.Lang) string {
	month := ""
	if d.Month != 0 {
		month = monthNames[lang][d.Month-1]
	}
	switch {
	case d.Month == 0:
		return d.String()
	case d.Day == 0 && lang == facts.Spanish:
		return month + " de " + d.String()[:4]
	case d.Day == 0:
		return month + " " + d.String()[:4]
	case lang == facts.Spanish:
		return strings.TrimPrefix(d.String()[8:], "0") + " de " + month + " de " + d.String()[:4]
	}
	return strings.TrimPrefix(d.String()[8:], "0") + " " + month + " " + d.String()[:4]
}
