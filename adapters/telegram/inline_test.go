package telegram

import (
	"encoding/json"
	"strings"
	"testing"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
	"testigo/facts"
)

// inlineAnswer is what an inline query was answered with.
func (w *world) inlineAnswer(u telegramtest.User, query string) (results []inlineResult, params map[string]string) {
	w.t.Helper()
	n := len(w.Requests("answerInlineQuery"))
	w.Inline(u, query)
	r := w.WaitRequest("answerInlineQuery", n+1)
	if err := json.Unmarshal([]byte(r.Params["results"]), &results); err != nil {
		w.t.Fatal(err)
	}
	return results, r.Params
}

func TestInline(t *testing.T) {
	w := start(t)
	got, p := w.inlineAnswer(ana, "molino")
	if len(got) == 0 || len(got) > maxInline {
		t.Fatalf("%d results", len(got))
	}
	for _, r := range got {
		text := wellFormed(t, []string{r.Content.Text})
		standing, _, _ := strings.Cut(r.Description, " · ")
		if r.Title == "" || standing == "" || !strings.Contains(text, standing[:5]) || !strings.Contains(text, "leer en la fuente") {
			t.Errorf("%+v", r)
		}
		if !strings.Contains(string(r.Content.Preview), "true") {
			t.Errorf("links are unfolded: %+v", r)
		}
		if r.Keys == nil {
			continue
		}
		for _, row := range r.Keys.Rows {
			for _, b := range row {
				if b.Data != "" || !strings.HasPrefix(b.URL, "https://t.me/testigo_bot?start=f-") {
					t.Errorf("a button nobody can answer: %+v", b)
				}
			}
		}
	}
	if p["is_personal"] != "true" || p["cache_time"] != inlineCache || p["button"] != "" {
		t.Errorf("%v", p)
	}
	if got, _ := w.inlineAnswer(ben, "mill"); len(got) == 0 || !strings.Contains(got[0].Content.Text, "Established") && !strings.Contains(got[0].Content.Text, "Superseded") {
		t.Errorf("in the asker's language: %+v", got)
	}
}

func TestInlineWithNothingFound(t *testing.T) {
	w := start(t)
	for query, start := range map[string]string{
		"zzzz qqqq":                             questionPayload("zzzz qqqq"),
		"":                                      "help",
		"xyzzy " + strings.Repeat("plugh ", 30): "help",
	} {
		got, p := w.inlineAnswer(ana, query)
		if len(got) != 0 || !strings.Contains(p["button"], `"start_parameter":"`+start+`"`) || !strings.Contains(p["button"], "privado") {
			t.Errorf("%q: %d results, %v", query, len(got), p)
		}
	}
}

func TestDeepLinksCarryQuestions(t *testing.T) {
	for _, text := range []string{"when?", "¿cuándo abrió?", "a b c"} {
		if got := startText(questionPayload(text)); got != "/ask "+text {
			t.Errorf("%q comes back as %q", text, got)
		}
	}
	for _, odd := range []string{"", "x", "f-", "a-", "q-", "q-%%%", "q-" + "_w"} {
		if got := startText(odd); got != "" {
			t.Errorf("%q asks %q", odd, got)
		}
	}
}

func TestLinksUnderAnInlineMessage(t *testing.T) {
	a := &Adapter{self: botUser{user: user{Username: "testigo_bot"}}}
	k := a.factLinks([]bot.Choice{
		{Label: "another", Command: "/fact opened"}, {Label: "All sources", Command: "/fact flood-blame all"},
		{Label: "a command", Command: "/topics"}, {Label: "too long", Command: "/fact " + strings.Repeat("x", 70)}, {Label: "odd", Command: "/fact a b c"},
	})
	if len(k.Rows) != 1 || len(k.Rows[0]) != 2 || k.Rows[0][0].URL != "https://t.me/testigo_bot?start=f-opened" || k.Rows[0][1].URL != "https://t.me/testigo_bot?start=a-flood-blame" {
		t.Errorf("%+v", k)
	}
	if a.factLinks(nil) != nil {
		t.Error("a keyboard without keys")
	}
}

func TestCommandLists(t *testing.T) {
	table := []bot.Command{
		{Name: "ask", Spanish: "preguntar", Help: facts.Words{En: "answer", Es: "responder"}},
		{Name: "approve", Spanish: "aprobar", Help: facts.Words{En: "approve", Es: "aprobar"}, Who: bot.Moderator},
		{Name: "not a command", Spanish: "no es", Help: facts.Words{En: "x", Es: "x"}},
		{Name: "who", Spanish: "quién", Help: facts.Words{En: "who", Es: "quién"}},
		{Name: "long", Spanish: "largo", Help: facts.Words{En: strings.Repeat("x", 400)}},
	}
	lists := commandLists(table)
	if len(lists) != 12 {
		t.Errorf("%d lists", len(lists))
	}
	for _, l := range lists {
		var names []string
		for _, c := range l.commands {
			names = append(names, c.Command)
			if len([]rune(c.Description)) > 256 {
				t.Errorf("a description of %d", len(c.Description))
			}
		}
		want := "ask who long"
		switch {
		case l.scope == "all_chat_administrators" && l.lang == "es":
			want = "preguntar aprobar who largo"
		case l.scope == "all_chat_administrators":
			want = "ask approve who long"
		case l.lang == "es":
			want = "preguntar who largo"
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s %q: %s, want %s", l.scope, l.lang, got, want)
		}
	}
}

func TestCommandsAreSetOnlyWhenTheyChange(t *testing.T) {
	w := start(t)
	w.WaitRequest("setMyCommands", 12)
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	if got := string(w.Commands()[`{"type":"all_private_chats"}es`]); !strings.Contains(got, `"preguntar"`) || strings.Contains(got, `"ask"`) {
		t.Errorf("%s", got)
	}
	start(t, func(next *world) {
		next.Server = w.Server
		next.adapter.client.api = w.URL
	})
	w.WaitRequest("getMyCommands", 24)
	if n := len(w.Requests("setMyCommands")); n != 12 {
		t.Errorf("set %d times", n)
	}
}
