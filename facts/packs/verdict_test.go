package packs

import (
	"fmt"
	"testing"

	"testigo/facts"
)

// Nobody named is ever judged: not by any of their names, in either language, whatever facts there are about them.
func TestNobodyIsJudged(t *testing.T) {
	pack, err := facts.LoadChecked("ayotzinapa.jsonl", Ayotzinapa())
	if err != nil {
		t.Fatal(err)
	}
	engine := facts.NewEngine(pack)
	ways := map[facts.Lang][]string{
		facts.English: {"is %s guilty?", "is %s innocent", "%s is a murderer, right?", "do you think %s did it"},
		facts.Spanish: {"¿es %s culpable?", "%s es inocente", "¿%s es un asesino?", "¿tú crees que fue %s?"},
	}
	asked := 0
	for _, e := range pack.Entities {
		if e.Kind != facts.Person {
			continue
		}
		for lang, forms := range ways {
			for _, form := range forms {
				q := fmt.Sprintf(form, e.Name.In(lang))
				asked++
				if r := engine.Ask(facts.Query{Text: q, Lang: lang}); r.Kind == facts.Answer || r.Kind == facts.Pointing {
					t.Errorf("%q is answered with %s", q, r.Hits[0].ID())
				}
			}
		}
	}
	if asked < 400 {
		t.Errorf("only %d questions were asked", asked)
	}
}

// What is told of somebody accused answers questions about them, not what is asked about somebody else in the same words.
func TestTheAccusedAreShownToWhoAsksForThem(t *testing.T) {
	pack, err := facts.LoadChecked("ayotzinapa.jsonl", Ayotzinapa())
	if err != nil {
		t.Fatal(err)
	}
	engine := facts.NewEngine(pack)
	for _, tt := range []struct {
		question string
		lang     facts.Lang
		shown    bool
	}{
		{"what did the students eat that night?", facts.English, false},
		{"¿qué comían los estudiantes esa noche?", facts.Spanish, false},
		{"¿qué cenaron los normalistas esa noche?", facts.Spanish, false},
		{"was the mayor having dinner that night", facts.English, true},
		{"abarca cena restaurante", facts.Spanish, true},
		{"¿el alcalde dijo que estaba cenando?", facts.Spanish, true},
	} {
		r := engine.Ask(facts.Query{Text: tt.question, Lang: tt.lang})
		shown := (r.Kind == facts.Answer || r.Kind == facts.Choices) && r.Hits[0].Fact != nil && r.Hits[0].Fact.AboutAccused
		if shown != tt.shown {
			t.Errorf("%q: %s, %s", tt.question, r.Kind, r.Hits[0].ID())
		}
	}
}
