package lookup

import (
	"cmp"
	"math"
	"slices"
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

// builder makes a segment and learns its vocabulary.
type builder struct {
	seg      *segment
	vocab    *vocabulary
	concepts concepts
	stem     stemmer
	grams    *gramSet
	words    []string
	freq     []termFreq // of the fact at hand
	entries  []posting
}

type termFreq struct {
	term uint32
	freq float32
}

type posting struct {
	term, doc uint32
	freq      uint8
}

func newBuilder(vocab *vocabulary, c concepts) *builder {
	return &builder{seg: &segment{}, vocab: vocab, concepts: c, stem: newStemmer(), grams: newGramSet()}
}

// analyse brings a text to its terms, which it learns, and returns its words too.
func (b *builder) analyse(text string, terms []uint32) ([]uint32, []string) {
	b.words = b.concepts.mark(tokens(b.words[:0], Fold(text), b.vocab.lang), nil)
	for _, w := range b.words {
		terms = append(terms, b.vocab.learn(w, b.stem))
	}
	return terms, b.words
}

func (b *builder) add(d *Doc) {
	s := b.seg
	b.freq = b.freq[:0]
	entry := docEntry{id: d.ID, firstPhr: uint32(len(s.phrs))}
	b.addPhrasing(d.Question)
	for _, p := range d.Phrasings {
		b.addPhrasing(p)
	}
	entry.nPhrs = uint32(len(s.phrs)) - entry.firstPhr
	b.addField(d.Answer, answerWeight)
	for _, n := range d.Names {
		b.addField(n, nameWeight)
	}
	for _, q := range d.Quotes {
		b.addField(q, quoteWeight)
	}
	entry.length = b.addPostings(uint32(len(s.docs)))
	s.docs = append(s.docs, entry)
}

func (b *builder) addPhrasing(text string) {
	s := b.seg
	p := phrasing{firstTerm: uint32(len(s.terms)), firstGram: uint32(len(s.grams))}
	var words []string
	s.terms, words = b.analyse(text, s.terms)
	s.grams = b.grams.appendTo(s.grams, words)
	p.nTerms = uint16(min(len(s.terms)-int(p.firstTerm), math.MaxUint16))
	p.nGrams = uint16(min(len(s.grams)-int(p.firstGram), math.MaxUint16))
	for _, t := range s.terms[p.firstTerm:] {
		b.freq = append(b.freq, termFreq{t, 1})
	}
	s.phrs = append(s.phrs, p)
}

func (b *builder) addField(text string, weight float32) {
	if text == "" {
		return
	}
	terms, _ := b.analyse(text, nil)
	for _, t := range terms {
		b.freq = append(b.freq, termFreq{t, weight})
	}
}

// addPostings files the fact at hand under its terms and returns its weighted length.
func (b *builder) addPostings(doc uint32) (length float32) {
	slices.SortFunc(b.freq, func(x, y termFreq) int { return cmp.Compare(x.term, y.term) })
	for i := 0; i < len(b.freq); {
		t, sum := b.freq[i].term, float32(0)
		for ; i < len(b.freq) && b.freq[i].term == t; i++ {
			sum += b.freq[i].freq
		}
		b.entries = append(b.entries, posting{t, doc, uint8(min(255, max(1, math.Round(float64(sum/freqStep)))))})
		length += sum
	}
	return length
}

// finish lays the postings out by term.
func (b *builder) finish() *segment {
	s := b.seg
	n := b.vocab.size()
	s.postFrom = make([]uint32, n+1)
	for _, e := range b.entries {
		s.postFrom[e.term+1]++
	}
	for t := range n {
		s.postFrom[t+1] += s.postFrom[t]
	}
	next := slices.Clone(s.postFrom)
	s.postDoc = make([]uint32, len(b.entries))
	s.postFreq = make([]uint8, len(b.entries))
	for _, e := range b.entries {
		s.postDoc[next[e.term]], s.postFreq[next[e.term]] = e.doc, e.freq
		next[e.term]++
	}
	// Cloned, not clipped: clipping would keep the spare room that growing left, a quarter of the memory.
	s.docs, s.phrs = slices.Clone(s.docs), slices.Clone(s.phrs)
	s.terms, s.grams = slices.Clone(s.terms), slices.Clone(s.grams)
	return s
}

// docsWith is the number of facts that hold the term.
func (s *segment) docsWith(t uint32) int { return int(s.postFrom[t+1] - s.postFrom[t]) }

func newStatistics(s *segment, v *vocabulary) *statistics {
	st := &statistics{nDocs: float64(len(s.docs)), nPhrs: float64(len(s.phrs))}
	var total float64
	for i := range s.docs {
		total += float64(s.docs[i].length)
	}
	st.avgLength = float32(total / max(1, st.nDocs))
	st.unknown = rarity(st.nDocs, 0)
	st.rarity = make([]float32, v.size())
	for t := range st.rarity {
		st.rarity[t] = rarity(st.nDocs, float64(s.docsWith(uint32(t))))
	}
	st.pairs = newPairCounts(len(s.phrs))
	st.gramPhrs = make([]uint32, gramBuckets)
	for i := range s.phrs {
		terms := s.phrTerms(uint32(i))
		for k, t := range terms {
			if k > 0 && !v.isConcept(t) {
				if slot := st.pairs.slot(terms[k-1], t); *slot < math.MaxUint16 {
					*slot++
				}
			}
		}
		for _, g := range s.phrGrams(uint32(i)) {
			st.gramPhrs[g]++
		}
	}
	st.gramRarity = make([]float32, gramBuckets)
	for g, n := range st.gramPhrs {
		st.gramRarity[g] = rarity(st.nPhrs, float64(n))
	}
	return st
}

func (s *segment) phrTerms(i uint32) []uint32 {
	p := &s.phrs[i]
	return s.terms[p.firstTerm : p.firstTerm+uint32(p.nTerms)]
}

func (s *segment) phrGrams(i uint32) []uint16 {
	p := &s.phrs[i]
	return s.grams[p.firstGram : p.firstGram+uint32(p.nGrams)]
}

// setNorms computes the lengths of the vectors of each phrasing, and of the sum of its letter vectors for each fact.
func (s *segment) setNorms(st *statistics, v *vocabulary) {
	gramSum := make([]float32, gramBuckets)
	for d := range s.docs {
		doc := &s.docs[d]
		for i := doc.firstPhr; i < doc.firstPhr+doc.nPhrs; i++ {
			s.setNorm(i, st, v)
		}
		for i := doc.firstPhr; i < doc.firstPhr+doc.nPhrs; i++ {
			p := &s.phrs[i]
			for _, g := range s.phrGrams(i) {
				gramSum[g] += st.gramRarity[g] / p.gramsNorm
			}
		}
		var grams float32
		for i := doc.firstPhr; i < doc.firstPhr+doc.nPhrs; i++ {
			for _, g := range s.phrGrams(i) {
				grams += gramSum[g] * gramSum[g]
				gramSum[g] = 0
			}
		}
		doc.gramsNorm = sqrt(grams)
	}
}

func (s *segment) setNorm(i uint32, st *statistics, v *vocabulary) {
	var words, grams float32
	terms := s.phrTerms(i)
	for k, t := range terms {
		if !slices.Contains(terms[:k], t) {
			w := st.rarityOf(t)
			words += w * w
		}
		if k > 0 && !v.isConcept(t) {
			w := st.pairWeight(terms[k-1], t)
			words += w * w
		}
	}
	for _, g := range s.phrGrams(i) {
		grams += st.gramRarity[g] * st.gramRarity[g]
	}
	s.phrs[i].wordsNorm, s.phrs[i].gramsNorm = sqrt(words), sqrt(grams)
}

func (st *statistics) pairWeight(a, b uint32) float32 {
	return pairWeight / 2 * (st.rarityOf(a) + st.rarityOf(b))
}

// rarityOf is what a term counts: its rarity, or that of a word no fact has where it came with a change.
func (st *statistics) rarityOf(t uint32) float32 {
	if int(t) < len(st.rarity) {
		return st.rarity[t]
	}
	return st.unknown
}

// sqrt keeps clear of zero, so that nothing is divided by it.
func sqrt(x float32) float32 { return float32(math.Sqrt(max(float64(x), 1e-12))) }
