package facts

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"testigo/facts/lookup"
)

// aspect is what a question asks to be told.
type aspect int

const (
	theReason aspect = iota
	theNumber
	theManner
	theName
	theAsker
	thePerson
	theMoment
	thePlace
	theAge
	theExtent
	nAspects
)

// aspects is a set of them, by aspect.
type aspects [nAspects]bool

// askedBy lists, for each language, the words by which a question asks for an aspect: any of the sequences, as whole words, one after the
// other. A sequence that begins with "^" counts only where the question begins.
var askedBy = map[Lang][nAspects][]string{
	English: {
		theReason: {"why", "y did", "how come", "reason", "reasons", "what made", "what led", "what caused", "what for"},
		theNumber: {"how many", "how much"},
		theManner: {"how did", "how do", "how does", "how was", "how were", "how is", "how are", "how could", "how can", "how has", "how have", "how would"},
		theName:   {"name of", "names of", "the name", "the names", "named", "called", "title"},
		theAsker:  {"how do i", "how can i", "how could i", "how should i", "how would i", "where do i", "where can i", "can i", "could i", "should i", "do i"},
		thePerson: {"who", "whos", "whom", "whose", "which people", "which person"},
		theMoment: {"when", "wen", "what date", "what day", "what year", "what month", "which date", "which day", "which year", "which month"},
		thePlace:  {"where", "which town", "which city", "which place", "which state", "what town", "what city", "what place", "what state"},
		theAge:    {"how old", "what age", "age of", "ages of"},
		theExtent: {"how tall", "how long", "how far", "how big", "how large", "how high", "how deep", "how wide", "how heavy", "how fast", "how often", "how rich", "how expensive"},
	},
	Spanish: {
		theReason: {"por que", "porque", "xq", "pq", "porq", "razon", "razones", "motivo", "motivos", "^para que"},
		theNumber: {"cuanto", "cuanta", "cuantos", "cuantas", "a como", "que precio"},
		theManner: {"^como", "^y como", "^pero como", "como fue", "como fueron", "como le hizo", "como le hicieron", "de que manera", "de que forma"},
		theName:   {"nombre de", "nombres de", "el nombre", "los nombres", "se llama", "se llaman", "se llamaba", "se llamaban", "titulo"},
		theAsker:  {"como puedo", "como le hago", "como hago", "como llego", "como consigo", "como compro", "como dono", "donde puedo", "donde compro", "donde consigo", "puedo", "me recomiendas", "me recomiendan", "debo"},
		thePerson: {"quien", "quienes", "kien"},
		theMoment: {"cuando", "que fecha", "que dia", "que ano", "que mes"},
		thePlace:  {"donde", "adonde", "onde", "que ciudad", "que lugar", "que pueblo", "que estado", "que municipio", "que parte"},
		theAge:    {"que edad", "edad de", "edades de"},
		theExtent: {"que tan", "que tamano", "que altura"},
	},
}

// aspectsOf returns what the words, folded, ask for.
func aspectsOf(words []string, l Lang) (asked aspects) {
	text := " " + strings.Join(words, " ") + " "
	for a, ways := range askedBy[l] {
		asked[a] = slices.ContainsFunc(ways, func(way string) bool {
			if start, ok := strings.CutPrefix(way, "^"); ok {
				return strings.HasPrefix(text, " "+start+" ")
			}
			return strings.Contains(text, " "+way+" ")
		})
	}
	if asked[theName] || strings.Contains(text, " como a ") {
		asked[theManner] = false // "how is he called", "como a que hora"
	}
	return asked
}

// foreseen counts how often a fact's question and phrasings ask for each aspect.
type foreseen struct {
	question aspects
	times    [nAspects]int
	of       int // how many they are
}

func foresee(t *Text, l Lang) foreseen {
	f := foreseen{question: aspectsOf(lookup.Words(t.Question), l), of: 1 + len(t.Phrasings)}
	count := func(asked aspects) {
		for a, is := range asked {
			if is {
				f.times[a]++
			}
		}
	}
	count(f.question)
	for _, phrasing := range t.Phrasings {
		count(aspectsOf(lookup.Words(phrasing), l))
	}
	return f
}

// foreseen returns what foresee says of a text, which it remembers for as long as the view stands: to go through all phrasings of the facts near
// a question anew would take longer than to find them.
func (v *view) foreseen(t *Text, l Lang) *foreseen {
	if f, ok := v.told.Load(t); ok {
		return f.(*foreseen)
	}
	f := foresee(t, l)
	v.told.Store(t, &f)
	return &f
}

