package bot

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"testigo/facts"
)

// preview shows a draft exactly as members will see it, what is wrong or near it, and what can be done now.
func (b *Bot) preview(ctx context.Context, m Message, d *draft) (Reply, error) {
	lang := d.Lang
	content := b.content(d)
	r := b.draw(d.Space, content.Sources).fact(content.Fact, lang, true)
	r.Choices, r.Private, r.Answered = nil, true, ""
	r.Blocks = append([]Block{{Kind: Paragraph, Text: say(lang, "preview")}}, r.Blocks...)
	note := func(text string) { r.Blocks = append(r.Blocks, Block{Kind: Item, Text: text}) }
	if d.Old != nil {
		r.Blocks = append(r.Blocks, b.diff(d.Old, content.Fact, lang)...)
	}
	faults := b.engine.Check(string(d.Space), content, b.Texts)
	for _, f := range faults {
		note(say(lang, "fault", f.Text))
	}
	b.previewNotes(d, content.Fact, note)
	near := b.nearDuplicates(d, content.Fact)
	switch {
	case len(faults) > 0:
		note(say(lang, "cannot_save"))
	case len(near) > 0:
		r.Choices = append(r.Choices, Choice{say(lang, "save_anyway"), "/draft save", Plain})
	default:
		r.Choices = append(r.Choices, Choice{say(lang, "save"), "/draft save", Primary})
	}
	for _, h := range near {
		note(say(lang, "near_duplicate", h.Text(lang).Question, h.ID()))
		r.Choices = append(r.Choices, Choice{Label: say(lang, "edit_that", h.ID()), Command: "/draft instead " + h.ID()})
		r.Choices = append(r.Choices, Choice{Label: say(lang, "phrase_that", h.ID()), Command: "/draft phrase " + h.ID()})
	}
	r.Choices = append(r.Choices, b.changeChoices(d)...)
	return r, nil
}

// previewNotes says what is not wrong but could be better, and what will happen on saving.
func (b *Bot) previewNotes(d *draft, f *facts.Fact, note func(string)) {
	lang := d.Lang
	if !f.Has(English) || !f.Has(Spanish) {
		note(say(lang, "other_missing"))
	}
	if n := len(f.In(d.textLang()).Phrasings); n < wantedPhrasings {
		note(count(lang, "phrasings_few", n, wantedPhrasings))
	}
	switch {
	case d.Kind == draftSuggest:
		note(say(lang, "will_suggest"))
	case b.needsReview(d.Space, d.Old, f):
		note(say(lang, "will_propose"))
	}
}

// wantedPhrasings is how many other ways of asking the form asks for.
const wantedPhrasings = 5

func (b *Bot) changeChoices(d *draft) []Choice {
	var out []Choice
	for _, s := range d.steps() {
		if s.wanted(d) {
			out = append(out, Choice{Label: say(d.Lang, "change_page", say(d.Lang, "page_"+s.name)), Command: "/draft open " + s.name})
		}
	}
	out = append(out, Choice{Label: say(d.Lang, "add_position"), Command: "/draft open " + stepMore})
	return append(out, Choice{say(d.Lang, "discard"), "/draft discard", Danger})
}

// nearDuplicates returns facts that answer a new fact's question already.
func (b *Bot) nearDuplicates(d *draft, f *facts.Fact) []facts.Hit {
	if d.Old != nil {
		return nil
	}
	var near []facts.Hit
	for _, l := range facts.Langs {
		if !f.Has(l) {
			continue
		}
		t := f.In(l)
		for _, q := range append([]string{t.Question}, t.Phrasings...) {
			r := b.engine.Ask(facts.Query{Text: q, Lang: l, Space: string(d.Space)})
			if r.Kind != facts.Answer || len(near) == maxNear ||
				slices.ContainsFunc(near, func(h facts.Hit) bool { return h.ID() == r.Hits[0].ID() }) {
				continue
			}
			near = append(near, r.Hits[0])
		}
	}
	return near
}

// maxNear is how many facts that answer a new fact's question already are shown.
const maxNear = 3

