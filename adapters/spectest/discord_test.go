package spectest

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// deviations are where Discord takes what its description does not, with why. Nothing else is forgiven.
var deviations = []struct{ why, pattern string }{
	{"permissions are written as a string, as the reference says; the description says integer", `^/default_member_permissions: got string, want`},
}

// Every request that the adapter's tests made is one that Discord's own description knows.
func TestDiscord(t *testing.T) {
	s := newDiscordSpec(t, spec(t, "discord-openapi.json"))
	list := recorded(t, "./adapters/discord")
	kinds := map[string]int{}
	for i := range list {
		r := &list[i]
		template, problems := s.check(r)
		kinds[r.Method+" "+template]++
		for _, p := range problems {
			t.Errorf("%s %s: %s\n\t%.300s", r.Method, template, p, r.Body)
		}
		if t.Failed() && i > 2000 {
			t.FailNow()
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.Logf("%5d %s", kinds[kind], kind)
	}
	// Fewer kinds would mean that the tests no longer send what they should.
	if len(list) < 200 || len(kinds) < 11 {
		t.Errorf("only %d requests of %d kinds", len(list), len(kinds))
	}
}

// The checks find what is wrong; without this an empty list of problems would say little.
func TestDiscordChecksFind(t *testing.T) {
	s := newDiscordSpec(t, spec(t, "discord-openapi.json"))
	tests := []struct{ name, method, path, query, body, want string }{
		{"an address that is none", "GET", "/nowhere", "", "", "no such path"},
		{"a method that is none", "PUT", "/gateway", "", "", "no such method"},
		{"a parameter that is none", "GET", "/applications/1/commands", "with_everything=true", "", "with_everything"},
		{"a property that is none", "POST", "/channels/1/messages", "", `{"content":"x","contents":"y"}`, "contents"},
		{"a property that is none, further in", "POST", "/channels/1/messages", "", `{"allowed_mentions":{"users":[],"everyone":true}}`, "everyone"},
		{"a wrong type", "POST", "/channels/1/messages", "", `{"content":5}`, "content"},
		{"a label that is too long", "POST", "/channels/1/messages", "", `{"components":[{"type":1,"components":[{"type":2,"style":1,"custom_id":"x","label":"` + strings.Repeat("x", 81) + `"}]}]}`, "components"},
		{"a message that is too long", "POST", "/channels/1/messages", "", `{"content":"` + strings.Repeat("x", 2001) + `"}`, "2000"},
		{"embeds that are too long together", "POST", "/channels/1/messages", "", `{"embeds":[{"description":"` + strings.Repeat("x", 4000) + `"},{"description":"` + strings.Repeat("x", 4000) + `"}]}`, "6000"},
		{"a command's name", "POST", "/applications/1/commands", "", `{"name":"Has Blanks","description":"x","type":1}`, "name"},
		{"a subcommand's name", "POST", "/applications/1/commands", "", `{"name":"a","description":"x","type":1,"options":[{"type":1,"name":"B","description":"x"}]}`, "name"},
		{"an alternative text that is too long", "POST", "/channels/1/messages", "", `{"attachments":[{"id":"0","description":"` + strings.Repeat("x", 1025) + `"}]}`, "attachments"},
		{"no body", "POST", "/channels/1/messages", "", "", "no body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := s.check(&request{Method: tt.method, Path: tt.path, Query: tt.query, Body: []byte(tt.body)})
			if !strings.Contains(strings.Join(problems, "\n"), tt.want) {
				t.Errorf("found %q, want %q", problems, tt.want)
			}
		})
	}
	if _, problems := s.check(&request{Method: "POST", Path: "/channels/1/messages", Body: []byte(`{"content":"x","nonce":"1","enforce_nonce":true}`)}); len(problems) > 0 {
		t.Errorf("a good message: %q", problems)
	}
	hidden := &request{Method: "POST", Path: "/applications/1/commands", Body: []byte(`{"name":"x","description":"x","type":1,"default_member_permissions":"32"}`)}
	if _, problems := s.check(hidden); len(problems) > 0 {
		t.Errorf("a deviation that is known: %q", problems)
	}
}

