package lookup

import "slices"

// Letter groups are hashed to 16 bits, which tables are then indexed by.
const gramBuckets = 1 << 16

// appendGrams appends the letter groups of a word, hashed and each once: each three and each four letters in a row, a word's borders
// counting as one. A concept has none.
func appendGrams[S string | []byte](dst []uint16, w S) []uint16 {
	if w[0] == conceptMark[0] {
		return dst
	}
	var buf [longestMeasured + 2]byte
	p := append(buf[:0], ' ')
	p = append(p, w[:min(len(w), longestMeasured)]...)
	p = append(p, ' ')
	start := len(dst)
	add := func(hash uint32) {
		if g := uint16(hash>>16) ^ uint16(hash); !slices.Contains(dst[start:], g) {
			dst = append(dst, g)
		}
	}
	for i := 0; i+3 <= len(p); i++ {
		h := uint32(hashStart)
		for _, c := range p[i : i+3] {
			h = (h ^ uint32(c)) * hashPrime
		}
		add(h)
		if i+4 <= len(p) {
			add((h ^ uint32(p[i+3])) * hashPrime)
		}
	}
	return dst
}

// gramSet collects the distinct letter groups of texts, one text at a time.
type gramSet struct {
	round uint32
	seen  []uint32 // by letter group, the last round it was met in
}

func newGramSet() gramSet { return gramSet{seen: make([]uint32, gramBuckets)} }

// appendTo appends the letter groups of the words, each once.
func (u *gramSet) appendTo(dst []uint16, v *vocabulary, words []uint32) []uint16 {
	u.round++
	for _, w := range words {
		for _, g := range v.gramsOf(w) {
			if u.seen[g] != u.round {
				u.seen[g] = u.round
				dst = append(dst, g)
			}
		}
	}
	return dst
}
