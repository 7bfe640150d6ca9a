package discord

import (
	"reflect"
	"strings"
	"testing"

	"testigo/adapters/discord/discordtest"
	"testigo/bot"
	"testigo/facts"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name, permissions string
		lacking           []string
	}{
		{"all it needs", "", nil},
		{"an administrator's", "8", nil},
		{"only seeing and writing", "3072", []string{"School: Send Messages in Threads, Attach Files, Read Message History"}},
		{"none", "0", []string{"School: View Channels, Send Messages, Send Messages in Threads, Attach Files, Read Message History"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := discordtest.New(t)
			d.Permissions = tt.permissions
			a, err := New(Options{Token: discordtest.Token, API: d.URL}, bot.New(facts.NewEngine(&facts.Pack{}), bot.Options{}))
			if err != nil {
				t.Fatal(err)
			}
			s, err := a.Check(t.Context())
			if err != nil || s.Name != "testigo" || s.ID != discordtest.BotID || s.Servers != 1 || !reflect.DeepEqual(s.Lacking, tt.lacking) {
				t.Errorf("%+v, %v", s, err)
			}
			if n := d.Stats().Connections; n != 0 || len(d.Commands()) != 0 {
				t.Errorf("it connected %d times and registered %d commands", n, len(d.Commands()))
			}
		})
	}
	d := discordtest.New(t)
	a, err := New(Options{Token: "bad", API: d.URL}, bot.New(facts.NewEngine(&facts.Pack{}), bot.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "does not accept the token") {
		t.Errorf("with a bad token: %v", err)
	}
}
