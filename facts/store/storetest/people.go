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
		{"a draft is kept for each person and space", draftsComeBack},
		{"all drafts are listed, oldest first", draftsListed},
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
	for _, space := range []string{"s", "t", "s"} {
		s.ok(s.SaveDraft(s.ctx, facts.Draft{Space: space, By: ana()}))
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
	s.ok(s.SaveDraft(s.ctx, facts.Draft{Space: "s", By: ana(), Body: []byte("{}")}))
	s.ok(s.SaveDraft(s.ctx, facts.Draft{Space: "s", By: berta(), Body: []byte("{}")}))

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
		s.ok(s.SetChannel(s.ctx, facts.Channel{Platform: "telegram", Channel: id, Lang: facts.Spanish}))
		s.ok(s.Deliver(s.ctx, facts.Delivery{MessageRef: facts.MessageRef{Platform: "telegram", Channel: id, Message: "1"}, Fact: "a"}))
	}
	_, err := s.Forget(s.ctx, "telegram", berta().ID)
	s.ok(err)
	left, err := s.Channels(s.ctx)
	s.ok(err)
	s.same("channels", left, []facts.Channel{{Platform: "telegram", Channel: "-100", Lang: facts.Spanish}})
	carried, err := s.Delivered(s.ctx, "", "a", 1, time.Time{})
	if err != nil || len(carried) != 1 || carried[0].Channel != "-100" {
		s.Errorf("deliveries %+v (%v)", carried, err)
	}
}

func draftsComeBack(s subject) {
	_, err := s.Draft(s.ctx, "s", ana())
	s.fails(err, facts.ErrNotFound)
	for _, d := range []facts.Draft{
		{Space: "s", By: ana(), Body: []byte("first"), At: day(1)},
		{Space: "s", By: ana(), Body: []byte("\x00\xff any bytes"), At: day(2)},
		{Space: "t", By: ana(), At: day(3)},
		{Space: "s", By: berta(), Body: []byte("hers"), At: day(4)},
	} {
		s.ok(s.SaveDraft(s.ctx, d))
	}
	got, err := s.Draft(s.ctx, "s", facts.Author{Platform: ana().Platform, ID: ana().ID})
	s.ok(err)
	key := got.By.Key
	got.By.Key = ""
	s.same("the draft", got, facts.Draft{Space: "s", By: ana(), Body: []byte("\x00\xff any bytes"), At: day(2)})
	if r := s.add(proposal("a")); key != r.By.Key {
		s.Errorf("the draft's author has the key %q, in the log %q", key, r.By.Key)
	}
	s.ok(s.DeleteDraft(s.ctx, "s", ana()))
	s.ok(s.DeleteDraft(s.ctx, "s", ana()))
	_, err = s.Draft(s.ctx, "s", ana())
	s.fails(err, facts.ErrNotFound)
	for _, left := range []struct {
		space string
		who   facts.Author
	}{{"t", ana()}, {"s", berta()}} {
		if _, err := s.Draft(s.ctx, left.space, left.who); err != nil {
			s.Errorf("%s's in %s: %v", left.who.Name, left.space, err)
		}
	}
}

func draftsListed(s subject) {
	s.ok(s.SaveDraft(s.ctx, facts.Draft{Space: "t", By: ana(), Body: []byte("2"), At: day(2)}))
	s.ok(s.SaveDraft(s.ctx, facts.Draft{Space: "s", By: berta(), Body: []byte("1"), At: day(1)}))
	got, err := s.Drafts(s.ctx)
	s.ok(err)
	for i := range got {
		got[i].By.Key = ""
	}
	s.same("drafts", got, []facts.Draft{{Space: "s", By: berta(), Body: []byte("1"), At: day(1)}, {Space: "t", By: ana(), Body: []byte("2"), At: day(2)}})
}
