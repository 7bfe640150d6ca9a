package bot

import "testigo/facts"

// refused says why a message may not run a command, nil where it may. It is the one place where rights are checked; a button is a command like
// any other, so that a forged one may do no more than its presser.
func (b *Bot) refused(c *Command, m Message, lang Lang) *Reply {
	var why string
	switch {
	case m.Role < c.Who:
		why = say(lang, "not_allowed", c.Usage(lang), roleName(c.Who, lang))
	case c.changes && m.Space == "":
		why = say(lang, "space_needed")
	default:
		return nil
	}
	r := plain(lang, why)
	r.Private = true
	return &r
}

func roleName(r Role, l Lang) string {
	return say(l, [...]string{"role_member", "role_contributor", "role_moderator", "role_owner"}[r])
}

// needsReview reports whether a change from one text to another takes a second moderator in the space.
func (b *Bot) needsReview(space SpaceID, old, changed *facts.Fact) bool {
	switch b.Setting(space, SetReview) {
	case ReviewNone:
		return false
	case ReviewAll:
		return true
	}
	return b.sensitive(space, old) || b.sensitive(space, changed)
}

// sensitive reports whether a fact can do harm when it is wrong: contested, superseded, alleged, or about an accused person.
func (b *Bot) sensitive(space SpaceID, f *facts.Fact) bool {
	if f == nil {
		return false
	}
	if f.AboutAccused || f.Standing == facts.Contested || f.Standing == facts.Superseded || f.Standing == facts.Alleged {
		return true
	}
	for _, id := range f.People {
		if e := b.engine.Pack(string(space)).Entity(id); e != nil && e.Accused {
			return true
		}
	}
	return false
}
