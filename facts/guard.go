package facts

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"testigo/facts/lookup"
)

// guard refuses questions that the words of a fact fit and its content does not: those that ask for a judgement of a person, and those
// that take for granted something the fact does not bear out.
type guard struct {
	pack    *Pack
	persons map[string][]string    // facts about each person, by entity id
	names   func() map[string]bool // words that are proper names, gathered when first needed
	years   map[string]bool        // the years most of the set's events fall in: everybody means them
}

// refusal is why a question is not answered, and what to offer instead.
type refusal struct {
	kind    Kind
	missing string
	rule    string
	offer   []Hit
}

func newGuard(p *Pack) *guard {
	g := &guard{pack: p, persons: map[string][]string{}, years: map[string]bool{}}
	g.names = sync.OnceValue(func() map[string]bool { return properNames(p) })
	count, total := map[string]int{}, 0
	for _, f := range p.Facts {
		for _, id := range f.People {
			g.persons[id] = append(g.persons[id], f.ID)
		}
		for _, d := range f.Dates {
			count[d.String()[:4]]++
			total++
		}
	}
	for year, n := range count {
		g.years[year] = n*3 > total
	}
	return g
}

// inquiry is what the guard looks at.
type inquiry struct {
	text   string // the sentence that asks, folded
	typed  string // as it came
	lang   Lang
	result *Result
	best   *Hit
	votes  lookup.Votes
	named  []lookup.Named
	asked  int // where among the words the sentence that asks begins
}

// check returns why a question must not be answered with the best hit, nil if nothing speaks against it.
func (g *guard) check(text string, r *Result, found *lookup.Result, asked aspects, v *view) *refusal {
	q := inquiry{found.Asks, text, r.Lang, r, &r.Hits[0], found.Votes, found.Named, found.Asked}
	if x := g.verdict(&q, v.shelf.fact); x != nil {
		return x
	}
	if q.best.Confidence < lookup.Threshold {
		return nil
	}
	if x := g.premise(&q); x != nil {
		return x
	}
	if g.stranger(&q) {
		return &refusal{kind: NoFact, rule: "the best fact is about somebody accused, whom its ways of asking name and the question does not"}
	}
	if rule := v.foreseen(q.best.Text(q.lang), q.lang).unforeseen(asked); rule != "" {
		return &refusal{kind: Premise, rule: rule}
	}
	return nil
}

// prefer moves to the front the fact near the best that is about every person and body the question names, where the best is not. A
// list of names fits the words of a fact about one of them well, and the fact about all of them less well.
func (g *guard) prefer(r *Result, named []lookup.Named) {
	var wanted []string
	missing := false
	for _, n := range named {
		if e := g.pack.Entity(n.ID); e != nil && (e.Kind == Person || e.Kind == Body) && n.Share <= usual {
			wanted = append(wanted, n.ID)
			missing = missing || !n.InBest
		}
	}
	if !missing || len(wanted) < 2 {
		return
	}
	for i, h := range r.Hits {
		if h.Confidence < preferFrom*r.Hits[0].Confidence {
			return
		}
		if i > 0 && h.Fact != nil && !slices.ContainsFunc(wanted, func(id string) bool { return !slices.Contains(h.Fact.People, id) }) {
			r.toFront(i, 1)
			return
		}
	}
}

// preferFrom is the share of the best fact's confidence from which a fact with all the names is preferred to it.
const preferFrom = 0.1

