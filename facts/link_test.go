package facts

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLinkOpensTheQuote(t *testing.T) {
	text := "Intro – with a dash. The library — rebuilt, and larger — opened again on 4 March 1967, said Tomás & Elena-María (“at last”). " +
		"The library opened. A short end, and a short end, and more to say of it, until a short end."
	tests := []struct{ name, exact, prefix, suffix string }{
		{"a short passage", "A short end, and a short end", "", ""},
		{"commas, dashes, ampersands and letters of other alphabets", "Tomás & Elena-María (“at last”).", "", ""},
		{"a long passage is linked by its ends", "The library — rebuilt, and larger — opened again on 4 March 1967, said Tomás & Elena-María (“at last”).", "", ""},
		{"a long passage whose last words stand in it before", "A short end, and a short end, and more to say of it, until a short end.", "", ""},
		{"a passage told apart by what follows", "The library", "", " opened."},
		{"a passage told apart by what precedes", "The library", "(“at last”). ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Source{Address: "https://example.org/page"}
			link := s.Link(&Quote{Exact: tt.exact, Prefix: tt.prefix, Suffix: tt.suffix})
			f, ok := ParseFragment(link)
			if !ok {
				t.Fatalf("%s cannot be read back", link)
			}
			if got, _ := f.Find(text); got != tt.exact {
				t.Errorf("%s opens %q", link, got)
			}
			if value := link[strings.Index(link, "text=")+5:]; strings.ContainsAny(value, " &\"<>") || !isASCII(value) {
				t.Errorf("%s is not encoded", link)
			}
		})
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func TestLinkOfAnAddressWithAFragment(t *testing.T) {
	s := &Source{Address: "https://example.org/page#part"}
	if got := s.Link(&Quote{Exact: "some words"}); got != "https://example.org/page#part:~:text=some%20words" {
		t.Error(got)
	}
	no := false
	s.Fragments = &no
	if got := s.Link(&Quote{Exact: "some words"}); got != s.Address {
		t.Error(got)
	}
}

// A directive read back selects what it was made for, whatever the words are.
func FuzzFragment(f *testing.F) {
	f.Add("one, two-three & four", "before ", " after")
	f.Add("“ñandú” – 100 %, a+b=c #x ?y", "", "")
	f.Add(strings.Repeat("many words ", 20)+"end", "", "")
	f.Fuzz(func(t *testing.T, exact, prefix, suffix string) {
		exact = strings.TrimSpace(strings.ToValidUTF8(exact, ""))
		if exact == "" {
			t.Skip("a quote is never empty")
		}
		q := &Quote{Exact: exact, Prefix: strings.ToValidUTF8(prefix, ""), Suffix: strings.ToValidUTF8(suffix, "")}
		link := (&Source{Address: "https://example.org/"}).Link(q)
		fragment, ok := ParseFragment(link)
		if !ok {
			t.Fatalf("%q gives %s, which cannot be read back", exact, link)
		}
		if fragment != fragmentOf(q) {
			t.Fatalf("%+v is read back as %+v", fragmentOf(q), fragment)
		}
		text := q.Prefix + exact + q.Suffix
		once := func(part string) bool {
			return part == "" || strings.Index(text, part) == strings.LastIndex(text, part)
		}
		plain := strings.Join(strings.Fields(exact), " ") == exact
		// Where the ends of a passage stand elsewhere too, or spaces come in runs, its link may select nothing; checkQuote refuses such a quote.
		if got, _ := fragment.Find(text); got == "" && plain && once(fragment.Start) && once(fragment.End) {
			t.Errorf("%s finds nothing in %q", link, text)
		}
	})
}

func TestVerify(t *testing.T) {
	texts := func() fstest.MapFS {
		m := fstest.MapFS{}
		for _, name := range []string{"chronicle.txt", "letter.txt"} {
			data, err := os.ReadFile(libraryDir + "/texts/" + name)
			if err != nil {
				t.Fatal(err)
			}
			m[name] = &fstest.MapFile{Data: data}
		}
		return m
	}
	p := library(t)
	report, faults := Verify(p, texts())
	if len(faults) > 0 || report.Checked != report.Quotes || report.Quotes == 0 {
		t.Fatalf("the library as it stands: %+v, %v", report, faults)
	}
	tests := []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"a text that was changed", func(m fstest.MapFS) { m["chronicle.txt"].Data = append(m["chronicle.txt"].Data, '!') }, "the pack says"},
		{"a text that is missing", func(m fstest.MapFS) { delete(m, "letter.txt") }, "cannot be read"},
		{"a quote that is not in it", func(m fstest.MapFS) { replaceIn(m, "Elena Ruiz", "Elena Ruíz") }, "first-librarian: the quote is not in chronicle letter by letter"},
		{"a quote that stands twice", func(m fstest.MapFS) {
			replaceIn(m, "Chronicle of Arroyo\n", "with 612 books given by its neighbours\n")
		}, "books-at-opening: the quote stands 2 times"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := texts()
			tt.change(m)
			if _, faults := Verify(p, m); !strings.Contains(faults.Error(), tt.want) {
				t.Errorf("got %v, want %q", faults, tt.want)
			}
		})
	}
}

func replaceIn(m fstest.MapFS, old, new string) {
	m["chronicle.txt"].Data = []byte(strings.Replace(string(m["chronicle.txt"].Data), old, new, 1))
}
