package bench

import (
	"reflect"
	"strings"
	"testing"
)

// Every engine finds what it can be expected to find, so that a benchmark measures lookups that work.
func TestEnginesFind(t *testing.T) {
	s := newSet(1000, 300)
	atLeast := map[string]float64{
		"ours": 95, "bleve": 90, "bleve-fuzzy1": 90, "fts5": 90,
		"fuzzy": 35, // a question with another word in it has letters that no phrasing has
	}
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			e, err := p.build(s.facts, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer e.close()
			right := 0
			for _, q := range s.plain {
				ids, err := e.lookup(q.text)
				if err != nil {
					t.Fatalf("%q: %v", q.text, err)
				}
				if len(ids) > topHits {
					t.Fatalf("%q: %d hits", q.text, len(ids))
				}
				if len(ids) > 0 && ids[0] == q.want {
					right++
				}
			}
			if share := 100 * float64(right) / float64(len(s.plain)); share < atLeast[p.name] {
				t.Errorf("%.1f%% of the plain queries find their fact first, want %.0f%%", share, atLeast[p.name])
			}
		})
	}
}

func TestSetsAreTheSameEachTime(t *testing.T) {
	if !reflect.DeepEqual(newSet(50, 20), newSet(50, 20)) {
		t.Error("two sets of one size differ")
	}
}

func TestSetHasTheShapeItClaims(t *testing.T) {
	s := newSet(200, 100)
	for _, f := range s.facts {
		for _, p := range f.phrasings {
			if n := len(strings.Fields(p)); n < 6 || n > 10 {
				t.Errorf("%d words in %q", n, p)
			}
		}
		if n := len(strings.Fields(f.answer)); n < 15 || n > 25 {
			t.Errorf("%d words in %q", n, f.answer)
		}
	}
	changed := 0
	for i, q := range s.plain {
		if s.typos[i].want != q.want {
			t.Errorf("%q and %q are of different facts", q.text, s.typos[i].text)
		}
		if s.typos[i].text != q.text {
			changed++
		}
	}
	if changed < 90 {
		t.Errorf("only %d of 100 queries were mistyped", changed)
	}
}