// save makes the change a draft describes, or a proposal of it where that takes a second person. arg names the newest change its author was
// shown and wants theirs to stand over.
func (b *Bot) save(ctx context.Context, m Message, d *draft, arg string) (Reply, error) {
	lang := d.Lang
	if d.Kind == draftReport || d.Kind == draftImport || d.Step != "" {
		return b.show(ctx, m, d)
	}
	if d.Kind != draftSuggest && m.Role < Moderator {
		return private(lang, say(lang, "not_allowed", "/"+string(d.Kind), roleName(Moderator, lang))), nil
	}
	if seq, err := strconv.ParseInt(arg, 10, 64); err == nil {
		d.Base = seq
	}
	content := b.content(d)
	content.Gap = d.Gap
	if len(b.engine.Check(string(d.Space), content, b.Texts)) > 0 {
		return b.preview(ctx, m, d)
	}
	reply, err := b.keepContent(ctx, m, d, content)
	switch {
	case errors.Is(err, facts.ErrChanged):
		return b.conflict(ctx, m, d)
	case err != nil:
		return b.failed(lang, err)
	}
	if err := b.drafts.drop(ctx, m.Author, d); err != nil {
		b.Log.Error("a saved draft is still kept", "error", err)
	}
	return reply, nil
}

// keepContent appends what a draft came to: a change, or a proposal where it takes a second person.
func (b *Bot) keepContent(ctx context.Context, m Message, d *draft, content facts.Content) (Reply, error) {
	lang := d.Lang
	old, _ := b.engine.Get(string(d.Space), content.Fact.ID) // what members see now, which may be newer than what the draft began from
	proposal := d.Kind == draftSuggest || b.needsReview(d.Space, old.Fact, content.Fact)
	entry := facts.Entry{Fact: content.Fact.ID, Body: content, Base: d.Base, Reason: d.Reason}
	if proposal {
		entry.State = facts.Proposed
	}
	r, err := b.commit(ctx, m, entry)
	if err != nil {
		return Reply{}, err
	}
	if proposal {
		return b.proposed(ctx, m, d, &r, content.Fact)
	}
	b.later(changeJob{d.Space, r})
	b.later(gapJob{d.Space, r, d.Gap})
	reply := b.done(lang, r, say(lang, "saved", content.Fact.In(lang).Question))
	reply.Blocks = append(reply.Blocks, b.diff(old.Fact, content.Fact, lang)...)
	return reply, nil
}

// Put saves a fact given whole, as a form would: over the text it has, or as a new one; it is checked, and proposed where it takes a second
// moderator. The reply says what came of it, and names the revision in Changed.
func (b *Bot) Put(ctx context.Context, m Message, content facts.Content, reason string) (Reply, error) {
	lang := b.lang(m, "")
	switch {
	case m.Role < Moderator:
		return private(lang, say(lang, "not_allowed", "/add", roleName(Moderator, lang))), nil
	case m.Space == "":
		return private(lang, say(lang, "space_needed")), nil
	}
	faults := b.engine.Check(string(m.Space), content, b.Texts)
	if len(faults) > 0 {
		r := private(lang, say(lang, "cannot_save"))
		for _, f := range faults {
			r.Blocks = append(r.Blocks, Block{Kind: Item, Text: f.Text})
		}
		return r, nil
	}
	d := b.newDraft(m, draftAdd)
	d.Reason = clipTo(reason, maxReason)
	if h, ok := b.engine.Get(string(m.Space), content.Fact.ID); ok {
		d.Kind, d.Old = draftEdit, h.Fact
	}
	base, err := b.live(ctx, m.Space, content.Fact.ID)
	if err != nil {
		return b.failed(lang, err)
	}
	d.Base = base
	reply, err := b.keepContent(ctx, m, d, content)
	if err != nil {
		return b.failed(lang, err)
	}
	return reply, nil
}

// proposed says that a change waits for a second person, and shows it where moderators look.
func (b *Bot) proposed(ctx context.Context, m Message, d *draft, r *facts.Revision, f *facts.Fact) (Reply, error) {
	if err := b.Store.Watch(ctx, r.Seq, m.At, d.Lang, m.Author); err != nil {
		b.Log.Error("the author of a proposal will not be told its outcome", "error", err)
	}
	b.later(cardJob{d.Space, r.Seq})
	name := "proposed"
	if d.Kind == draftSuggest {
		name = "suggested"
	}
	reply := b.done(d.Lang, *r, say(d.Lang, name, f.In(d.Lang).Question))
	reply.Blocks = append(reply.Blocks, b.diff(d.Old, f, d.Lang)...)
	return reply, nil
}

