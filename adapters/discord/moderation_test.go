package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"testigo/adapters/discord/discordtest"
	"testigo/bot"
	"testigo/facts"
	"testigo/facts/store"
)

// community is a server with the whole bot in it: a database, moderators, a channel for reviews.
type community struct {
	*running
	b *bot.Bot
}

// Who is in it.
const (
	ana     = "661000000000000001" // manages the server
	beto    = "661000000000000002" // has the role that the settings name
	carla   = "661000000000000003" // a member
	modRole = "771000000000000001"
	desk    = "881000000000000001" // the moderators' channel
)

func newCommunity(t *testing.T) *community {
	t.Helper()
	t.Parallel()
	pack, err := facts.Load("../../facts/testdata/library")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "testigo.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := bot.New(facts.NewEngine(pack), bot.Options{Store: db})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	background, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.Run(background)
	}()
	t.Cleanup(func() { stop(); <-done; _ = db.Close() }) // after the adapter, whose cleanup comes first
	s := discordtest.New(t)
	s.Members = map[string][]string{ana: {}, beto: {modRole}, carla: {}}
	a, log := adapterOn(t, s, b, Options{}, quick())
	c := &community{run(t, s, a, log), b}
	c.AwaitReady(1)
	checkCommands(t, a.commands)
	owner := fields{"member": fields{"user": fields{"id": discordtest.Owner, "username": "owner"}, "roles": []string{}, "permissions": "2147483647"}}
	for name, value := range map[string]string{bot.SetModeratorRoles: modRole, bot.SetReviewChannel: desk} {
		c.First(c.Interact(with(slash("manage", "settings", text("name", name), text("value", value)), owner)))
		if got := b.Setting(b.Space(Platform, discordtest.GuildID), name); got != value {
			t.Fatalf("%s is %q", name, got)
		}
	}
	return c
}

// as is what Discord says of the member who does something.
func as(who string) fields {
	m := fields{"user": fields{"id": who, "username": "u" + who[17:], "global_name": map[string]string{ana: "Ana", beto: "Beto", carla: "Carla"}[who]}, "roles": []string{}, "permissions": "1024"}
	switch who {
	case ana:
		m["permissions"] = "32"
	case beto:
		m["roles"] = []string{modRole}
	}
	return fields{"member": m}
}

// does runs a command as somebody and returns the answer.
func (c *community) does(who string, command fields) discordtest.Response {
	c.t.Helper()
	return c.First(c.Interact(with(command, as(who))))
}

// presses presses the button with a label, under an answer or a message.
func (c *community) presses(who, label string, body json.RawMessage, flags int) discordtest.Response {
	c.t.Helper()
	labels, ids := discordtest.Buttons(body)
	for i := range labels {
		if strings.Contains(labels[i], label) {
			return c.does(who, pressing(ids[i], flags))
		}
	}
	c.t.Fatalf("no button %q among %q", label, labels)
	return discordtest.Response{}
}

// fills fills a form in.
func (c *community) fills(who string, form discordtest.Response, values map[string]string) discordtest.Response {
	c.t.Helper()
	var m struct {
		CustomID   string `json:"custom_id"`
		Components []struct {
			Components []struct {
				CustomID string `json:"custom_id"`
				Value    string `json:"value"`
				Required bool   `json:"required"`
			} `json:"components"`
		} `json:"components"`
	}
	if err := json.Unmarshal(form.Data, &m); err != nil || form.Type != 9 {
		c.t.Fatalf("not a form but type %d: %s %s", form.Type, form.Content, form.Data)
	}
	var rows []any
	for _, row := range m.Components {
		in := row.Components[0]
		value, ok := values[in.CustomID]
		if !ok {
			value = in.Value
		}
		if in.Required && value == "" {
			c.t.Fatalf("the form wants %s", in.CustomID)
		}
		rows = append(rows, fields{"type": 1, "components": []any{fields{"type": 4, "custom_id": in.CustomID, "value": value}}})
	}
	return c.does(who, fields{"type": 5, "data": fields{"custom_id": m.CustomID, "components": rows}, "message": fields{"id": "88", "flags": 64}})
}

// page opens the next page by the button under the last answer and fills it in.
func (c *community) page(who, label string, last discordtest.Response, values map[string]string) discordtest.Response {
	c.t.Helper()
	return c.fills(who, c.presses(who, label, last.Data, 64), values)
}

func (c *community) says(what string, r discordtest.Response, want ...string) discordtest.Response {
	c.t.Helper()
	for _, w := range want {
		if !strings.Contains(r.Content, w) {
			c.t.Fatalf("%s: %q is not in\n%s", what, w, r.Content)
		}
	}
	return r
}

