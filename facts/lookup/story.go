package lookup

import (
	"regexp"
	"slices"
	"strings"
)

// longStory is how many words make a question a story with a question in it.
const longStory = 24

// searchStory looks for the question in a long text, of which whole is what came of searching with all of it. Each sentence that asks is a
// reading, by itself if it says enough, and with one or more of the sentences before it. The surest reading counts.
func (x *Index) searchStory(s *scratch, folded string, whole Result, k int) Result {
	all := clauses(sentences(folded), x.lang)
	x.rememberStory(s, folded)
	var best Result
	for _, at := range askingSentences(all, x.lang) {
		for from := at; from >= 0 && from > at-longestReading; from-- {
			if from == at && from > 0 && !x.saysEnough(s, all[at]) {
				continue
			}
			if r := x.searchReading(s, all[from:at+1], k); surer(r, best) {
				best = r
			}
			if from == at && best.Sure() && !refersBack(all[at], x.lang) {
				break
			}
		}
	}
	if len(best.Hits) == 0 {
		return whole
	}
	return best
}

// longestReading is how many sentences a question is read with at most, itself included.
const longestReading = 5

// besideTrust is how much a word before the sentence that asks counts. With this and storyWeight 38 of 50 long questions are answered right, with
// either of them 0.8 it is 35 to 37, and with neither kind of sentence told from the other it was 25.
const besideTrust = 0.4

// searchReading searches with some sentences, the last of which asks.
func (x *Index) searchReading(s *scratch, all []string, k int) Result {
	last := len(all) - 1
	var words []string
	for _, text := range all[:last] {
		words = tokens(words, text, x.lang)
	}
	words = words[max(0, len(words)-maxQueryWords/2):]
	s.asked = len(words)
	r := x.searchOnce(s, strings.Join(append(words, all[last]), " "), k)
	r.Asks, r.Asked = all[last], min(s.asked, len(r.Words))
	s.asked = 0
	return r
}

// refersBack reports whether a question speaks of something that was named before it.
func refersBack(text string, lang Lang) bool {
	back := backEnglish
	if lang == Spanish {
		back = backSpanish
	}
	return slices.ContainsFunc(tokens(nil, text, lang), func(w string) bool { return back[w] })
}

var (
	backEnglish = signSet("it its he him his she her they them their that this those these there one ones")
	backSpanish = signSet("el ella ellos ellas eso esto ese esa esos esas este esta aquello ahi alli le les su sus")
)

func surer(a, b Result) bool {
	return len(a.Hits) > 0 && (len(b.Hits) == 0 || a.Hits[0].Confidence > b.Hits[0].Confidence)
}

// saysEnough reports whether a text has words enough that tell what it is about.
func (x *Index) saysEnough(s *scratch, text string) bool {
	sum := float32(0)
	for _, w := range tokens(nil, text, x.lang) {
		if t, tells := x.tells(s, w); tells {
			sum += x.stats.rarityOf(t)
		}
	}
	return sum >= enoughRarity*x.stats.unknown
}

// tells reports whether a word tells what a text is about, and its term.
func (x *Index) tells(s *scratch, word string) (uint32, bool) {
	t := x.deltaVocab.read(word, s.stem)
	return t, t != none && x.share(t) < max(tellingShare, 1.5/float64(len(x.base.docs)))
}

const (
	tellingShare = 0.2 // of all facts, so many have a word that tells little, where they are more than one
	enoughRarity = 0.9 // as rare as this are one word that hardly any fact has, or two that tell something; 1 is a word no fact has
)

// sentences divides a folded text.
func sentences(text string) (list []string) {
	from := 0
	for i := range len(text) {
		if c := text[i]; (c == '.' || c == '?' || c == '!' || c == '\n' || c == ':') && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n') {
			list = appendSentence(list, text[from:i+1])
			from = i + 1
		}
	}
	return appendSentence(list, text[from:])
}

