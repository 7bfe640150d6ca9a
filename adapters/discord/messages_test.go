package discord

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

func TestRights(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	s.Roles = map[string]string{"71": "8", "72": "32", "73": "1024"}
	b := adaptertest.NewBot(t)
	a, _ := adapterOn(t, s, b, Options{}, quick())
	t.Cleanup(a.rest.transport.base.CloseIdleConnections)
	ctx := context.Background()
	for _, tt := range []struct {
		name, permissions string
		want              bot.Role
	}{{"everyone", "1024", bot.Member}, {"an administrator", "8", bot.Owner}, {"somebody who manages the server", "32", bot.Moderator}, {"said oddly", "x", bot.Member}} {
		m, ok := a.messageOf(&interaction{GuildID: discordtest.GuildID, Member: &member{User: &user{ID: "1"}, Permissions: tt.permissions}})
		if !ok || m.Role != tt.want {
			t.Errorf("%s is %v", tt.name, m.Role)
		}
	}
	if m, _ := a.messageOf(&interaction{User: &user{ID: "1"}, Member: &member{Permissions: "8"}}); m.Role != bot.Member {
		t.Error("somebody has rights in direct messages")
	}
	for _, tt := range []struct {
		name, person string
		roles        []string
		want         int64
	}{
		{"everyone", "1", nil, 1024}, {"the server's owner", discordtest.Owner, nil, discordgo.PermissionAdministrator},
		{"a role that manages the server", "1", []string{"72"}, 1024 | 32}, {"a role that was deleted", "1", []string{"99"}, 1024},
	} {
		if got, err := a.permissions(ctx, discordtest.GuildID, tt.person, tt.roles); err != nil || got != tt.want {
			t.Errorf("%s may %b: %v", tt.name, got, err)
		}
	}
	s.Members = map[string][]string{"72": {"72"}, discordtest.Owner: {}}
	for _, tt := range []struct {
		name, person, channel string
		want                  bot.Role
		fails                 bool
	}{
		{"a moderator", "72", discordtest.Channel, bot.Moderator, false}, {"the owner", discordtest.Owner, discordtest.Channel, bot.Owner, false},
		{"somebody who left", "99", discordtest.Channel, bot.Member, true}, {"direct messages", "72", discordtest.Direct("72"), bot.Member, false},
		{"a channel that is none", "72", "../guilds", bot.Member, true},
	} {
		role, err := a.RoleIn(ctx, bot.MessageRef{Channel: tt.channel}, bot.Author{ID: tt.person})
		if role != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: %v, %v", tt.name, role, err)
		}
	}
	if _, err := a.permissions(ctx, "1", "1", nil); err == nil {
		t.Error("the rights in a server that is gone were found out")
	}
}

// Where the bot may not write, the asker is told in private, once, and the log has it once.
func TestMayNotWrite(t *testing.T) {
	r := start(t, func(s *discordtest.Server) {
		s.Fault = func(q *http.Request) *discordtest.Fault {
			if q.Method == "POST" && strings.Contains(q.URL.Path, "/channels/"+discordtest.Channel+"/") {
				return &discordtest.Fault{Status: 403, Body: `{"message":"Missing Permissions","code":50013}`}
			}
			return nil
		}
	}, Options{})
	r.AwaitReady(1)
	r.Say(discordtest.Said{Text: question, Mention: true})
	r.Await("the note", func() bool { return len(r.Sent(discordtest.Direct(discordtest.Person))) == 1 })
	r.Say(discordtest.Said{Text: question, Mention: true})
	r.answered()
	if n := len(r.Requests("POST", "/channels/"+discordtest.Channel)); n != 1 {
		t.Errorf("%d tries in a channel where nothing may be written", n)
	}
	if list := r.Sent(""); len(list) != 2 || !strings.Contains(list[0].Content, "Send Messages") {
		t.Errorf("%+v", list)
	}
	if n := strings.Count(r.log.String(), "may not write in a channel"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

func TestTextOfMessages(t *testing.T) {
	others := []user{{ID: "5", Username: "ana"}, {ID: discordtest.BotID}}
	tests := []struct{ name, content, want string }{
		{"a mention first", "<@" + discordtest.BotID + "> who was she", "who was she"},
		{"a mention last, as old clients write it", "who was she <@!" + discordtest.BotID + ">", "who was she"},
		{"somebody else's mention becomes their name", "who is <@5>", "who is ana"},
		{"a role, a channel and an emoji say nothing", "who <@&7><#8><:x:9><a:y:10> was she", "who  was she"},
		{"a command picked from the list is as typed", "</facts topic:123> people", "/facts topic people"},
		{"a text that only looks so", "a < b > c <@x>", "a < b > c <@x>"},
	}
	for _, tt := range tests {
		if got := (&message{Content: tt.content, Mentions: others}).text(discordtest.BotID); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	reply := &message{Content: "<@" + discordtest.BotID + ">", Referenced: &message{Content: "who was she", Author: &user{ID: "5"}}}
	if got := reply.text(discordtest.BotID); got != "who was she" {
		t.Errorf("a bare mention under a question asks %q", got)
	}
}

func TestChosenLanguage(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	r.Say(discordtest.Said{Text: "/idioma es", Private: true})
	r.Await("the choice", func() bool { return len(r.Sent("")) == 1 })
	r.Say(discordtest.Said{Text: question, Private: true})
	r.Await("the answer", func() bool { return len(r.Sent("")) == 2 })
	if m := r.Sent("")[1]; !strings.Contains(m.Content, "Comprobado") {
		t.Errorf("%+v", m)
	}
}

func TestRepliesToTheBot(t *testing.T) {
	r := start(t, nil, Options{})
	r.AwaitReady(1)
	own := fields{"referenced_message": fields{"id": "5", "author": fields{"id": discordtest.BotID}}, "type": 19, "content": question}
	r.Say(discordtest.Said{More: own})
	r.Await("the answer", func() bool { return len(r.Sent("")) == 1 })
	other := fields{"referenced_message": fields{"id": "5", "author": fields{"id": "5"}}, "type": 19, "content": question}
	r.Say(discordtest.Said{More: other})
	r.answered()
	if n := len(r.Sent("")); n != 2 {
		t.Errorf("%d answers", n)
	}
}
