package lookup

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestWords(t *testing.T) {
	tests := []struct {
		name, text string
		lang       Lang
		want       string
	}{
		{"case, accents and marks go", "¿Cuántos ESTUDIANTES, señor?", Spanish, "cuantos estudiantes senor"},
		{"a possessive s goes", "what's the mayor's name", English, "what the mayor name"},
		{"contractions are joined", "don't and won’t", English, "dont and wont"},
		{"grouped thousands are one number", "23,000 and 23.000 and 23 000", English, "23000 and 23000 and 23000"},
		{"a year is not grouped", "in 2014, 250 people", English, "in 2014 250 people"},
		{"English number words", "forty-three of a hundred and seventy two", English, "43 of a hundred and 72"},
		{"English thousands", "twenty three thousand messages", English, "23000 messages"},
		{"Spanish number words", "cuarenta y tres de veintidós", Spanish, "43 de 22"},
		{"Spanish thousands", "23 mil mensajes y cien pesos", Spanish, "23000 mensajes y 100 pesos"},
		{"y between words is no number", "tres y la mitad", Spanish, "3 y la mitad"},
		{"months are named alike", "7 de noviembre de 2014, November 7", Spanish, "7 de month11 de 2014 month11 7"},
		{"a short month beside a number", "7 nov 2014", English, "7 month11 2014"},
		{"may and march are words without a number", "may I march in may 2015", English, "may i march in month5 2015"},
		{"what was typed in a hurry is written out", "xq agarraron a los q iban, wen", Spanish, "porque agarraron a los que iban wen"},
		{"contractions without an apostrophe", "whos the mayor, wen was that", English, "who the mayor when was that"},
		{"Julio is a name", "quién es Julio César, en julio", Spanish, "quien es julio cesar en month7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(tokens(nil, Fold(tt.text), tt.lang), " "); got != tt.want {
				t.Errorf("%q gives %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestStemsMeet(t *testing.T) {
	st := newStemmer()
	tests := []struct {
		lang Lang
		a, b string
	}{
		{English, "disappeared", "disappearance"}, {English, "arrested", "arrests"}, {English, "students", "student"},
		{Spanish, "desaparicion", "desapariciones"}, {Spanish, "investigacion", "investigaciones"},
		{Spanish, "estudiantes", "estudiante"}, {Spanish, "detenidos", "detenida"},
	}
	for _, tt := range tests {
		if a, b := st.stem(tt.a, tt.lang), st.stem(tt.b, tt.lang); a != b {
			t.Errorf("%s and %s have the stems %s and %s", tt.a, tt.b, a, b)
		}
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"mayor", "mayor", 0}, {"mayor", "myaor", 1}, {"mayor", "mayr", 1}, {"mayor", "majyor", 1},
		{"mayor", "nayor", 1}, {"comission", "commission", 1}, {"studens", "students", 1}, {"ab", "cd", 2}, {"año", "ano", 1},
		{"abcdef", "fedcba", 3}, // more than the limit counts as one more than it
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b, 2); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

var shop = []Doc{
	{ID: "hours", Question: "When is the shop open?", Phrasings: []string{"opening hours", "what time do you close", "are you open on sunday"}},
	{ID: "return", Question: "How do I return an article?", Phrasings: []string{"send something back", "i want my money back", "return policy"}},
	{ID: "track", Question: "Where is my parcel?", Phrasings: []string{"track my order", "my delivery has not come", "when will my package arrive"}},
	{ID: "pay", Question: "How can I pay?", Phrasings: []string{"do you take credit cards", "payment methods", "can i pay in cash"}},
}

func TestSearch(t *testing.T) {
	x := New(English, shop, []Concept{{ID: "parcel", Forms: []string{"parcel", "packet", "shipment from abroad"}}})
	tests := []struct{ name, query, want string }{
		{"a phrasing", "opening hours", "hours"},
		{"other words of the same fact", "is the shop open at this time", "hours"},
		{"typing errors", "wher is my parcell", "track"},
		{"a word of a concept the fact has by another", "where is my packet", "track"},
		{"a phrase of a concept", "the shipment from abroad, where", "track"},
		{"a story before the question", "Hello there, I am new to this place and my neighbour told me so much about it. It was raining all week and we could hardly get out of the house. Do you take credit cards?", "pay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := x.Search(tt.query, 3)
			if len(r.Hits) == 0 || r.Hits[0].ID != tt.want {
				t.Errorf("%q finds %+v, want %s first", tt.query, r.Hits, tt.want)
			}
		})
	}
	if r := x.Search("opening hours", 3); !r.Sure() {
		t.Errorf("a phrasing itself is not sure: %+v", r.Hits)
	}
	if r := x.Search("my cat has fleas and drinks from the bath", 3); r.Sure() {
		t.Errorf("nothing of the set is sure: %+v", r.Hits)
	}
}

func TestExplanation(t *testing.T) {
	r := New(English, shop, nil).Search("opennig xylophone hours", 1)
	if len(r.Words) != 3 || r.Words[0].Corrected != "opening" || !r.Words[0].InBest || r.Words[1].Known || !r.Words[2].InBest {
		t.Errorf("%+v", r.Words)
	}
}

func TestGeneralWordsAreNotCorrected(t *testing.T) {
	x := New(English, []Doc{{ID: "cook", Question: "Do you teach cooking?"}}, nil)
	if r := x.Search("coding", 1); len(r.Words) != 1 || r.Words[0].Corrected != "" {
		t.Errorf("coding was read as %+v", r.Words)
	}
	if r := x.Search("cookking", 1); r.Words[0].Corrected != "cooking" {
		t.Errorf("cookking was read as %+v", r.Words)
	}
}

// An index that was changed finds what one built of the same facts finds first.
func TestWithFindsWhatNewFinds(t *testing.T) {
	wifi := Doc{ID: "wifi", Question: "What is the wireless password?", Phrasings: []string{"internet access code"}}
	hours := Doc{ID: "hours", Question: "On which days is the bakery open?", Phrasings: []string{"bakery days"}}
	x := New(English, shop, nil).With([]Doc{wifi, hours}, []string{"pay"})
	y := New(English, []Doc{shop[1], shop[2], wifi, hours}, nil)
	if x.Len() != y.Len() {
		t.Fatalf("%d facts, want %d", x.Len(), y.Len())
	}
	for _, q := range []string{"wireless password", "internet acess code", "bakery days", "track my order", "return policy"} {
		a, b := x.Search(q, 1), y.Search(q, 1)
		if len(a.Hits) == 0 || len(b.Hits) == 0 || a.Hits[0].ID != b.Hits[0].ID {
			t.Errorf("%q: %+v, built anew %+v", q, a.Hits, b.Hits)
		}
	}
	for _, h := range x.Search("can i pay in cash", 5).Hits {
		if h.ID == "pay" {
			t.Error("a removed fact is found")
		}
	}
	if r := x.Search("opening hours of the shop", 1); len(r.Hits) > 0 && r.Hits[0].ID == "hours" && r.Sure() {
		t.Error("the replaced text of a fact is still sure")
	}
}

func TestManyChangesBuildAnew(t *testing.T) {
	x := New(English, shop, []Concept{{ID: "parcel", Forms: []string{"parcel", "packet"}}})
	for i := range maxChanged + 10 {
		x = x.With([]Doc{{ID: fmt.Sprint("n", i), Question: fmt.Sprintf("What is number %d about?", i)}}, nil)
	}
	if x.Len() != len(shop)+maxChanged+10 {
		t.Fatalf("%d facts", x.Len())
	}
	if r := x.Search("where is my packet", 1); r.Hits[0].ID != "track" {
		t.Errorf("after building anew a concept is lost: %+v", r.Hits)
	}
}

// An index is built side by side by all processors, and comes out the same however many there are.
func TestSameOnAnyNumberOfProcessors(t *testing.T) {
	var docs []Doc
	for i := range 200 {
		docs = append(docs, Doc{ID: fmt.Sprint(i), Question: fmt.Sprintf("What is article %d of shelf%d for?", i, i%7), Phrasings: []string{fmt.Sprintf("use of thing%d", i%31)},
			Answer: strings.Repeat("It serves the house. ", i%5), Names: []string{"The House"}, Quotes: []string{fmt.Sprintf("so said witness%d", i%3)}})
	}
	list := []Concept{{ID: "home", Forms: []string{"house", "home"}}}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	want := New(English, docs, list)
	for _, n := range []int{2, 3, 5} {
		runtime.GOMAXPROCS(n)
		got := New(English, docs, list)
		if !reflect.DeepEqual(got.base, want.base) || !reflect.DeepEqual(got.stats, want.stats) || !reflect.DeepEqual(got.vocab.entries, want.vocab.entries) {
			t.Errorf("%d processors build another index than one", n)
		}
	}
}

func TestConcurrentSearches(t *testing.T) {
	x := New(English, shop, nil)
	want := x.Search("whre is my ordr", 3)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := x.Search("whre is my ordr", 3); !slices.Equal(got.Hits, want.Hits) {
					t.Errorf("%+v, alone %+v", got.Hits, want.Hits)
				}
			}
		})
	}
	wg.Wait()
}

