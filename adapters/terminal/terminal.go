// Package terminal draws the bot's replies as text and holds a conversation with one person at a terminal, with line editing
// and history where it is one, line by line where it is a pipe.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"testigo/bot"
)

// Style says how to draw.
type Style struct {
	Color bool // use ANSI attributes
	Width int  // columns to wrap at; 0 does not wrap
}

// StyleFor returns the style for an output: plain and wide for a pipe or file, with attributes and wrapped at the window's width for a
// terminal, and plain there too when NO_COLOR is set (https://no-color.org) or TERM is dumb. getenv looks a variable up.
func StyleFor(out io.Writer, getenv func(string) string) Style {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return Style{}
	}
	const mostReadable = 100
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 20 {
		width = 80
	}
	return Style{Color: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb", Width: min(width-1, mostReadable)}
}

// ANSI attributes. Nothing is said by them alone.
const (
	bold      = "\x1b[1m"
	dim       = "\x1b[2m"
	underline = "\x1b[4m"
	reset     = "\x1b[0m"
)

// Draw writes a reply as text, its choices numbered.
func Draw(w io.Writer, r bot.Reply, s Style) error {
	d := drawer{style: s}
	for i, b := range r.Blocks {
		if i > 0 && b.Kind != bot.Standing && b.Kind != bot.Item && b.Kind != bot.Document {
			d.b.WriteByte('\n')
		}
		d.block(b)
	}
	if len(r.Choices) > 0 {
		d.b.WriteByte('\n')
	}
	for i, c := range r.Choices {
		n := strconv.Itoa(i + 1)
		d.line(" "+n+". ", strings.Repeat(" ", len(n)+3), c.Label, "")
	}
	_, err := io.WriteString(w, d.b.String())
	return err
}

type drawer struct {
	style Style
	b     strings.Builder
}

func (d *drawer) block(b bot.Block) {
	switch b.Kind {
	case bot.Heading:
		d.line("", "", b.Text, bold)
	case bot.Standing:
		d.line("", "", b.Text, underline)
	case bot.Quote:
		d.line("> ", "> ", "“"+b.Text+"”", "")
		if b.Rendering != "" {
			d.line("> ", "> ", b.Label+": «"+b.Rendering+"»", dim)
		}
		d.line("> — ", ">   ", b.Cite, "")
		d.raw(">   ", b.LinkText+": "+b.Link)
	case bot.Position:
		d.line("• ", "  ", b.Text, "")
	case bot.Item:
		d.line("- ", "  ", b.Text, "")
	case bot.Document:
		d.line("  → ", "    ", b.Text, "")
		d.raw("    ", b.LinkText+": "+b.Link)
	case bot.Footer:
		d.line("", "", b.Text, dim)
	default:
		d.line("", "", b.Text, "")
	}
}

// raw writes a line that is not wrapped: an address must stay whole to be opened.
func (d *drawer) raw(indent, text string) {
	d.b.WriteString(indent + printable(text) + "\n")
}

// line writes a text after first, wrapped, later lines after rest.
func (d *drawer) line(first, rest, text, attribute string) {
	indent := first
	for _, l := range wrap(printable(text), d.style.Width-utf8.RuneCountInString(rest)) {
		d.b.WriteString(indent)
		if attribute != "" && d.style.Color {
			l = attribute + l + reset
		}
		d.b.WriteString(l + "\n")
		indent = rest
	}
}

// printable takes out what could steer the terminal: control characters and marks that turn the direction of writing. Texts may hold what
// a person typed.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}

// wrap breaks a text into lines of at most width characters at its spaces; a longer word stands on a line of its own.
func wrap(s string, width int) []string {
	if width <= 0 {
		return []string{s}
	}
	var lines []string
	line, n := "", 0
	for word := range strings.FieldsSeq(s) {
		w := utf8.RuneCountInString(word)
		if n > 0 && n+1+w > width {
			lines = append(lines, line)
			line, n = "", 0
		}
		if n > 0 {
			line, n = line+" ", n+1
		}
		line, n = line+word, n+w
	}
	return append(lines, line)
}

// Platform is what the terminal calls itself where people and messages are named.
const Platform = "terminal"