const quoted612 = "with 612 books given by its neighbours"

// writes goes through the whole form for a new fact, up to the preview.
func (c *community) writes(who string, first discordtest.Response) discordtest.Response {
	c.t.Helper()
	r := c.fills(who, first, map[string]string{"question": "Who gave the first books?", "answer": "The neighbours of Arroyo.", "standing": "established", "topics": "building"})
	r = c.page(who, "Go on", r, map[string]string{"quote": quoted612, "source": "chronicle"})
	r = c.page(who, "Go on", r, map[string]string{"phrasings": "donors of the books\nbooks came from whom"})
	return c.presses(who, "Skip", r.Data, 64)
}

func TestModeratorAddsAFact(t *testing.T) {
	c := newCommunity(t)
	form := c.does(ana, slash("curate", "add"))
	// A page that is wrong is shown again with what was typed.
	wrong := c.says("a wrong page", c.fills(ana, form, map[string]string{"question": "Who gave the first books?", "answer": "The neighbours.", "standing": "sure"}), "")
	if !wrong.Ephemeral() {
		t.Error("everyone sees what a moderator types")
	}
	again := c.presses(ana, "", wrong.Data, 64)
	preview := c.writes(ana, again)
	c.says("the preview", preview, "Who gave the first books?", "The neighbours of Arroyo.", quoted612)
	saved := c.says("saving", c.presses(ana, "Save", preview.Data, 64), "r1")
	got := c.says("asking for it", c.does(carla, slash("ask", "", text("question", "donors of the books"))), "The neighbours of Arroyo.", quoted612)
	if got.Ephemeral() {
		t.Error("only the asker sees a public answer")
	}
	c.presses(ana, "Undo", saved.Data, 64)
	if r := c.does(carla, slash("ask", "", text("question", "donors of the books"))); strings.Contains(r.Content, "The neighbours of Arroyo.") {
		t.Errorf("after the change was taken back: %s", r.Content)
	}
}

func TestMemberSuggests(t *testing.T) {
	c := newCommunity(t)
	preview := c.writes(carla, c.does(carla, slash("take-part", "suggest")))
	c.presses(carla, "Save", preview.Data, 64)
	c.Await("the card in the moderators' channel", func() bool { return len(c.Sent(desk)) == 1 })
	card := c.Sent(desk)[0]
	if !strings.Contains(card.Content, "Who gave the first books?") || pings(card.Body) {
		t.Errorf("the card: %s", card.Content)
	}
	if r := c.presses(carla, "Approve", card.Body, 4); !r.Ephemeral() || r.Type != 4 {
		t.Errorf("a member pressed Approve: %+v", r)
	}
	if r := c.does(carla, slash("ask", "", text("question", "donors of the books"))); strings.Contains(r.Content, "The neighbours") {
		t.Fatal("a member approved it")
	}
	c.presses(beto, "Approve", card.Body, 4)
	c.says("asking for it", c.does(carla, slash("ask", "", text("question", "donors of the books"))), "The neighbours of Arroyo.")
	c.Await("the outcome, told to who suggested it", func() bool {
		for _, m := range c.Sent("") {
			if m.Channel != desk && strings.Contains(m.Content, "Who gave the first books?") {
				return true
			}
		}
		return false
	})
}

func TestReportAndCorrection(t *testing.T) {
	c := newCommunity(t)
	// An answer to a mention, which is to be corrected.
	c.Say(discordtest.Said{Text: question, Mention: true})
	c.Await("the answer", func() bool { return len(c.Sent(discordtest.Channel)) == 1 })
	report := c.does(carla, slash("take-part", "report", text("id", "opened")))
	c.says("reporting", c.fills(carla, report, map[string]string{"kind": "wrong", "note": "it was in May"}), "")
	c.says("the reports", c.does(beto, slash("curate", "reports")), "it was in May")
	if r := c.does(carla, slash("curate", "hide", text("id", "opened"))); !r.Ephemeral() {
		t.Errorf("a member hid a fact: %s", r.Content)
	}
	c.says("hiding", c.does(ana, slash("curate", "hide", text("id", "opened"), text("reason", "being checked"))), "opened")
	c.Await("the correction of the answer", func() bool { return c.Sent(discordtest.Channel)[0].Edits == 1 })
	if m := c.Sent(discordtest.Channel)[0]; strings.Contains(m.Content, answer) {
		t.Errorf("the answer still says %s", m.Content)
	}
	c.says("its history", c.does(ana, slash("curate", "history", text("id", "opened"))), "being checked")
}