func TestDetectLang(t *testing.T) {
	tests := []struct {
		text  string
		prior Lang
		want  Lang
	}{
		{"how many students disappeared", "", English},
		{"cuantos estudiantes desaparecieron", "", Spanish},
		{"q paso en iguala", "", Spanish},
		{"wat happend in iguala", "", English},
		{"¿El Mochomo?", "", Spanish},
		{"Ayotzinapa", "", English},
		{"Ayotzinapa", Spanish, Spanish},
		{"firmo cejil el pronunciamiento", "", Spanish},
		{"", Spanish, Spanish},
	}
	for _, tt := range tests {
		if got := DetectLang(tt.text, tt.prior); got != tt.want {
			t.Errorf("DetectLang(%q, %q) = %s, want %s", tt.text, tt.prior, got, tt.want)
		}
	}
}

func TestGeneralWords(t *testing.T) {
	for _, w := range []string{"zoo", "a", "house", "casa"} {
		if !IsGeneralWord(w) {
			t.Errorf("%q is not found in the lists", w)
		}
	}
	for _, w := range []string{"", "ayotzinapa", "zzz", "\n"} {
		if IsGeneralWord(w) {
			t.Errorf("%q is found in the lists", w)
		}
	}
	for name, list := range map[string]string{"en": englishWords, "es": spanishWords} {
		words := strings.Fields(list)
		if !slices.IsSorted(words) || !strings.HasSuffix(list, "\n") {
			t.Errorf("words/%s.txt is not sorted or does not end a line", name)
		}
	}
}

