package facts

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"testigo/facts/lookup"
)

func TestAspectsOf(t *testing.T) {
	tests := []struct {
		text string
		lang Lang
		want []aspect
	}{
		{"Why did the governor leave?", English, []aspect{theReason}},
		{"How many buses were there, and who drove them?", English, []aspect{theNumber, thePerson}},
		{"How was he found?", English, []aspect{theManner}},
		{"How is the commission called?", English, []aspect{theName}},
		{"in which town, and when", English, []aspect{theMoment, thePlace}},
		{"nobel ceremony protest", English, nil},
		{"somewhere, somehow", English, nil},
		{"¿Por qué rompieron el diálogo?", Spanish, []aspect{theReason}},
		{"¿Cómo lo identificaron?", Spanish, []aspect{theManner}},
		{"¿Cómo se llama la comisión?", Spanish, []aspect{theName}},
		{"tan grave como se dijo", Spanish, nil},
		{"¿Quiénes firmaron para que viniera?", Spanish, []aspect{thePerson}},
		{"How old was he, and how far did he walk?", English, []aspect{theAge, theExtent}},
		{"¿Como a qué hora fue?", Spanish, nil},
		{"¿A cómo está el boleto?", Spanish, []aspect{theNumber}},
		{"¿Qué edad tenía?", Spanish, []aspect{theAge}},
		{"a cuántos y en qué año", Spanish, []aspect{theNumber, theMoment}},
	}
	for _, tt := range tests {
		var got []aspect
		for a, is := range aspectsOf(lookup.Words(tt.text), tt.lang) {
			if is {
				got = append(got, aspect(a))
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q asks for %v, want %v", tt.text, got, tt.want)
		}
	}
}

// A fact is given, where two are near, to the question its phrasings foresee; one that no phrasing foresees is refused.
func TestAsksForWhatAFactTells(t *testing.T) {
	when := &Text{Question: "When did the bus leave the school?", Phrasings: []string{"the hour the bus left the school", "school bus leaving time",
		"what time was the bus leaving school", "at what hour did they leave the school by bus", "bus school departure", "when was the bus gone from the school",
		"when the bus left school"}, Answer: "At five."}
	why := &Text{Question: "Why did the bus leave the school?", Phrasings: []string{"reason the bus left the school", "why was the bus leaving school",
		"what made them leave the school by bus", "why the school bus left", "the motive for leaving the school by bus", "bus school departure reason",
		"how come the bus left school"}, Answer: "To reach the march."}
	early, late := &Fact{ID: "when", En: when}, &Fact{ID: "why", En: why}
	r := Result{Lang: English, Hits: []Hit{{Fact: early, Score: 10, Confidence: 0.9}, {Fact: late, Score: 9.5, Confidence: 0.5}}}
	v := &view{told: new(sync.Map)}
	v.suit(&r, aspectsOf(strings.Fields("why did the bus leave the school"), English))
	if r.Hits[0].Fact != late {
		t.Error("asked why, the fact that tells when stays first")
	}
	if r.Hits[0].Confidence > 0.9 || r.Hits[0].Confidence < 0.5 || r.Hits[1].Confidence != 0.5 {
		t.Errorf("the confidences are %.2f and %.2f", r.Hits[0].Confidence, r.Hits[1].Confidence)
	}
	r.Hits = []Hit{{Fact: early, Score: 10, Confidence: 0.9}, {Fact: late, Score: 10 - nearEnough + 0.1, Confidence: 0.3}}
	if !v.suitable(&r, aspectsOf([]string{"why"}, English)) || r.Hits[0].Fact != late {
		t.Error("asked why, the fact right beside that tells why is not given")
	}
	r.Hits = []Hit{{Fact: early, Score: 10, Confidence: 0.9}, {Fact: late, Score: 10 - nearEnough - 0.1, Confidence: 0.2}}
	if v.suitable(&r, aspectsOf([]string{"why"}, English)) || r.Hits[0].Fact != early {
		t.Error("asked why, a fact far from the question is given because it tells a reason")
	}
	told := foresee(when, English)
	if told.unforeseen(aspectsOf([]string{"why"}, English)) == "" {
		t.Error("the fact that tells when may be asked why")
	}
	if rule := told.unforeseen(aspectsOf([]string{"when"}, English)); rule != "" {
		t.Error(rule)
	}
	few := foresee(&Text{Question: "When did it leave?"}, English)
	if rule := few.unforeseen(aspectsOf([]string{"why"}, English)); rule != "" {
		t.Errorf("a fact with no phrasings refuses: %s", rule)
	}
}