// discordSpec is Discord's OpenAPI document, with a compiled schema for each body.
type discordSpec struct {
	doc      map[string]any
	paths    map[string]any
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
	forgiven []*regexp.Regexp
}

func newDiscordSpec(t *testing.T, data []byte) *discordSpec {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	s := &discordSpec{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	s.paths = s.doc["paths"].(map[string]any)
	if err := s.compiler.AddResource("discord.json", doc); err != nil {
		t.Fatal(err)
	}
	for _, d := range deviations {
		s.forgiven = append(s.forgiven, regexp.MustCompile(d.pattern))
	}
	return s
}

// check returns the path's template and what is wrong with a request.
func (s *discordSpec) check(r *request) (template string, problems []string) {
	template = s.route(r.Path)
	if template == "" {
		return r.Path, []string{"no such path"}
	}
	operation, ok := s.paths[template].(map[string]any)[strings.ToLower(r.Method)].(map[string]any)
	if !ok {
		return template, []string{"no such method"}
	}
	problems = s.query(operation, r.Query)
	body, ok := operation["requestBody"].(map[string]any)
	switch {
	case !ok && len(r.Body) > 0:
		return template, append(problems, "a body where there is none")
	case !ok:
		return template, problems
	case len(r.Body) == 0:
		return template, append(problems, "no body")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.Body))
	if err != nil {
		return template, append(problems, "the body is no JSON: "+err.Error())
	}
	pointer := "/paths/" + escapePointer(template) + "/" + strings.ToLower(r.Method) + "/requestBody/content/application~1json/schema"
	schema, err := s.schema(pointer)
	if err != nil {
		return template, append(problems, err.Error())
	}
	if err := schema.Validate(value); err != nil {
		problems = append(problems, s.unforgiven(err)...)
	}
	content := body["content"].(map[string]any)["application/json"].(map[string]any)["schema"]
	problems = append(problems, s.unknown([]any{content}, value, "")...)
	return template, append(problems, beside(template, value)...)
}

func (s *discordSpec) route(path string) string {
	parts := strings.Split(path, "/")
	best, fixed := "", -1
	for template := range s.paths {
		want := strings.Split(template, "/")
		if len(want) != len(parts) {
			continue
		}
		n := 0
		for i := range want {
			if want[i] == parts[i] {
				n++
			} else if !strings.HasPrefix(want[i], "{") {
				n = -1
				break
			}
		}
		if n > fixed {
			best, fixed = template, n
		}
	}
	return best
}

func (s *discordSpec) query(operation map[string]any, query string) (problems []string) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return []string{err.Error()}
	}
	list, _ := operation["parameters"].([]any)
	for name := range values {
		if !slices.ContainsFunc(list, func(p any) bool { return p.(map[string]any)["name"] == name }) {
			problems = append(problems, "no such parameter: "+name)
		}
	}
	return problems
}

func escapePointer(s string) string {
	s = strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
	return (&url.URL{Fragment: s}).EscapedFragment()
}

func (s *discordSpec) schema(pointer string) (*jsonschema.Schema, error) {
	if known := s.schemas[pointer]; known != nil {
		return known, nil
	}
	compiled, err := s.compiler.Compile("discord.json#" + pointer)
	if err == nil {
		s.schemas[pointer] = compiled
	}
	return compiled, err
}

// unforgiven lists a validation's errors, leaf by leaf, without the known deviations.
func (s *discordSpec) unforgiven(err error) (problems []string) {
	invalid, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return []string{err.Error()}
	}
	var leaves func(e *jsonschema.ValidationError)
	leaves = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			leaves(cause)
		}
		if len(e.Causes) == 0 {
			text := fmt.Sprintf("/%s: %s", strings.Join(e.InstanceLocation, "/"), plain(e))
			if !slices.ContainsFunc(s.forgiven, func(r *regexp.Regexp) bool { return r.MatchString(text) }) {
				problems = append(problems, text)
			}
		}
	}
	leaves(invalid)
	return problems
}

