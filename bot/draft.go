package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"testigo/facts"
)

// draft is a form that somebody is filling in. It is kept in the store at every step, so that it outlives a restart and goes on in any process.
type draft struct {
	Kind   draftKind
	Fact   string            // id of the fact that is changed, "" for a new one
	Base   int64             // Seq of the newest live entry its author had seen
	Old    *facts.Fact       // the text it began from, nil for a new fact
	Values map[string]string // what was typed, by field
	Claims []facts.Position  // added one by one
	Own    []*facts.Source   // sources made for it
	Step   string            // where it is, "" for the preview
	Ask    string            // the field that is asked for, where fields are asked one by one
	Lang   Lang              // that its author is spoken to in
	Gap    int64             // the question it answers, 0 if none
	Report int64             // the report it answers, 0 if none
	File   []byte            // of an import
	At     facts.MessageRef  // where it was begun
	Space  SpaceID
	Role   Role // its author's, when they began
	When   time.Time
	Reason string

	kept []facts.Draft // its author's in the store as they were when it was read, the one saved last first
}

// draftKind is what a draft becomes.
type draftKind string

const (
	draftAdd     draftKind = "add"
	draftEdit    draftKind = "edit"
	draftReport  draftKind = "report"
	draftImport  draftKind = "import"
	draftSuggest draftKind = "suggest" // an add or edit by somebody who may only propose
)

// errMovedOn: the form that a step was to go on with is no longer at the step that was read, or is gone.
var errMovedOn = errors.New("the form went on, or ended, elsewhere")

// draftOf reads the form that a message goes on with, or says that there is none.
func (b *Bot) draftOf(ctx context.Context, m Message) (*draft, *Reply, error) {
	d, err := b.drafts.read(ctx, m.Author)
	if err != nil || d != nil {
		return d, nil, err
	}
	lang := b.lang(m, "")
	none := private(lang, say(lang, "no_draft"))
	return nil, &none, nil
}

// stays reports whether a form is not to be lost to another one: whoever typed a report or gave a file does it again in a moment.
func (d *draft) stays() bool { return d != nil && d.Kind != draftImport && d.Kind != draftReport }

// replaces has a new form take the place of an open one, which may be nil.
func (d *draft) replaces(open *draft) {
	if open != nil {
		d.kept = open.kept
	}
}

// drafts are the forms that are open, one for each person. The store has them; in memory there is only who has one and what it waits for, so that a
// question need not ask the store whether it is one.
type drafts struct {
	store Store
	forms openForms
}

// read returns a person's form as it is in the store now, nil if they have none.
func (d *drafts) read(ctx context.Context, a facts.Author) (*draft, error) {
	list, err := d.store.DraftsOf(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("draft: %w", err)
	}
	if len(list) == 0 {
		d.forms.forget(a)
		return nil, nil
	}
	x, err := readDraft(&list[0])
	if err != nil {
		return nil, err
	}
	d.forms.set(formOf(&list[0], x))
	for i := range list {
		list[i].Body = nil
	}
	x.kept = list
	return x, nil
}

func readDraft(kept *facts.Draft) (*draft, error) {
	var x draft
	if err := json.Unmarshal(kept.Body, &x); err != nil {
		return nil, fmt.Errorf("reading the draft of a person in %q: %w", kept.Space, err)
	}
	return &x, nil
}

// put keeps a step in the place of what its author had when it was read, or fails with errMovedOn.
func (d *drafts) put(ctx context.Context, a facts.Author, x *draft) error {
	body, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("draft: %w", err)
	}
	next := facts.Draft{Space: string(x.Space), By: a, Body: body, At: x.When, Version: x.version()}
	if next.Version, err = d.store.SaveDraft(ctx, next); err != nil {
		return d.stale(err)
	}
	d.forms.set(formOf(&next, x))
	if len(x.kept) > 0 && x.kept[0].Space != next.Space { // it takes the place of one for another space
		if err := d.delete(ctx, a, &x.kept[0]); err != nil {
			return err
		}
	}
	x.kept = []facts.Draft{next}
	return nil
}

// version is that of what its author had for its space, 0 for nothing.
func (x *draft) version() int64 {
	i := slices.IndexFunc(x.kept, func(k facts.Draft) bool { return k.Space == string(x.Space) })
	if i < 0 {
		return 0
	}
	return x.kept[i].Version
}

// drop ends a form, or fails with errMovedOn.
func (d *drafts) drop(ctx context.Context, a facts.Author, x *draft) error {
	return d.delete(ctx, a, &facts.Draft{Space: string(x.Space), Version: x.version()})
}

func (d *drafts) delete(ctx context.Context, a facts.Author, x *facts.Draft) error {
	if err := d.store.DeleteDraft(ctx, x.Space, a, x.Version); err != nil {
		return d.stale(err)
	}
	d.forms.drop(a, x.Space)
	return nil
}

func (d *drafts) stale(err error) error {
	if errors.Is(err, facts.ErrChanged) {
		return errMovedOn
	}
	return fmt.Errorf("draft: %w", err)
}
