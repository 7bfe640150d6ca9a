package bot

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"testigo/facts"
)

// openForms is what a process remembers of the forms that are open, whichever process keeps them. It may be late by what Follow takes: who acts by
// it asks the store.
type openForms struct {
	following sync.Mutex // one follower at a time
	seen      int64

	mu sync.RWMutex
	of map[person][]form // the one saved last at the end; more than one only where an older version of this program left them
}

// person is who a form belongs to.
type person struct{ platform, id string }

func personOf(a facts.Author) person { return person{a.Platform, a.ID} }

// form is what must be known of a form to see whether a message belongs to it.
type form struct {
	by      person
	space   SpaceID
	version int64
	at      facts.MessageRef // where it was begun
	asks    bool             // for a field, which a plain text fills in
}

func formOf(kept *facts.Draft, d *draft) form {
	return form{personOf(kept.By), SpaceID(kept.Space), kept.Version, d.At, d.Ask != ""}
}

// find returns a person's form, and whether they have one.
func (o *openForms) find(a facts.Author) (form, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	list := o.of[personOf(a)]
	if len(list) == 0 {
		return form{}, false
	}
	return list[len(list)-1], true
}

// answers reports whether a plain text fills in the field of its author's form: one that was begun in the same channel, or any in private. It asks
// nothing of the store, and so may be late: see openForms.
func (b *Bot) answers(m Message) bool {
	if b.drafts == nil || m.Forms {
		return false
	}
	f, ok := b.drafts.forms.find(m.Author)
	return ok && f.asks && (m.Private || f.at.Platform == m.At.Platform && f.at.Channel == m.At.Channel)
}

// set remembers a form, unless a newer step of it is known.
func (o *openForms) set(f form) {
	o.mu.Lock()
	defer o.mu.Unlock()
	setForm(o.of, f)
}

func setForm(of map[person][]form, f form) {
	list := slices.Clone(of[f.by])
	if i := slices.IndexFunc(list, func(x form) bool { return x.space == f.space }); i < 0 {
		list = append(list, f)
	} else if list[i].version < f.version {
		list[i] = f
	}
	slices.SortStableFunc(list, func(x, y form) int { return cmp.Compare(x.version, y.version) })
	of[f.by] = list
}

// drop forgets a person's form for a space.
func (o *openForms) drop(a facts.Author, space string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(o.of[personOf(a)]), func(x form) bool { return x.space == SpaceID(space) })
	if o.of[personOf(a)] = left; len(left) == 0 {
		delete(o.of, personOf(a))
	}
}

// forget drops all of a person's forms; the store has none.
func (o *openForms) forget(a facts.Author) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.of, personOf(a))
}

// follow takes in what changed since it was last called. One draft that cannot be read, as a newer program may have kept it, is left out: the others
// are to be seen.
func (o *openForms) follow(ctx context.Context, store Store) error {
	o.following.Lock()
	defer o.following.Unlock()
	changed, err := store.DraftsSince(ctx, o.seen)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	next := o.of
	if changed.Whole {
		next = map[person][]form{}
		for _, list := range o.of {
			for _, f := range list {
				if f.version > changed.Seen { // saved here meanwhile
					setForm(next, f)
				}
			}
		}
	}
	for i := range changed.List {
		kept := &changed.List[i]
		if kept.Version <= o.seen {
			known := o.of[personOf(kept.By)]
			if at := slices.IndexFunc(known, func(f form) bool { return f.space == SpaceID(kept.Space) && f.version == kept.Version }); at >= 0 {
				setForm(next, known[at])
			}
		} else if d, err := readDraft(kept); err == nil {
			setForm(next, formOf(kept, d))
		}
	}
	o.of, o.seen = next, changed.Seen
	return nil
}
