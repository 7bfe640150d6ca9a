package discord

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"testigo/bot"
	"testigo/facts"
)

var benchFacts = flag.Int("facts", 2000, "how many facts the set of the benchmarks has")

// BenchmarkComplete is what one letter typed costs before the answer is sent; Discord waits three seconds for it.
func BenchmarkComplete(b *testing.B) {
	pack, err := facts.Load("../../facts/testdata/library")
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	words := strings.Fields("library mill river flood council keeper chronicle neighbours letter readers register court sluice books opening town district archive school family bridge market church harvest road")
	for i := range *benchFacts {
		f := *pack.Facts[0]
		f.ID = fmt.Sprintf("fact-%d", i)
		var question []string
		for range 7 {
			question = append(question, words[random.IntN(len(words))]+fmt.Sprint(random.IntN(400)))
		}
		f.En = &facts.Text{Question: strings.Join(question, " ") + "?", Answer: "x"}
		f.Es = nil
		pack.Facts = append(pack.Facts, &f)
	}
	chat := bot.New(facts.NewEngine(pack), bot.Options{})
	typed := []string{"l", "lib", "library of", "who was the first librarian", "mill12", "zzzz", "flood3 coun"}
	chat.Complete(bot.Message{}, bot.QuestionArg, "warm", maxChoices)
	i := 0
	for b.Loop() {
		i++
		chat.Complete(bot.Message{}, bot.QuestionArg, typed[i%len(typed)], maxChoices)
	}
}

// BenchmarkOthersMessages is what a message costs that is not for the bot, which most are: Discord sends every one of every channel that it sees.
func BenchmarkOthersMessages(b *testing.B) {
	in := newInbox(slog.New(slog.DiscardHandler), defaultPace(), func(bot.Event) {})
	in.open("111111111111111111")
	// As Discord writes one without its content, which the bot does not ask for.
	data := json.RawMessage(`{"type":0,"tts":false,"timestamp":"2026-09-26T20:11:09.123000+00:00","pinned":false,"nonce":"1422000000000000000","mentions":[],
		"mention_roles":[],"mention_everyone":false,"member":{"roles":["900000000000000001","900000000000000002"],"premium_since":null,"pending":false,"nick":null,
		"mute":false,"joined_at":"2021-09-26T20:11:09.123000+00:00","flags":0,"deaf":false,"communication_disabled_until":null,"banner":null,"avatar":null},
		"id":"1422000000000000001","flags":0,"embeds":[],"edited_timestamp":null,"content":"","components":[],"channel_type":0,"channel_id":"444444444444444444",
		"author":{"username":"someone","public_flags":0,"primary_guild":null,"id":"666666666666666666","global_name":"Someone","discriminator":"0","collectibles":null,
		"clan":null,"avatar_decoration_data":null,"avatar":"0123456789abcdef0123456789abcdef"},"attachments":[],"guild_id":"333333333333333333"}`)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		in.receive("MESSAGE_CREATE", data)
	}
}
