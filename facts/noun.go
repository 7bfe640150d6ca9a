package facts

import (
	"strings"

	"testigo/facts/lookup"
)

// wantedNoun finds the thing a question asks to be named or counted ("which street did ...", "how many goals ...", "en qué calle ...") and returns
// its place among the words, -1 where it asks for none or for something that says little by itself, such as a way or a kind.
func wantedNoun(words []lookup.Word, l Lang) int {
	at := -1
	for i := range words {
		if noun := nounAfter(words, i, l); noun >= 0 {
			at = noun
		}
	}
	if at < 0 || vagueNouns[words[at].Text] || l == Spanish && isSpanishPast(words[at].Text) {
		return -1
	}
	return at
}

// nounAfter returns the place of the noun that the question word at a place asks for, -1 if there is none.
func nounAfter(words []lookup.Word, i int, l Lang) int {
	is := func(k int, set map[string]bool) bool { return k >= 0 && k < len(words) && set[words[k].Text] }
	k := i + 1
	switch {
	case l == Spanish && words[i].Text == "que" && k < len(words) && (is(i-1, spanishPrepositions) || i == 0 && is(k+1, spanishStates)):
		return k
	case l == Spanish && i == 0 && words[i].Text == "que" && is(k+1, ofWords) && is(k+3, spanishStates):
		return k
	case l == Spanish && is(i, map[string]bool{"cual": true, "cuales": true}) && is(k, spanishCopulas) && is(k+1, spanishArticles) && k+2 < len(words):
		return k + 2
	case l == Spanish && is(i, spanishNamings) && i > 0 && words[i-1].Text == "se" && is(k, spanishArticles) && k+1 < len(words):
		return k + 1
	case l == Spanish && is(i, spanishAmounts) && k < len(words):
		return k
	case l == English && words[i].Text == "how" && k+1 < len(words) && words[k].Text == "many":
		return k + 1
	case l != English || !is(i, map[string]bool{"what": true, "which": true, "wich": true, "wat": true}):
		return -1
	}
	if is(k, englishCopulas) && is(k+1, articles) && is(k+2, names) && k+3 < len(words) && words[k+3].Text == "of" {
		return lastOfPhrase(words, k+4)
	}
	ends := auxiliaries
	if is(k, englishCopulas) {
		k++
	}
	if is(k, map[string]bool{"the": true}) {
		k, ends = k+1, englishPrepositions
	} else if k > i+1 {
		return -1 // "what was said"
	}
	if is(k+1, ofWords) && k == i+1 {
		return k // "which brand of phone"
	}
	for end := k + 1; end <= k+3; end++ {
		if is(end, ends) {
			return end - 1
		}
	}
	return -1
}

// lastOfPhrase returns the place of the last word of the English noun phrase that begins at a place: its noun.
func lastOfPhrase(words []lookup.Word, from int) int {
	end := from
	for end < len(words) && !auxiliaries[words[end].Text] && !englishPrepositions[words[end].Text] {
		end++
	}
	return end - 1
}

// isSpanishPast reports whether a word is a verb, of which people ask "a qué vinieron".
func isSpanishPast(word string) bool {
	return strings.HasSuffix(word, "aron") || strings.HasSuffix(word, "ieron") || word == "fueron"
}

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

var (
	auxiliaries         = setOf("did does do was were is are has have had would could should will can might must may")
	englishCopulas      = setOf("is was are were")
	englishPrepositions = setOf("of in for on at from it he she they we you i that who which")
	ofWords             = setOf("of de")
	articles            = setOf("the a")
	names               = setOf("name names")
	spanishPrepositions = setOf("en de a con")
	spanishCopulas      = setOf("es era eran fue fueron son")
	spanishStates       = setOf("era eran es son tenia tenian tiene llevaba llevaban usaba usaban") // "qué marca era", not "qué dijo"
	spanishAmounts      = setOf("cuanto cuanta cuantos cuantas")
	spanishNamings      = setOf("llama llaman llamaba llamaban")
	spanishArticles     = setOf("el la los las su sus")

	vagueNouns = setOf("date day year month time town city place state country people person kind sort type way ways thing things reason reasons " +
		"part role name names exactly actually precisely earth hell heck else possibility possibilities option options point points step steps detail details explanation idea " +
		"piece bit group set series example examples side fecha dia ano mes hora ciudad pueblo lugar estado pais manera forma modo parte tipo razon sirve se nombre nombres")
)
