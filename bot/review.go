package bot

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"testigo/facts"
)

func runPending(ctx context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	list, err := b.Store.Pending(ctx, string(m.Space))
	if err != nil {
		return b.failed(lang, err)
	}
	if len(list) == 0 {
		return private(lang, say(lang, "pending_none")), nil
	}
	r, err := b.card(&list[0], lang)
	if err != nil {
		return b.failed(lang, err)
	}
	r.Private = true
	r.Blocks = append([]Block{{Kind: Paragraph, Text: count(lang, "pending", len(list))}}, r.Blocks...)
	for i := range list[1:min(len(list), 1+historyPage)] {
		p := &list[1+i]
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: p.Fact + " " + b.entryLine(p, lang)})
		r.Choices = append(r.Choices, Choice{Label: say(lang, "look_at", p.Fact), Command: "/proposal " + strconv.FormatInt(p.Seq, 10)})
	}
	return r, nil
}

// runProposal shows one proposal.
func runProposal(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	p, wrong, err := b.proposalOf(ctx, m, rest)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	r, err := b.card(p, b.lang(m, ""))
	r.Private = true
	return r, err
}

// proposalOf reads the proposal a command names, or says why it cannot be: only one of the space is, whatever a button says.
func (b *Bot) proposalOf(ctx context.Context, m Message, rest string) (*facts.Revision, *Reply, error) {
	lang := b.lang(m, "")
	word, _, _ := strings.Cut(rest, " ")
	seq, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		wrong := private(lang, say(lang, "proposal_needs"))
		return nil, &wrong, nil
	}
	list, err := b.Store.Pending(ctx, string(m.Space))
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(list, func(r facts.Revision) bool { return r.Seq == seq })
	if i < 0 {
		wrong := private(lang, say(lang, "decided_already"))
		return nil, &wrong, nil
	}
	return &list[i], nil, nil
}

// card shows a proposal as members would see it, with what it changes and the two decisions.
func (b *Bot) card(p *facts.Revision, lang Lang) (Reply, error) {
	content, err := p.Content()
	if err != nil {
		return Reply{}, err
	}
	space := SpaceID(p.Space)
	r := b.draw(space, content.Sources).fact(content.Fact, lang, true)
	r.Choices, r.Answered = nil, ""
	r.Blocks = append([]Block{{Kind: Paragraph, Text: say(lang, "card", b.entryLine(p, lang))}}, r.Blocks...)
	if h, ok := b.engine.Get(p.Space, p.Fact); ok && h.Fact != nil {
		r.Blocks = append(r.Blocks, b.diff(h.Fact, content.Fact, lang)...)
	}
	seq := strconv.FormatInt(p.Seq, 10)
	r.Choices = []Choice{{say(lang, "approve"), "/approve " + seq, Primary}, {say(lang, "reject"), "/reject " + seq, Danger}}
	return r, nil
}

func runApprove(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	p, wrong, err := b.proposalOf(ctx, m, rest)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	content, err := p.Content()
	if err != nil {
		return b.failed(lang, err)
	}
	if faults := b.engine.Check(p.Space, content, b.Texts); len(faults) > 0 {
		return private(lang, say(lang, "fault", faults[0].Text)), nil
	}
	base, err := b.live(ctx, m.Space, p.Fact)
	if err != nil {
		return b.failed(lang, err)
	}
	if base > p.Seq {
		live, err := b.Store.Live(ctx, p.Space, p.Fact)
		if err != nil {
			return b.failed(lang, err)
		}
		// What is approved was written before the newest text; who approves says so by approving that newest Seq.
		if _, seen, _ := strings.Cut(rest, " "); seen != strconv.FormatInt(base, 10) {
			r := private(lang, say(lang, "approve_older", b.entryLine(&live, lang)))
			r.Choices = []Choice{{say(lang, "approve_over"), "/approve " + strconv.FormatInt(p.Seq, 10) + " " + strconv.FormatInt(base, 10), Danger}}
			return r, nil
		}
	}
	old, _ := b.engine.Get(p.Space, p.Fact)
	r, err := b.commit(ctx, m, facts.Entry{Fact: p.Fact, Body: content, Of: p.Seq, Base: base})
	if err != nil {
		return b.failed(lang, err)
	}
	b.later(changeJob{m.Space, r})
	b.later(gapJob{m.Space, r, content.Gap})
	b.later(outcomeJob{*p, r})
	reply := b.done(lang, r, say(lang, "approved", content.Fact.In(lang).Question))
	reply.Blocks = append(reply.Blocks, b.diff(old.Fact, content.Fact, lang)...)
	return reply, nil
}

func runReject(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	p, wrong, err := b.proposalOf(ctx, m, rest)
	if err != nil || wrong != nil {
		return orFailed(b, m, wrong, err)
	}
	_, reason, _ := strings.Cut(rest, " ")
	if strings.TrimSpace(reason) == "" {
		r := private(lang, say(lang, "reject_why", strconv.FormatInt(p.Seq, 10)))
		for _, name := range []string{"why_source", "why_duplicate", "why_tone", "why_scope"} {
			r.Choices = append(r.Choices, Choice{Label: say(lang, name), Command: "/reject " + strconv.FormatInt(p.Seq, 10) + " " + name})
		}
		return r, nil
	}
	if _, ok := catalogue[reason]; ok && strings.HasPrefix(reason, "why_") {
		reason = say(lang, reason)
	}
	r, err := b.commit(ctx, m, facts.Entry{Fact: p.Fact, State: facts.Rejected, Of: p.Seq, Reason: clipTo(reason, maxReason)})
	if err != nil {
		return b.failed(lang, err)
	}
	b.later(outcomeJob{*p, r})
	return b.done(lang, r, say(lang, "rejected", p.Fact, r.Reason)), nil
}

// runReview goes through the facts nobody of the community has reviewed, those first that can do most harm.
func runReview(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	list := slices.DeleteFunc(b.engine.Facts(string(m.Space), ""), func(f *facts.Fact) bool { return b.Reviewed(m.Space, f) != nil })
	if len(list) == 0 {
		return private(lang, say(lang, "review_done")), nil
	}
	slices.SortStableFunc(list, func(x, y *facts.Fact) int { return cmp.Compare(x.Urgency(), y.Urgency()) })
	i := 0
	if rest != "" { // what follows the one named
		i = (1 + slices.IndexFunc(list, func(f *facts.Fact) bool { return f.ID == rest })) % len(list)
	}
	f := list[i]
	r := b.Fact(m.Space, f, lang, true)
	r.Private, r.Replace = true, true
	r.Blocks = append([]Block{{Kind: Paragraph, Text: count(lang, "review", len(list))}}, r.Blocks...)
	r.Choices = []Choice{
		{say(lang, "review_right"), "/reviewed " + f.ID, Primary},
		{Label: say(lang, "review_edit"), Command: "/edit " + f.ID},
		{say(lang, "review_hide"), "/hide " + f.ID, Danger},
		{Label: say(lang, "review_next"), Command: "/review " + f.ID},
	}
	return r, nil
}

// runReviewed records that somebody went over a fact as it stands, and shows the next.
func runReviewed(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	h, ok := b.engine.Get(string(m.Space), rest)
	if !ok || h.Fact == nil {
		return private(lang, say(lang, "no_such_fact", clip(rest))), nil
	}
	print := fingerprint(h.Fact)
	if _, err := b.commit(ctx, m, facts.Entry{Fact: facts.ReviewPrefix + rest, Body: facts.Content{Value: &print}}); err != nil {
		return b.failed(lang, err)
	}
	return runReview(ctx, b, m, "")
}
