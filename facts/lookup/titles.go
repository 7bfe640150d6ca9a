package lookup

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sahilm/fuzzy"
)

// Title is a question that completion offers.
type Title struct {
	ID   string
	Text string
}

// Titles completes what is being typed to whole questions. It is immutable, like an Index.
type Titles struct {
	list  []Title
	plain []string   // folded
	words []wordFrom // every word of every title, sorted
	extra []Title    // added since the list was made
	gone  map[string]bool
}

// wordFrom is where a word of a title stands: its first letters packed, so that sorting and searching touch no strings.
type wordFrom struct {
	key   uint64 // the first eight bytes
	title uint32
}

// NewTitles prepares the titles for completion.
func NewTitles(list []Title) *Titles {
	t := &Titles{list: list, plain: make([]string, len(list))}
	for i := range list {
		t.plain[i] = Fold(list[i].Text)
		eachWord(t.plain[i], func(w string) { t.words = append(t.words, wordFrom{packWord(w), uint32(i)}) })
	}
	slices.SortFunc(t.words, func(a, b wordFrom) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.title, b.title)) })
	return t
}

// With returns titles with those of put added or replaced and those of remove gone.
func (t *Titles) With(put []Title, remove []string) *Titles {
	next := &Titles{list: t.list, plain: t.plain, words: t.words, gone: make(map[string]bool, len(t.gone)+len(put)+len(remove))}
	for id := range t.gone {
		next.gone[id] = true
	}
	now := map[string]bool{}
	for i := range put {
		now[put[i].ID], next.gone[put[i].ID] = true, true
	}
	for _, id := range remove {
		now[id], next.gone[id] = true, true
	}
	next.extra = slices.DeleteFunc(slices.Clone(t.extra), func(x Title) bool { return now[x.ID] })
	next.extra = append(next.extra, put...)
	return next
}

func eachWord(folded string, yield func(string)) {
	for w := range strings.FieldsFuncSeq(folded, func(r rune) bool { return !isWordRune(r) }) {
		yield(w)
	}
}

// packWord packs the first eight bytes of a word so that packed words sort as words do.
func packWord(w string) (key uint64) {
	for i := range 8 {
		key <<= 8
		if i < len(w) {
			key |= uint64(w[i])
		}
	}
	return key
}

// mostRanked bounds how many titles are ranked one by one, which bounds the time of a completion.
const mostRanked = 600

// Complete returns the ids of up to n titles that hold the words typed so far, the last of which may be a beginning; where there
// are too few, titles follow that hold the letters typed in their order, which forgives left-out letters. The best come first: how well
// letters lie together is scored by sahilm/fuzzy, as editors do.
func (t *Titles) Complete(typed string, n int) []string {
	typed = strings.Join(strings.Fields(Fold(typed)), " ")
	var ids []string
	add := func(id string) {
		if len(ids) < n && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if typed == "" {
		for _, x := range t.extra {
			add(x.ID)
		}
		for i := 0; i < len(t.list) && len(ids) < n; i++ {
			if !t.gone[t.list[i].ID] {
				add(t.list[i].ID)
			}
		}
		return ids
	}
	pool := t.pool(typed)
	if len(pool) < n {
		// Titles beside those that hold the words: all of a small set, the first ones of a large one.
		for i := 0; i < len(t.list) && len(pool) < mostRanked; i++ {
			pool = append(pool, uint32(i))
		}
	}
	for _, id := range t.rank(typed, pool) {
		add(id)
	}
	return ids
}

// pool returns the titles that hold every word typed, at most mostRanked.
func (t *Titles) pool(typed string) []uint32 {
	var words []string
	eachWord(typed, func(w string) { words = append(words, w) })
	if len(words) == 0 {
		return nil
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	var pool []uint32
	for _, w := range t.beginningWith(words[0]) {
		if len(pool) == mostRanked {
			break
		}
		if holdsAll(t.plain[w.title], words) && !slices.Contains(pool[max(0, len(pool)-4):], w.title) {
			pool = append(pool, w.title)
		}
	}
	return pool
}

// beginningWith returns the filed words that begin with w, or with its first eight bytes where it is longer.
func (t *Titles) beginningWith(w string) []wordFrom {
	low := packWord(w)
	high := low
	if len(w) < 8 {
		high |= 1<<(8*(8-len(w))) - 1
	}
	from, _ := slices.BinarySearchFunc(t.words, low, func(x wordFrom, key uint64) int { return cmp.Compare(x.key, key) })
	to := from
	for to < len(t.words) && t.words[to].key <= high && to-from < 20*mostRanked {
		to++
	}
	return t.words[from:to]
}

// holdsAll reports whether each of the beginnings begins a word of the title.
func holdsAll(title string, beginnings []string) bool {
	for _, w := range beginnings {
		found := false
		for from := 0; !found; {
			i := strings.Index(title[from:], w)
			if i < 0 {
				return false
			}
			at := from + i
			found = at == 0 || !isWordRune(rune(title[at-1]))
			from = at + 1
		}
	}
	return true
}

// candidateTitles lets sahilm/fuzzy read the titles to rank.
type candidateTitles struct {
	t    *Titles
	pool []uint32
	more []string // folded titles of extra
}

func (c candidateTitles) Len() int { return len(c.pool) + len(c.more) }
func (c candidateTitles) String(i int) string {
	if i < len(c.pool) {
		return c.t.plain[c.pool[i]]
	}
	return c.more[i-len(c.pool)]
}

// rank orders titles: those that begin with what was typed, then by fuzzy's score, then the shorter.
func (t *Titles) rank(typed string, pool []uint32) []string {
	c := candidateTitles{t: t, pool: pool}
	for i := range t.extra {
		c.more = append(c.more, Fold(t.extra[i].Text))
	}
	type ranked struct {
		id     string
		begins bool
		score  int
		length int
	}
	var list []ranked
	for _, m := range fuzzy.FindFrom(typed, c) {
		r := ranked{score: m.Score, length: len(m.Str), begins: strings.HasPrefix(strings.TrimLeft(m.Str, "¿¡"), typed)}
		if m.Index < len(pool) {
			r.id = t.list[pool[m.Index]].ID
			if t.gone[r.id] {
				continue
			}
		} else {
			r.id = t.extra[m.Index-len(pool)].ID
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b ranked) int {
		if a.begins != b.begins {
			if a.begins {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.length, b.length), strings.Compare(a.id, b.id))
	})
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].id
	}
	return ids
}
