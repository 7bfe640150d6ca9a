package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"testigo/facts"
)

func runAdd(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	d := b.newDraft(m, draftAdd)
	if rest != "" {
		d.Values["question"] = clipTo(rest, facts.MaxQuestion)
	}
	return b.begin(ctx, m, d)
}

func runEdit(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	d, wrong, err := b.editing(ctx, m, draftEdit, rest)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	return b.begin(ctx, m, d)
}

// runSuggest is add or edit for those who may only propose.
func runSuggest(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	if rest == "" {
		return b.begin(ctx, m, b.newDraft(m, draftSuggest))
	}
	d, wrong, err := b.editing(ctx, m, draftSuggest, rest)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	return b.begin(ctx, m, d)
}

func orFailed(b *Bot, m Message, wrong *Reply, err error) (Reply, error) {
	if err != nil {
		return b.failed(b.lang(m, ""), err)
	}
	return *wrong, nil
}

func (b *Bot) newDraft(m Message, kind draftKind) *draft {
	return &draft{
		Kind: kind, Values: map[string]string{}, Step: stepText, Lang: b.lang(m, ""), At: m.At, Space: m.Space, Role: m.Role,
		When: b.Clock().UTC(),
	}
}

// editing makes the draft that changes a fact, or the reply that says why there is none to change.
func (b *Bot) editing(ctx context.Context, m Message, kind draftKind, id string) (*draft, *Reply, error) {
	lang := b.lang(m, "")
	id, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(id)), " ")
	h, ok := b.engine.Get(string(m.Space), id)
	if !ok || h.Fact == nil {
		name := "no_such_fact"
		switch {
		case id == "":
			name = "fact_needs_id"
		case ok:
			name = "pointer_fixed"
		}
		wrong := private(lang, say(lang, name))
		if id != "" {
			wrong = private(lang, say(lang, name, clip(id)))
		}
		return nil, &wrong, nil
	}
	base, err := b.live(ctx, m.Space, id)
	if err != nil {
		return nil, nil, err
	}
	d := b.newDraft(m, kind)
	d.Fact, d.Base, d.Old, d.Values = id, base, h.Fact, values(h.Fact, lang)
	return d, nil, nil
}

// begin opens a draft, unless its author has another one open: that is shown first, so that nothing typed is lost.
func (b *Bot) begin(ctx context.Context, m Message, d *draft) (Reply, error) {
	open, err := b.drafts.read(ctx, m.Author)
	if err != nil {
		return b.failed(d.Lang, err)
	}
	if open.stays() {
		r := private(d.Lang, say(d.Lang, "draft_open", draftTitle(open)))
		r.Choices = []Choice{
			{say(d.Lang, "go_on"), "/draft go", Primary},
			{say(d.Lang, "discard"), "/draft discard", Danger},
		}
		return r, nil
	}
	d.replaces(open)
	return b.show(ctx, m, d)
}

func draftTitle(d *draft) string {
	if q := d.value("question"); q != "" {
		return "«" + clipTo(q, 80) + "»"
	}
	return say(d.Lang, "draft_untitled")
}

// show keeps a draft and shows where it is: a page, a field of it, or the preview.
func (b *Bot) show(ctx context.Context, m Message, d *draft) (Reply, error) {
	problems := map[string]string{}
	if d.Step == "" { // no preview of what lacks something
		d.Step, d.Ask, problems = b.lacking(d)
	}
	s := d.step(d.Step)
	if s == nil {
		d.Ask = ""
	} else if !m.Forms && d.Ask == "" {
		d.Ask = s.fields[0].key
	}
	if err := b.drafts.put(ctx, m.Author, d); err != nil {
		return b.failed(d.Lang, err)
	}
	switch {
	case s == nil:
		return b.preview(ctx, m, d)
	case m.Forms:
		return b.page(d, s, problems), nil
	}
	return b.askField(d, s, problems[d.Ask]), nil
}

// lacking returns the first page that is not right yet, its first such field and what is wrong with its fields; "" where all is right.
func (b *Bot) lacking(d *draft) (page, field string, problems map[string]string) {
	for _, s := range d.steps() {
		if !s.wanted(d) {
			continue
		}
		problems := map[string]string{}
		for _, f := range d.step(s.name).fields {
			if wrong := f.problem(b, d, d.Lang); wrong != "" {
				problems[f.key] = wrong
				if field == "" {
					field = f.key
				}
			}
		}
		if len(problems) > 0 {
			return s.name, field, problems
		}
	}
	return "", "", nil
}

