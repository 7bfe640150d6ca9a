package telegram

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"testigo/bot"
)

// button is a Bot API InlineKeyboardButton.
type button struct {
	Text  string `json:"text"`
	Style string `json:"style,omitempty"` // primary, danger
	Data  string `json:"callback_data,omitempty"`
	URL   string `json:"url,omitempty"`
}

type keyboard struct {
	Rows [][]button `json:"inline_keyboard"`
}

// Bounds of a keyboard. A button's data is 1 to 64 bytes (Bot API); how much of a label is seen depends on the screen.
const (
	maxLabel   = 60 // characters
	shortLabel = 14 // two such stand side by side
)

// buttons draws choices as a keyboard, nil for none. A choice that Telegram could not carry is left out: to cut its command would make another one.
func buttons(choices []bot.Choice) *keyboard {
	var all []button
	for _, c := range choices {
		label := label(c.Label)
		if label == "" || c.Command == "" || len(c.Command) > bot.MaxCommand || len(all) == bot.MaxButtons {
			continue
		}
		all = append(all, button{Text: label, Data: c.Command, Style: map[bot.Look]string{bot.Primary: "primary", bot.Danger: "danger"}[c.Look]})
	}
	return rows(all)
}

// label draws a choice's label. What stands in brackets at its end, the standing of a fact that is not established, is never cut off.
func label(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(clean(s), "\n", " "))
	if i := strings.LastIndex(s, " ("); i > 0 && strings.HasSuffix(s, ")") {
		if end := utf8.RuneCountInString(s[i:]); end < maxLabel/2 {
			return shorten(s[:i], maxLabel-end) + s[i:]
		}
	}
	return shorten(s, maxLabel)
}

func rows(all []button) *keyboard {
	if len(all) == 0 {
		return nil
	}
	k := &keyboard{}
	short := func(b button) bool { return utf8.RuneCountInString(b.Text) <= shortLabel }
	for i := 0; i < len(all); i++ {
		row := []button{all[i]}
		for len(row) < 3 && i+1 < len(all) && short(all[i]) && short(all[i+1]) {
			i++
			row = append(row, all[i])
		}
		k.Rows = append(k.Rows, row)
	}
	return k
}

// What a link to the bot can carry: t.me/bot?start=PAYLOAD, at most 64 of A-Z a-z 0-9 _ - (core.telegram.org/bots/features, deep linking).
const (
	startFact     = "f-" // a fact's id
	startSources  = "a-" // the same, with all its sources
	startGroup    = "g"  // a group's id: go on here with what began there
	startQuestion = "q-" // a question, in base64
	maxPayload    = 64
)

// factLinks draws choices that show a fact as links to the private chat, for a message under which the bot cannot answer buttons.
func (a *Adapter) factLinks(choices []bot.Choice) *keyboard {
	var all []button
	for _, c := range choices {
		id, ok := strings.CutPrefix(c.Command, "/fact ")
		payload := startFact + id
		if whole, isWhole := strings.CutSuffix(id, " all"); isWhole {
			payload = startSources + whole
		}
		if !ok || strings.ContainsAny(payload, " \n") || len(payload) > maxPayload {
			continue
		}
		all = append(all, button{Text: label(c.Label), URL: a.startLink(payload)})
	}
	return rows(all)
}

func (a *Adapter) startLink(payload string) string {
	return "https://t.me/" + a.me().Username + "?start=" + payload
}

// questionPayload carries a question where it is short enough, else nothing.
func questionPayload(text string) string {
	p := startQuestion + base64.RawURLEncoding.EncodeToString([]byte(text))
	if text == "" || len(p) > maxPayload {
		return "help"
	}
	return p
}

// startText is what a deep link's payload asks, "" where it asks for nothing that is known.
func startText(payload string) string {
	if id, ok := strings.CutPrefix(payload, startFact); ok && id != "" {
		return "/fact " + id
	}
	if id, ok := strings.CutPrefix(payload, startSources); ok && id != "" {
		return "/fact " + id + " all"
	}
	if q, ok := strings.CutPrefix(payload, startQuestion); ok {
		if text, err := base64.RawURLEncoding.DecodeString(q); err == nil && utf8.Valid(text) && len(text) > 0 {
			return "/ask " + string(text)
		}
	}
	return ""
}