// enoughPhrasings is how many phrasings a fact must have for what they do not ask to say that it does not answer it.
const enoughPhrasings = 8

// refused are the aspects that a fact must have been meant to answer, in the order they are looked at: asked for any of the others, words that
// name no aspect ("the mayor of Iguala?") are as usual.
var refused = [...]struct {
	aspect aspect
	rule   string
}{
	{theReason, "it asks for the reason of something the best fact does not give a reason for"},
	{theNumber, "it asks how many or how much, which the best fact does not tell"},
	{theManner, "it asks how something came about, which the best fact does not tell"},
	{theName, "it asks for a name that the best fact does not give"},
	{theAge, "it asks how old somebody is, which the best fact does not tell"},
	{theExtent, "it asks how long, far or large something is, which the best fact does not tell"},
	{theAsker, "it asks what to do, which the best fact does not say"},
}

// oneIn is the share of a fact's phrasings, one in so many, and never fewer than two, that make it meant to be asked for an aspect: facts with
// many phrasings have some that ask for anything.
const oneIn = 12

// unforeseen returns why a fact that was never meant to be asked for what the question asks does not answer it, "" where it may.
func (f *foreseen) unforeseen(asked aspects) string {
	if f.of < enoughPhrasings {
		return ""
	}
	for _, r := range refused {
		meant := f.question[r.aspect] || f.times[r.aspect] >= max(2, f.of/oneIn)
		if r.aspect == theName {
			meant = meant || f.question[thePerson] // who somebody was is answered with a name
		}
		if r.aspect == theAge || r.aspect == theExtent {
			meant = f.times[r.aspect] > 0 || f.question[theNumber] // "how many months" is how long
		}
		if asked[r.aspect] && !meant {
			return r.rule
		}
	}
	return ""
}

// suits says how well a fact suits what is asked: the logarithm of how much more often than usual its phrasings ask for it.
func (f *foreseen) suits(asked aspects) float64 {
	const usual, smoothing = 0.3, 0.05
	sum, n := 0.0, 0.0
	for a, is := range asked {
		if is {
			sum += math.Log((float64(f.times[a])/float64(f.of) + smoothing) / usual)
			n++
		}
	}
	return sum / max(1, n)
}

// askedIn returns what the words that were searched with ask for.
func askedIn(words []lookup.Word, l Lang) aspects {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = cmp.Or(w.Corrected, w.Text)
	}
	return aspectsOf(texts, l)
}

// suit moves to the front, among the facts near the best, the one whose phrasings ask for what the question asks: who it was rather than when.
func (v *view) suit(r *Result, asked aspects) {
	if asked == (aspects{}) {
		return
	}
	best, most := 0, math.Inf(-1)
	for i := range r.Hits {
		h := &r.Hits[i]
		if h.Score < r.Hits[0].Score-widestGap {
			break
		}
		told := v.foreseen(h.Text(r.Lang), r.Lang)
		if told.of < enoughPhrasings {
			break
		}
		if score := h.Score + told.suits(asked); score > most {
			best, most = i, score
		}
	}
	if best > 0 {
		r.toFront(best, math.Sqrt(math.Exp(most-r.Hits[0].Score)))
	}
}

// suitable moves to the front the first of the facts near the best that was meant to be asked for what the question asks, and reports whether
// there is one.
func (v *view) suitable(r *Result, asked aspects) bool {
	for i := 1; i < len(r.Hits) && r.Hits[i].Score >= r.Hits[0].Score-nearEnough; i++ {
		told := v.foreseen(r.Hits[i].Text(r.Lang), r.Lang)
		if told.of >= enoughPhrasings && told.unforeseen(asked) == "" {
			r.toFront(i, 1)
			return true
		}
	}
	return false
}

// nearEnough is how far behind the best such a fact may be in score: up to 1.3 only right answers were gained, from 1.6 wrong ones too.
const nearEnough = 1.3

// widestGap is the most by which suits can tell two facts apart.
const widestGap = 3.05

// toFront moves a hit before those that were ahead of it. They change places in confidence too, of which it gets no more than a share.
func (r *Result) toFront(at int, share float64) {
	h, best := r.Hits[at], r.Hits[0].Confidence
	copy(r.Hits[1:at+1], r.Hits[:at])
	for k := 1; k <= at; k++ {
		r.Hits[k].Confidence = h.Confidence
	}
	h.Confidence = max(h.Confidence, best*min(1, share))
	r.Hits[0] = h
}
