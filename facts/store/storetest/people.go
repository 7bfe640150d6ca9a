package storetest

import (
	"time"

	"testigo/facts"
)

func peoplePromises() []promise {
	return []promise{
		{"a person has one key on a platform, and the newest name", keysAndNames},
		{"what is known of a person is counted", known},
		{"who asks to be forgotten is, and the log stays whole", forget},
		{"who acts again after being forgotten is known again", forgottenReturns},
		{"a private chat is forgotten with its person", forgetPrivateChat},
	}
}

func keysAndNames(s subject) {
	first := s.add(proposal("a"))
	e := proposal("a")
	e.By.Name = "Anita"
	second := s.add(e)
	e.By.Platform = "telegram"
	elsewhere := s.add(e)
	e = proposal("a")
	e.By = facts.Author{Platform: "discord", ID: "80351110224678912", Key: "made up"}
	nameless := s.add(e)
	if first.By.Key != second.By.Key || nameless.By.Key != first.By.Key {
		s.Errorf("one person has the keys %s, %s and %s", first.By.Key, second.By.Key, nameless.By.Key)
	}
	if elsewhere.By.Key == first.By.Key {
		s.Error("an id of another platform has the same key")
	}
	log := s.all()
	if log[0].By.Name != "Anita" || log[3].By.Name != "Anita" || nameless.By.Name != "Anita" {
		s.Errorf("names %q, %q, %q", log[0].By.Name, log[3].By.Name, nameless.By.Name)
	}
}

func known(s subject) {
	stranger, err := s.Known(s.ctx, "discord", "1")
	s.ok(err)
	s.same("a stranger", stranger, facts.Personal{})
	p := s.add(proposal("a"))
	s.add(change("b", 0))
	s.ok(s.Watch(s.ctx, p.Seq, facts.MessageRef{Platform: "discord", Channel: "1"}, facts.English, ana()))
	for _, space := range []string{"s", "t"} {
		s.saves(facts.Draft{Space: space, By: ana()})
	}
	got, err := s.Known(s.ctx, ana().Platform, ana().ID)
	s.ok(err)
	s.same("Ana", got, facts.Personal{Name: ana().Name, Entries: 2, Drafts: 2, Watches: 1})
}

func forget(s subject) {
	p := s.add(proposal("a"))
	e := change("b", 0)
	e.By = berta()
	s.add(e)
	before := s.all()
	s.ok(s.Watch(s.ctx, p.Seq, facts.MessageRef{Platform: "discord", Channel: "1"}, facts.English, ana()))
	s.saves(facts.Draft{Space: "s", By: ana(), Body: []byte("{}")})
	s.saves(facts.Draft{Space: "s", By: berta(), Body: []byte("{}")})

	n, err := s.Forget(s.ctx, ana().Platform, ana().ID)
	if err != nil || n != 1 {
		s.Errorf("%d entries were hers (%v)", n, err)
	}
	before[0].By.ID, before[0].By.Name = "", ""
	s.same("the log", s.all(), before)
	s.intact(2)
	_, err = s.Draft(s.ctx, "s", ana())
	s.fails(err, facts.ErrNotFound)
	if _, err = s.Draft(s.ctx, "s", berta()); err != nil {
		s.Errorf("somebody else's draft: %v", err)
	}
	if w, err := s.Watchers(s.ctx, p.Seq); err != nil || len(w) != 0 {
		s.Errorf("watchers %v (%v)", w, err)
	}
	got, err := s.Known(s.ctx, ana().Platform, ana().ID)
	s.ok(err)
	s.same("known", got, facts.Personal{Entries: 1})
	if n, err := s.Forget(s.ctx, "discord", "a stranger"); err != nil || n != 0 {
		s.Errorf("a stranger has %d entries (%v)", n, err)
	}
}

func forgottenReturns(s subject) {
	first := s.add(proposal("a"))
	_, err := s.Forget(s.ctx, ana().Platform, ana().ID)
	s.ok(err)
	e := proposal("a")
	e.By.Name = "Ana II"
	second := s.add(e)
	if second.By.Key != first.By.Key {
		s.Errorf("her key was %s and is %s", first.By.Key, second.By.Key)
	}
	want := facts.Author{Platform: ana().Platform, ID: ana().ID, Name: "Ana II", Key: first.By.Key}
	for _, r := range s.all() {
		s.same("author", r.By, want)
	}
	s.intact(2)
}

func forgetPrivateChat(s subject) {
	for _, id := range []string{berta().ID, "-100"} { // on Telegram a private chat has the id of its person
		s.sets("telegram", id, func(c *facts.Channel) { c.Lang = facts.Spanish })
		s.ok(s.Deliver(s.ctx, facts.Delivery{MessageRef: facts.MessageRef{Platform: "telegram", Channel: id, Message: "1"}, Fact: "a"}))
	}
	_, err := s.Forget(s.ctx, "telegram", berta().ID)
	s.ok(err)
	left, err := s.ChannelsSince(s.ctx, 0)
	s.ok(err)
	s.same("channels", left.List, []facts.Channel{{Platform: "telegram", Channel: "-100", Lang: facts.Spanish}})
	carried, err := s.Delivered(s.ctx, "", "a", 1, time.Time{})
	if err != nil || len(carried) != 1 || carried[0].Channel != "-100" {
		s.Errorf("deliveries %+v (%v)", carried, err)
	}
}
