package card

import (
	"bytes"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "draw the pictures in testdata anew")

// first returns the first n characters of a text repeated, as a text of that length.
func first(n int, s string) string {
	return string([]rune(strings.Repeat(s+" ", n/utf8.RuneCountInString(s)+1))[:n-1]) + "."
}

var shortest = Card{Question: "Who are they?", Standing: "Established", Answer: "43 students."}

// longest has texts as long as a fact may have them.
var longest = Card{
	Why:      first(140, "Hoy hace once años, el 26 de septiembre de 2014, fueron atacados en Iguala los estudiantes de la Normal Rural."),
	Question: "¿Qué concluyó el Grupo Interdisciplinario de Expertos Independientes sobre el incendio que se situó en el basurero municipal de Cocula, Gro.?",
	Standing: "Superado: una versión oficial anterior, después rechazada (lo que la sustituyó: ¿Hubo un incendio?)",
	Answer: first(600, "El grupo no encontró evidencia alguna que apoyara la hipótesis de que cuarenta y tres cuerpos fueran incinerados "+
		"en el basurero municipal de Cocula la madrugada del 27 de septiembre de 2014, y recomendó seguir otras líneas de investigación."),
	Quote: "«" + first(318, "No existe ninguna evidencia que apoye la hipótesis generada, con base en testimonios, de que 43 cuerpos fueron cremados ahí.") + "»",
	Cite: "Grupo Interdisciplinario de Expertos Independientes (GIEI), «Informe Ayotzinapa: Investigación y primeras conclusiones " +
		"de las desapariciones y homicidios de los normalistas», 6 sep 2015, página 153",
	Footer: "hasta el 6 de septiembre de 2015 · cocula-fire-giei r12",
}

// with returns a card with changes.
func with(c Card, change func(*Card)) Card {
	change(&c)
	return c
}