// conflict shows what somebody else did to the fact meanwhile. Nothing is lost and nothing is overwritten unseen.
func (b *Bot) conflict(ctx context.Context, m Message, d *draft) (Reply, error) {
	lang := d.Lang
	id := b.content(d).Fact.ID
	live, err := b.Store.Live(ctx, string(d.Space), id)
	if err != nil {
		return b.failed(lang, err)
	}
	theirs, err := live.Content()
	if err != nil {
		return b.failed(lang, err)
	}
	r := private(lang, say(lang, "conflict", b.entryLine(&live, lang)))
	if theirs.Fact != nil {
		r.Blocks = append(r.Blocks, b.diff(d.Old, theirs.Fact, lang)...)
	}
	r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: say(lang, "conflict_ask")})
	r.Choices = []Choice{
		{say(lang, "mine_over"), "/draft over " + strconv.FormatInt(live.Seq, 10), Danger},
		{Label: say(lang, "change_mine"), Command: "/draft open " + stepText},
		{Label: say(lang, "discard"), Command: "/draft discard"},
	}
	return r, nil
}

// insteadOf drops a draft for the edit of the fact that answers already.
func (b *Bot) insteadOf(ctx context.Context, m Message, d *draft, id string) (Reply, error) {
	kind := draftEdit
	if d.Kind == draftSuggest {
		kind = draftSuggest
	}
	next, wrong, err := b.editing(ctx, m, kind, id)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	next.Gap = d.Gap
	next.replaces(d)
	return b.show(ctx, m, next)
}

// asPhrasing drops a draft and adds its question as a way of asking an existing fact.
func (b *Bot) asPhrasing(ctx context.Context, m Message, d *draft, id string) (Reply, error) {
	if m.Role < Moderator {
		return private(d.Lang, say(d.Lang, "not_allowed", "/alias", roleName(Moderator, d.Lang))), nil
	}
	r, err := b.addPhrasing(ctx, m, id, d.value("question"), d.Gap)
	if err == nil && r.Replace {
		err = b.drafts.drop(ctx, m.Author, d)
	}
	return r, err
}

func runAlias(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	id, phrasing, _ := strings.Cut(rest, " ")
	return b.addPhrasing(ctx, m, strings.ToLower(id), phrasing, 0)
}

// addPhrasing adds a way of asking to a fact; the reply Replaces where it did.
func (b *Bot) addPhrasing(ctx context.Context, m Message, id, phrasing string, gap int64) (Reply, error) {
	lang := b.lang(m, "")
	d, wrong, err := b.editing(ctx, m, draftEdit, id)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	phrasing = clipTo(phrasing, facts.MaxQuestion)
	if phrasing == "" {
		return private(lang, say(lang, "alias_needs")), nil
	}
	f := *d.Old
	l := facts.DetectLang(phrasing, lang)
	if !f.Has(l) {
		l = l.Other()
	}
	t := *f.In(l)
	t.Phrasings = append(slices.Clone(t.Phrasings), phrasing)
	f.Reviewed = nil
	if l == Spanish {
		f.Es = &t
	} else {
		f.En = &t
	}
	content := facts.Content{Fact: &f, Sources: b.ownSources(d, &f), Gap: gap}
	if faults := b.engine.Check(string(m.Space), content, b.Texts); len(faults) > 0 {
		return private(lang, say(lang, "fault", faults[0].Text)), nil
	}
	entry := facts.Entry{Fact: id, Body: content, Base: d.Base, Reason: say(lang, "reason_phrasing")}
	proposal := b.needsReview(m.Space, d.Old, &f)
	if proposal {
		entry.State = facts.Proposed
	}
	r, err := b.commit(ctx, m, entry)
	if err != nil {
		return b.failed(lang, err)
	}
	if proposal {
		return b.proposed(ctx, m, d, &r, &f)
	}
	b.later(gapJob{m.Space, r, gap})
	reply := b.done(lang, r, say(lang, "alias_added", phrasing, f.In(lang).Question))
	return reply, nil
}