// Questions for a verdict or a whereabouts, over folded text.
var (
	asksVerdict = map[Lang]*regexp.Regexp{
		English: regexp.MustCompile(`\b(guilty|innocent|(a|the) (murderers?|killers?|criminals?)|to blame|who('s| is| was) (really )?(responsible|behind)|do (you|u) (think|believe)|did (he|she|they) (really )?(do it|order it|kill)|deserves?|should (he|she|they|\w+( \w+)?) ((go to|be in|rot in) (jail|prison)|be (executed|hanged|shot|punished|locked up|jailed)|hang|die)|yes or no)\b`),
		Spanish: regexp.MustCompile(`\b(culpables?|inocentes?|asesinos?|asesina|criminal(es)?|(tu )?crees que|creen que|ustedes creen|quien tiene la culpa|de quien es la culpa|merecen?|deberian? (ir|estar) (a|en) (la )?(carcel|prision)|(el|ella|ellos) lo hizo|fue el que (lo hizo|los? mato|mato|ordeno|dio la orden))\b`),
	}
	// asksCourt is a question for what a court decided.
	asksCourt = map[Lang]*regexp.Regexp{
		English: regexp.MustCompile(`\b(courts?|tribunals?|judges?|jury|trial|tried|verdict|ruling|ruled|found|declared|sentenced?|convict\w*|acquit\w*|absolved)\b`),
		Spanish: regexp.MustCompile(`\b(tribunal(es)?|cortes?|juez|jueza|jueces|juicio|juzgad\w*|sentencia\w*|fallo|resolvi\w*|declar\w*|hall(o|aron|ado|ada)|encontr\w*|condena\w*|absuel\w*|absolv\w*|salio|resulto)\b`),
	}
	// asksHome is a question for where somebody lives, which is nobody's business.
	asksHome = map[Lang]*regexp.Regexp{
		English: regexp.MustCompile(`\bwhere (does|do|did) .* (live|hide)\b|\b(home )?address of\b`),
		Spanish: regexp.MustCompile(`\b(a )?d?onde (vive|viven|se esconden?)\b|\ben que calle viven?\b|\bdireccion de\b`),
	}
	asksWhere = map[Lang]*regexp.Regexp{
		English: regexp.MustCompile(`\bwhere('s| is| are| r)\b|\bwhereabouts of\b|\bwhere (does|do) .* (live|hide)\b`),
		Spanish: regexp.MustCompile(`\b(a )?d?onde (esta|estan|anda|andan|vive|viven|se esconden?|quedo|quedaron)\b|\bparadero de\b`),
	}
)

// verdict refuses to judge a person or to say where one is.
func (g *guard) verdict(q *inquiry, fact func(id string) *Fact) *refusal {
	judges, seeks, home := asksVerdict[q.lang].MatchString(q.text), q.asks(asksWhere), q.asks(asksHome)
	if !judges && !seeks && !home {
		return nil
	}
	var offer []Hit
	accused, person := false, false
	for _, n := range q.named {
		e := g.pack.Entity(n.ID)
		if e == nil || e.Kind != Person {
			continue
		}
		accused, person = accused || e.Accused, true
		offer = append(offer, g.about(n.ID, fact)...)
	}
	// Who is named is judged by courts alone: only a question for what one decided is answered, where a curator foresaw it.
	if judges && q.foreseen(asksVerdict) && (!person || asksCourt[q.lang].MatchString(q.text)) {
		judges = false
	}
	switch {
	case judges && (person || len(offer) == 0):
		return &refusal{kind: Verdict, rule: "it asks for a verdict on a person", offer: offer}
	case home && person:
		return &refusal{kind: Verdict, rule: "it asks where somebody lives", offer: offer}
	case seeks && accused:
		return &refusal{kind: Verdict, rule: "it asks where an accused person is", offer: offer}
	}
	return nil
}

// asks reports whether a question asks in one of the ways, unforeseen.
func (q *inquiry) asks(ways map[Lang]*regexp.Regexp) bool {
	return ways[q.lang].MatchString(q.text) && !q.foreseen(ways)
}

// foreseen reports whether a curator wrote among the phrasings of the fact a question finds that it is asked in one of the ways.
func (q *inquiry) foreseen(ways map[Lang]*regexp.Regexp) bool {
	return q.votes.Words >= looseMatch && ways[q.lang].MatchString(lookup.Fold(q.best.Matched))
}

