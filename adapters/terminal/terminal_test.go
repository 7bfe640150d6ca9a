package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"testigo/bot"
	"testigo/facts"
)

func TestDrawTakesOutWhatSteersTheTerminal(t *testing.T) {
	r := bot.Reply{Blocks: []bot.Block{{Kind: bot.Paragraph, Text: "a\x1b[2Jb\u202ec\x00d\u009be"}}, Choices: []bot.Choice{{Label: "x\x1b]0;t\x07y"}}}
	var b strings.Builder
	if err := Draw(&b, r, Style{}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x00\x07\u202e\u009b") {
		t.Errorf("%q", b.String())
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		text  string
		width int
		want  string
	}{
		{"one two three", 7, "one two|three"},
		{"unbreakablelongword and", 5, "unbreakablelongword|and"},
		{"niño año", 4, "niño|año"},
		{"", 10, ""},
		{"no width", 0, "no width"},
	}
	for _, tt := range tests {
		if got := strings.Join(wrap(tt.text, tt.width), "|"); got != tt.want {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}

func TestColorOnlyWhereAsked(t *testing.T) {
	r := bot.Reply{Blocks: []bot.Block{{Kind: bot.Heading, Text: "head"}}}
	var plain, colored strings.Builder
	_ = Draw(&plain, r, Style{})
	_ = Draw(&colored, r, Style{Color: true})
	if plain.String() != "head\n" || !strings.Contains(colored.String(), bold) {
		t.Errorf("%q and %q", plain.String(), colored.String())
	}
	if s := StyleFor(&bytes.Buffer{}, func(string) string { return "" }); s.Color || s.Width != 0 {
		t.Errorf("a pipe is drawn with %+v", s)
	}
}

func TestChatEndsWithItsInputAndItsContext(t *testing.T) {
	pack, err := facts.Load("../../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	b := bot.New(facts.NewEngine(pack), bot.Options{})
	log := func(err error) { t.Error(err) }
	long := strings.Repeat("x", 3*maxLine)
	if err := Chat(context.Background(), b, bot.Message{}, strings.NewReader(long+"\n\n/help"), io.Discard, Style{}, log); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Chat(ctx, b, bot.Message{}, strings.NewReader("/help\n"), io.Discard, Style{}, log); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\x1b[31mb")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range printable(s) {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				t.Errorf("%q keeps %U", s, r)
			}
		}
	})
}
