package main

import (
	"fmt"
	"strconv"
	"time"

	"testigo/adapters/discord/discordtest"
	"testigo/adapters/telegram/telegramtest"
)

// question is one that somebody asked.
type question struct {
	at      time.Time
	message string                   // on Discord, in a server
	command *discordtest.Interaction // on Discord
	chat    int64                    // private, on Telegram
}

// guildOf is a server of a shard's.
func guildOf(shard int) string { return strconv.FormatUint(uint64(80_000_000_000+shard)<<22, 10) }

// askAll asks until it is done: on Discord in messages and by command in servers of all shards, where there is anybody to hear it, and on Telegram.
func (s *swarm) askAll(done <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-done:
			return
		case <-time.After(40 * time.Millisecond):
		}
		q := &question{at: time.Now()}
		shard := i / 5 % shards
		switch i % 5 {
		case 0, 1:
			if !s.standing()[shard] {
				continue
			}
			q.message = s.discord.Say(discordtest.Said{Text: asked, Mention: true, Channel: strconv.Itoa(810_000_000_000_000_000 + i%40), More: map[string]any{"guild_id": guildOf(shard)}})
		case 2, 3:
			if !s.standing()[shard] {
				continue
			}
			q.command = s.discord.Send(commanding(shard, "ask", "", "1024", "question", asked))
		case 4:
			u := telegramtest.User{ID: int64(1000 + i), Name: "Someone", Language: "en"}
			q.chat = u.ID
			s.telegram.Message(telegramtest.Private(u), u, asked)
		}
		s.mu.Lock()
		s.questions = append(s.questions, q)
		s.mu.Unlock()
	}
}

// commanding is a command in a shard's server, with options by their names.
func commanding(shard int, name, sub, permissions string, options ...string) map[string]any {
	var given []any
	for i := 0; i < len(options); i += 2 {
		given = append(given, map[string]any{"type": 3, "name": options[i], "value": options[i+1]})
	}
	if sub != "" {
		given = []any{map[string]any{"type": 1, "name": sub, "options": given}}
	}
	return map[string]any{"type": 2, "guild_id": guildOf(shard), "channel_id": strconv.Itoa(820_000_000_000_000_000 + shard),
		"member": map[string]any{"user": map[string]any{"id": "100000000007", "username": "ana"}, "roles": []string{}, "permissions": permissions},
		"data":   map[string]any{"id": "1", "name": name, "type": 1, "options": given}}
}

// groupOf is a moderator's group on Telegram.
func groupOf(i int) telegramtest.Chat { return telegramtest.Chat{ID: -100600000 - int64(i)} }

// moderateOnTelegram hides a fact in a group and brings it back, again and again. What was acknowledged stands in the group.
func (s *swarm) moderateOnTelegram(done <-chan struct{}, i int) {
	u := telegramtest.User{ID: int64(77 + i), Name: "Ana", Language: "en"}
	s.telegram.Member(groupOf(i), u, "administrator")
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		case <-time.After(3500 * time.Millisecond): // a group takes 20 messages a minute
		}
		text := "/restore opened"
		if n%2 == 0 {
			text = fmt.Sprintf("/hide opened reason %d", n)
		}
		s.telegram.Message(groupOf(i), u, text)
	}
}

// moderateOnDiscord does the same in a server, by commands.
func (s *swarm) moderateOnDiscord(done <-chan struct{}, shard int) {
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		case <-time.After(700 * time.Millisecond):
		}
		if !s.standing()[shard] {
			continue
		}
		command := commanding(shard, "curate", "restore", "8", "id", "opened")
		if n%2 == 0 {
			command = commanding(shard, "curate", "hide", "8", "id", "opened", "reason", fmt.Sprint("reason ", n))
		}
		in := s.discord.Send(command)
		s.mu.Lock()
		s.commands[in] = shard
		s.mu.Unlock()
	}
}