// about returns facts about a person, those with positions first.
func (g *guard) about(person string, fact func(id string) *Fact) []Hit {
	var with, without []Hit
	for _, id := range g.persons[person] {
		switch f := fact(id); {
		case f == nil:
		case len(f.Positions) > 0 && f.AboutAccused:
			with = append(with, Hit{Fact: f})
		default:
			without = append(without, Hit{Fact: f})
		}
	}
	return append(with, without...)
}

// premise refuses a question that names what the best fact lacks.
func (g *guard) premise(q *inquiry) *refusal {
	for _, n := range q.named {
		e := g.pack.Entity(n.ID)
		if e == nil || n.InBest || n.Share > usual || e.Kind == Term {
			continue
		}
		return &refusal{kind: Premise, missing: e.Name.In(q.lang), rule: "the best fact does not name " + e.ID}
	}
	if x := g.lacksWord(q); x != nil {
		return x
	}
	if unheard(q.result.Why.Words[q.asked:]) > 1 {
		return &refusal{kind: Premise, rule: "several of its words are in no fact of the set"}
	}
	if i := wantedNoun(q.result.Why.Words, q.lang); i >= q.asked {
		w := q.result.Why.Words[i]
		if !w.InBest {
			return &refusal{kind: Premise, missing: typedForm(q.typed, w.Text), rule: "the best fact does not tell " + w.Text}
		}
	}
	return nil
}

// namedBy is the share of a fact's ways of asking, in percent, that name whom it is about, from which a question has to as well.
const namedBy = 80

// stranger reports whether the best fact is about somebody accused whom nearly all its ways of asking name, and the question names nobody of those: "what did
// the students eat that night" is no question for what the mayor says he ate.
func (g *guard) stranger(q *inquiry) bool {
	f := q.best.Fact
	if f == nil || !f.AboutAccused || f.In(q.lang) == nil {
		return false
	}
	var names []string
	for _, id := range f.People {
		if e := g.pack.Entity(id); e != nil && e.Kind == Person {
			for _, n := range append([]string{e.Name.En, e.Name.Es}, e.Aliases...) {
				names = append(names, lookup.Fold(n))
			}
		}
		if slices.ContainsFunc(q.named, func(n lookup.Named) bool { return n.ID == id }) {
			return false
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
	namesAny := func(text string) bool {
		text = " " + strings.Join(lookup.Words(text), " ") + " "
		return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(text, " "+n+" ") })
	}
	if len(names) == 0 || namesAny(q.typed) {
		return false
	}
	naming := 0
	t := f.In(q.lang)
	for _, p := range t.Phrasings {
		if namesAny(p) {
			naming++
		}
	}
	return naming*100 >= namedBy*len(t.Phrasings)
}

// unheard counts the words of a question that a large set has nowhere, neither themselves nor anything like them. Of a few facts that
// says nothing.
func unheard(words []lookup.Word) int {
	seen := map[string]bool{}
	for _, w := range words {
		if !w.Known && !w.InBest && w.Corrected == "" && w.Rarity > unheardInLarge {
			seen[w.Text] = true
		}
	}
	return len(seen)
}

// unheardInLarge is the rarity of a word that none of about 250 facts has.
const unheardInLarge = 3.93

// looseMatch is the likeness of words under which a question shares no more than its subject with a fact.
const looseMatch = 0.5

// usual is the share of facts from which a name is so common in the set that a question may use it without the fact doing so.
const usual = 0.04

// usualNumber is the share of facts from which a number says what the set is about.
const usualNumber = 0.2

