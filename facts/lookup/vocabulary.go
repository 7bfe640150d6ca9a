package lookup

import (
	_ "embed"
	"math"
	"slices"
	"strings"
)

// vocabulary knows every word of an index: by the word as written (folded) and by the term it counts as, which is its stem, a number, a month
// or a concept. A delta's vocabulary continues its base's numbering and is looked at second.
type vocabulary struct {
	base      *vocabulary
	lang      Lang
	words     map[string]uint32 // folded word to its place in the lists below
	stems     map[string]uint32 // stem to term
	word      []string          // words in the order they were met
	wordTerm  []uint32
	wordCount []uint32
	spelling  speller
	firstTerm uint32 // terms below are the base's
	nTerms    uint32
	concept   []bool // by term - firstTerm
}

// none stands for a word the vocabulary does not know.
const none = math.MaxUint32

func newVocabulary(base *vocabulary, lang Lang) *vocabulary {
	v := &vocabulary{base: base, lang: lang, words: map[string]uint32{}, stems: map[string]uint32{}}
	if base != nil {
		v.firstTerm = base.firstTerm + base.nTerms
	}
	return v
}

// size is the number of terms, the base's included.
func (v *vocabulary) size() int { return int(v.firstTerm + v.nTerms) }

// term returns the term of a folded word, none if it is unknown.
func (v *vocabulary) term(word string, st stemmer) uint32 {
	if t := v.exact(word); t != none {
		return t
	}
	return v.stemmed(st.stem(word, v.lang))
}

func (v *vocabulary) exact(word string) uint32 {
	if v.base != nil {
		if t := v.base.exact(word); t != none {
			return t
		}
	}
	if i, ok := v.words[word]; ok {
		return v.wordTerm[i]
	}
	return none
}

func (v *vocabulary) stemmed(stem string) uint32 {
	if v.base != nil {
		if t := v.base.stemmed(stem); t != none {
			return t
		}
	}
	if t, ok := v.stems[stem]; ok {
		return t
	}
	return none
}

// learn returns the term of a word and counts it, filing it where it is new.
func (v *vocabulary) learn(word string, st stemmer) uint32 {
	if i, ok := v.words[word]; ok {
		v.wordCount[i]++
		return v.wordTerm[i]
	}
	if v.base != nil {
		if t := v.base.exact(word); t != none {
			return t
		}
	}
	isConcept := strings.HasPrefix(word, conceptMark)
	stem := word
	if !isConcept {
		stem = st.stem(word, v.lang)
	}
	t := v.stemmed(stem)
	if t == none {
		t = v.firstTerm + v.nTerms
		v.nTerms++
		v.stems[stem] = t
		v.concept = append(v.concept, isConcept)
	}
	word = strings.Clone(word)
	v.words[word] = uint32(len(v.word))
	v.word = append(v.word, word)
	v.wordTerm = append(v.wordTerm, t)
	v.wordCount = append(v.wordCount, 1)
	return t
}

func (v *vocabulary) isConcept(t uint32) bool {
	if t < v.firstTerm {
		return v.base.isConcept(t)
	}
	return v.concept[t-v.firstTerm]
}

// finish files the words for spelling. No word is learned after it.
func (v *vocabulary) finish() { v.spelling = newSpeller(v.word) }

// A correction is a known word that a mistyped one probably stands for.
type correction struct {
	word   string
	term   uint32
	edits  int
	misfit float64 // lower is likelier
}

// correct finds the known word nearest to an unknown one. A word of the general list is never corrected: somebody who writes "coding" does
// not mean "cooking", even when only the latter is known.
func (v *vocabulary) correct(word string) (correction, bool) {
	best := correction{misfit: math.Inf(1)}
	if len(word) < 3 || word[0] < 'a' || isGeneralWord(word, v.lang) {
		return best, false
	}
	for w := v; w != nil; w = w.base {
		w.nearest(word, &best)
	}
	return best, !math.IsInf(best.misfit, 1)
}

func (v *vocabulary) nearest(word string, best *correction) {
	limit := allowedEdits(word)
	var buf [64]uint32
	v.spelling.near(word, buf[:0], func(i uint32) {
		known := v.word[i]
		d := distance(word, known, limit)
		if d > limit || d > allowedEdits(known) {
			return
		}
		misfit := float64(d) - 0.05*math.Log(float64(1+v.wordCount[i]))
		if known[0] != word[0] {
			misfit += 0.4
		}
		if misfit < best.misfit || misfit == best.misfit && known < best.word {
			*best = correction{known, v.wordTerm[i], d, misfit}
		}
	})
}

// General word lists, sorted, a word a line. See words/README.md for where they come from.
var (
	//go:embed words/en.txt
	englishWords string
	//go:embed words/es.txt
	spanishWords string
)

// IsGeneralWord reports whether a folded word stands in the general word list of either language.
func IsGeneralWord(word string) bool {
	return isGeneralWord(word, English) || isGeneralWord(word, Spanish)
}

// isGeneralWord reports whether word stands in the general word list of the language. The lists are searched where they lie, so that
// starting costs nothing.
func isGeneralWord(word string, lang Lang) bool {
	list := englishWords
	if lang == Spanish {
		list = spanishWords
	}
	low, high := 0, len(list)
	for low < high {
		mid := (low + high) / 2
		begin := strings.LastIndexByte(list[:mid], '\n') + 1
		end := begin + strings.IndexByte(list[begin:], '\n')
		switch c := strings.Compare(word, list[begin:end]); {
		case c == 0:
			return true
		case c < 0:
			high = begin
		default:
			low = end + 1
		}
	}
	return false
}

// Concepts are names and synonyms: each has several forms, single words or phrases, and a text that holds any of them is also filed under
// the concept itself.
type Concept struct {
	ID    string
	Forms []string
}

const conceptMark = "\x01"

// concepts finds the forms of concepts in a run of words.
type concepts struct {
	byFirst map[string][]conceptForm
	words   map[string]bool // every word of every form: known, though no fact may have it, so never taken for a typing error
}

type conceptForm struct {
	words []string
	id    string
}

func newConcepts(list []Concept, lang Lang) concepts {
	c := concepts{map[string][]conceptForm{}, map[string]bool{}}
	for _, concept := range list {
		for _, form := range concept.Forms {
			if words := tokens(nil, Fold(form), lang); len(words) > 0 {
				c.byFirst[words[0]] = append(c.byFirst[words[0]], conceptForm{words, conceptMark + concept.ID})
				for _, w := range words {
					c.words[w] = true
				}
			}
		}
	}
	for _, forms := range c.byFirst {
		slices.SortStableFunc(forms, func(a, b conceptForm) int { return len(b.words) - len(a.words) })
	}
	return c
}

// mark appends the concepts whose forms stand in words, each once, the longest form at a place winning. Where cover is not nil, it is
// filled in with the place of the concept that each word is part of, -1 for none.
func (c concepts) mark(words []string, cover []int) []string {
	n := len(words)
	for i := range cover {
		cover[i] = -1
	}
	for i := 0; i < n && len(c.byFirst) > 0; i++ {
		longest := 0
		for _, form := range c.byFirst[words[i]] {
			if len(form.words) < longest {
				break
			}
			if i+len(form.words) > n || !slices.Equal(words[i:i+len(form.words)], form.words) {
				continue
			}
			longest = len(form.words)
			at := slices.Index(words[n:], form.id)
			if at < 0 {
				at = len(words) - n
				words = append(words, form.id)
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
