package telegramtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// spec is the Bot API's description, as a JSON file.
type spec struct {
	Methods map[string]described `json:"methods"`
	Types   map[string]described `json:"types"`
}

type described struct {
	Fields   []field  `json:"fields"`
	Subtypes []string `json:"subtypes"`
}

type field struct {
	Name     string   `json:"name"`
	Types    []string `json:"types"`
	Required bool     `json:"required"`
}

// loadSpec is readSpec once: the file is large and nothing changes it.
var loadSpec = sync.OnceValues(readSpec)

// readSpec looks for shared/specs/telegram-botapi.json beside a folder above the working one.
func readSpec() (*spec, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for range 6 {
		data, err := os.ReadFile(filepath.Join(dir, "shared", "specs", "telegram-botapi.json"))
		if err == nil {
			s := &spec{}
			return s, json.Unmarshal(data, s)
		}
		dir = filepath.Dir(dir)
	}
	return nil, fmt.Errorf("there is no shared/specs/telegram-botapi.json above the working folder")
}

// check returns what is wrong with a request.
func (s *spec) check(method string, p map[string]string, files map[string][]byte) []string {
	m, known := s.Methods[method]
	if !known {
		return []string{"there is no such method"}
	}
	var wrong []string
	for _, f := range m.Fields {
		if _, there := p[f.Name]; f.Required && !there {
			wrong = append(wrong, f.Name+" is missing")
		}
	}
	for name, value := range p {
		i := slices.IndexFunc(m.Fields, func(f field) bool { return f.Name == name })
		if i < 0 {
			wrong = append(wrong, name+" is no parameter of it")
			continue
		}
		if _, isFile := files[name]; isFile {
			if !slices.Contains(m.Fields[i].Types, "InputFile") {
				wrong = append(wrong, name+" cannot be a file")
			}
			continue
		}
		if problem := s.text(name, value, m.Fields[i].Types); problem != "" {
			wrong = append(wrong, problem)
		}
	}
	return append(wrong, wordLimits(method, p)...)
}

// text checks a parameter, which comes as text: strings and numbers as they are, the rest as JSON. Of several types the first one's problem is told.
func (s *spec) text(name, value string, types []string) string {
	var first string
	for _, t := range types {
		var problem string
		switch t {
		case "String":
			return ""
		case "InputFile":
			problem = name + " is not a file"
		default:
			decoder := json.NewDecoder(bytes.NewReader([]byte(value)))
			decoder.UseNumber()
			var v any
			if err := decoder.Decode(&v); err != nil || decoder.More() {
				problem = fmt.Sprintf("%s is no %s: %.60q", name, t, value)
			} else if problem = s.value(name, v, t); problem == "" {
				return ""
			}
		}
		if first == "" {
			first = problem
		}
	}
	return first
}

// value checks decoded JSON against a type and returns what is wrong.
func (s *spec) value(name string, v any, t string) string {
	if element, isArray := strings.CutPrefix(t, "Array of "); isArray {
		list, ok := v.([]any)
		if !ok {
			return name + " is no array"
		}
		for i, e := range list {
			if problem := s.value(name+"["+strconv.Itoa(i)+"]", e, element); problem != "" {
				return problem
			}
		}
		return ""
	}
	ok := true
	switch t {
	case "Integer":
		n, isNumber := v.(json.Number)
		_, err := strconv.ParseInt(string(n), 10, 64)
		ok = isNumber && err == nil
	case "Float":
		_, ok = v.(json.Number)
	case "String":
		_, ok = v.(string)
	case "Boolean", "True":
		_, ok = v.(bool)
	default:
		return s.object(name, v, t)
	}
	if !ok {
		return fmt.Sprintf("%s is no %s: %v", name, t, v)
	}
	return ""
}

func (s *spec) object(name string, v any, t string) string {
	d, known := s.Types[t]
	if !known {
		return name + ": the description has no type " + t
	}
	if len(d.Subtypes) > 0 {
		var all []string
		for _, sub := range d.Subtypes {
			problem := s.object(name, v, sub)
			if problem == "" {
				return ""
			}
			all = append(all, problem)
		}
		return fmt.Sprintf("%s is none of %s (%s)", name, t, strings.Join(all[:min(3, len(all))], "; "))
	}
	o, ok := v.(map[string]any)
	if !ok {
		return name + " is no object"
	}
	for _, f := range d.Fields {
		if _, there := o[f.Name]; f.Required && !there {
			return name + "." + f.Name + " is missing"
		}
	}
	for key, value := range o {
		i := slices.IndexFunc(d.Fields, func(f field) bool { return f.Name == key })
		if i < 0 {
			return fmt.Sprintf("%s has a field %s, which %s has not", name, key, t)
		}
		var problem string
		for _, ft := range d.Fields[i].Types {
			if problem = s.value(name+"."+key, value, ft); problem == "" {
				break
			}
		}
		if problem != "" {
			return problem
		}
	}
	return ""
}

