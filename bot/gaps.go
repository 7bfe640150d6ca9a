package bot

import (
	"context"
	"strconv"
	"strings"

	"testigo/facts"
)

// listPage is how many gaps or reports a page shows.
const listPage = 5

func runGaps(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	skip := pageSkip(rest)
	list, err := b.Store.Gaps(ctx, string(m.Space), skip, listPage+1)
	if err != nil {
		return b.failed(lang, err)
	}
	if len(list) == 0 {
		return private(lang, say(lang, "gaps_none")), nil
	}
	r := private(lang, say(lang, "gaps"))
	for i, g := range list[:min(len(list), listPage)] {
		n, id := strconv.Itoa(skip+i+1), strconv.FormatInt(g.ID, 10)
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: n + ". " + count(lang, "gap_line", g.Count, g.Sample, dateText(facts.DateOf(g.Last.UTC()), lang))})
		r.Choices = append(r.Choices, Choice{Label: say(lang, "gap_answer", n), Command: "/gap " + id + " answer"})
		if g.Nearest != "" {
			r.Choices = append(r.Choices, Choice{Label: say(lang, "gap_same", n, g.Nearest), Command: "/gap " + id + " same " + g.Nearest})
		}
		r.Choices = append(r.Choices, Choice{Label: say(lang, "gap_never", n), Command: "/gap " + id + " never"})
	}
	if len(list) > listPage {
		r.Choices = append(r.Choices, Choice{Label: say(lang, "more"), Command: "/gaps " + strconv.Itoa(skip/listPage+2)})
	}
	return r, nil
}

func pageSkip(rest string) int {
	if n, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil && n > 1 && n < 1e6 {
		return (n - 1) * listPage
	}
	return 0
}

// runGap does something about one unanswered question: answer, same FACT, never.
func runGap(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	parts := strings.Fields(rest)
	if len(parts) < 2 {
		return private(lang, say(lang, "gap_needs")), nil
	}
	id, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return private(lang, say(lang, "gap_needs")), nil
	}
	g, err := b.Store.Gap(ctx, id)
	if err == nil && g.Space != string(m.Space) {
		err = facts.ErrNotFound
	}
	if err != nil {
		return b.failed(lang, err)
	}
	switch {
	case parts[1] == "answer":
		d := b.newDraft(m, draftAdd)
		d.Gap, d.Values["question"] = g.ID, clipTo(g.Sample, facts.MaxQuestion)
		return b.begin(ctx, m, d)
	case parts[1] == "same" && len(parts) == 3:
		return b.addPhrasing(ctx, m, strings.ToLower(parts[2]), g.Sample, g.ID)
	case parts[1] == "never":
		if err := b.Store.CloseGap(ctx, g.ID, "-"); err != nil {
			return b.failed(lang, err)
		}
		r := private(lang, say(lang, "gap_closed", g.Sample))
		r.Replace = true
		return r, nil
	}
	return private(lang, say(lang, "gap_needs")), nil
}

func runReports(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	skip := pageSkip(rest)
	list, err := b.Store.Reports(ctx, string(m.Space), skip, listPage+1)
	if err != nil {
		return b.failed(lang, err)
	}
	if len(list) == 0 {
		return private(lang, say(lang, "reports_none")), nil
	}
	r := private(lang, say(lang, "reports"))
	for i, p := range list[:min(len(list), listPage)] {
		n, id := strconv.Itoa(skip+i+1), strconv.FormatInt(p.ID, 10)
		text := n + ". " + say(lang, "report_line", b.questionOf(m.Space, p.Fact, lang), p.Fact, say(lang, "report_"+string(p.Kind)), dateText(facts.DateOf(p.At.UTC()), lang))
		if p.Note != "" {
			text += " «" + p.Note + "»"
		}
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: text})
		r.Choices = append(r.Choices,
			Choice{Label: say(lang, "report_edit", n), Command: "/edit " + p.Fact},
			Choice{Label: say(lang, "report_fixed", n), Command: "/resolve " + id + " fixed"},
			Choice{Label: say(lang, "report_kept_as_is", n), Command: "/resolve " + id + " kept"})
	}
	if len(list) > listPage {
		r.Choices = append(r.Choices, Choice{Label: say(lang, "more"), Command: "/reports " + strconv.Itoa(skip/listPage+2)})
	}
	return r, nil
}

// runResolve says what was done about a report.
func runResolve(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	word, outcome, _ := strings.Cut(rest, " ")
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || outcome == "" {
		return private(lang, say(lang, "resolve_needs")), nil
	}
	p, err := b.Store.Report(ctx, id)
	if err == nil && p.Space != string(m.Space) {
		err = facts.ErrNotFound
	}
	if err == nil {
		err = b.Store.CloseReport(ctx, id, clipTo(outcome, maxReason))
	}
	if err != nil {
		return b.failed(lang, err)
	}
	r := private(lang, say(lang, "report_closed", word))
	r.Replace = true
	return r, nil
}
