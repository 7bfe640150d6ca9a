package lookup

import (
	"runtime"
	"sync"
)

// Doc is what the core knows of one fact in one language. The core itself knows no facts, only words and ids.
type Doc struct {
	ID        string
	Question  string
	Phrasings []string // other ways to ask it
	Answer    string
	Names     []string // of who and what it is about
	Quotes    []string
}

// phrasings is how many of the texts of d are ways to ask it.
func (d *Doc) phrasings() int { return 1 + len(d.Phrasings) }

// texts goes through the texts of d with how much their words weigh, the phrasings first.
func (d *Doc) texts(yield func(text string, weight float32) bool) {
	if !yield(d.Question, phrasingWeight) {
		return
	}
	for _, list := range [...]struct {
		texts  []string
		weight float32
	}{{d.Phrasings, phrasingWeight}, {[]string{d.Answer}, answerWeight}, {d.Names, nameWeight}, {d.Quotes, quoteWeight}} {
		for _, text := range list.texts {
			if !yield(text, list.weight) {
				return
			}
		}
	}
}

// reading is a run of facts brought to words. The words are numbered as the run meets them, so that runs can be read side by side; the
// vocabulary brings their numbers together afterwards.
type reading struct {
	docs   []Doc
	known  wordList
	counts []uint32 // by number, how often the word was met
	words  []uint32 // of all texts, one after another
	ends   []uint32 // where each text ends in words
}

func read(docs []Doc, c *concepts, lang Lang) *reading {
	letters := 0
	for i := range docs {
		for text := range docs[i].texts {
			letters += len(text)
		}
	}
	r := &reading{docs: docs, words: make([]uint32, 0, letters/lettersAWord)}
	var words []string
	for i := range docs {
		for text := range docs[i].texts {
			words = c.mark(tokens(words[:0], Fold(text), lang), nil)
			for _, w := range words {
				r.meet(w)
			}
			r.ends = append(r.ends, uint32(len(r.words)))
		}
	}
	return r
}

// lettersAWord is how many letters of text make a word, its space included, in texts with short words: a guess that makes room for all words at once.
const lettersAWord = 5

func (r *reading) meet(word string) {
	n := r.known.add(word)
	if int(n) == len(r.counts) {
		r.counts = append(r.counts, 0)
	}
	r.counts[n]++
	r.words = append(r.words, n)
}

// readAll reads the facts in as many runs as there are processors.
func readAll(docs []Doc, c *concepts, lang Lang) []*reading {
	readings := make([]*reading, runs(len(docs)))
	sideBySide(len(docs), func(run, from, to int) { readings[run] = read(docs[from:to], c, lang) })
	return readings
}

// runs is how many runs n things are worked through in. What comes of them may not depend on it.
func runs(n int) int { return max(1, min(runtime.GOMAXPROCS(0), n/8)) }

// sideBySide divides the numbers below n among the processors, each of which works through a run of them.
func sideBySide(n int, work func(run, from, to int)) {
	var wg sync.WaitGroup
	count := runs(n)
	for run := range count {
		wg.Go(func() { work(run, run*n/count, (run+1)*n/count) })
	}
	wg.Wait()
}