// Chat holds a conversation until the input ends or ctx is done. m gives who speaks, in which space and language to begin with; log is told what
// went wrong behind a reply.
func Chat(ctx context.Context, b *bot.Bot, m bot.Message, in io.Reader, out io.Writer, s Style, log func(error)) error {
	m.At = bot.MessageRef{Platform: Platform, Channel: m.Author.ID}
	m.Private = true
	read, restore, err := lineReader(in, out)
	if err != nil {
		return err
	}
	defer restore()
	c := conversation{bot: b, message: m, out: out, style: s, log: log}
	b.Attach(Platform, &c)
	for ctx.Err() == nil {
		line, err := read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("chat: %w", err)
		}
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := c.say(ctx, line); err != nil {
			return fmt.Errorf("chat: %w", err)
		}
	}
	return ctx.Err()
}

// conversation remembers what the last reply offered, so that a number chooses from it.
type conversation struct {
	bot     *bot.Bot
	message bot.Message
	choices []bot.Choice
	out     io.Writer
	style   Style
	log     func(error)
}

func (c *conversation) say(ctx context.Context, line string) error {
	if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(c.choices) {
		line = c.choices[n-1].Command
	}
	m := c.message
	m.Text = line
	if path, ok := c.fileOf(line); ok {
		data, err := readFile(path)
		if err != nil {
			_, err = fmt.Fprintln(c.out, printable(err.Error())+"\n")
			return err
		}
		m.File = data
	}
	reply, err := c.bot.Handle(ctx, m)
	if err != nil {
		c.log(err)
	}
	if reply.SetLang != "" {
		c.message.Lang = reply.SetLang
	} else {
		c.message.Locale = reply.Lang // the next thing said is likely in the same language
	}
	c.choices = reply.Choices
	if err := c.draw(reply); err != nil {
		return err
	}
	c.bot.Sent(m, reply, m.At)
	c.bot.Drain(ctx) // what the reply set off is told before the next line is read
	return nil
}

func (c *conversation) draw(r bot.Reply) error {
	if err := Draw(c.out, r, c.style); err != nil {
		return err
	}
	if r.File != nil {
		if _, err := c.out.Write(r.File.Data); err != nil {
			return err
		}
	}
	_, err := io.WriteString(c.out, "\n")
	return err
}

// Send shows what the bot says of itself to the one person at this terminal.
func (c *conversation) Send(_ context.Context, to bot.MessageRef, r bot.Reply) (bot.MessageRef, error) {
	if to.Channel != c.message.Author.ID {
		return to, fmt.Errorf("%w: %s is not at this terminal", bot.ErrGone, to.Channel)
	}
	return to, c.draw(r)
}

// Edit cannot be: what a terminal shows stays.
func (c *conversation) Edit(context.Context, bot.MessageRef, bot.Reply) error { return bot.ErrGone }

// fileOf returns the path after a command that takes a file.
func (c *conversation) fileOf(line string) (path string, ok bool) {
	name, path, _ := strings.Cut(strings.TrimPrefix(line, "/"), " ")
	if path == "" || path == "yes" || !strings.HasPrefix(line, "/") {
		return "", false
	}
	for _, command := range c.bot.Commands() {
		if (command.Name == name || command.Spanish == name) && len(command.Args) > 0 && command.Args[0].File {
			return strings.TrimSpace(path), true
		}
	}
	return "", false
}

// readFile reads a file of at most bot.MaxFile bytes.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, bot.MaxFile+1))
	if err == nil && len(data) > bot.MaxFile {
		err = fmt.Errorf("%s is larger than the %d bytes that are read", path, bot.MaxFile)
	}
	return data, err
}

// maxLine bounds a line of a conversation, in bytes.
const maxLine = 64 << 10

// lineReader reads lines with editing and history from a terminal, plainly from anything else.
func lineReader(in io.Reader, out io.Writer) (read func() (string, error), restore func(), err error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		lines := bufio.NewReaderSize(in, maxLine)
		return func() (string, error) { return readLine(lines) }, func() {}, nil
	}
	state, err := term.MakeRaw(int(f.Fd()))
	if err != nil {
		return nil, nil, fmt.Errorf("chat: terminal: %w", err)
	}
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, "> ")
	// Replies are drawn in cooked mode, so that line ends are what the terminal expects.
	restore = func() { _ = term.Restore(int(f.Fd()), state) }
	return func() (string, error) {
		if _, err := term.MakeRaw(int(f.Fd())); err != nil {
			return "", err
		}
		defer restore()
		return t.ReadLine()
	}, restore, nil
}

// readLine reads a line of a pipe; what is longer than maxLine is dropped.
func readLine(r *bufio.Reader) (string, error) {
	line, isPrefix, err := r.ReadLine()
	text := string(line)
	for isPrefix && err == nil {
		_, isPrefix, err = r.ReadLine()
	}
	return text, err
}