func plain(e *jsonschema.ValidationError) string {
	text := e.Error()
	if i := strings.LastIndex(text, "': "); i >= 0 {
		text = text[i+3:]
	}
	return text
}

// unknown lists properties that none of the schemas for a value names: the description does not forbid them, but Discord passes over them, so they are
// mistakes.
func (s *discordSpec) unknown(schemas []any, value any, at string) (problems []string) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			in, free := s.property(schemas, name)
			if len(in) == 0 && !free {
				problems = append(problems, fmt.Sprintf("%s/%s: no such property", at, name))
				continue
			}
			problems = append(problems, s.unknown(in, value[name], at+"/"+name)...)
		}
	case []any:
		var items []any
		s.each(schemas, func(schema map[string]any) {
			if in, ok := schema["items"]; ok {
				items = append(items, in)
			}
		})
		for i, in := range value {
			problems = append(problems, s.unknown(items, in, fmt.Sprintf("%s/%d", at, i))...)
		}
	}
	return problems
}

// property returns the schemas for a property; free reports that any is allowed.
func (s *discordSpec) property(schemas []any, name string) (in []any, free bool) {
	s.each(schemas, func(schema map[string]any) {
		if properties, ok := schema["properties"].(map[string]any); ok && properties[name] != nil {
			in = append(in, properties[name])
		}
		if more, ok := schema["additionalProperties"]; ok && more != false {
			free = true
			if m, ok := more.(map[string]any); ok {
				in = append(in, m)
			}
		}
	})
	return in, free
}

// each visits schemas with everything they refer to and combine.
func (s *discordSpec) each(schemas []any, visit func(map[string]any)) {
	for _, v := range schemas {
		schema, ok := v.(map[string]any)
		if !ok {
			continue
		}
		if ref, ok := schema["$ref"].(string); ok {
			name := strings.TrimPrefix(ref, "#/components/schemas/")
			s.each([]any{s.doc["components"].(map[string]any)["schemas"].(map[string]any)[name]}, visit)
		}
		visit(schema)
		for _, key := range []string{"allOf", "anyOf", "oneOf"} {
			if list, ok := schema[key].([]any); ok {
				s.each(list, visit)
			}
		}
	}
}

var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}]{1,32}$`)

// beside checks what the reference says and the description does not: the length of a bot's message, the names of commands, embeds together.
func beside(template string, value any) (problems []string) {
	body, _ := value.(map[string]any)
	if data, ok := body["data"].(map[string]any); ok {
		body = data
	}
	if text, _ := body["content"].(string); len([]rune(text)) > 2000 {
		problems = append(problems, "/content: more than 2000 characters")
	}
	embeds, _ := body["embeds"].([]any)
	if n := characters(embeds); n > 6000 {
		problems = append(problems, "/embeds: more than 6000 characters together")
	}
	if strings.HasSuffix(template, "/commands") {
		if kind := fmt.Sprint(body["type"]); kind == "1" || kind == "<nil>" {
			problems = append(problems, badNames(body, "")...)
		}
	}
	return problems
}

func characters(v any) (n int) {
	switch v := v.(type) {
	case []any:
		for _, in := range v {
			n += characters(in)
		}
	case map[string]any:
		for key, in := range v {
			if text, ok := in.(string); ok && slices.Contains([]string{"title", "description", "name", "value", "text"}, key) {
				n += len([]rune(text))
			} else if !ok {
				n += characters(in)
			}
		}
	}
	return n
}

func badNames(c map[string]any, at string) (problems []string) {
	names := []any{c["name"]}
	if localized, ok := c["name_localizations"].(map[string]any); ok {
		names = slices.AppendSeq(names, maps.Values(localized))
	}
	for _, name := range names {
		if text, _ := name.(string); !commandName.MatchString(text) || text != strings.ToLower(text) {
			problems = append(problems, fmt.Sprintf("%s/name: %q is no name of a command", at, name))
		}
	}
	options, _ := c["options"].([]any)
	for i, o := range options {
		problems = append(problems, badNames(o.(map[string]any), fmt.Sprintf("%s/options/%d", at, i))...)
	}
	return problems
}
