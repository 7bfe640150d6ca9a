package telegram

import (
	"strings"
	"testing"
	"time"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
)

func TestRights(t *testing.T) {
	tests := []struct {
		name   string
		status string
		set    map[string]string
		more   []telegramtest.Object
		want   bot.Role
	}{
		{"a member", "member", nil, nil, bot.Member},
		{"an administrator", "administrator", nil, nil, bot.Moderator},
		{"the creator", "creator", nil, nil, bot.Owner},
		{"somebody restricted", "restricted", nil, nil, bot.Member},
		{"a member named as moderator", "member", map[string]string{bot.SetModeratorRoles: "5, 12 ,7"}, nil, bot.Moderator},
		{"a member named as owner, with the platform", "member", map[string]string{bot.SetOwnerRoles: "telegram:12"}, nil, bot.Owner},
		{"a member named as contributor", "member", map[string]string{bot.SetContributorRoles: "12"}, nil, bot.Contributor},
		{"an owner named as moderator", "creator", map[string]string{bot.SetModeratorRoles: "12"}, nil, bot.Owner},
		{"somebody whose id is a part of one named", "member", map[string]string{bot.SetOwnerRoles: "112,123,discord:12"}, nil, bot.Member},
		{"an anonymous administrator", "administrator", nil, []telegramtest.Object{anonymous(group)}, bot.Moderator},
		{"somebody who speaks as another chat", "administrator", nil, []telegramtest.Object{anonymous(telegramtest.Chat{ID: -100999, Type: "channel"})}, bot.Member},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, func(w *world) { w.bot.settings = tt.set })
			w.Member(group, ben, tt.status)
			w.Message(group, ben, "/help", tt.more...)
			w.WaitSent(1)
			if m := w.bot.messages()[0]; m.Role != tt.want {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestRightsAreAskedOnceAndForgottenOnChange(t *testing.T) {
	w := start(t)
	w.Member(group, ben, "administrator")
	role := func() bot.Role {
		t.Helper()
		n := len(w.Sent())
		w.Message(group, ben, "/help")
		w.WaitSent(n + 1)
		heard := w.bot.messages()
		return heard[len(heard)-1].Role
	}
	for range 2 {
		if role() != bot.Moderator {
			t.Error("not a moderator")
		}
	}
	if n := len(w.Requests("getChatMember")); n != 1 {
		t.Errorf("asked %d times", n)
	}
	w.Member(group, ben, "member")
	if role() != bot.Moderator {
		t.Error("not remembered")
	}
	w.Update(telegramtest.Object{"chat_member": telegramtest.Object{"chat": group.Object(), "from": ana.Object(), "date": 1,
		"new_chat_member": telegramtest.Object{"status": "member", "user": ben.Object()}}})
	w.quiet()
	if role() != bot.Member {
		t.Error("not forgotten")
	}
	// Where Telegram does not say, nobody is more than a member.
	w.Member(group, ben, "creator")
	w.adapter.rights.forget(group.ID, 0)
	w.SetFaults(func(r telegramtest.Request, _ int) telegramtest.Fault {
		return telegramtest.Fault{Code: map[string]int{"getChatMember": 500}[r.Method], Description: "Internal Server Error"}
	})
	if role() != bot.Member {
		t.Error("rights were guessed")
	}
	r := rights{}
	_, _, epoch := r.get(1, 2, time.Now())
	r.forget(1, 2)
	r.set(1, 2, member{Status: "creator"}, time.Now(), epoch)
	if _, ok, _ := r.get(1, 2, time.Now()); ok {
		t.Error("an answer from before the change was kept")
	}
	r.set(1, 2, member{Status: "creator"}, time.Now().Add(-rightsKept), epoch+1)
	if _, ok, _ := r.get(1, 2, time.Now()); ok {
		t.Error("believed for longer than a minute")
	}
}

// A group can hide its members from a bot that is no administrator; who administers it is told all the same.
func TestRightsWhereMembersAreHidden(t *testing.T) {
	w := start(t, form)
	w.Member(group, ben, "creator")
	w.Member(group, ana, "member")
	w.Hide(group)
	for u, want := range map[telegramtest.User]bot.Role{ben: bot.Owner, ana: bot.Member} {
		for range 2 {
			n := len(w.Sent())
			w.Message(group, u, "/help")
			w.WaitSent(n + 1)
			heard := w.bot.messages()
			if m := heard[len(heard)-1]; m.Role != want {
				t.Errorf("%s: %+v", u.Name, m)
			}
		}
	}
	if n := len(w.Requests("getChatAdministrators")); n != 2 {
		t.Errorf("asked %d times", n)
	}
	// A link into the group is believed of whom the bot has just asked over, and of nobody else.
	if got := w.ask(ana, "/start g-100500"); !strings.Contains(got.Text, "no estás en ese grupo") {
		t.Errorf("%s", got.Text)
	}
	w.Refuse(telegramtest.Private(ana), 403, "Forbidden: bot was blocked by the user")
	w.Message(group, ana, "/suggest")
	w.WaitSent(6)
	w.Refuse(telegramtest.Private(ana), 0, "")
	if got := w.ask(ana, "/start g-100500"); got.Text != "What is the question?" {
		t.Errorf("%s", got.Text)
	}
	if got := w.ask(ana, "hola"); !strings.Contains(got.Text, "telegram:-100500") {
		t.Errorf("%s", got.Text)
	}
}
