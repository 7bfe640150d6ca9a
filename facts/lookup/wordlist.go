package lookup

import "hash/maphash"

// wordList numbers distinct strings in the order they are added. They lie end to end in one array and are found through a table of their
// numbers: a map of as many strings takes several times the memory and gives the garbage collector a pointer each to follow.
type wordList struct {
	text  []byte
	ends  []uint32 // where each string ends in text
	slots []uint32 // a hash table: the number of a string plus one, zero where nothing lies
}

// none stands for a word or term that is not known.
const none = ^uint32(0)

// wordSeed differs from process to process; that moves strings about in slots and changes no number.
var wordSeed = maphash.MakeSeed()

func (l *wordList) len() uint32 { return uint32(len(l.ends)) }

// at returns the string of a number. It may not be changed.
func (l *wordList) at(n uint32) []byte {
	from := uint32(0)
	if n > 0 {
		from = l.ends[n-1]
	}
	return l.text[from:l.ends[n]]
}

// find returns the number of w, none if it was not added.
func (l *wordList) find(w string) uint32 {
	if len(l.slots) == 0 {
		return none
	}
	return l.slots[l.slot(w)] - 1 // a free slot holds zero, and zero less one is none
}

// slot returns where w lies in slots, or the free place where it would.
func (l *wordList) slot(w string) uint32 {
	mask := uint32(len(l.slots) - 1)
	for i := uint32(maphash.String(wordSeed, w)) & mask; ; i = (i + 1) & mask {
		if n := l.slots[i]; n == 0 || string(l.at(n-1)) == w {
			return i
		}
	}
}

// add returns the number of w, a new one if it has none yet.
func (l *wordList) add(w string) uint32 {
	if 3*len(l.slots) <= 4*len(l.ends) {
		l.grow()
	}
	i := l.slot(w)
	if l.slots[i] == 0 {
		l.text = append(l.text, w...)
		l.ends = append(l.ends, uint32(len(l.text)))
		l.slots[i] = l.len()
	}
	return l.slots[i] - 1
}

// grow doubles the table, which stays a power of two and at most three quarters full.
func (l *wordList) grow() {
	l.slots = make([]uint32, max(64, 2*len(l.slots)))
	for n := range l.len() {
		l.slots[l.slot(string(l.at(n)))] = n + 1
	}
}
