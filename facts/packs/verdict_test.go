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
