package bot

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"testigo/facts"
)

// runExport gives the space's own facts as a pack, or with "history" all of its log.
func runExport(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	var data []byte
	var err error
	name := "facts"
	if slices.Contains([]string{"history", "historial"}, strings.ToLower(rest)) {
		name = "history"
		data, err = b.ExportHistory(ctx, m.Space)
	} else {
		data, err = b.Export(ctx, m.Space)
	}
	if err != nil {
		return b.failed(lang, err)
	}
	if len(data) == 0 {
		return private(lang, say(lang, "export_none")), nil
	}
	r := private(lang, count(lang, "exported", bytes.Count(data, []byte{'\n'})))
	r.File = &File{Name: "testigo-" + name + ".jsonl", Data: data}
	return r, nil
}

// Export returns the facts and sources of a space's own as JSON lines, sorted by id: a pack to lay over the shared set. Two exports of the same
// facts are the same bytes.
func (b *Bot) Export(ctx context.Context, space SpaceID) ([]byte, error) {
	list, err := b.Store.Current(ctx, string(space))
	if err != nil {
		return nil, err
	}
	p := &facts.Pack{}
	for i := range list {
		c, err := list[i].Content()
		if err != nil {
			return nil, err
		}
		if list[i].State != facts.Approved || c.Fact == nil {
			continue
		}
		f := *c.Fact
		f.Reviewed = b.Reviewed(space, &f)
		p.Facts = append(p.Facts, &f)
		for _, s := range c.Sources {
			if !slices.ContainsFunc(p.Sources, func(o *facts.Source) bool { return o.ID == s.ID }) {
				p.Sources = append(p.Sources, s)
			}
		}
	}
	slices.SortFunc(p.Facts, func(x, y *facts.Fact) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortFunc(p.Sources, func(x, y *facts.Source) int { return cmp.Compare(x.ID, y.ID) })
	var out bytes.Buffer
	err = p.Export(&out)
	return out.Bytes(), err
}

// ExportHistory returns the whole log of a space as JSON lines, oldest first.
func (b *Bot) ExportHistory(ctx context.Context, space SpaceID) ([]byte, error) {
	var all []facts.Revision
	for before := int64(0); ; {
		list, err := b.Store.Recent(ctx, string(space), before, followBatch)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		all = append(all, list...)
		before = list[len(list)-1].Seq
	}
	slices.Reverse(all)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for i := range all {
		if err := encoder.Encode(&all[i]); err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
	}
	return out.Bytes(), nil
}

// runImport reads a pack, shows what it would change, and on confirmation changes all of it or nothing.
func runImport(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	if strings.EqualFold(rest, "yes") {
		return b.applyImport(ctx, m)
	}
	if m.File == nil {
		return private(lang, say(lang, "import_needs")), nil
	}
	open, err := b.drafts.read(ctx, m.Author)
	if err != nil {
		return b.failed(lang, err)
	}
	if open.stays() {
		return b.begin(ctx, m, b.newDraft(m, draftAdd))
	}
	plan, faults, err := b.Plan(ctx, m.Space, m.File)
	if err != nil {
		return b.failed(lang, err)
	}
	if len(faults) > 0 {
		r := private(lang, count(lang, "import_faults", len(faults)))
		for _, f := range faults[:min(len(faults), maxFaults)] {
			r.Blocks = append(r.Blocks, Block{Kind: Item, Text: f.Error()})
		}
		return r, nil
	}
	r := private(lang, say(lang, "import_plan", len(plan.New), len(plan.Changed), plan.Same))
	if len(plan.New)+len(plan.Changed) == 0 {
		return r, nil
	}
	for _, id := range plan.ids()[:min(len(plan.ids()), maxFaults)] {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: id})
	}
	d := b.newDraft(m, draftImport)
	d.Step, d.File = "", m.File
	d.replaces(open)
	if err := b.drafts.put(ctx, m.Author, d); err != nil {
		return b.failed(lang, err)
	}
	r.Choices = []Choice{{say(lang, "import_apply"), "/import yes", Primary}, {say(lang, "discard"), "/cancel", Danger}}
	return r, nil
}

// maxFaults is how many faults or ids of an import are listed.
const maxFaults = 15

// Plan is what an import would change.
type Plan struct {
	New, Changed []facts.Entry
	Same         int
}

func (p *Plan) ids() []string {
	var ids []string
	for _, e := range slices.Concat(p.New, p.Changed) {
		ids = append(ids, e.Fact)
	}
	return ids
}

