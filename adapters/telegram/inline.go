package telegram

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"

	"testigo/bot"
)

// Bounds of inline results.
const (
	maxInline      = 10
	inlineCache    = "300" // seconds; what a correction takes to reach everybody at the latest
	maxResultID    = 64    // bytes (Bot API)
	maxDescription = 200   // characters; more is not seen
)

type inlineResult struct {
	Type        string        `json:"type"`
	ID          string        `json:"id"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	Content     inlineContent `json:"input_message_content"`
	Keys        *keyboard     `json:"reply_markup,omitempty"`
}

type inlineContent struct {
	Text    string          `json:"message_text"`
	Mode    string          `json:"parse_mode"`
	Preview json.RawMessage `json:"link_preview_options"`
}

// onInline offers facts for what is being typed after the bot's name in any chat. They come from the shared set: a message can go anywhere, and a community's
// own facts are its own. Buttons under them are links, for the bot is not in that chat to answer any.
func (a *Adapter) onInline(ctx context.Context, q *inlineQuery) {
	p := personOf(&q.From)
	text := strings.TrimSpace(q.Query)
	kept := a.channel(p.id)
	m := bot.Message{Space: a.bot.Space(platform, ""), Author: p.author, Text: text, Lang: kept.Lang, Locale: p.locale}
	results := []inlineResult{}
	if text != "" {
		for _, f := range a.bot.Find(m, maxInline) {
			texts := draw(f.Reply, 1)
			if len(texts) == 0 || f.ID == "" || len(f.ID) > maxResultID {
				continue
			}
			results = append(results, inlineResult{
				Type: "article", ID: f.ID, Title: clean(f.Question), Description: shorten(clean(f.Standing+" · "+f.Preview), maxDescription),
				Content: inlineContent{texts[0], "HTML", noPreview}, Keys: a.factLinks(f.Reply.Choices),
			})
		}
	}
	lang := kept.Lang
	if lang == "" {
		lang = p.locale
	}
	// Personal, because the same words are answered in each asker's language.
	answer := params{"inline_query_id": q.ID, "cache_time": inlineCache, "is_personal": "true"}.put("results", results)
	if len(results) == 0 {
		answer.put("button", map[string]string{"text": say(lang, "ask_privately"), "start_parameter": questionPayload(text)})
	}
	if err := a.client.call(ctx, "answerInlineQuery", answer, nil); err != nil && !says(err, "query is too old") {
		a.once.log(slog.LevelWarn, "telegram: an inline query was not answered", "", err)
	}
}
