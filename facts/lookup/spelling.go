package lookup

import "unicode/utf8"

// speller finds the known words nearest to a mistyped one, by the symmetric-delete method: every known word is filed under itself with
// up to two letters left out, and a typed word is looked up the same way, so that no scan of the vocabulary is needed
// (W. Garbe, "1000x faster spelling correction", 2012). Only the first letters count for the filing, which bounds the
// memory to some 30 entries a word; the candidates are then measured whole.
//
// Entries lie in buckets by the low bits of the hash of what they are filed under. Of the other bits they keep eight, which tell nearly all
// entries apart at a quarter of the memory.
type speller struct {
	from  []uint32 // where each bucket begins; the last is where the last one ends
	words numbers
	tags  []uint8
}

const (
	filedPrefix = 7                                               // letters of a word that its filing looks at
	mostKeys    = 1 + filedPrefix + filedPrefix*(filedPrefix-1)/2 // entries of a word
)

// newSpeller files the words by their numbers in the list.
func newSpeller(words *wordList) *speller {
	buckets := uint32(64)
	for buckets < 4*words.len() {
		buckets *= 2
	}
	s := &speller{from: make([]uint32, buckets+1)}
	mask := buckets - 1
	eachKey(words, func(_, key uint32) { s.from[key&mask+1]++ })
	for b := range buckets {
		s.from[b+1] += s.from[b]
	}
	s.words, s.tags = newNumbers(int(s.from[buckets]), words.len()), make([]uint8, s.from[buckets])
	// Filling moves the beginning of each bucket to its end, which is where the next one begins.
	eachKey(words, func(word, key uint32) {
		at := &s.from[key&mask]
		s.words.set(*at, word)
		s.tags[*at] = tag(key)
		*at++
	})
	copy(s.from[1:], s.from)
	s.from[0] = 0
	return s
}

func tag(key uint32) uint8 { return uint8(key >> 24) }

// eachKey goes through the words with what each is to be filed under.
func eachKey(words *wordList, yield func(word, key uint32)) {
	var buf [mostKeys]uint32
	for i := range words.len() {
		w := words.at(i)
		if len(w) < 3 || w[0] < 'a' {
			continue
		}
		for _, key := range deletes(buf[:0], w, allowedEdits(len(w))) {
			yield(i, key)
		}
	}
}

// filed goes through the words filed under the key, and now and then another.
func (s *speller) filed(key uint32) func(yield func(word uint32) bool) {
	bucket := key & uint32(len(s.from)-2)
	return func(yield func(uint32) bool) {
		for i := s.from[bucket]; i < s.from[bucket+1]; i++ {
			if s.tags[i] == tag(key) && !yield(s.words.at(i)) {
				return
			}
		}
	}
}

// allowedEdits is how many letters may be wrong in a word of n: none in a very short one, two in a long one.
func allowedEdits(n int) int {
	switch {
	case n < 3:
		return 0
	case n < 6:
		return 1
	}
	return 2
}

// deletes appends the hashes of the beginning of w with up to edits letters left out.
func deletes[S string | []byte](dst []uint32, w S, edits int) []uint32 {
	w = w[:min(len(w), filedPrefix)]
	dst = append(dst, hashWithout(w, -1, -1))
	if edits < 1 {
		return dst
	}
	for i := range len(w) {
		dst = append(dst, hashWithout(w, i, -1))
		if edits < 2 {
			continue
		}
		for j := i + 1; j < len(w); j++ {
			dst = append(dst, hashWithout(w, i, j))
		}
	}
	return dst
}

// FNV-1a's constants for 32 bits.
const (
	hashStart = 2166136261
	hashPrime = 16777619
)

// hashWithout is FNV-1a over w without the bytes at skip1 and skip2.
func hashWithout[S string | []byte](w S, skip1, skip2 int) uint32 {
	h := uint32(hashStart)
	for i := range len(w) {
		if i != skip1 && i != skip2 {
			h = (h ^ uint32(w[i])) * hashPrime
		}
	}
	return h
}

// distance counts the letters to insert, delete, replace or swap with their neighbour to get from a to b (optimal string alignment), and
// stops counting above limit.
func distance(a, b string, limit int) int {
	if isASCII(a) && isASCII(b) {
		return letterDistance([]byte(a), []byte(b), limit)
	}
	return letterDistance([]rune(a), []rune(b), limit)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// longestMeasured is how many letters a word may have to be told from another.
const longestMeasured = 48

func letterDistance[L byte | rune](a, b []L, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || max(len(a), len(b)) > longestMeasured {
		return limit + 1
	}
	var rows [3][longestMeasured + 1]int
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
