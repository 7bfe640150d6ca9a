package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"testigo/facts"
)

// setting is a row of the table of what a space's owners can set.
type setting struct {
	name, standard string
	help           facts.Words
	values         []string          // the only ones there are
	valid          func(string) bool // nil where any is, or values says which
	right          facts.Words       // what would be right, where valid says no
}

// The names of settings that adapters read.
const (
	SetReview           = "review"
	SetGapNotices       = "gap_notices"
	SetCorrections      = "corrections"
	SetKeepDays         = "keep_days"
	SetReviewChannel    = "review_channel"
	SetContributorRoles = "contributor_roles" // ids of a platform's roles or users, with commas between
	SetModeratorRoles   = "moderator_roles"
	SetOwnerRoles       = "owner_roles"
	SetLanguage         = "language"
	SetWatchSources     = "watch_sources"
)

// The values of SetReview.
const (
	ReviewNone      = "none"
	ReviewContested = "contested"
	ReviewAll       = "all"
)

// maxSetting bounds a setting's value, in bytes.
const maxSetting = 1000

var roleIDs = words("ids of roles or people, with commas between, as the platform writes them", "identificadores de roles o personas, separados por comas, como los escribe la plataforma")

var settingsTable = []setting{
	{SetReview, ReviewContested, words("what takes a second moderator: contested is contested, superseded or alleged facts and those about accused people", "qué necesita una segunda persona moderadora: contested son los datos en disputa, superados o alegados y los de personas acusadas"), []string{ReviewNone, ReviewContested, ReviewAll}, nil, words("", "")},
	{SetGapNotices, "on", words("tell the channels that asked when a question gets its answer", "avisar a los canales que preguntaron cuando una pregunta obtiene respuesta"), []string{"on", "off"}, nil, words("", "")},
	{SetCorrections, "on", words("correct earlier answers when their fact changes", "corregir respuestas anteriores cuando cambia su dato"), []string{"on", "off"}, nil, words("", "")},
	{SetLanguage, "auto", words("the language of answers; auto goes by each question", "el idioma de las respuestas; auto sigue a cada pregunta"), []string{"auto", "en", "es"}, nil, words("", "")},
	{SetKeepDays, "90", words("how many days unanswered questions and deliveries are kept", "cuántos días se guardan las preguntas sin respuesta y los envíos"), nil, func(v string) bool {
		n, err := strconv.Atoi(v)
		return err == nil && n >= 1 && n <= 3650
	}, words("a number of days from 1 to 3650", "un número de días de 1 a 3650")},
	{SetReviewChannel, "", words("the channel where proposals are shown to moderators", "el canal donde se muestran las propuestas a quienes moderan"), nil, isID, words("the channel's id, or none", "el identificador del canal, o none")},
	{SetWatchSources, "off", words("read the sources' addresses again once a week and tell the moderators' channel what is no longer there", "releer cada semana las direcciones de las fuentes y avisar en el canal de quienes moderan lo que ya no está"), []string{"on", "off"}, nil, words("", "")},
	{SetContributorRoles, "", words("who is a contributor", "quién es colaborador"), nil, areIDs, roleIDs},
	{SetModeratorRoles, "", words("who is a moderator, besides those whom the platform's own rights make one", "quién modera, además de quienes ya lo hacen por sus permisos en la plataforma"), nil, areIDs, roleIDs},
	{SetOwnerRoles, "", words("who may change settings and import, besides the owner", "quién puede cambiar ajustes e importar, además de la persona dueña"), nil, areIDs, roleIDs},
}

func isID(v string) bool {
	return v != "" && len(v) <= 64 && !strings.ContainsFunc(v, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-_@:.", r))
	})
}

func areIDs(v string) bool {
	return !slices.ContainsFunc(strings.Split(v, ","), func(id string) bool { return !isID(strings.TrimSpace(id)) })
}

func (s *setting) check(v string) bool {
	switch {
	case len(s.values) > 0:
		return slices.Contains(s.values, v)
	case s.valid != nil:
		return len(v) <= maxSetting && s.valid(v)
	}
	return true
}

func (s *setting) wanted(l Lang) string {
	if len(s.values) > 0 {
		return strings.Join(s.values, ", ")
	}
	return s.right.In(l)
}

func findSetting(name string) *setting {
	i := slices.IndexFunc(settingsTable, func(s setting) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return &settingsTable[i]
}

// Setting returns a setting of a space, its default where nobody set it, "" for a name that is none.
func (b *Bot) Setting(space SpaceID, name string) string {
	if b.ledger != nil {
		if v, ok := b.ledger.space(string(space)).settings[name]; ok {
			return v
		}
	}
	if v, ok := b.current.Load().Standards[name]; ok {
		return v
	}
	if s := findSetting(name); s != nil {
		return s.standard
	}
	return ""
}

// spaces lists the communities that changed anything, be it only a setting.
func (b *Bot) spaces() []string {
	if b.ledger == nil {
		return nil
	}
	return b.ledger.spaces()
}

// keep is how long what fades is kept, over all spaces: the longest any asks for.
func (b *Bot) keep() time.Duration {
	days := 0
	for _, s := range b.spaces() {
		if n, err := strconv.Atoi(b.Setting(SpaceID(s), SetKeepDays)); err == nil {
			days = max(days, n)
		}
	}
	if days == 0 {
		days, _ = strconv.Atoi(findSetting(SetKeepDays).standard)
	}
	return time.Duration(days) * 24 * time.Hour
}

func runSettings(ctx context.Context, b *Bot, m Message, rest string) (Reply, error) {
	lang := b.lang(m, "")
	name, value, _ := strings.Cut(rest, " ")
	value = strings.TrimSpace(value)
	s := findSetting(strings.ToLower(name))
	switch {
	case name == "":
		return b.listSettings(m.Space, lang), nil
	case s == nil:
		r := b.listSettings(m.Space, lang)
		r.Blocks = append([]Block{{Kind: Paragraph, Text: say(lang, "no_such_setting", clip(name))}}, r.Blocks...)
		return r, nil
	case value == "":
		r := plain(lang, say(lang, "setting_is", s.name, b.shownSetting(m.Space, s, lang), s.help.In(lang)))
		for _, v := range s.values {
			r.Choices = append(r.Choices, Choice{Label: v, Command: "/settings " + s.name + " " + v})
		}
		return r, nil
	case value != "none" && !s.check(value):
		return plain(lang, say(lang, "setting_wrong", s.name, clip(value), s.wanted(lang))), nil
	}
	content := facts.Content{Value: &value}
	if value == "none" && !slices.Contains(s.values, "none") {
		content.Value = &s.standard
	}
	r, err := b.commit(ctx, m, facts.Entry{Fact: facts.SettingPrefix + s.name, Body: content})
	if err != nil {
		return b.failed(lang, err)
	}
	return b.done(lang, r, say(lang, "setting_set", s.name, b.shownSetting(m.Space, s, lang))), nil
}

func (b *Bot) listSettings(space SpaceID, lang Lang) Reply {
	r := plain(lang, say(lang, "settings"))
	for _, s := range settingsTable {
		r.Blocks = append(r.Blocks, Block{Kind: Item, Text: s.name + " = " + b.shownSetting(space, &s, lang) + ": " + s.help.In(lang)})
	}
	r.Private = true
	return r
}

func (b *Bot) shownSetting(space SpaceID, s *setting, lang Lang) string {
	if v := b.Setting(space, s.name); v != "" {
		return v
	}
	return say(lang, "setting_empty")
}