// page is a step as a form, with what is wrong with its fields.
func (b *Bot) page(d *draft, s *step, problems map[string]string) Reply {
	lang := d.Lang
	form := &Form{Title: say(lang, "page_"+s.name), Command: "/draft page " + s.name, Open: "/draft open " + s.name}
	r := Reply{Lang: lang, Private: true, Form: form}
	r.Blocks = []Block{{Kind: Paragraph, Text: say(lang, "page_about_"+s.name)}}
	for i := range s.fields {
		f := &s.fields[i]
		field := Field{
			Key: f.key, Label: say(lang, "field_"+f.key), Hint: say(lang, "hint_"+f.key), Value: d.value(f.key), Problem: problems[f.key],
			Max: f.max, Required: f.isRequired(d), Long: f.long,
		}
		if f.options != nil {
			field.Options = f.options(b, d)
		}
		if field.Problem != "" {
			r.Blocks = append(r.Blocks, Block{Kind: Item, Text: field.Label + ": " + field.Problem})
		}
		form.Fields = append(form.Fields, field)
	}
	if len(problems) > 0 {
		r.Choices = append(r.Choices, Choice{say(lang, "correct"), "/draft open " + s.name, Primary})
	}
	return r
}

// askField asks for one field in words, for platforms without forms.
func (b *Bot) askField(d *draft, s *step, problem string) Reply {
	lang := d.Lang
	i := max(0, slices.IndexFunc(s.fields, func(f field) bool { return f.key == d.Ask }))
	f := &s.fields[i]
	r := Reply{Lang: lang, Private: true}
	if problem != "" {
		r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: say(lang, "fault", problem)})
	}
	if i == 0 && problem == "" {
		r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: say(lang, "page_about_"+s.name)})
	}
	r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: say(lang, "ask_field", say(lang, "page_"+s.name), i+1, len(s.fields), say(lang, "field_"+f.key), say(lang, "hint_"+f.key))})
	if v := d.value(f.key); v != "" {
		r.Blocks = append(r.Blocks, Block{Kind: Paragraph, Text: say(lang, "ask_now", v)})
		r.Choices = append(r.Choices, Choice{say(lang, "keep"), "/skip", Primary})
	} else if !f.isRequired(d) {
		r.Choices = append(r.Choices, Choice{say(lang, "skip"), "/skip", Plain})
	}
	if f.options != nil {
		for _, o := range f.options(b, d) {
			r.Choices = append(r.Choices, Choice{Label: o.Label, Command: "/draft set " + o.Value})
		}
	}
	if i > 0 || d.before(d.Step) != "" {
		r.Choices = append(r.Choices, Choice{Label: say(lang, "back"), Command: "/back"})
	}
	if d.Old != nil && d.Kind != draftReport { // a change need not go through every page
		r.Choices = append(r.Choices, Choice{Label: say(lang, "to_preview"), Command: "/draft preview"})
	}
	r.Choices = append(r.Choices, Choice{say(lang, "cancel"), "/cancel", Danger})
	return r
}

// runDraft is what the buttons and forms of a draft do. It acts on the author's own draft only, whatever the button says.
func runDraft(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	d, wrong, err := b.draftOf(ctx, m)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	if d.Space != m.Space {
		return private(lang, say(lang, "draft_elsewhere")), nil
	}
	verb, arg, _ := strings.Cut(rest, " ")
	switch verb {
	case "go":
		return b.show(ctx, m, d)
	case "preview":
		d.Step = ""
		return b.show(ctx, m, d)
	case "open":
		if d.step(arg) == nil {
			return private(lang, say(lang, "no_draft")), nil
		}
		d.Step, d.Ask = arg, ""
		return b.show(ctx, m, d)
	case "page":
		return b.submitted(ctx, m, d, arg)
	case "set":
		return b.filled(ctx, m, d, arg)
	case "instead":
		return b.insteadOf(ctx, m, d, arg)
	case "phrase":
		return b.asPhrasing(ctx, m, d, arg)
	case "save", "over":
		return b.save(ctx, m, d, arg)
	case "discard":
		return runCancel(ctx, b, m, "")
	}
	return private(lang, say(lang, "no_draft")), nil
}

