package discord

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"testigo/adapters/adaptertest"
	"testigo/adapters/discord/discordtest"
	"testigo/bot"
)

// Only what differs is written: everything the first time, nothing the second, what changed or is gone later.
func TestRegistration(t *testing.T) {
	t.Parallel()
	s := discordtest.New(t)
	writes := func() (n int) {
		return len(s.Requests("POST", "/applications/")) + len(s.Requests("DELETE", "/applications/")) + len(s.Requests("PUT", "/applications/"))
	}
	register := func() {
		t.Helper()
		a, _ := adapterOn(t, s, adaptertest.NewBot(t), Options{}, quick())
		defer a.rest.transport.base.CloseIdleConnections()
		if err := a.Register(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	register()
	all := len(s.Commands())
	if all < 3 || writes() != all {
		t.Fatalf("%d commands, %d writes", all, writes())
	}
	register()
	if writes() != all {
		t.Errorf("registering the same again wrote %d", writes()-all)
	}
	s.Commands()["ask"]["description"] = "an older text"
	s.AddCommand(map[string]any{"type": 1.0, "name": "old", "description": "of an earlier version"})
	register()
	if got := writes() - all; got != 2 || len(s.Commands()) != all || s.Commands()["old"] != nil || s.Commands()["ask"]["description"] == "an older text" {
		t.Errorf("%d writes for one change and one command that is gone; %d commands", got, len(s.Commands()))
	}
}

// Discord's own rules for commands, and ours: both Spanish locales, moderators' commands hidden from others and not offered in direct messages.
func TestCommandsAreValid(t *testing.T) {
	set, err := newCommandSet(newLibraryBot(t).Commands())
	if err != nil {
		t.Fatal(err)
	}
	checkCommands(t, set)
}

var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}]{1,32}$`)

func checkCommands(t *testing.T, set *commandSet) {
	t.Helper()
	names := map[string]bool{}
	for _, c := range set.wanted {
		if names[c.Name] {
			t.Errorf("/%s stands twice", c.Name)
		}
		names[c.Name] = true
		if c.Type == discordgo.MessageApplicationCommand {
			continue
		}
		size := checkText(t, c.Name, c.Description, deref(c.NameLocalizations), deref(c.DescriptionLocalizations))
		for _, o := range c.Options {
			size += checkOption(t, "/"+c.Name, o)
		}
		if size > 8000 || len(c.Options) > 25 {
			t.Errorf("/%s has %d characters, %d options", c.Name, size, len(c.Options))
		}
	}
}

func deref(m *map[discordgo.Locale]string) map[discordgo.Locale]string {
	if m == nil {
		return nil
	}
	return *m
}

func checkText(t *testing.T, name, description string, names, descriptions map[discordgo.Locale]string) int {
	t.Helper()
	size := 0
	for _, n := range append([]string{name}, names[discordgo.SpanishES], names[discordgo.SpanishLATAM]) {
		if n != "" && (!commandName.MatchString(n) || n != strings.ToLower(n)) {
			t.Errorf("%q is no name of a command", n)
		}
		size = max(size, len(n))
	}
	for _, d := range append([]string{description}, descriptions[discordgo.SpanishES], descriptions[discordgo.SpanishLATAM]) {
		if units(d) > 100 {
			t.Errorf("%s: the description has %d characters", name, units(d))
		}
		size = max(size, len(name)+len(d))
	}
	if description == "" || descriptions[discordgo.SpanishES] == "" || descriptions[discordgo.SpanishES] != descriptions[discordgo.SpanishLATAM] {
		t.Errorf("%s is not described in both languages", name)
	}
	return size
}

func checkOption(t *testing.T, path string, o *discordgo.ApplicationCommandOption) int {
	t.Helper()
	size := checkText(t, o.Name, o.Description, o.NameLocalizations, o.DescriptionLocalizations)
	optional := false
	seen := map[string]bool{}
	for _, in := range o.Options {
		if in.Required && optional {
			t.Errorf("%s %s: the required %s stands after an optional one", path, o.Name, in.Name)
		}
		optional = optional || !in.Required
		if seen[in.Name] {
			t.Errorf("%s %s: %s stands twice", path, o.Name, in.Name)
		}
		seen[in.Name] = true
		size += checkOption(t, path+" "+o.Name, in)
	}
	if o.Autocomplete && len(o.Choices) > 0 || len(o.Choices) > 25 {
		t.Errorf("%s %s: %d choices", path, o.Name, len(o.Choices))
	}
	return size
}

func TestModeratorsCommandsAreHidden(t *testing.T) {
	rows := []bot.Command{
		{Name: "approve", Spanish: "aprobar", Group: bot.Curating, Who: bot.Moderator},
		{Name: "suggest", Spanish: "proponer", Group: bot.Curating, Who: bot.Member},
		{Name: "settings", Spanish: "ajustes", Group: bot.Running, Who: bot.Owner},
	}
	set, err := newCommandSet(rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range set.wanted[:3] {
		hidden := c.DefaultMemberPermissions != nil && *c.DefaultMemberPermissions == discordgo.PermissionManageGuild && len(*c.Contexts) == 1
		if hidden != (c.Name == "curate" || c.Name == "manage") {
			t.Errorf("/%s is hidden: %v", c.Name, hidden)
		}
	}
	many := make([]bot.Command, 26)
	for i := range many {
		many[i] = bot.Command{Name: strings.Repeat("x", i+1), Spanish: "y"}
	}
	if _, err := newCommandSet(many); err == nil {
		t.Error("more subcommands were taken than Discord takes")
	}
}

func TestCompose(t *testing.T) {
	rows := newLibraryBot(t).Commands()
	set := &commandSet{rows: rows}
	given := func(pairs ...string) []option {
		var out []option
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, option{Name: pairs[i], Value: []byte(`"` + pairs[i+1] + `"`)})
		}
		return out
	}
	tests := []struct {
		name, row string
		given     []option
		want      string
	}{
		{"the table's order, not the one given", "fact", given("all", "all", "id", "opened"), "/fact opened all"},
		{"what is left out is", "topic", given("name", "people"), "/topic people"},
		{"nothing at all", "topics", nil, "/topics"},
		{"a completed question is its own command", "ask", given("question", "/fact opened"), "/fact opened"},
		{"no other command is", "ask", given("question", "/settings x"), "/ask /settings x"},
	}
	for _, tt := range tests {
		if got := compose(set.named(tt.row), tt.given); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}
