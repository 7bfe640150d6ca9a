package discord

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

func TestCustomIDs(t *testing.T) {
	s := newSigner("token")
	id := s.id(press{pressCommand, bot.Spanish, "/fact opened"})
	tests := []struct {
		name, id string
		ok       bool
	}{
		{"its own", id, true},
		{"its own after a restart", newSigner("token").id(press{pressCommand, bot.Spanish, "/fact opened"}), true},
		{"another token's", newSigner("other").id(press{pressCommand, bot.Spanish, "/fact opened"}), false},
		{"another command under the same code", strings.Replace(id, "opened", "mill", 1), false},
		{"another kind", id[:1] + "s" + id[2:], false},
		{"another language", id[:2] + "e" + id[3:], false},
		{"cut short", id[:10], false},
		{"of another bot", "some_button", false},
		{"empty", "", false},
	}
	for _, tt := range tests {
		if p, ok := s.read(tt.id); ok != tt.ok || ok && (p.command != "/fact opened" || p.lang != bot.Spanish || p.kind != pressCommand) {
			t.Errorf("%s: read as %+v, %v", tt.name, p, ok)
		}
	}
	if got := s.id(press{pressCommand, bot.English, strings.Repeat("x", 90)}); got != "" {
		t.Errorf("an id of %d characters", len(got))
	}
	if got := s.id(press{pressForm, bot.English, strings.Repeat("x", bot.MaxCommand)}); got == "" {
		t.Error("the longest command has no id")
	}
}

func FuzzCustomID(f *testing.F) {
	s := newSigner("token")
	f.Add(s.id(press{pressCommand, bot.English, "/fact x"}))
	f.Add("1ce")
	f.Add("")
	f.Fuzz(func(t *testing.T, id string) {
		if p, ok := s.read(id); ok && s.id(p) != id {
			t.Fatalf("%q is read as %+v, which is written %q", id, p, s.id(p))
		}
	})
}

func TestButtonsFit(t *testing.T) {
	s := newSigner("token")
	var choices []bot.Choice
	for i := range 40 {
		choices = append(choices, bot.Choice{Label: fmt.Sprintf("%d %s", i, strings.Repeat("📚", 60)), Command: fmt.Sprintf("/fact %d", i/2)})
	}
	choices = append(choices, bot.Choice{Label: " \n", Command: "/x"})
	share := button{press{pressShare, bot.English, "/fact 1"}, "Show", bot.Plain}
	data, err := json.Marshal(map[string]any{"components": s.rows(buttons(bot.English, choices, share))})
	if err != nil {
		t.Fatal(err)
	}
	labels, ids := discordtest.Buttons(data)
	seen := map[string]bool{}
	for i, id := range ids {
		if seen[id] || units(labels[i]) > maxLabel || strings.TrimSpace(labels[i]) == "" {
			t.Errorf("a bad button %q, %q", labels[i], id)
		}
		seen[id] = true
	}
	if len(ids) == 0 || len(ids) > bot.MaxButtons || labels[len(labels)-1] != "Show" {
		t.Errorf("%d buttons, the last is %q", len(ids), labels[len(labels)-1])
	}
}