func TestTitles(t *testing.T) {
	list := NewTitles([]Title{{"a", "When did the library open?"}, {"b", "When did it close?"}, {"c", "¿Quién abrió la biblioteca?"}})
	tests := []struct{ typed, want string }{
		{"when did", "b a"}, {"lib", "a c"}, {"quien", "c"}, {"whn clse", "b"}, {"zzzz", ""}, {"", "a b c"},
	}
	for _, tt := range tests {
		if got := strings.Join(list.Complete(tt.typed, 5), " "); got != tt.want {
			t.Errorf("Complete(%q) = %q, want %q", tt.typed, got, tt.want)
		}
	}
	next := list.With([]Title{{"d", "When did the bell ring?"}}, []string{"b"})
	if got := strings.Join(next.Complete("when did", 5), " "); got != "d a" {
		t.Errorf("after a change: %q", got)
	}
	if got := strings.Join(list.Complete("when did", 5), " "); got != "b a" {
		t.Errorf("the titles changed under their holder: %q", got)
	}
}

func FuzzSearch(f *testing.F) {
	x := New(English, shop, nil)
	y := x.With([]Doc{{ID: "new", Question: "Is there something new?"}}, []string{"pay"})
	for _, s := range []string{"opening hours", "Ünïcödé ﷽ \xc3\x28", strings.Repeat("when? ", 400), "'’' 's", "1,000.000 5 mil", "\x01parcel"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, index := range []*Index{x, y} {
			r := index.Search(text, 5)
			for _, h := range r.Hits {
				if !(h.Confidence >= 0 && h.Confidence <= 1) {
					t.Errorf("confidence %v", h.Confidence)
				}
			}
		}
	})
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"forty-three", "cuarenta y", "7 de nov", "mil mil mil", "hundred thousand hundred", "99999999999999999999 mil"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, lang := range []Lang{English, Spanish} {
			for _, w := range tokens(nil, Fold(text), lang) {
				if w == "" {
					t.Error("an empty word")
				}
			}
		}
	})
}

