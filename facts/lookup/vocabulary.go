package lookup

import (
	"bytes"
	_ "embed"
	"math"
	"strings"
	"sync"
)

// vocabulary knows every word of an index: the word as written (folded) and the term it counts as, which is its stem, a number, a month
// or a concept. A delta's vocabulary continues its base's numbering and is looked at second.
type vocabulary struct {
	base      *vocabulary
	lang      Lang
	words     wordList    // numbered from firstWord
	terms     wordList    // numbered from firstTerm
	entries   []wordEntry // by word, and one more
	counts    []uint32    // by word, how often it stands in the facts
	grams     []uint16    // the letter groups of each word
	concepts  bitset      // the terms that are concepts
	firstWord uint32      // words below are the base's
	firstTerm uint32      // likewise
	spelling  func() *speller
}

// wordEntry is what the search asks of a word, which lies together because most of the time goes to fetching it.
type wordEntry struct {
	term      uint32
	firstGram uint32 // its letter groups end where the next word's begin
}

func newVocabulary(base *vocabulary, lang Lang) *vocabulary {
	v := &vocabulary{base: base, lang: lang}
	if base != nil {
		v.firstWord, v.firstTerm = base.nWords(), base.nTerms()
	}
	// Only a mistyped word needs it, and to file all words takes as long as to read a few thousand facts.
	v.spelling = sync.OnceValue(func() *speller { return newSpeller(&v.words) })
	return v
}

// nWords is the number of words, the base's included.
func (v *vocabulary) nWords() uint32 { return v.firstWord + v.words.len() }

// nTerms is the number of terms, the base's included.
func (v *vocabulary) nTerms() uint32 { return v.firstTerm + v.terms.len() }

// word returns the number of a folded word, none if it is unknown.
func (v *vocabulary) word(word string) uint32 {
	if v.base != nil {
		if w := v.base.word(word); w != none {
			return w
		}
	}
	if w := v.words.find(word); w != none {
		return v.firstWord + w
	}
	return none
}

// stem returns the term of a stem, none if it is unknown.
func (v *vocabulary) stem(stem string) uint32 {
	if v.base != nil {
		if t := v.base.stem(stem); t != none {
			return t
		}
	}
	if t := v.terms.find(stem); t != none {
		return v.firstTerm + t
	}
	return none
}

// exact returns the term of a folded word that stands in the facts as it is, none if it does not.
func (v *vocabulary) exact(word string) uint32 {
	if w := v.word(word); w != none {
		return v.term(w)
	}
	return none
}

// read returns the term of a folded word by itself or by its stem, none if neither is known.
func (v *vocabulary) read(word string, st stemmer) uint32 {
	if t := v.exact(word); t != none {
		return t
	}
	return v.stem(st.stem(word, v.lang))
}

// term returns the term of a word by its number.
func (v *vocabulary) term(w uint32) uint32 {
	if w < v.firstWord {
		return v.base.term(w)
	}
	return v.entries[w-v.firstWord].term
}

// gramsOf returns the letter groups of a word, each once.
func (v *vocabulary) gramsOf(w uint32) []uint16 {
	_, grams := v.entry(w)
	return grams
}

// entry returns the term and the letter groups of a word.
func (v *vocabulary) entry(w uint32) (term uint32, grams []uint16) {
	if w < v.firstWord {
		return v.base.entry(w)
	}
	pair := v.entries[w-v.firstWord:][:2]
	return pair[0].term, v.grams[pair[0].firstGram:pair[1].firstGram]
}

func (v *vocabulary) isConcept(t uint32) bool {
	if t < v.firstTerm {
		return v.base.isConcept(t)
	}
	return v.concepts.has(t - v.firstTerm)
}

// learn takes the words of the readings in and renumbers the readings by it. The readings' runs are taken one after the other, so that
// words get the numbers they would get in a single run.
func (v *vocabulary) learn(readings []*reading) {
	numbers := make([][]uint32, len(readings))
	for i, r := range readings {
		numbers[i] = v.learnWords(r)
	}
	v.learnTerms()
	for w := range v.words.len() {
		v.entries[w].firstGram = uint32(len(v.grams))
		v.grams = appendGrams(v.grams, v.words.at(w))
	}
	v.entries[v.words.len()].firstGram = uint32(len(v.grams))
	var wg sync.WaitGroup
	for i, r := range readings {
		wg.Go(func() {
			for k, w := range r.words {
				r.words[k] = numbers[i][w]
			}
		})
	}
	wg.Wait()
}

// learnWords files the words of one reading and returns their numbers.
func (v *vocabulary) learnWords(r *reading) []uint32 {
	numbers := make([]uint32, r.known.len())
	for i := range numbers {
		word := string(r.known.at(uint32(i)))
		if v.base != nil {
			if numbers[i] = v.base.word(word); numbers[i] != none {
				continue
			}
		}
		w := v.words.add(word)
		if int(w) == len(v.counts) {
			v.counts = append(v.counts, 0)
		}
		v.counts[w] += r.counts[i]
		numbers[i] = v.firstWord + w
	}
	return numbers
}

// learnTerms finds the terms of all words. Stemming takes the most time and is done side by side.
func (v *vocabulary) learnTerms() {
	stems := make([]string, v.words.len())
	sideBySide(len(stems), func(_, from, to int) {
		st := newStemmer()
		for i := from; i < to; i++ {
			if stems[i] = string(v.words.at(uint32(i))); stems[i][0] != conceptMark[0] {
				stems[i] = st.stem(stems[i], v.lang)
			}
		}
	})
	v.entries = make([]wordEntry, len(stems)+1)
	for i, stem := range stems {
		t := v.stem(stem)
		if t == none {
			t = v.firstTerm + v.terms.add(stem)
		}
		v.entries[i].term = t
	}
	v.concepts = newBitset(int(v.terms.len()))
	for t := range v.terms.len() {
		if v.terms.at(t)[0] == conceptMark[0] {
			v.concepts.set(t)
		}
	}
}

// A correction is a known word that a mistyped one probably stands for.
type correction struct {
	word   []byte
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
	limit := allowedEdits(len(word))
	var keys [mostKeys]uint32
	for _, key := range deletes(keys[:0], word, limit) {
		for i := range v.spelling().filed(key) {
			known := v.words.at(i)
			if bytes.Equal(known, best.word) {
				continue
			}
			d := distance(word, string(known), limit)
			if d > limit || d > allowedEdits(len(known)) {
				continue
			}
			misfit := float64(d) - 0.05*math.Log(float64(1+v.counts[i]))
			if known[0] != word[0] {
				misfit += 0.4
			}
			if misfit < best.misfit || misfit == best.misfit && bytes.Compare(known, best.word) < 0 {
				*best = correction{known, v.entries[i].term, d, misfit}
			}
		}
	}
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
