package lookup

import "math/bits"

// ranks numbers the members of a set of small numbers in their order, so that what is known of each can lie in a table as long as the set, not as
// long as its range: of 65,536 letter groups a set of facts has a sixth, and a question some fifty. Members are added, then counted.
type ranks struct {
	held   bitset
	before []uint32 // by word of held, how many members lie in those before it
}

func newRanks(n int) ranks {
	held := newBitset(n)
	return ranks{held, make([]uint32, len(held))}
}

// add adds a member and reports whether it is new.
func (r *ranks) add(i uint32) bool {
	if r.held.has(i) {
		return false
	}
	r.held.set(i)
	return true
}

// count numbers the members and returns how many there are.
func (r *ranks) count() (n int) {
	for k, w := range r.held {
		r.before[k] = uint32(n)
		n += bits.OnesCount64(w)
	}
	return n
}

// of returns the number of a member; of another number it means nothing.
func (r *ranks) of(i uint32) uint32 {
	k := i / 64
	return r.before[k] + uint32(bits.OnesCount64(r.held[k]&(1<<(i%64)-1)))
}

// drop takes a member out, and others beside it: to be used for all.
func (r *ranks) drop(i uint32) { r.held[i/64] = 0 }

// numbers is a list of numbers that takes half the memory where all are small, as those of the words of all but the largest sets.
type numbers struct {
	narrow []uint16
	wide   []uint32 // in its place where one needs it
}

// newNumbers makes room for n numbers below limit.
func newNumbers(n int, limit uint32) numbers {
	if limit <= 1<<16 {
		return numbers{narrow: make([]uint16, n)}
	}
	return numbers{wide: make([]uint32, n)}
}

// appendTo appends the numbers from one place up to another to dst.
func (l *numbers) appendTo(dst []uint32, from, to uint32) []uint32 {
	if l.narrow == nil {
		return append(dst, l.wide[from:to]...)
	}
	for _, n := range l.narrow[from:to] {
		dst = append(dst, uint32(n))
	}
	return dst
}

func (l *numbers) at(i uint32) uint32 {
	if l.narrow == nil {
		return l.wide[i]
	}
	return uint32(l.narrow[i])
}

func (l *numbers) set(i, n uint32) {
	if l.narrow != nil {
		l.narrow[i] = uint16(n)
	} else {
		l.wide[i] = n
	}
}

func (l *numbers) len() int { return max(len(l.narrow), len(l.wide)) }
