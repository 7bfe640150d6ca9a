// Package bench measures the search core of testigo beside other search engines, on the same synthetic facts in one run. It is a
// module of its own so that the engines it compares with are no dependencies of the program. README.md has the commands and figures.
package bench

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// fact is one synthetic fact: a question, two other phrasings of it and an answer.
type fact struct {
	id        string
	phrasings [3]string
	answer    string
}

// query is a question together with the id of the fact it was made from.
type query struct{ text, want string }

// set is synthetic facts with questions to them. The same size always gives the same set, on any machine.
type set struct {
	facts []fact
	plain []query // phrasings with one word left out or changed for another
	typos []query // the same, with one or two typing errors
}

const (
	vocabularySize = 30_000
	firstTopic     = 300 // words of this rank and above are rare enough to be what a fact is about
)

// functionWords are the commonest words of the vocabulary. They are real English, because engines treat these in ways of their own
// (Bleve's English analyser leaves most of them out), which made-up words would take from them.
var functionWords = strings.Fields(`the of what in to who did a was and is how when on for with where by from that were at it are has
	his which be had as about have this why does not or their been he they an after one do but her she than there all can into if
	more my you out before no up so would many them during`)

// writer writes synthetic text.
type writer struct {
	random *rand.Rand
	ranks  *rand.Zipf // as words of real text are distributed, by their rank
	words  []string   // the commonest first
}

// newWriter returns a writer with its random numbers started from seed. The vocabulary is the same for every seed.
func newWriter(seed uint64) *writer {
	random := rand.New(rand.NewPCG(seed, 43))
	return &writer{random, rand.NewZipf(random, 1.07, 2.7, vocabularySize-1), newVocabulary()}
}

// newVocabulary makes up pronounceable words. The common ones are short and some are others with an ending. Lengths, and how many words
// lie one letter from another, are about those of English: on that depends what forgiving typing errors costs an engine.
func newVocabulary() []string {
	random := rand.New(rand.NewPCG(26, 9))
	words := slices.Clone(functionWords)
	known := map[string]bool{}
	for _, w := range words {
		known[w] = true
	}
	for len(words) < vocabularySize {
		w := newWord(random, words)
		if len(w) > 2 && !known[w] {
			known[w] = true
			words = append(words, w)
		}
	}
	return words
}

// Single letters stand more than once for being commoner; "" is no coda.
var (
	onsets  = strings.Fields(strings.Repeat("b c d f g h l m n p r s t w ", 3) + "j k v z bl br ch cr dr fl gr pl sh sp st th tr")
	vowels  = strings.Fields(strings.Repeat("a e i o u ", 4) + "ai ea ee oa ou")
	codas   = append(strings.Fields("n r s l t n r s l t m d p nd nt st ck"), make([]string, 4)...)
	endings = strings.Fields("s ed ing er")
)

func newWord(random *rand.Rand, earlier []string) string {
	n := len(earlier)
	if n > firstTopic && random.IntN(4) == 0 {
		return pick(random, earlier[len(functionWords):]) + pick(random, endings)
	}
	var b strings.Builder
	for range syllables(random, n) {
		b.WriteString(pick(random, onsets) + pick(random, vowels))
	}
	return b.String() + pick(random, codas)
}

// syllables is how many the word of the rank gets.
func syllables(random *rand.Rand, rank int) int {
	switch {
	case rank < firstTopic:
		return 1
	case rank < vocabularySize/10:
		return 1 + random.IntN(2)
	}
	return 2 + random.IntN(2)
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// newSet makes a set of so many facts, and so many queries of each kind.
func newSet(facts, queries int) *set {
	w := newWriter(uint64(facts))
	s := &set{}
	for i := range facts {
		s.facts = append(s.facts, w.fact("fact-"+strconv.Itoa(i)))
	}
	for range queries {
		f := &s.facts[w.random.IntN(facts)]
		words := w.reworded(pick(w.random, f.phrasings[:]))
		s.plain = append(s.plain, query{strings.Join(words, " "), f.id})
		s.typos = append(s.typos, query{strings.Join(w.mistyped(words), " "), f.id})
	}
	return s
}

// fact writes a fact around a few topic words, which its phrasings and its answer share.
func (w *writer) fact(id string) fact {
	topic := make([]string, 3+w.random.IntN(2))
	for i := range topic {
		topic[i] = w.topicWord()
	}
	f := fact{id: id}
	for i := range f.phrasings {
		f.phrasings[i] = w.sentence(topic, 6+w.random.IntN(5)) + "?"
	}
	f.answer = w.sentence(topic, 15+w.random.IntN(11)) + "."
	return f
}

func (w *writer) topicWord() string {
	for {
		if rank := w.ranks.Uint64(); rank >= firstTopic {
			return w.words[rank]
		}
	}
}

// sentence writes n words, two or three of them topic words.
func (w *writer) sentence(topic []string, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = w.words[w.ranks.Uint64()]
	}
	places, about := w.random.Perm(n), w.random.Perm(len(topic))
	for i := range 2 + w.random.IntN(2) {
		words[places[i]] = topic[about[i]]
	}
	text := strings.Join(words, " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// reworded returns the words of a phrasing, one of them left out or changed for another, as typed in a hurry.
func (w *writer) reworded(phrasing string) []string {
	words := strings.Fields(strings.ToLower(strings.TrimSuffix(phrasing, "?")))
	i := w.random.IntN(len(words))
	if w.random.IntN(2) == 0 {
		return slices.Delete(words, i, i+1)
	}
	words[i] = w.words[w.ranks.Uint64()]
	return words
}

// mistyped returns the words with one or two typing errors in those of four letters or more.
func (w *writer) mistyped(words []string) []string {
	words = slices.Clone(words)
	places := slices.DeleteFunc(w.random.Perm(len(words)), func(i int) bool { return len(words[i]) < 4 })
	for _, i := range places[:min(len(places), 1+w.random.IntN(2))] {
		words[i] = w.misspelt(words[i])
	}
	return words
}

// misspelt returns the word with a letter left out, doubled, wrong, or in its neighbour's place.
func (w *writer) misspelt(word string) string {
	i := w.random.IntN(len(word) - 1)
	switch w.random.IntN(4) {
	case 0:
		return word[:i] + word[i+1:]
	case 1:
		return word[:i+1] + word[i:]
	case 2:
		return word[:i] + string(rune('a'+w.random.IntN(26))) + word[i+1:]
	}
	return word[:i] + word[i+1:i+2] + word[i:i+1] + word[i+2:]
}
