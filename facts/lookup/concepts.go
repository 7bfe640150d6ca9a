package lookup

import (
	"cmp"
	"slices"
)

// Concepts are names and synonyms: each has several forms, single words or phrases, and a text that holds any of them is also filed under
// the concept itself.
type Concept struct {
	ID    string
	Forms []string
}

const conceptMark = "\x01"

// concepts finds the forms of concepts in a run of words. There are as many forms as there are words in the facts, so they are numbers that lie
// together.
type concepts struct {
	ids   []string // marked
	words wordList // every word of every form: known, though no fact may have it, so never taken for a typing error
	first wordFilter
	forms []conceptForm // by their first word, the longest first
	from  []uint32      // by word, where the forms that begin with it begin; and one more
	rest  []uint32      // the words of the forms after their first
}

type conceptForm struct {
	first, concept uint32
	from, to       uint32 // in rest
}

func (f *conceptForm) len() int { return 1 + int(f.to-f.from) }

func newConcepts(list []Concept, lang Lang) *concepts {
	c := &concepts{}
	var words []string
	for i, concept := range list {
		c.ids = append(c.ids, conceptMark+concept.ID)
		for _, form := range concept.Forms {
			if words = tokens(words[:0], Fold(form), lang); len(words) > 0 {
				c.first.add(words[0])
				f := conceptForm{first: c.words.add(words[0]), concept: uint32(i), from: uint32(len(c.rest))}
				for _, w := range words[1:] {
					c.rest = append(c.rest, c.words.add(w))
				}
				f.to = uint32(len(c.rest))
				c.forms = append(c.forms, f)
			}
		}
	}
	slices.SortStableFunc(c.forms, func(a, b conceptForm) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.len(), a.len()))
	})
	c.from = make([]uint32, c.words.len()+1)
	for _, f := range c.forms {
		c.from[f.first+1]++
	}
	for w := range c.words.len() {
		c.from[w+1] += c.from[w]
	}
	return c
}

// known reports whether a word is one of any form's.
func (c *concepts) known(word string) bool { return c.words.find(word) != none }

// beginningWith returns the forms that begin with a word, the longest first.
func (c *concepts) beginningWith(word string) []conceptForm {
	if !c.first.mayHold(word) {
		return nil
	}
	w := c.words.find(word)
	if w == none {
		return nil
	}
	return c.forms[c.from[w]:c.from[w+1]]
}

// stands reports whether words begin with the words of a form after its first.
func (c *concepts) stands(f *conceptForm, words []string) bool {
	if f.len()-1 > len(words) {
		return false
	}
	for k, w := range c.rest[f.from:f.to] {
		if string(c.words.at(w)) != words[k] {
			return false
		}
	}
	return true
}

// mark appends the concepts whose forms stand in words, each once, the longest form at a place winning. Where cover is not nil, it is
// filled in with the place of the concept that each word is part of, -1 for none.
func (c *concepts) mark(words []string, cover []int) []string {
	n := len(words)
	for i := range cover {
		cover[i] = -1
	}
	for i := range n {
		longest := 0
		for _, form := range c.beginningWith(words[i]) {
			if form.len() < longest {
				break
			}
			if !c.stands(&form, words[i+1:n]) {
				continue
			}
			longest = form.len()
			at := slices.Index(words[n:], c.ids[form.concept])
			if at < 0 {
				at = len(words) - n
				words = append(words, c.ids[form.concept])
			}
			for k := i; k < i+longest && cover != nil; k++ {
				if cover[k] < 0 {
					cover[k] = n + at
				}
			}
		}
	}
	return words
}
