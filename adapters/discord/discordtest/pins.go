package discordtest

// mostPins is how many pins a channel takes (docs.discord.com, "JSON Error Codes").
const mostPins = 250

// pin pins a message, and has everybody read in the channel that it did.
func (s *Server) pin(channel, id string) answer {
	if s.NoPins[channel] {
		return refusal(403, 50013, "Missing Permissions")
	}
	s.mu.Lock()
	var message *Message
	pins, most := 0, s.MostPins
	if most == 0 {
		most = mostPins
	}
	for _, m := range s.messages {
		if m.Channel != channel {
			continue
		}
		if m.Pinned {
			pins++
		}
		if m.ID == id {
			message = m
		}
	}
	switch {
	case message == nil:
		s.mu.Unlock()
		return refusal(404, 10008, "Unknown Message")
	case message.Pinned:
		s.mu.Unlock()
		return answer{status: 204}
	case pins >= most:
		s.mu.Unlock()
		return refusal(400, 30003, "Maximum number of pins reached for the channel (%d)", most)
	}
	message.Pinned = true
	notice := s.newID()
	s.mu.Unlock()
	s.Dispatch("MESSAGE_CREATE", map[string]any{
		"id": notice, "channel_id": channel, "guild_id": GuildID, "type": 6, "content": "", "author": map[string]any{"id": BotID, "username": "testigo", "bot": true},
		"message_reference": map[string]any{"channel_id": channel, "message_id": id},
	})
	return answer{status: 204}
}
