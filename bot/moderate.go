package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"testigo/facts"
)

// undoFor is how long the Undo of a change works. Afterwards /restore brings any earlier text back.
const undoFor = 24 * time.Hour

// historyPage is how many entries a page of a history or of the audit trail shows.
const historyPage = 10

// commit appends an entry for a message's author and takes it in: when it has returned nil, answers are by it, or will be when the log can be
// read again.
func (b *Bot) commit(ctx context.Context, m Message, e facts.Entry) (facts.Revision, error) {
	e.Space, e.By = string(m.Space), m.Author
	e.Marked = m.Role == Contributor
	if e.State == "" {
		e.State = facts.Approved
	}
	if strings.Contains(e.Fact, "/") { // settings and reviews are set, whatever they were
		live, err := b.Store.Live(ctx, e.Space, e.Fact)
		if err != nil && !errors.Is(err, facts.ErrNotFound) {
			return live, err
		}
		e.Base = live.Seq
	}
	r, err := b.Store.Append(ctx, e)
	if err != nil {
		return r, err
	}
	// The change is kept now whatever happens: a context that ends may not leave the engine behind it, and who made it is to hear that it is.
	b.takeIn(ctx)
	return r, nil
}

// takeIn has answers follow a change that was just kept. Where the log cannot be read now, Follow does it later.
func (b *Bot) takeIn(ctx context.Context) {
	if err := b.ledger.follow(context.WithoutCancel(ctx)); err != nil {
		b.Log.Error("a change is kept, and not yet answered by", "error", err)
	}
}

// live returns the Seq of a fact's newest live entry in a space, 0 where only the shared set has it.
func (b *Bot) live(ctx context.Context, space SpaceID, fact string) (int64, error) {
	r, err := b.Store.Live(ctx, string(space), fact)
	if errors.Is(err, facts.ErrNotFound) {
		return 0, nil
	}
	return r.Seq, err
}

// done says that a change was made, with its revision and an Undo.
func (b *Bot) done(lang Lang, r facts.Revision, sentences ...string) Reply {
	var reply Reply
	reply.Lang, reply.Changed = lang, &r
	for _, s := range sentences {
		reply.Blocks = append(reply.Blocks, Block{Kind: Paragraph, Text: s})
	}
	reply.Blocks = append(reply.Blocks, Block{Kind: Footer, Text: fmt.Sprintf("%s r%d", r.Fact, r.Number)})
	if r.Live() && r.Undoes == 0 {
		reply.Choices = append(reply.Choices, Choice{say(lang, "undo"), "/undo " + strconv.FormatInt(r.Seq, 10), Danger})
	}
	reply.Replace = true
	return reply
}

// failed turns an error into a sentence for the person, and returns it for the log where it is not theirs.
func (b *Bot) failed(lang Lang, err error) (Reply, error) {
	name := "command_failed"
	switch {
	case errors.Is(err, errMovedOn):
		r := private(lang, say(lang, "draft_moved"))
		r.Choices = []Choice{{say(lang, "go_on"), "/draft go", Primary}}
		return r, nil
	case errors.Is(err, facts.ErrChanged):
		name, err = "changed_since", nil
	case errors.Is(err, facts.ErrDecided):
		name, err = "decided_already", nil
	case errors.Is(err, facts.ErrOwn):
		name, err = "own_proposal", nil
	case errors.Is(err, facts.ErrNotFound):
		name, err = "no_such_entry", nil
	case errors.Is(err, facts.ErrAway), errors.Is(err, context.DeadlineExceeded): // away, or so slow that the platform waits no longer
		name = "store_away"
	}
	return private(lang, say(lang, name)), err
}

func private(lang Lang, text string) Reply {
	r := plain(lang, text)
	r.Private = true
	return r
}

func runHide(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	id, reason, _ := strings.Cut(rest, " ")
	id = strings.ToLower(id)
	h, ok := b.engine.Get(string(m.Space), id)
	switch {
	case id == "":
		return private(lang, say(lang, "fact_needs_id")), nil
	case !ok:
		return private(lang, say(lang, "no_such_fact", clip(id))), nil
	}
	base, err := b.live(ctx, m.Space, id)
	if err != nil {
		return b.failed(lang, err)
	}
	r, err := b.commit(ctx, m, facts.Entry{Fact: id, State: facts.Hidden, Reason: clipTo(reason, maxReason), Base: base})
	if err != nil {
		return b.failed(lang, err)
	}
	b.later(changeJob{m.Space, r})
	return b.done(lang, r, say(lang, "hidden", h.Text(lang).Question)), nil
}

