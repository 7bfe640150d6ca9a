package pictures

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"
)

// seen writes lines down with a letter for each style: <B|bold>.
func seen(lines []Line) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('/')
		}
		for kind, on := range map[string]bool{"q:": l.Quote, "s:": l.Small, "i:": l.Item} {
			if on {
				b.WriteString(kind)
			}
		}
		for _, s := range l.Spans {
			if c := s.Style.classes(); c != "" {
				fmt.Fprintf(&b, "<%s|%s>", c, s.Text)
			} else {
				b.WriteString(s.Text)
			}
		}
	}
	return b.String()
}

func TestReadingWhatWasSent(t *testing.T) {
	tests := []struct{ name, discord, telegram, want string }{
		{"a heading and a line", "**How many?**\n43", "<b>How many?</b>\n43", "<B|How many?>/43"},
		{"what is escaped is text", `a \*b\* \\ \> c`, "a *b* \\ &gt; c", `a *b* \ > c`},
		{"a link is its words", `· [read \[it\]](<https://a.b/#:~:text=c%28>)`, `· <a href="https://a.b/#:~:text=c%28">read [it]</a>`, "· <l|read [it]>"},
		{"an address", "see <https://a.b/c>.", "", "see <l|https://a.b/c>."},
		{"a quote stands apart", "> “x”\n> — y", "<blockquote expandable>“x”\n— y</blockquote>", "q:“x”/q:— y"},
		{"and what follows it begins a line", "", "a\n<blockquote>x</blockquote>\nb", "a/q:x/b"},
		{"a list and small print", "- one\n-# id", "", "i:• one/s:id"},
		{"underlined and slanted", "", "<u>Contested</u>\n\n<i>id</i>", "<U|Contested>//<I|id>"},
		{"brackets that are no link", "[a] (b) < c", "", "[a] (b) < c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := seen(FromDiscord(tt.discord)); tt.discord != "" && got != tt.want {
				t.Errorf("from Discord: %s", got)
			}
			lines, err := FromTelegram(tt.telegram)
			if got := seen(lines); err != nil || tt.telegram != "" && got != tt.want {
				t.Errorf("from Telegram: %s %v", got, err)
			}
		})
	}
	for _, wrong := range []string{"<p>x</p>", "<b", "</blockquote>", "<blockquote><blockquote>"} {
		if _, err := FromTelegram(wrong); err == nil {
			t.Errorf("%s is read", wrong)
		}
	}
}

// What is drawn is XML, and holds every word for those who do not see it.
func wellFormed(t *testing.T, svg string) (described string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return described
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "desc" {
			if err := d.DecodeElement(&described, &e); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestADrawingKeepsItsWords(t *testing.T) {
	photo := image.NewGray(image.Rect(0, 0, 90, 60))
	photo.Set(5, 5, color.White)
	var file bytes.Buffer
	if err := png.Encode(&file, photo); err != nil {
		t.Fatal(err)
	}
	m := Message{From: "testigo", Bot: true, Lines: FromDiscord("**Who & what?**\n> “<a>”\n-# id"), Buttons: [][]Button{{{"Report", ""}, {strings.Repeat("long ", 40), "danger"}}}, Photo: file.Bytes(), Private: true}
	for _, p := range []*Platform{&Discord, &Telegram} {
		svg, err := Draw(p, "A <title>", []Message{{From: "Ana", Lines: Plain("who?")}, m})
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Draw(p, "A <title>", []Message{{From: "Ana", Lines: Plain("who?")}, m})
		if again != svg {
			t.Error("the same messages give two drawings")
		}
		for _, want := range []string{"Ana:\nwho?", "Who & what?", "“<a>”", "[Report]"} {
			if got := wellFormed(t, svg); !strings.Contains(got, want) {
				t.Errorf("%q is not told:\n%s", want, got)
			}
		}
		if !strings.Contains(svg, `width="30" height="20" href="data:image/png;base64,`) {
			t.Error("there is no photo")
		}
	}
	if _, err := Draw(&Discord, "", []Message{{Photo: []byte("none")}}); err == nil {
		t.Error("a photo that is none is drawn")
	}
}

func TestWrapping(t *testing.T) {
	m, err := newMeasurer()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one two three four five six seven", strings.Repeat("x", 90), "a  b", ""} {
		lines := m.wrap([]Span{{text, 0}}, 8000)
		joined := ""
		for _, l := range lines {
			wide := 0
			for _, s := range l {
				wide += m.width(s.Text, s.Style)
				joined += s.Text
			}
			if wide > 8000 {
				t.Errorf("a line of %d: %v", wide, l)
			}
		}
		if strings.ReplaceAll(joined, " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%q became %q", text, lines)
		}
	}
}

func FuzzDraw(f *testing.F) {
	f.Add("**a** > b [c](<https://d>) \\* &amp; <b>e</b>\n> q\n- i\n-# s", "Report <x>")
	f.Add("<blockquote>a</blockquote>\x00\ufffe\xff", "")
	f.Fuzz(func(t *testing.T, text, label string) {
		if len(text)+len(label) > 2000 {
			return // a message holds no more, and measuring takes long
		}
		messages := []Message{{From: label, Lines: FromDiscord(text), Buttons: [][]Button{{{label, "primary"}}}}}
		if lines, err := FromTelegram(text); err == nil {
			messages = append(messages, Message{From: text, Bot: true, Lines: lines})
		}
		for _, p := range []*Platform{&Discord, &Telegram} {
			svg, err := Draw(p, label, messages)
			if err != nil {
				t.Fatal(err)
			}
			wellFormed(t, svg)
		}
	})
}