// submitted takes in a page that was filled in at once.
func (b *Bot) submitted(ctx context.Context, m Message, d *draft, name string) (Reply, error) {
	s := d.step(name)
	if s == nil {
		return private(d.Lang, say(d.Lang, "no_draft")), nil
	}
	for i := range s.fields {
		f := &s.fields[i]
		if typed, ok := m.Answers[f.key]; ok {
			d.Values[f.key] = f.tidy(b, d, typed)
		}
	}
	problems := map[string]string{}
	for i := range s.fields {
		if wrong := s.fields[i].problem(b, d, d.Lang); wrong != "" {
			problems[s.fields[i].key] = wrong
		}
	}
	if len(problems) > 0 {
		d.Step = name
		if err := b.drafts.put(ctx, m.Author, d); err != nil {
			return b.failed(d.Lang, err)
		}
		r := b.page(d, s, problems)
		r.Form = nil // the person reads what is wrong first; the button opens it again, with what they typed
		r.Blocks[0].Text = say(d.Lang, "page_wrong")
		return r, nil
	}
	return b.pageDone(ctx, m, d, s)
}

// pageDone goes on after a page that is right.
func (b *Bot) pageDone(ctx context.Context, m Message, d *draft, s *step) (Reply, error) {
	switch s.name {
	case stepReport:
		return b.fileReport(ctx, m, d)
	case stepMore:
		d.Claims = append(d.Claims, b.claim(d))
		for i := range s.fields {
			delete(d.Values, s.fields[i].key)
		}
		d.Step = ""
	default:
		d.Step = d.after(s.name)
	}
	d.Ask = ""
	if !m.Forms || d.Step == "" {
		return b.show(ctx, m, d)
	}
	if err := b.drafts.put(ctx, m.Author, d); err != nil {
		return b.failed(d.Lang, err)
	}
	// A form cannot follow a form at once on every platform: a button opens the next one.
	r := private(d.Lang, say(d.Lang, "page_kept", say(d.Lang, "page_"+s.name)))
	r.Choices = []Choice{{say(d.Lang, "next_page", say(d.Lang, "page_"+d.Step)), "/draft open " + d.Step, Primary}}
	if next := d.step(d.Step); !slices.ContainsFunc(next.fields, func(f field) bool { return f.isRequired(d) }) {
		r.Choices = append(r.Choices, Choice{Label: say(d.Lang, "skip"), Command: "/skip"})
	}
	if d.Old != nil {
		r.Choices = append(r.Choices, Choice{Label: say(d.Lang, "to_preview"), Command: "/draft preview"})
	}
	r.Choices = append(r.Choices, Choice{say(d.Lang, "cancel"), "/cancel", Danger})
	return r, nil
}

// filled takes in the one field that was asked for.
func (b *Bot) filled(ctx context.Context, m Message, d *draft, typed string) (Reply, error) {
	s := d.step(d.Step)
	if s == nil {
		return b.show(ctx, m, d)
	}
	i := slices.IndexFunc(s.fields, func(f field) bool { return f.key == d.Ask })
	if i < 0 {
		return b.show(ctx, m, d)
	}
	f := &s.fields[i]
	before := d.value(f.key)
	d.Values[f.key] = f.tidy(b, d, typed)
	if wrong := f.problem(b, d, d.Lang); wrong != "" {
		d.Values[f.key] = before
		return b.askField(d, s, wrong), nil
	}
	return b.nextField(ctx, m, d, s, i)
}

// nextField asks for the next field that this draft needs, or goes on to the next page.
func (b *Bot) nextField(ctx context.Context, m Message, d *draft, s *step, i int) (Reply, error) {
	if i+1 < len(s.fields) {
		d.Ask = s.fields[i+1].key
		// A known source has its title, publisher and date.
		if d.Ask == "title" && !newSource(d) {
			return b.pageDone(ctx, m, d, s)
		}
		return b.show(ctx, m, d)
	}
	return b.pageDone(ctx, m, d, s)
}

