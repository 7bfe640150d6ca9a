package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"testigo/facts"
)

// ledger follows the store's log: what the log says is what the engine answers, what the settings are and what was reviewed.
type ledger struct {
	store  Store
	engine *facts.Engine

	mu    sync.Mutex // one follower at a time, so that changes are taken in in their order
	seen  int64
	state atomic.Pointer[map[string]*spaceState] // by space; immutable

	revision atomic.Int64 // seen, for those who only look
}

// spaceState is what the log says of a space besides its facts.
type spaceState struct {
	settings map[string]string
	reviews  map[string]review // by fact id
}

type review struct {
	print string // of the text that was reviewed
	facts.Review
}

func newLedger(store Store, engine *facts.Engine) *ledger {
	l := &ledger{store: store, engine: engine}
	l.state.Store(&map[string]*spaceState{})
	return l
}

// followBatch is how many entries are read at a time.
const followBatch = 1000

// follow takes in what the log has beyond what was taken in before. After it has returned nil every answer is from the log as it was when
// follow was called, or newer.
func (l *ledger) follow(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		list, err := l.store.Since(ctx, l.seen, followBatch)
		if err != nil {
			return fmt.Errorf("reading the log: %w", err)
		}
		if len(list) == 0 {
			return nil
		}
		if err := l.take(list); err != nil {
			return err
		}
		l.seen = list[len(list)-1].Seq
		l.revision.Store(l.seen)
	}
}

// take brings entries into the engine: of each fact only the newest live one counts.
func (l *ledger) take(list []facts.Revision) error {
	newest := map[string]map[string]*facts.Revision{} // by space and fact
	for i := range list {
		r := &list[i]
		if !r.Live() {
			continue
		}
		if newest[r.Space] == nil {
			newest[r.Space] = map[string]*facts.Revision{}
		}
		newest[r.Space][r.Fact] = r
	}
	state := maps.Clone(*l.state.Load())
	for space, byFact := range newest {
		change, next, err := l.fold(space, byFact)
		if err != nil {
			return err
		}
		state[space] = next
		if !change.IsEmpty() {
			l.engine.Put(space, change)
		}
	}
	l.state.Store(&state)
	return nil
}

// fold makes one change, and the state after it, of the newest entries of a space.
func (l *ledger) fold(space string, newest map[string]*facts.Revision) (facts.Change, *spaceState, error) {
	var change facts.Change
	next := l.space(space).clone()
	entries := slices.SortedFunc(maps.Values(newest), func(a, b *facts.Revision) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, r := range entries {
		content, err := r.Content()
		if err != nil {
			return change, nil, err
		}
		switch {
		case r.Setting() != "":
			setOrDelete(next.settings, r.Setting(), content.Value)
		case r.Reviews() != "":
			delete(next.reviews, r.Reviews())
			if content.Value != nil {
				next.reviews[r.Reviews()] = review{*content.Value, facts.Review{By: r.By.Name, On: facts.DateOf(r.At)}}
			}
		case r.State == facts.Hidden:
			change.Hide = append(change.Hide, r.Fact)
		case content.Fact == nil:
			change.Restore = append(change.Restore, r.Fact)
		default:
			change.Put = append(change.Put, content.Fact)
			change.Sources = append(change.Sources, content.Sources...)
		}
	}
	return change, next, nil
}

func setOrDelete(m map[string]string, key string, value *string) {
	if value == nil {
		delete(m, key)
		return
	}
	m[key] = *value
}

// space returns the state of a space; one nothing was said of has an empty one. Do not change it.
func (l *ledger) space(space string) *spaceState {
	if s := (*l.state.Load())[space]; s != nil {
		return s
	}
	return &spaceState{}
}

// spaces lists the spaces that anything was said of.
func (l *ledger) spaces() []string { return slices.Sorted(maps.Keys(*l.state.Load())) }

func (s *spaceState) clone() *spaceState {
	next := &spaceState{maps.Clone(s.settings), maps.Clone(s.reviews)}
	if next.settings == nil {
		next.settings, next.reviews = map[string]string{}, map[string]review{}
	}
	return next
}

// Reviewed returns who of the community reviewed the fact as it stands, or nil. A review lapses when the text changes.
func (b *Bot) Reviewed(space SpaceID, f *facts.Fact) *facts.Review {
	if f.Reviewed != nil || b.ledger == nil {
		return f.Reviewed
	}
	r, ok := b.ledger.space(string(space)).reviews[f.ID]
	if !ok || r.print != fingerprint(f) {
		return nil
	}
	return &r.Review
}

// fingerprint stands for all of a fact that a reader sees.
func fingerprint(f *facts.Fact) string {
	seen := *f
	seen.Reviewed, seen.Note, seen.Related, seen.Daily = nil, "", nil, nil
	for _, t := range []**facts.Text{&seen.En, &seen.Es} {
		if *t != nil {
			*t = &facts.Text{Question: (*t).Question, Answer: (*t).Answer}
		}
	}
	data, err := json.Marshal(&seen)
	if err != nil { // a fact is made of texts, numbers and dates only
		panic(fmt.Sprintf("bot: a fact does not encode: %v", err))
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