func appendSentence(list []string, s string) []string {
	if s = strings.TrimSpace(s); strings.ContainsFunc(s, isWordRune) {
		list = append(list, s)
	}
	return list
}

// clauses divides sentences that come to their question after a while: what stands before the comma is told, what stands behind it asks.
func clauses(all []string, lang Lang) (list []string) {
	asking := asks[lang]
	if asking == nil {
		asking = asks[English]
	}
	for _, s := range all {
		if at := asking.FindStringIndex(s); at != nil {
			if cut := strings.LastIndexByte(s[:at[0]], ','); cut > 0 && strings.Count(s[:cut], " ") >= enoughTold {
				list = append(list, s[:cut])
				s = strings.TrimSpace(s[cut+1:])
			}
		}
		list = append(list, s)
	}
	return list
}

// enoughTold is how many spaces there are in what is told before a question at least.
const enoughTold = 5

// A question within a sentence that does not end in a question mark: what always is one, and what may be where no sentence has the mark.
var (
	asks = map[Lang]*regexp.Regexp{
		English: regexp.MustCompile(`\b(want(ed|s)? to know|wonder(ed|ing|s)?|like to know|asked (me|us)|tell me|explain|look (it|this|that) up|find out)\b`),
		Spanish: regexp.MustCompile(`\b((quiero|quiere|queria|quisiera|necesito|gustaria|me falta) saber|me preguntaron|me pregunto|pregunta que|diganme|dime|expliquen|explicame)\b`),
	}
	mayAsk = map[Lang]*regexp.Regexp{
		English: regexp.MustCompile(`\b(curious|(know|idea|clue|remember|sure) (who|what|when|where|why|how|which|whether|if)|(was|were|did|is|are) \w+ .*or not)\b`),
		Spanish: regexp.MustCompile(`\b(se|sabe|sabia|saben|entiendo|acuerdo|recuerdo) (quien|que|cuando|donde|por que|como|cual|cuanto|cuantos|si)\b`),
	}
)

// enoughAsking is how many sentences that ask are looked at, the last ones: a question stands at the end more often than not.
const enoughAsking = 6

// askingSentences returns the places of the sentences that ask: those that end in a question mark and those that say that somebody wants to
// know. Where people leave the mark out, it may be the last one, too.
func askingSentences(all []string, lang Lang) (places []int) {
	if lang != Spanish {
		lang = English
	}
	marked := slices.ContainsFunc(all, func(s string) bool { return strings.HasSuffix(s, "?") })
	for i, s := range all {
		if strings.HasSuffix(s, "?") || asks[lang].MatchString(s) || !marked && (i == len(all)-1 || mayAsk[lang].MatchString(s)) {
			places = append(places, i)
		}
	}
	return places[max(0, len(places)-enoughAsking):]
}

// storyPoint is a fact's lead over the last candidate of a whole story.
type storyPoint struct {
	seg  *segment
	doc  uint32
	lead float32
}

// storyWeight is how much such a lead counts beside the score of a question in the story.
const storyWeight = 0.4

// rememberStory searches with the words of the whole text that tell what it is about and keeps how the facts stood.
func (x *Index) rememberStory(s *scratch, folded string) {
	var telling []string
	seen := map[string]bool{}
	for _, w := range tokens(nil, folded, x.lang) {
		if _, tells := x.tells(s, w); tells && !seen[w] {
			telling, seen[w] = append(telling, w), true
		}
	}
	x.searchOnce(s, strings.Join(telling[max(0, len(telling)-maxQueryWords):], " "), 1)
	for _, c := range s.ranked {
		s.story = append(s.story, storyPoint{c.seg, c.doc, c.score - s.ranked[len(s.ranked)-1].score})
	}
}

// fromStory is what the story around a question adds to the score of a fact.
func (s *scratch) fromStory(c *candidate) float32 {
	for i := range s.story {
		if p := &s.story[i]; p.doc == c.doc && p.seg == c.seg {
			return storyWeight * p.lead
		}
	}
	return 0
}