func runSkip(ctx context.Context, b *Bot, m Message, _ string) (Reply, error) {
	d, wrong, err := b.draftOf(ctx, m)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	s := d.step(d.Step)
	if s == nil {
		return b.show(ctx, m, d)
	}
	i := slices.IndexFunc(s.fields, func(f field) bool { return f.key == d.Ask })
	if i < 0 { // the whole page
		return b.submitted(ctx, m, d, s.name)
	}
	if wrong := s.fields[i].problem(b, d, d.Lang); wrong != "" {
		return b.askField(d, s, wrong), nil
	}
	return b.nextField(ctx, m, d, s, i)
}

func runBack(ctx context.Context, b *Bot, m Message, _ string) (Reply, error) {
	d, wrong, err := b.draftOf(ctx, m)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	s := d.step(d.Step)
	if s != nil && d.Ask != "" {
		if i := slices.IndexFunc(s.fields, func(f field) bool { return f.key == d.Ask }); i > 0 {
			d.Ask = s.fields[i-1].key
			return b.show(ctx, m, d)
		}
	}
	if before := d.before(d.Step); before != "" {
		d.Step, d.Ask = before, ""
	}
	return b.show(ctx, m, d)
}

// before returns the page before one that the draft needs, the first for itself.
func (d *draft) before(name string) string {
	last := ""
	for _, s := range d.steps() {
		if s.name == name {
			break
		}
		if s.wanted(d) {
			last = s.name
		}
	}
	return last
}

func runCancel(ctx context.Context, b *Bot, m Message, _ string) (Reply, error) {
	d, wrong, err := b.draftOf(ctx, m)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	if err := b.drafts.drop(ctx, m.Author, d); err != nil {
		return b.failed(d.Lang, err)
	}
	r := private(d.Lang, say(d.Lang, "draft_dropped", draftTitle(d)))
	r.Replace = true
	return r, nil
}

func runReport(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	parts := strings.SplitN(rest, " ", 3)
	id := strings.ToLower(parts[0])
	h, ok := b.engine.Get(string(m.Space), id)
	if !ok || h.Fact == nil {
		return private(lang, say(lang, "no_such_fact", clip(id))), nil
	}
	d := b.newDraft(m, draftReport)
	d.Step, d.Fact, d.Old = stepReport, id, h.Fact
	d.Values["question"] = h.Fact.In(lang).Question
	kinds := reportOptions(b, d)
	if len(parts) > 1 {
		f := &reportSteps()[0].fields[0]
		d.Values["kind"] = f.tidy(b, d, parts[1])
		if n, err := strconv.Atoi(parts[1]); err == nil && n >= 1 && n <= len(kinds) {
			d.Values["kind"] = kinds[n-1].Value
		}
		if wrong := f.problem(b, d, lang); wrong == "" {
			if len(parts) > 2 {
				d.Values["note"] = clipTo(parts[2], maxReason)
			}
			return b.fileReport(ctx, m, d)
		}
		delete(d.Values, "kind")
	}
	open, err := b.drafts.read(ctx, m.Author)
	if err != nil {
		return b.failed(lang, err)
	}
	if open == nil || open.Kind == draftReport {
		d.replaces(open)
		return b.show(ctx, m, d)
	}
	// A draft of theirs is open, and stays: the kind is chosen by a button.
	r := private(lang, say(lang, "page_about_report"))
	for i, o := range kinds {
		r.Choices = append(r.Choices, Choice{Label: o.Label, Command: "/report " + id + " " + strconv.Itoa(i+1)})
	}
	return r, nil
}

func (b *Bot) fileReport(ctx context.Context, m Message, d *draft) (Reply, error) {
	open, err := b.drafts.read(ctx, m.Author)
	if err != nil {
		return b.failed(d.Lang, err)
	}
	id, err := b.Store.AddReport(ctx, facts.Report{
		Space: string(m.Space), Fact: d.Fact, Revision: d.Old.Revision, Kind: facts.ReportKind(d.value("kind")), Note: d.value("note"),
		Lang: d.Lang, At: b.Clock(),
	})
	if err != nil {
		return b.failed(d.Lang, err)
	}
	if open != nil && open.Kind == draftReport {
		if err := b.drafts.drop(ctx, m.Author, open); err != nil {
			b.Log.Error("the form of a report that was made is still kept", "error", err)
		}
	}
	r := private(d.Lang, say(d.Lang, "report_kept", strconv.FormatInt(id, 10)))
	r.Replace = true
	return r, nil
}
