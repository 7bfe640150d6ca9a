package lookup

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// speller finds the known words nearest to a mistyped one, by the symmetric-delete method: every known word is filed under itself with
// up to two letters left out, and a typed word is looked up the same way, so that no scan of the vocabulary is needed
// (W. Garbe, "1000x faster spelling correction", 2012). Only the first letters count for the filing, which bounds the
// memory to some 20 entries a word; the candidates are then measured whole.
type speller struct {
	keys  []uint32 // hashes of shortened words, sorted
	words []uint32 // words[i] is filed under keys[i]
}

const filedPrefix = 7 // letters of a word that its filing looks at

// newSpeller files the words, which are known by their place in the slice.
func newSpeller(words []string) speller {
	type entry struct{ key, word uint32 }
	var entries []entry
	var buf []uint32
	for i, w := range words {
		if len(w) < 3 || w[0] < 'a' {
			continue
		}
		buf = deletes(buf[:0], w, allowedEdits(w))
		for _, k := range buf {
			entries = append(entries, entry{k, uint32(i)})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.word, b.word))
	})
	entries = slices.Compact(entries)
	s := speller{make([]uint32, len(entries)), make([]uint32, len(entries))}
	for i, e := range entries {
		s.keys[i], s.words[i] = e.key, e.word
	}
	return s
}

// allowedEdits is how many letters may be wrong in a word: none in a very short one, two in a long one.
func allowedEdits(w string) int {
	switch n := len(w); {
	case n < 3:
		return 0
	case n < 6:
		return 1
	}
	return 2
}

// deletes appends the hashes of the beginning of w with up to edits letters left out.
func deletes(dst []uint32, w string, edits int) []uint32 {
	if len(w) > filedPrefix {
		w = w[:filedPrefix]
	}
	dst = append(dst, hash32(w, -1, -1))
	if edits < 1 {
		return dst
	}
	for i := range len(w) {
		dst = append(dst, hash32(w, i, -1))
		if edits < 2 {
			continue
		}
		for j := i + 1; j < len(w); j++ {
			dst = append(dst, hash32(w, i, j))
		}
	}
	return dst
}

// hash32 is FNV-1a over w without the bytes at skip1 and skip2.
func hash32(w string, skip1, skip2 int) uint32 {
	h := uint32(2166136261)
	for i := range len(w) {
		if i == skip1 || i == skip2 {
			continue
		}
		h = (h ^ uint32(w[i])) * 16777619
	}
	return h
}

// near calls yield with every filed word that may lie within the allowed edits of w, some of them more than once.
func (s speller) near(w string, buf []uint32, yield func(word uint32)) []uint32 {
	buf = deletes(buf[:0], w, allowedEdits(w))
	for _, k := range buf {
		i, ok := slices.BinarySearch(s.keys, k)
		if !ok {
			continue
		}
		for ; i < len(s.keys) && s.keys[i] == k; i++ {
			yield(s.words[i])
		}
	}
	return buf
}

// distance counts the letters to insert, delete, replace or swap with their neighbour to get from a to b (optimal string alignment), and
// stops counting above limit.
func distance(a, b string, limit int) int {
	if utf8.RuneCountInString(a) != len(a) || utf8.RuneCountInString(b) != len(b) {
		return runeDistance([]rune(a), []rune(b), limit)
	}
	var ra, rb [48]rune
	if len(a) > len(ra) || len(b) > len(rb) {
		return limit + 1
	}
	for i := range len(a) {
		ra[i] = rune(a[i])
	}
	for i := range len(b) {
		rb[i] = rune(b[i])
	}
	return runeDistance(ra[:len(a)], rb[:len(b)], limit)
}

func runeDistance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	if len(b) >= 49 || len(a) >= 49 {
		return limit + 1
	}
	var rows [3][50]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			best = min(best, d)
		}
		if best > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
