package lookup

import "strings"

// Words that tell the language by themselves: they are frequent in one and hardly ever seen in the other.
var (
	englishSigns = signSet("the of what who whom whose how when where why which did does was were is are has have had been about with from his her their they this that and for it not any there tell me wat wen hw teh")
	spanishSigns = signSet("el la los las de del que quien quienes como cuando donde cual cuales cuanto cuantos cuantas cuanta por para con sin fue fueron es son esta estan estaba habia hay una uno y o en se su sus al lo le les mas muy ya q xq pa pq porque hizo hicieron dijo paso q onda a")
)

func signSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// DetectLang says which language a question is in, by its function words, its letters and the general word lists; a text that
// tells nothing is in the prior language, English if that is empty.
func DetectLang(text string, prior Lang) Lang {
	if prior != Spanish {
		prior = English
	}
	score := 0.0 // above zero for Spanish
	if strings.ContainsAny(text, "¿¡ñÑ") {
		score += 3
	}
	if strings.ContainsAny(text, "áéíóúÁÉÍÓÚ") {
		score += 1
	}
	n := 0
	eachWord(Fold(text), func(w string) {
		if n++; n > 200 {
			return
		}
		switch en, es := englishSigns[w], spanishSigns[w]; {
		case es && !en:
			score++
		case en && !es:
			score--
		default:
			en, es = isGeneralWord(w, English), isGeneralWord(w, Spanish)
			switch {
			case es && !en:
				score += 0.6
			case en && !es:
				score -= 0.6
			}
		}
	})
	switch {
	case score > 0.5:
		return Spanish
	case score < -0.5:
		return English
	}
	return prior
}
