package discord

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

// Bounds of buttons (docs.discord.com, "Component Reference").
const (
	maxLabel    = 80
	maxCustomID = 100
	perRow      = 5
)

// press is what a custom id says: what its button does, and in which language the message was that it stood under.
type press struct {
	kind    byte
	lang    bot.Lang
	command string
}

// The kinds of custom ids.
const (
	pressCommand = 'c' // a button: handle the command
	pressShare   = 's' // a button: handle the command and show the answer to everyone
	pressForm    = 'f' // a form: handle its command with what was filled in
)

// signer makes and reads custom ids. They hold the command itself, so that buttons work after a restart, and a code over it made from the token, so
// that only those the bot made do anything.
type signer struct{ key [sha256.Size]byte }

func newSigner(token string) signer {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("testigo custom id"))
	return signer{[sha256.Size]byte(mac.Sum(nil))}
}

// A custom id is a version, the kind, the language, the code, the command.
const (
	idVersion = '1'
	codeBytes = 9
	codeChars = codeBytes * 4 / 3
	idHead    = 3 + codeChars
)

func (s signer) code(head, command string) string {
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write([]byte(head))
	mac.Write([]byte(command))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:codeBytes])
}

// id returns the custom id of a press, "" where it would be too long.
func (s signer) id(p press) string {
	lang := byte('e')
	if p.lang == bot.Spanish {
		lang = 's'
	}
	head := string([]byte{idVersion, p.kind, lang})
	id := head + s.code(head, p.command) + p.command
	if len(id) > maxCustomID {
		return ""
	}
	return id
}

// read returns what a custom id says, and whether it is one of the bot's.
func (s signer) read(id string) (press, bool) {
	if len(id) < idHead || len(id) > maxCustomID || id[0] != idVersion {
		return press{}, false
	}
	head, code, command := id[:3], id[3:idHead], id[idHead:]
	if !hmac.Equal([]byte(code), []byte(s.code(head, command))) {
		return press{}, false
	}
	lang := bot.English
	if head[2] == 's' {
		lang = bot.Spanish
	}
	return press{kind: head[1], lang: lang, command: command}, true
}

// button is a labelled press.
type button struct {
	press
	label string
	look  bot.Look
}

// rows lays buttons out, five a row, up to five rows. What has no label or does what another does already is left out.
func (s signer) rows(buttons []button) []discordgo.MessageComponent {
	all := []discordgo.MessageComponent{}
	var row []discordgo.MessageComponent
	seen := map[string]bool{}
	for _, b := range buttons {
		id := s.id(b.press)
		label := strings.TrimSpace(visible(strings.ReplaceAll(b.label, "\n", " ")))
		if id == "" || label == "" || seen[id] || len(seen) == bot.MaxButtons {
			continue
		}
		seen[id] = true
		row = append(row, discordgo.Button{Label: shorten(label, maxLabel), Style: style(b.look), CustomID: id})
		if len(row) == perRow {
			all, row = append(all, discordgo.ActionsRow{Components: row}), nil
		}
	}
	if len(row) > 0 {
		all = append(all, discordgo.ActionsRow{Components: row})
	}
	return all
}

func style(l bot.Look) discordgo.ButtonStyle {
	switch l {
	case bot.Primary:
		return discordgo.PrimaryButton
	case bot.Danger:
		return discordgo.DangerButton
	}
	return discordgo.SecondaryButton
}

// buttons are those of a reply: its choices, and what else the adapter offers.
func buttons(lang bot.Lang, choices []bot.Choice, more ...button) []button {
	var out []button
	for _, c := range choices {
		out = append(out, button{press{pressCommand, lang, c.Command}, c.Label, c.Look})
	}
	// What the adapter adds must not fall off the end of a long list.
	return append(out[:min(len(out), bot.MaxButtons-len(more))], more...)
}