// lacksWord looks for a number, a date or a proper name in the question that the best fact has nowhere.
func (g *guard) lacksWord(q *inquiry) *refusal {
	number, held := "", false
	words := q.result.Why.Words
	for i, w := range words {
		word := cmp.Or(w.Corrected, w.Text)
		own := i < q.asked && !w.Known // what the set has never heard of is of the asker's own world, beside the question
		switch {
		case own || i < q.asked && isNumber(word) && !isYear(word):
		case isNumber(word):
			held = held || w.InBest || g.years[word]
			if !w.InBest && w.Share < usualNumber && len(word)+len(w.Text) > 2 && !besideMonth(words, i) {
				number = word
			}
		case strings.HasPrefix(word, "month"):
			if !w.InBest && tellsMonth(q.best) {
				return &refusal{kind: Premise, missing: monthNames[q.lang][word], rule: "the best fact is of another month"}
			}
		case !w.InBest && i > 0 && g.properName(w, q):
			return &refusal{kind: Premise, missing: typedForm(q.typed, w.Text), rule: "the best fact has no " + w.Text}
		}
	}
	if number != "" && (!held || isYear(number) && !g.years[number]) {
		return &refusal{kind: Premise, missing: number, rule: "the best fact has no " + number}
	}
	return nil
}

// besideMonth reports whether a number is part of a date, which its month speaks for.
func besideMonth(words []lookup.Word, i int) bool {
	isMonth := func(k int) bool { return k >= 0 && k < len(words) && strings.HasPrefix(words[k].Text, "month") }
	return isMonth(i-1) || isMonth(i+1) || isMonth(i+2)
}

func isNumber(w string) bool {
	for _, r := range w {
		if r < '0' || r > '9' {
			return false
		}
	}
	return w != ""
}

func isYear(number string) bool {
	return len(number) == 4 && (number[:2] == "19" || number[:2] == "20")
}

// tellsMonth reports whether a fact is dated to a month.
func tellsMonth(h *Hit) bool {
	return h.Fact != nil && slices.ContainsFunc(h.Fact.Dates, func(d Date) bool { return d.Month != 0 })
}

// properName reports whether a word of the question names something: it is in no dictionary, and it was typed with a capital or the set
// only ever writes it with one.
func (g *guard) properName(w lookup.Word, q *inquiry) bool {
	if len(w.Text) < 4 || w.Corrected != "" || lookup.IsGeneralWord(w.Text) || noNames[w.Text] {
		return false
	}
	form := typedForm(q.typed, w.Text)
	r, _ := utf8.DecodeRuneInString(form)
	return unicode.IsUpper(r) && strings.ToUpper(form) != form || g.names()[w.Text]
}

// noNames are written with a capital in English and name nobody.
var noNames = setOf("monday tuesday wednesday thursday friday saturday sunday mexican mexicans american americans english spanish")

// properNames gathers the words that the pack's answers and quotes only ever write with a capital, and not only where a sentence begins.
func properNames(p *Pack) map[string]bool {
	inside, small := map[string]bool{}, map[string]bool{}
	read := func(text string) {
		begins := true
		for w := range strings.FieldsSeq(text) {
			word := strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
			r, _ := utf8.DecodeRuneInString(word)
			switch {
			case unicode.IsUpper(r) && !begins:
				inside[lookup.Fold(word)] = true
			case unicode.IsLower(r):
				small[lookup.Fold(word)] = true
			}
			begins = strings.ContainsAny(w[len(w)-1:], ".:!?")
		}
	}
	for _, f := range p.Facts {
		for _, t := range []*Text{f.En, f.Es} {
			if t != nil {
				read(t.Answer)
			}
		}
		for _, q := range f.AllQuotes() {
			read(q.Exact)
		}
	}
	for w := range small {
		delete(inside, w)
	}
	return inside
}

// typedForm finds the word as it was typed.
func typedForm(typed, folded string) string {
	for w := range strings.FieldsFuncSeq(typed, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if lookup.Fold(w) == folded {
			return w
		}
	}
	return folded
}

var monthNames = map[Lang]map[string]string{
	English: {"month1": "January", "month2": "February", "month3": "March", "month4": "April", "month5": "May", "month6": "June",
		"month7": "July", "month8": "August", "month9": "September", "month10": "October", "month11": "November", "month12": "December"},
	Spanish: {"month1": "enero", "month2": "febrero", "month3": "marzo", "month4": "abril", "month5": "mayo", "month6": "junio",
		"month7": "julio", "month8": "agosto", "month9": "septiembre", "month10": "octubre", "month11": "noviembre", "month12": "diciembre"},
}