// runRestore brings an earlier text back: of a revision, else the last one shown, else the shared set's.
func runRestore(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	id, number, _ := strings.Cut(rest, " ")
	id = strings.ToLower(id)
	n, numbered := revisionNumber(number)
	if number != "" && !numbered {
		return private(lang, say(lang, "revision_wrong", clip(number))), nil
	}
	list, err := b.Store.History(ctx, string(m.Space), id, 0, maxHistory)
	if err != nil {
		return b.failed(lang, err)
	}
	base := int64(0)
	if i := slices.IndexFunc(list, func(r facts.Revision) bool { return r.Live() }); i >= 0 {
		base = list[i].Seq
	}
	_, shared := b.engine.Ground(string(m.Space), id)
	content, found, err := textToRestore(list, n, numbered)
	switch {
	case err != nil:
		return b.failed(lang, err)
	case numbered && n == 0 && base == 0:
		found = false
	case numbered && n == 0 && shared:
		content, found = facts.Content{}, true
	case !found && !numbered && shared && len(list) > 0:
		found = true
	}
	if !found {
		return private(lang, say(lang, "nothing_to_restore", clip(id))), nil
	}
	r, err := b.commit(ctx, m, facts.Entry{Fact: id, Body: content, Base: base, Reason: number})
	if err != nil {
		return b.failed(lang, err)
	}
	b.later(changeJob{m.Space, r})
	return b.done(lang, r, say(lang, "restored", b.questionOf(m.Space, id, lang))), nil
}

// maxHistory is how far back /restore looks, in entries.
const maxHistory = 1000

// textToRestore finds the text of a revision by number, or without one the newest text that is not shown now.
func textToRestore(list []facts.Revision, n int, numbered bool) (facts.Content, bool, error) {
	first := true
	for i := range list {
		r := &list[i]
		if numbered && r.Number == n && r.State != facts.Proposed && len(r.Body) > 0 {
			c, err := r.Content()
			return c, true, err
		}
		if numbered || !r.Live() {
			continue
		}
		if !first && r.State == facts.Approved {
			c, err := r.Content()
			return c, true, err
		}
		first = false
	}
	return facts.Content{}, false, nil
}

// revisionNumber reads "r3" or "3".
func revisionNumber(s string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "r"))
	return n, err == nil && n >= 0
}

func (b *Bot) questionOf(space SpaceID, id string, lang Lang) string {
	if h, ok := b.engine.Get(string(space), id); ok {
		return h.Text(lang).Question
	}
	return id
}

func runUndo(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	seq, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
	if err != nil {
		return private(lang, say(lang, "undo_needs")), nil
	}
	r, err := b.Store.Revision(ctx, seq)
	switch {
	case errors.Is(err, facts.ErrNotFound), err == nil && (r.Space != string(m.Space) || !r.Live()):
		return private(lang, say(lang, "no_such_change")), nil
	case err != nil:
		return b.failed(lang, err)
	case b.Clock().Sub(r.At) > undoFor:
		return private(lang, say(lang, "undo_too_late", r.Fact)), nil
	case r.Setting() != "" && m.Role < Owner:
		return private(lang, say(lang, "not_allowed", "/undo", roleName(Owner, lang))), nil
	}
	live, err := b.live(ctx, m.Space, r.Fact)
	if err != nil {
		return b.failed(lang, err)
	}
	if live != r.Seq {
		return private(lang, say(lang, "changed_since")), nil
	}
	entry, err := b.before(ctx, &r)
	if err != nil {
		return b.failed(lang, err)
	}
	entry.Undoes, entry.Base = r.Seq, r.Seq
	undone, err := b.commit(ctx, m, entry)
	if err != nil {
		return b.failed(lang, err)
	}
	b.later(changeJob{m.Space, undone})
	return b.done(lang, undone, say(lang, "undone", r.Fact, r.Number)), nil
}

