package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"
)

// register makes Discord's list of global commands the wanted one, writing only what differs.
func (a *Adapter) register(ctx context.Context) error {
	base := "applications/" + a.Self().Application + "/commands"
	data, err := a.rest.do(ctx, call{method: "GET", path: base + "?with_localizations=true", repeat: true})
	if err != nil {
		return fmt.Errorf("discord: commands: %w", err)
	}
	var there []map[string]any
	if err := json.Unmarshal(data, &there); err != nil {
		return fmt.Errorf("discord: commands: %w", err)
	}
	known := map[string]string{} // canonical form by type and name
	ids := map[string]string{}
	for _, c := range there {
		key := fmt.Sprint(cmp.Or[any](c["type"], 1.0), " ", c["name"])
		known[key], ids[key] = canonical(c), fmt.Sprint(c["id"])
	}
	wrote := 0
	for _, c := range a.commands.wanted {
		body, err := plainJSON(c)
		if err != nil {
			return err
		}
		key := fmt.Sprint(float64(c.Type), " ", c.Name)
		if known[key] != canonical(body) {
			// A command of the same name is replaced.
			if _, err := a.rest.do(ctx, call{method: "POST", path: base, body: body, repeat: true}); err != nil {
				return fmt.Errorf("discord: command %s: %w", c.Name, err)
			}
			wrote++
		}
		delete(ids, key)
	}
	for key, id := range ids {
		if _, err := a.rest.do(ctx, call{method: "DELETE", path: base + "/" + id, repeat: true}); err != nil && statusOf(err) != 404 {
			return fmt.Errorf("discord: command %s: %w", key, err)
		}
		wrote++
	}
	a.log.Info("discord: commands registered", "commands", len(a.commands.wanted), "written", wrote)
	return nil
}

// plainJSON is a command as it is sent: what the library writes, without the empty values it always adds.
func plainJSON(c *discordgo.ApplicationCommand) (map[string]any, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, err
	}
	prune(out)
	return out, nil
}

// prune drops what is null, false or an empty list.
func prune(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, in := range v {
			if list, ok := in.([]any); in == nil || in == false || ok && len(list) == 0 {
				delete(v, key)
				continue
			}
			prune(in)
		}
	case []any:
		for _, in := range v {
			prune(in)
		}
	}
}

// said is what of a command the adapter says; the rest Discord adds.
var said = []string{"type", "name", "name_localizations", "description", "description_localizations", "options", "default_member_permissions",
	"contexts", "integration_types"}

// canonical is a command's content as a text that is equal for equal commands.
func canonical(c map[string]any) string {
	prune(c)
	kept := map[string]any{"type": 1.0}
	for _, key := range said {
		if v, ok := c[key]; ok && v != "" {
			kept[key] = v
		}
	}
	for _, key := range []string{"contexts", "integration_types"} {
		if list, ok := kept[key].([]any); ok {
			slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return ""
	}
	return string(text)
}
