package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"testigo/facts"
)

// draft is a form that somebody is filling in. It is kept in the store at every step, so that it outlives a restart.
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

// person is who a draft belongs to.
type person struct{ platform, id string }

func personOf(a facts.Author) person { return person{a.Platform, a.ID} }

// drafts holds everybody's draft, one each, over the store.
type drafts struct {
	store Store
	mu    sync.Mutex
	of    map[person]*draft
}

func (d *drafts) load(ctx context.Context) error {
	list, err := d.store.Drafts(ctx)
	if err != nil {
		return fmt.Errorf("reading drafts: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, kept := range list {
		var x draft
		if err := json.Unmarshal(kept.Body, &x); err != nil {
			return fmt.Errorf("reading the draft of a person in %q: %w", kept.Space, err)
		}
		d.of[personOf(kept.By)] = &x
	}
	return nil
}

// get returns a copy of a person's draft, or nil.
func (d *drafts) get(a facts.Author) *draft {
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.of[personOf(a)]
	if x == nil {
		return nil
	}
	c := *x
	c.Values, c.Claims, c.Own = maps.Clone(x.Values), slices.Clone(x.Claims), slices.Clone(x.Own)
	return &c
}

func (d *drafts) put(ctx context.Context, a facts.Author, x *draft) error {
	body, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("draft: %w", err)
	}
	if err := d.store.SaveDraft(ctx, facts.Draft{Space: string(x.Space), By: a, Body: body, At: x.When}); err != nil {
		return fmt.Errorf("draft: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of[personOf(a)] = x
	return nil
}

func (d *drafts) drop(ctx context.Context, a facts.Author) error {
	x := d.get(a)
	if x == nil {
		return nil
	}
	if err := d.store.DeleteDraft(ctx, string(x.Space), a); err != nil {
		return fmt.Errorf("draft: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.of, personOf(a))
	return nil
}