// before makes the entry that brings back what was there before a live entry.
func (b *Bot) before(ctx context.Context, r *facts.Revision) (facts.Entry, error) {
	e := facts.Entry{Fact: r.Fact, State: facts.Approved}
	for before := r.Seq; ; {
		list, err := b.Store.History(ctx, r.Space, r.Fact, before, historyPage)
		if err != nil {
			return e, err
		}
		if len(list) == 0 {
			break
		}
		for i := range list {
			if list[i].Live() {
				e.State = list[i].State
				e.Body, err = list[i].Content()
				return e, err
			}
		}
		before = list[len(list)-1].Seq
	}
	if _, shared := b.engine.Ground(r.Space, r.Fact); !shared && !strings.Contains(r.Fact, "/") {
		e.State = facts.Hidden // it was new
	}
	return e, nil
}

func runHistory(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	id, from, _ := strings.Cut(rest, " ")
	id = strings.ToLower(id)
	before, _ := strconv.ParseInt(from, 10, 64)
	list, err := b.Store.History(ctx, string(m.Space), id, before, historyPage+1)
	if err != nil {
		return b.failed(lang, err)
	}
	h, known := b.engine.Get(string(m.Space), id)
	switch {
	case len(list) == 0 && !known:
		return private(lang, say(lang, "no_such_fact", clip(id))), nil
	case len(list) == 0:
		return private(lang, say(lang, "history_none", h.Text(lang).Question)), nil
	}
	r := private(lang, say(lang, "history", b.questionOf(m.Space, id, lang)))
	for i := range list[:min(len(list), historyPage)] {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: b.entryLine(&list[i], lang)})
		if n := list[i].Number; i > 0 && len(list[i].Body) > 0 && len(r.Choices) < 4 {
			r.Choices = append(r.Choices, Choice{Label: say(lang, "restore_r", n), Command: fmt.Sprintf("/restore %s r%d", id, n)})
		}
	}
	if len(list) > historyPage {
		r.Choices = append(r.Choices, Choice{Label: say(lang, "older"), Command: fmt.Sprintf("/history %s %d", id, list[historyPage-1].Seq)})
	}
	return r, nil
}

// entryLine says who did what, when and why.
func (b *Bot) entryLine(r *facts.Revision, lang Lang) string {
	name := r.By.Name
	if name == "" {
		name = say(lang, "somebody_forgotten")
	}
	what := say(lang, "did_"+string(r.State))
	if r.State == facts.Approved && len(r.Body) == 0 {
		what = say(lang, "did_shared")
	}
	if r.Undoes != 0 {
		what = say(lang, "did_undone")
	}
	if r.Marked {
		what += " " + say(lang, "marked")
	}
	text := fmt.Sprintf("#%d r%d · %s · %s: %s", r.Seq, r.Number, timeText(r.At, lang), name, what)
	if r.Reason != "" {
		text += " (" + r.Reason + ")"
	}
	return text
}

// timeText writes a time to the minute, in UTC.
func timeText(t time.Time, lang Lang) string {
	return dateText(facts.DateOf(t.UTC()), lang) + t.UTC().Format(" 15:04 UTC")
}

func runLog(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	before, _ := strconv.ParseInt(rest, 10, 64)
	list, err := b.Store.Recent(ctx, string(m.Space), before, historyPage+1)
	if err != nil {
		return b.failed(lang, err)
	}
	if len(list) == 0 {
		return private(lang, say(lang, "log_none")), nil
	}
	r := private(lang, say(lang, "log"))
	for i := range list[:min(len(list), historyPage)] {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: list[i].Fact + " " + b.entryLine(&list[i], lang)})
	}
	if len(list) > historyPage {
		r.Choices = append(r.Choices, Choice{Label: say(lang, "older"), Command: fmt.Sprintf("/log %d", list[historyPage-1].Seq)})
	}
	return r, nil
}

func runWho(_ context.Context, b *Bot, m Message, _ string) (Reply, error) {
	lang := b.lang(m, "")
	r := private(lang, say(lang, "who_you", roleName(m.Role, lang)))
	for role := Member; role <= Owner; role++ {
		var names []string
		for i := range b.commands {
			if c := &b.commands[i]; c.Who == role && !c.internal {
				names = append(names, "/"+words(c.Name, c.Spanish).In(lang))
			}
		}
		if len(names) > 0 {
			r.Blocks = append(r.Blocks, Block{Kind: Item, Text: roleName(role, lang) + ": " + strings.Join(names, " ")})
		}
	}
	for _, name := range []string{SetOwnerRoles, SetModeratorRoles, SetContributorRoles} {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: name + " = " + b.shownSetting(m.Space, findSetting(name), lang)})
	}
	return r, nil
}

// maxReason bounds why somebody did something, in characters.
const maxReason = 300

func clipTo(s string, n int) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
