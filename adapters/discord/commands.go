package discord

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"testigo/bot"
)

// commandSet is the bot's command table as Discord's commands: /ask by itself, because everybody uses it; the others as subcommands of a few,
// so that the list stays short; and an entry in a message's menu.
type commandSet struct {
	wanted []*discordgo.ApplicationCommand
	rows   []bot.Command
	typed  *strings.Replacer
}

// Options of /ask that are Discord's own, not the table's.
const (
	optionPrivate  = "private"
	optionLanguage = "language"
	lookUp         = "Look up facts"
	maxSubcommands = 25
	maxDescription = 100
)

// top is a command that holds others.
type top struct {
	name, spanish string
	help, ayuda   string
	moderators    bool
}

var (
	topFacts  = top{"facts", "datos", "Facts, topics and sources", "Datos, temas y fuentes", false}
	topTake   = top{"take-part", "participar", "Suggest, report, choose a language", "Proponer, reportar, elegir idioma", false}
	topCurate = top{"curate", "curar", "Add, correct and review facts", "Agregar, corregir y revisar datos", true}
	topManage = top{"manage", "administrar", "Settings, import and export", "Ajustes, importar y exportar", true}
)

// topOf says under which command a row stands. What members may run is never hidden under a moderators' command.
func topOf(c *bot.Command) top {
	switch {
	case c.Group == bot.Asking:
		return topFacts
	case c.Who < bot.Moderator:
		return topTake
	case c.Group == bot.Running:
		return topManage
	}
	return topCurate
}

func newCommandSet(rows []bot.Command) (*commandSet, error) {
	s := &commandSet{rows: rows}
	tops := map[string]*discordgo.ApplicationCommand{}
	for i := range rows {
		row := &rows[i]
		if row.Name == "ask" {
			s.wanted = append(s.wanted, askCommand(row))
			continue
		}
		t := topOf(row)
		c := tops[t.name]
		if c == nil {
			c = t.command()
			tops[t.name] = c
			s.wanted = append(s.wanted, c)
		}
		if len(c.Options) == maxSubcommands {
			return nil, fmt.Errorf("discord: /%s has more than %d commands", t.name, maxSubcommands)
		}
		c.Options = append(c.Options, &discordgo.ApplicationCommandOption{
			Type: discordgo.ApplicationCommandOptionSubCommand, Name: row.Name, NameLocalizations: spanish(row.Name, row.Spanish),
			Description:              shorten(row.Help.En, maxDescription),
			DescriptionLocalizations: spanish(row.Help.En, shorten(row.Help.Es, maxDescription)),
			Options:                  options(row.Args),
		})
	}
	s.typed = s.replacer()
	menu := &discordgo.ApplicationCommand{Type: discordgo.MessageApplicationCommand, Name: lookUp, NameLocalizations: ptr(spanish("", "Buscar datos"))}
	everywhere(menu)
	s.wanted = append(s.wanted, menu)
	return s, nil
}

// replacer turns a command in a text of the bot's, "/topic", into what one types on Discord, "/facts topic".
func (s *commandSet) replacer() *strings.Replacer {
	var pairs []string
	for i := range s.rows {
		row := &s.rows[i]
		if row.Name == "ask" {
			continue
		}
		t := topOf(row)
		for _, end := range []string{" ", ".", ",", ")", "\n"} { // whole names only
			pairs = append(pairs, "/"+row.Name+end, "/"+t.name+" "+row.Name+end, "/"+row.Spanish+end, "/"+t.spanish+" "+row.Spanish+end)
		}
	}
	return strings.NewReplacer(pairs...)
}

// asTyped is a block with its commands as one types them here. A source's words are left alone.
func (s *commandSet) asTyped(b bot.Block) bot.Block {
	if b.Kind == bot.Paragraph || b.Kind == bot.Item || b.Kind == bot.Footer {
		b.Text = strings.TrimSuffix(s.typed.Replace(b.Text+"\n"), "\n")
	}
	return b
}