var (
	commandName = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	payload     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
)

// wordLimits checks what the description says in words only.
func wordLimits(method string, p map[string]string) (wrong []string) {
	check := func(ok bool, what string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(what, args...))
		}
	}
	for _, name := range []string{"text", "caption"} {
		if html, there := p[name]; there && p["parse_mode"] == "HTML" {
			check(checkHTML(html) == "", "%s: %s", name, checkHTML(html))
		}
	}
	var k struct {
		Rows [][]Button `json:"inline_keyboard"`
	}
	_ = json.Unmarshal([]byte(p["reply_markup"]), &k)
	total := 0
	for _, row := range k.Rows {
		check(len(row) >= 1 && len(row) <= 8, "a row of %d buttons", len(row))
		total += len(row)
		for _, b := range row {
			check(b.Text != "" && (b.Data == "") != (b.URL == ""), "a button that is nothing or two things: %+v", b)
			check(len(b.Data) <= 64, "callback_data of %d bytes", len(b.Data))
			check(slices.Contains([]string{"", "danger", "success", "primary"}, b.Style), "style %q", b.Style)
			if _, start, ok := strings.Cut(b.URL, "?start="); ok {
				check(payload.MatchString(start), "start parameter %q", start)
			}
		}
	}
	check(total <= 100, "%d buttons", total)
	switch method {
	case "answerCallbackQuery":
		check(units(p["text"]) <= 200, "text of %d", units(p["text"]))
	case "setWebhook":
		check(p["secret_token"] == "" || secretShape.MatchString(p["secret_token"]), "secret_token")
	case "setMyCommands":
		var list []struct{ Command, Description string }
		_ = json.Unmarshal([]byte(p["commands"]), &list)
		check(len(list) <= 100, "%d commands", len(list))
		for _, c := range list {
			check(commandName.MatchString(c.Command), "command %q", c.Command)
			check(units(c.Description) >= 1 && units(c.Description) <= 256, "description of %q", c.Command)
		}
	case "answerInlineQuery":
		wrong = append(wrong, inlineLimits(p)...)
	}
	return wrong
}

func inlineLimits(p map[string]string) (wrong []string) {
	var list []struct {
		ID      string
		Content struct {
			Text string `json:"message_text"`
			Mode string `json:"parse_mode"`
		} `json:"input_message_content"`
	}
	_ = json.Unmarshal([]byte(p["results"]), &list)
	if len(list) > 50 {
		wrong = append(wrong, fmt.Sprintf("%d results", len(list)))
	}
	seen := map[string]bool{}
	for _, r := range list {
		if len(r.ID) < 1 || len(r.ID) > 64 || seen[r.ID] {
			wrong = append(wrong, "result id "+r.ID)
		}
		seen[r.ID] = true
		if r.Content.Mode == "HTML" {
			if problem := checkHTML(r.Content.Text); problem != "" {
				wrong = append(wrong, problem)
			}
		}
	}
	var b struct {
		Start string `json:"start_parameter"`
	}
	_ = json.Unmarshal([]byte(p["button"]), &b)
	if p["button"] != "" && !payload.MatchString(b.Start) {
		wrong = append(wrong, "start_parameter "+b.Start)
	}
	return wrong
}

// checkHTML returns what Telegram would refuse about a text, or whom it would notify.
func checkHTML(s string) string {
	parsed, err := ParseHTML(s)
	switch {
	case err != nil:
		return err.Error()
	case units(parsed.Text) < 1 || units(parsed.Text) > 4096:
		return fmt.Sprintf("a text of %d units", units(parsed.Text))
	case parsed.Entities > 100:
		return fmt.Sprintf("%d entities", parsed.Entities)
	case parsed.Bytes > 9500:
		return fmt.Sprintf("%d bytes of entities", parsed.Bytes)
	case len(parsed.Mentions()) > 0:
		return fmt.Sprintf("it notifies %q", parsed.Mentions())
	}
	return ""
}