// typesetAs returns the page of a card as Draw sets it.
func typesetAs(t *testing.T, c Card) *page {
	t.Helper()
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range c.texts() {
		*text = tidy(*text)
	}
	p, err := typeset(c, fonts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// String is the text that is drawn.
func (p *page) String() string {
	var lines []string
	for _, l := range p.lines {
		lines = append(lines, l.text)
	}
	return strings.Join(lines, "\n")
}

// decode reads a picture as Draw returns it, and checks it and its alternative text.
func decode(t *testing.T, data []byte, alt string) *image.Paletted {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	picture, ok := decoded.(*image.Paletted)
	if !ok {
		t.Fatalf("the picture is %T", decoded)
	}
	checkPicture(t, picture)
	if n := utf8.RuneCountInString(alt); n == 0 || n > MaxAlt || !utf8.ValidString(alt) {
		t.Errorf("the alternative text has %d characters: %q", n, alt)
	}
	return picture
}

// checkPicture holds a picture against what is promised of every card's.
func checkPicture(t *testing.T, picture *image.Paletted) {
	t.Helper()
	size := picture.Rect.Size()
	if size.X != Width || size.Y < MinHeight || size.Y > MaxHeight {
		t.Errorf("the picture is %v", size)
	}
	const overhang = 8 // how far an italic letter may lean out of its line
	line := picture.Rect.Inset(frameInset)
	checkBand(t, picture, picture.Rect, line, 0)
	checkBand(t, picture, line, line.Inset(thin), lineShade)
	checkBand(t, picture, line.Inset(thin), picture.Rect.Inset(margin-overhang), 0)
	if !bytes.Contains(picture.Pix, []byte{shades - 1}) {
		t.Error("nothing is drawn")
	}
}

// checkBand looks whether what lies in one rectangle and not in the other is all of a shade.
func checkBand(t *testing.T, picture *image.Paletted, outer, inner image.Rectangle, shade byte) {
	t.Helper()
	even := func(x0, x1, y int) {
		row := picture.Pix[picture.PixOffset(x0, y):picture.PixOffset(x1, y)]
		if bytes.Count(row, []byte{shade}) != len(row) {
			t.Fatalf("between %v and %v there is something in row %d", outer, inner, y)
		}
	}
	for y := outer.Min.Y; y < outer.Max.Y; y++ {
		if y < inner.Min.Y || y >= inner.Max.Y {
			even(outer.Min.X, outer.Max.X, y)
			continue
		}
		even(outer.Min.X, inner.Min.X, y)
		even(inner.Max.X, outer.Max.X, y)
	}
}

func TestCards(t *testing.T) {
	wide := func(n int) string { return first(n, "WWWWW") }
	tests := []struct {
		name string
		card Card
		want string // in the text drawn
	}{
		{"the shortest card is drawn", shortest, "Who are they?\nESTABLISHED\n43 students."},
		{"a card of a question and an answer alone is drawn", Card{Question: "¿Dónde?", Answer: "Aquí."}, "¿Dónde?\nAquí."},
		{"the longest texts fit whole", longest, "fueron cremados"},
		{"the longest texts fit whole in the widest letters, but for the quote",
			Card{wide(140), wide(140), wide(100), wide(600), "«" + wide(318) + "»", first(200, "Mamá y papá de los 43"), "x"}, "…»"},
		{"a quote that is too long is cut inside its marks",
			with(longest, func(c *Card) { c.Quote = "“" + first(3000, "Vivos se los llevaron, vivos los queremos") + "”" }), "…”\nGrupo"},
		{"a quote is not cut to make letters larger", with(longest, func(c *Card) { c.Standing += first(200, "más palabras") }), ".»\nGrupo"},
		{"a quote without a cite is drawn", with(longest, func(c *Card) { c.Cite = "" }), ".»\nhasta"},
		{"a cite without a quote is drawn", with(shortest, func(c *Card) { c.Cite = "GIEI, 2015" }), "students.\nGIEI, 2015"},
		{"a footer alone under the answer is drawn", with(shortest, func(c *Card) { c.Footer = "as of 2015" }), "students.\nas of 2015"},
		{"a word longer than a line is broken", with(shortest, func(c *Card) { c.Answer = strings.Repeat("norma", 100) }), "\nnormanorma"},
		{"line breaks are spaces", with(shortest, func(c *Card) { c.Answer = "Forty-three\r\n\tstudents.\n" }), "Forty-three students."},
		{"what is not UTF-8 is left out", with(shortest, func(c *Card) { c.Answer = "Forty\xff-three." }), "\nForty-three."},
		{"letters the fonts lack are left out", with(shortest, func(c *Card) { c.Answer = "🕯️ 43 学生 students 🇲🇽." }), "\n43 students ."},
		{"accents typed apart are put together", with(shortest, func(c *Card) { c.Standing = "Versio\u0301n" }), "\nVERSIÓN\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := typesetAs(t, tt.card)
			checkPicture(t, p.paint())
			if !strings.Contains(p.String(), tt.want) {
				t.Errorf("drawn: %s\nwant: %s", p, tt.want)
			}
			checkPage(t, p, tt.card)
		})
	}
}

// checkPage looks whether all but the quote stands whole, and lines lie inside the text's width and under each other.
func checkPage(t *testing.T, p *page, c Card) {
	t.Helper()
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	solid := func(s string) string { return strings.Join(strings.Fields(s), "") } // a line may end in any place
	for _, text := range []string{c.Why, c.Question, strings.ToUpper(c.Standing), c.Answer, c.Cite, c.Footer} {
		if !strings.Contains(solid(p.String()), solid(drawable(tidy(text), fonts.regular))) {
			t.Errorf("%q does not stand whole in %s", text, p)
		}
	}
	bottom := 0
	for _, l := range p.lines {
		if right := l.x + l.width(l.text).Ceil(); right > Width-margin+1 {
			t.Errorf("%q ends at %d", l.text, right)
		}
		m := l.face.Metrics()
		if top := l.y - m.Ascent.Ceil(); top < bottom {
			t.Errorf("%q begins at %d, in the line above, which ends at %d", l.text, top, bottom)
		}
		bottom = l.y + m.Descent.Ceil()
	}
	if bottom > p.height-margin {
		t.Errorf("the text ends at %d of %d", bottom, p.height)
	}
}

func TestNotDrawn(t *testing.T) {
	tests := []struct {
		name string
		card Card
		long bool // whether the error is ErrLong
	}{
		{"a card without a question", Card{Answer: "43 students."}, false},
		{"a card without an answer", Card{Question: "Who are they?"}, false},
		{"an answer that has no letter the fonts have", Card{Question: "Who are they?", Answer: "学生"}, false},
		{"an answer that would have to be cut", with(longest, func(c *Card) { c.Answer = first(2000, "Se desconoce") }), true},
		{"an answer that leaves no room for a word of the quote", with(longest, func(c *Card) { c.Answer = first(1700, "Se desconoce") }), true},
		{"an answer nobody could have written", with(shortest, func(c *Card) { c.Answer = strings.Repeat("x", 1<<20) }), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, alt, err := Draw(tt.card)
			if err == nil || data != nil || alt != "" {
				t.Fatalf("drawn: %q, %v", alt, err)
			}
			if errors.Is(err, ErrLong) != tt.long {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestDrawable(t *testing.T) {
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	const spanish = "áéíóúüñ ÁÉÍÓÚÜÑ ¿? ¡! «» “” ‘’ ' \" — – - … ºª ° § € % & ( ) [ ] / 0123456789 @ # + = < >"
	tests := []struct{ name, text, want string }{
		{"Spanish stands as it is", spanish, spanish},
		{"French, Portuguese, Catalan, German, Polish and Czech stand as they are", "çœàêîÿ ãõ ïò ßöÄ łżśĄ řůěŽ", "çœàêîÿ ãõ ïò ßöÄ łżśĄ řůěŽ"},
		{"an accent typed apart joins its letter", "desaparicio\u0301n forzada, nin\u0303os", "desaparición forzada, niños"},
		{"an accent with no letter of its own is dropped", "ḿ x\u0301 ạ", "m x a"},
		{"ligatures and wide letters come apart", "eﬀect ＡＢＣ ①", "effect ABC 1"},
		{"other hyphens are hyphens", "forty‐three non‑breaking", "forty-three non-breaking"},
		{"a space that holds words together stays one", "25\u202f000 « hola »", "25\u00a0000 « hola »"},
		{"invisible signs are dropped", "Ayotzi\u200bnapa\ufeff so\u00adft \u202egnirts", "Ayotzinapa soft gnirts"},
		{"emoji and their parts are dropped, with the space they leave", "43 🕯️ 👨‍👩‍👦 students 🇲🇽", "43 students"},
		{"letters of no font here are dropped", "Iguala 伊瓜拉 إغوالا.", "Iguala ."},
		{"the sign for what could not be read is dropped", "Cocu\ufffdla", "Cocula"},
		{"the middle dot is drawn lower", "2015 · r2", "2015 ∙ r2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, f := range []struct {
				name string
				got  string
			}{{"regular", drawable(tt.text, fonts.regular)}, {"bold", drawable(tt.text, fonts.bold)}, {"italic", drawable(tt.text, fonts.italic)}} {
				if f.got != tt.want {
					t.Errorf("%s: %q, want %q", f.name, f.got, tt.want)
				}
			}
		})
	}
}

func TestAlt(t *testing.T) {
	all := Card{"1 why", "2 question", "3 standing", "4 answer", "5 quote", "6 cite", "7 footer"}
	sentences := Card{Question: "Who?", Answer: first(1000, "one two three"), Quote: "“nine ten eleven twelve”"}
	tests := []struct {
		name, want string
		card       Card
	}{
		{"it has every part, in reading order", "1 why\n2 question\n3 standing\n4 answer\n5 quote\n6 cite\n7 footer", all},
		{"what is not there leaves no gap", "Who are they?\nEstablished\n43 students.", shortest},
		{"it keeps what the fonts lack", "Who?\n43 学生", Card{Question: "Who?", Answer: "43\n学生\x00"}},
		{"it is cut at a word", "Who?\n" + sentences.Answer + "\n“nine ten eleven…", sentences},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, alt, err := Draw(tt.card)
			if err != nil {
				t.Fatal(err)
			}
			if alt != tt.want {
				t.Errorf("%q, want %q", alt, tt.want)
			}
		})
	}
}

// The contrast is the one of WCAG 2.1, which asks 7 of body text at its strictest level.
func TestContrast(t *testing.T) {
	colours := palette()
	for _, c := range colours {
		if _, _, _, a := c.RGBA(); a != 0xffff {
			t.Errorf("%v lets the chat's own colour through", c)
		}
	}
	if got := contrast(colours[0], colours[shades-1]); got < 7 {
		t.Errorf("the contrast of ink and paper is %.1f", got)
	}
	if got := contrast(color.White, color.Black); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white is %.2f, and WCAG says 21", got)
	}
}