// What a long text is about tells which of two facts its question asks for.
func TestQuestionInAStory(t *testing.T) {
	x := New(English, shop, nil)
	const story = "My sister gave me her old phone and I ordered a cover for it last month, a blue one, the order was confirmed by mail " +
		"and the delivery was said to come with a parcel service on that very Tuesday, but nobody ever rang. "
	const question = "when is it"
	sc := newScratch()
	if r := x.searchOnce(sc, question, 1); len(r.Hits) == 0 || r.Hits[0].ID != "hours" {
		t.Errorf("%q alone finds %+v, want hours", question, r.Hits)
	}
	x.rememberStory(sc, Fold(story)+question)
	if r := x.searchOnce(sc, question, 1); len(r.Hits) == 0 || r.Hits[0].ID != "track" {
		t.Errorf("%q in the story finds %+v, want track", question, r.Hits)
	}
}

func TestAskingSentences(t *testing.T) {
	tests := []struct {
		name, text string
		lang       Lang
		want       string
	}{
		{"the one with the mark", "We moved here. Where is my parcel? Thanks!", English, "where is my parcel?"},
		{"the last one, where there is no mark", "We moved here. I have no time for this. where is my parcel", English, "where is my parcel"},
		{"somebody wants to know", "She wanted to know when you open. I was not sure.", English, "she wanted to know when you open.|i was not sure."},
		{"what is only a turn of speech asks nothing beside a mark", "I don't know what to think. Where is my parcel?", English, "where is my parcel?"},
		{"in Spanish", "Nos mudamos. Quisiera saber cuándo abren. Gracias.", Spanish, "quisiera saber cuando abren.|gracias."},
		{"a colon ends a sentence, a decimal point does not", "One thing: is it 3.5 km away?", English, "is it 3.5 km away?"},
		{"nothing but marks", "?? !", English, ""},
	}
	for _, tt := range tests {
		all := sentences(Fold(tt.text))
		var got []string
		for _, i := range askingSentences(all, tt.lang) {
			got = append(got, all[i])
		}
		if strings.Join(got, "|") != tt.want {
			t.Errorf("%s: in %q these ask: %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

// A question that refers to what was said before is read with it, and the result says where the question begins.
func TestReadWithWhatStandsBefore(t *testing.T) {
	x := New(English, shop, nil)
	const filler = "Hello there, I am new to this place and my neighbour told me so much about it. It was raining all week and we could hardly get out. "
	r := x.Search(filler+"I ordered a package. When will it arrive?", 3)
	if len(r.Hits) == 0 || r.Hits[0].ID != "track" {
		t.Fatalf("found %+v, want track", r.Hits)
	}
	if r.Asks != "when will it arrive?" || r.Asked >= len(r.Words) || r.Words[r.Asked].Text != "when" {
		t.Errorf("%q asks, from word %d of %d", r.Asks, r.Asked, len(r.Words))
	}
	short := x.Search("When will it arrive?", 3)
	if short.Asked != 0 || short.Asks != short.Text {
		t.Errorf("of a short question %q asks, from word %d", short.Asks, short.Asked)
	}
}

func TestPagesHoldWhatWasPutInAndLeaveTheOldSetAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var sets []pages
	var wants []map[uint32]bool
	sets, wants = append(sets, nil), append(wants, map[uint32]bool{})
	for range 60 {
		from := r.IntN(len(sets))
		want := maps.Clone(wants[from])
		var list []uint32
		for range r.IntN(5) {
			n := uint32(r.IntN(5 * pageSize))
			list = append(list, n)
			want[n] = true
		}
		sets, wants = append(sets, sets[from].with(list)), append(wants, want)
	}
	for i, s := range sets {
		if s.count() != len(wants[i]) {
			t.Fatalf("set %d has %d numbers, want %d", i, s.count(), len(wants[i]))
		}
		for n := range uint32(6 * pageSize) {
			if s.has(n) != wants[i][n] {
				t.Fatalf("set %d has %d: %t", i, n, s.has(n))
			}
		}
	}
}