func TestExportAndImport(t *testing.T) {
	c := newCommunity(t)
	preview := c.writes(ana, c.does(ana, slash("curate", "add")))
	c.presses(ana, "Save", preview.Data, 64)
	export := c.does(ana, slash("curate", "export"))
	if len(export.Files) != 1 || !export.Ephemeral() {
		t.Fatalf("export: %+v", export)
	}
	var data string
	for _, data = range export.Files {
	}
	data = strings.ReplaceAll(data, "The neighbours of Arroyo.", "Its neighbours.")
	address := c.Serve("pack.jsonl", []byte(data))
	send := slash("manage", "import", fields{"type": 11, "name": "file", "value": "5"})
	send["data"].(fields)["resolved"] = fields{"attachments": fields{"5": fields{"id": "5", "filename": "pack.jsonl", "size": len(data), "url": address}}}
	owner := fields{"member": fields{"user": fields{"id": discordtest.Owner, "username": "owner"}, "permissions": "8"}}
	in := c.Interact(with(send, owner))
	c.Await("the plan", func() bool { return len(c.Responses(in)) == 2 })
	plan := c.Responses(in)[1]
	labels, ids := discordtest.Buttons(plan.Data)
	if !plan.Edit || len(labels) == 0 {
		t.Fatalf("the plan: %+v", plan)
	}
	c.First(c.Interact(with(pressing(ids[0], 64), owner)))
	c.says("asking for it", c.does(carla, slash("ask", "", text("question", "donors of the books"))), "Its neighbours.")
}

// A moderator's command by mention is answered in private; the form opens there with a button.
func TestFormByMention(t *testing.T) {
	c := newCommunity(t)
	c.Say(discordtest.Said{Text: "/add", Mention: true, From: fields{"id": beto, "username": "beto"}, Roles: []string{modRole}})
	direct := discordtest.Direct(beto)
	c.Await("the form's message", func() bool { return len(c.Sent(direct)) == 1 })
	m := c.Sent(direct)[0]
	labels, ids := discordtest.Buttons(m.Body)
	if len(labels) == 0 || pings(m.Body) {
		t.Fatalf("%+v", m)
	}
	there := fields{"guild_id": nil, "member": nil, "context": 1, "channel_id": direct, "user": fields{"id": beto, "username": "beto"}}
	form := c.First(c.Interact(with(pressing(ids[0], 4), there)))
	if form.Type != 9 {
		t.Fatalf("the button opened %+v", form)
	}
	if n := len(c.Sent(discordtest.Channel)); n != 0 {
		t.Errorf("%d messages where all can read", n)
	}
}

// A question without an answer is counted, and the moderators see it without who asked.
func TestGaps(t *testing.T) {
	c := newCommunity(t)
	const asked = "how tall is the mill's chimney"
	c.does(carla, slash("ask", "", text("question", asked)))
	c.Await("the gap", func() bool {
		return strings.Contains(c.does(ana, slash("curate", "gaps")).Content, asked)
	})
	if r := c.does(ana, slash("curate", "gaps")); strings.Contains(r.Content, "Carla") || strings.Contains(r.Content, carla) {
		t.Errorf("who asked is told: %s", r.Content)
	}
}

// Every row of the table can be used as Discord sends it.
func TestEveryCommand(t *testing.T) {
	c := newCommunity(t)
	owner := fields{"member": fields{"user": fields{"id": discordtest.Owner, "username": "owner"}, "permissions": "8"}}
	for _, row := range c.b.Commands() {
		var options []any
		for _, arg := range row.Args {
			if arg.File {
				continue
			}
			value := "1"
			switch {
			case len(arg.Options) > 0:
				value = arg.Options[0].En
			case arg.Kind == bot.FactArg:
				value = "opened"
			}
			options = append(options, text(arg.Name.En, value))
		}
		send := slash(topOf(&row).name, row.Name, options...)
		if row.Name == "ask" {
			send = slash("ask", "", options...)
		}
		r := c.First(c.Interact(with(send, owner)))
		if r.Type != 4 && r.Type != 9 || r.Type == 4 && r.Content == "" && len(r.Files) == 0 || strings.Contains(r.Content, "There is no command") {
			t.Errorf("/%s: %s", row.Name, fmt.Sprintf("%+v", r))
		}
	}
	if strings.Contains(c.log.String(), "level=ERROR") || strings.Contains(c.log.String(), "not answered") {
		t.Errorf("the log:\n%s", c.log.String())
	}
}