// Plan reads a pack to import and says what it would change in a space, or everything that is wrong in it by line.
func (b *Bot) Plan(ctx context.Context, space SpaceID, data []byte) (Plan, facts.Faults, error) {
	var plan Plan
	if len(data) > MaxFile {
		return plan, facts.Faults{{File: "import", Text: fmt.Sprintf("the file has %d bytes, at most %d are read", len(data), MaxFile)}}, nil
	}
	p, err := b.engine.ReadOver(string(space), "import", data)
	var faults facts.Faults
	if errors.As(err, &faults) {
		return plan, faults, nil
	}
	if err != nil {
		return plan, nil, err
	}
	if len(p.Topics)+len(p.Entities)+len(p.Shared)+len(p.Synonyms)+len(p.Days)+len(p.Pointers) > 0 {
		return plan, facts.Faults{{File: "import", Text: "a space takes facts and sources; topics, names, synonyms, days and pointers belong to the set's files"}}, nil
	}
	live, err := b.Store.Current(ctx, string(space))
	if err != nil {
		return plan, nil, err
	}
	base := map[string]int64{}
	for i := range live {
		base[live[i].Fact] = live[i].Seq
	}
	for _, f := range p.Facts {
		content := facts.Content{Fact: f}
		for _, q := range f.AllQuotes() {
			if s := p.Source(q.Source); s != nil && !slices.Contains(content.Sources, s) {
				content.Sources = append(content.Sources, s)
			}
		}
		old, known := b.engine.Get(string(space), f.ID)
		entry := facts.Entry{Fact: f.ID, State: facts.Approved, Body: content, Base: base[f.ID], Reason: "import"}
		switch {
		case known && old.Fact != nil && sameFact(old.Fact, f):
			plan.Same++
			continue
		case known:
			plan.Changed = append(plan.Changed, entry)
		default:
			plan.New = append(plan.New, entry)
		}
		faults = append(faults, b.engine.Check(string(space), content, b.Texts)...)
	}
	return plan, faults, nil
}

func sameFact(x, y *facts.Fact) bool {
	a, b := *x, *y
	a.Reviewed, b.Reviewed = nil, nil
	one, err1 := json.Marshal(&a)
	two, err2 := json.Marshal(&b)
	return err1 == nil && err2 == nil && bytes.Equal(one, two)
}

func (b *Bot) applyImport(ctx context.Context, m Message) (Reply, error) {
	lang := b.lang(m, "")
	d, err := b.drafts.read(ctx, m.Author)
	if err != nil {
		return b.failed(lang, err)
	}
	if d == nil || d.Kind != draftImport || d.Space != m.Space {
		return private(lang, say(lang, "import_needs")), nil
	}
	list, err := b.Import(ctx, m, d.File)
	var faults facts.Faults
	if errors.As(err, &faults) { // the space changed since the plan was shown
		return private(lang, count(lang, "import_faults", len(faults))), nil
	}
	if err != nil {
		return b.failed(lang, err)
	}
	if err := b.drafts.drop(ctx, m.Author, d); err != nil {
		b.Log.Error("an applied import is still kept", "error", err)
	}
	r := private(lang, count(lang, "imported", len(list)))
	r.Replace = true
	if len(list) > 0 {
		r.Changed = &list[len(list)-1]
	}
	return r, nil
}

// Import applies a pack to a space, all of it or, with an error, nothing, and returns what is new or changed. What would need a second
// moderator is taken in too: only owners import.
func (b *Bot) Import(ctx context.Context, m Message, data []byte) ([]facts.Revision, error) {
	plan, faults, err := b.Plan(ctx, m.Space, data)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, faults
	}
	entries := slices.Concat(plan.New, plan.Changed)
	if len(entries) == 0 {
		return nil, nil
	}
	for i := range entries {
		entries[i].Space, entries[i].By = string(m.Space), m.Author
	}
	list, err := b.Store.AppendAll(ctx, entries)
	if err != nil {
		return nil, err
	}
	b.takeIn(ctx)
	for _, r := range list {
		b.later(changeJob{m.Space, r})
	}
	return list, nil
}

// runCheck looks for what is wrong or missing in the space's own facts, and verifies the log.
func runCheck(ctx context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	list, err := b.Store.Current(ctx, string(m.Space))
	if err != nil {
		return b.failed(lang, err)
	}
	own, oneLanguage, typed := 0, 0, 0
	var faults facts.Faults
	for i := range list {
		c, err := list[i].Content()
		if err != nil {
			return b.failed(lang, err)
		}
		if c.Fact == nil || list[i].State != facts.Approved {
			continue
		}
		own++
		if !c.Fact.Has(English) || !c.Fact.Has(Spanish) {
			oneLanguage++
		}
		if slices.ContainsFunc(c.Fact.AllQuotes(), func(q facts.Quote) bool { return q.Typed }) {
			typed++
		}
		faults = append(faults, b.engine.Check(string(m.Space), c, b.Texts)...)
	}
	entries, wrong, err := b.Store.Verify(ctx)
	if err != nil {
		return b.failed(lang, err)
	}
	r := private(lang, say(lang, "checked", own, oneLanguage, typed, len(faults)))
	for _, f := range faults[:min(len(faults), maxFaults)] {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: f.ID + ": " + f.Text})
	}
	chain := count(lang, "chain_right", int(entries))
	if wrong != "" {
		chain = say(lang, "chain_wrong", wrong)
	}
	r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: chain})
	return r, nil
}