func contrast(a, b color.Color) float64 {
	luminance := func(c color.Color) float64 {
		linear := func(v uint32) float64 {
			s := float64(v) / 0xffff
			if s <= 0.04045 {
				return s / 12.92
			}
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		r, g, b, _ := c.RGBA()
		return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestSameBytes(t *testing.T) {
	pictures := make([][]byte, 3)
	var wg sync.WaitGroup
	for i := range pictures {
		wg.Go(func() {
			var err error
			if pictures[i], _, err = Draw(longest); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, p := range pictures[1:] {
		if !bytes.Equal(p, pictures[0]) {
			t.Fatal("the same card gave two pictures")
		}
	}
}

// Pictures look as they did: somebody has looked at those in testdata. A shade more or less is no difference, since processors round differently.
func TestPictures(t *testing.T) {
	for name, c := range map[string]Card{"longest": longest, "shortest": shortest} {
		t.Run(name, func(t *testing.T) {
			data, alt, err := Draw(c)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".png")
			if *update {
				if err := os.WriteFile(file, data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, want := decode(t, data, alt), decode(t, before, alt)
			if got.Rect != want.Rect {
				t.Fatalf("the picture is %v and was %v; if it is right, run the test with -update", got.Rect, want.Rect)
			}
			different := 0
			for i, shade := range got.Pix {
				if d := int(shade) - int(want.Pix[i]); d < -1 || d > 1 {
					different++
				}
			}
			if different > 0 {
				t.Errorf("%d pixels are not what they were; look at the picture, and if it is right run the test with -update", different)
			}
		})
	}
}

func FuzzDraw(f *testing.F) {
	add := func(c Card) { f.Add(c.Why, c.Question, c.Standing, c.Answer, c.Quote, c.Cite, c.Footer) }
	add(shortest)
	add(longest)
	add(Card{Question: "¿\u0301\u200d?", Answer: "\xff\u00a0👨‍👩‍👦\u202e x", Quote: strings.Repeat("W", 3000), Cite: " "})
	f.Fuzz(func(t *testing.T, why, question, standing, answer, quote, cite, footer string) {
		c := Card{why, question, standing, answer, quote, cite, footer}
		data, alt, err := Draw(c)
		if err != nil {
			if data != nil || alt != "" {
				t.Fatal("there are both a picture and an error")
			}
			return
		}
		decode(t, data, alt)
		p := typesetAs(t, c)
		if strings.ContainsRune(p.String(), '\ufffd') || slices.ContainsFunc(p.lines, func(l line) bool { return l.text == "" }) {
			t.Errorf("drawn: %q", p)
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	for _, bm := range []struct {
		name string
		card Card
	}{{"shortest", shortest}, {"longest", longest}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				data, _, err := Draw(bm.card)
				if err != nil {
					b.Fatal(err)
				}
				size = len(data)
			}
			b.ReportMetric(float64(size)/1024, "KB")
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/op")
		})
	}
}