func (t top) command() *discordgo.ApplicationCommand {
	c := &discordgo.ApplicationCommand{
		Type: discordgo.ChatApplicationCommand, Name: t.name, NameLocalizations: ptr(spanish("", t.spanish)),
		Description: t.help, DescriptionLocalizations: ptr(spanish("", t.ayuda)),
	}
	everywhere(c)
	if t.moderators {
		c.DefaultMemberPermissions = ptr(int64(discordgo.PermissionManageGuild))
		c.Contexts = &[]discordgo.InteractionContextType{discordgo.InteractionContextGuild}
		c.IntegrationTypes = &[]discordgo.ApplicationIntegrationType{discordgo.ApplicationIntegrationGuildInstall}
	}
	return c
}

// everywhere lets a command be used in servers, with the bot and between people, by servers and people who installed it.
func everywhere(c *discordgo.ApplicationCommand) {
	c.Contexts = &[]discordgo.InteractionContextType{discordgo.InteractionContextGuild, discordgo.InteractionContextBotDM, discordgo.InteractionContextPrivateChannel}
	c.IntegrationTypes = &[]discordgo.ApplicationIntegrationType{discordgo.ApplicationIntegrationGuildInstall, discordgo.ApplicationIntegrationUserInstall}
}

func askCommand(row *bot.Command) *discordgo.ApplicationCommand {
	c := top{row.Name, row.Spanish, row.Help.En, row.Help.Es, false}.command()
	c.Options = append(options(row.Args),
		&discordgo.ApplicationCommandOption{
			Type: discordgo.ApplicationCommandOptionString, Name: optionLanguage, NameLocalizations: spanish("", "idioma"),
			Description: "of the answer", DescriptionLocalizations: spanish("", "de la respuesta"),
			Choices: []*discordgo.ApplicationCommandOptionChoice{{Name: "English", Value: string(bot.English)}, {Name: "Español", Value: string(bot.Spanish)}},
		},
		&discordgo.ApplicationCommandOption{
			Type: discordgo.ApplicationCommandOptionBoolean, Name: optionPrivate, NameLocalizations: spanish("", "privado"),
			Description: "only you see the answer", DescriptionLocalizations: spanish("", "solo tú ves la respuesta"),
		})
	return c
}

func options(args []bot.Arg) []*discordgo.ApplicationCommandOption {
	var out []*discordgo.ApplicationCommandOption
	for i := range args {
		arg := &args[i]
		o := &discordgo.ApplicationCommandOption{
			Type: discordgo.ApplicationCommandOptionString, Name: arg.Name.En, NameLocalizations: spanish(arg.Name.En, arg.Name.Es),
			Description: shorten(arg.Help.En, maxDescription), DescriptionLocalizations: spanish(arg.Help.En, shorten(arg.Help.Es, maxDescription)),
			Required: arg.Required, Autocomplete: arg.Kind != bot.FreeText && len(arg.Options) == 0,
		}
		if arg.File {
			o.Type, o.Autocomplete = discordgo.ApplicationCommandOptionAttachment, false
		}
		values := map[string]bool{}
		for _, value := range arg.Options {
			values[value.En] = true
		}
		for _, value := range arg.Options {
			choice := &discordgo.ApplicationCommandOptionChoice{Name: value.En, Value: value.En}
			// A translation that is another value's own word would say the wrong thing.
			if !values[value.Es] {
				choice.NameLocalizations = spanish(value.En, value.Es)
			}
			o.Choices = append(o.Choices, choice)
		}
		out = append(out, o)
	}
	// Discord wants what is required first; the typed form has its own order, by the table.
	slices.SortStableFunc(out, func(a, b *discordgo.ApplicationCommandOption) int {
		return cmp.Compare(btoi(b.Required), btoi(a.Required))
	})
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func ptr[T any](v T) *T { return &v }

// spanish is a text's translation for both of Discord's Spanish locales, nil where it says the same.
func spanish(english, text string) map[discordgo.Locale]string {
	if text == "" || text == english {
		return nil
	}
	return map[discordgo.Locale]string{discordgo.SpanishES: text, discordgo.SpanishLATAM: text}
}

// named returns the row of a name in either language, or nil.
func (s *commandSet) named(name string) *bot.Command {
	i := slices.IndexFunc(s.rows, func(c bot.Command) bool { return c.Name == name || c.Spanish == name })
	if i < 0 {
		return nil
	}
	return &s.rows[i]
}
