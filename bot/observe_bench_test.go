package bot

import (
	"io"
	"log/slog"
	"testing"

	"testigo/facts"
	"testigo/facts/packs"
)

// BenchmarkQuestion measures a question through the bot, over the set that ships: by itself, counted, and with a line in the log.
func BenchmarkQuestion(b *testing.B) {
	pack, err := facts.LoadChecked("ayotzinapa", packs.Ayotzinapa())
	if err != nil {
		b.Fatal(err)
	}
	engine := facts.NewEngine(pack)
	engine.Warm()
	for name, o := range map[string]Options{"alone": {}, "observed": {Observer: silent{}}, "logged": {Log: slog.New(slog.NewJSONHandler(io.Discard, nil))}} {
		b.Run(name, func(b *testing.B) {
			bot := New(engine, o)
			m := Message{Space: town, At: MessageRef{Platform: "test", Channel: "square"}, Author: Author{ID: "mia"}, Text: "how many of the 43 have been identifed?"}
			b.ReportAllocs()
			for b.Loop() {
				if r, err := bot.Handle(b.Context(), m); err != nil || r.Answered == "" {
					b.Fatal(r.Refusal, err)
				}
			}
		})
	}
}

// silent is an observer that does nothing.
type silent struct{}

func (silent) Asked(Question)         {}
func (silent) Happened(string, Event) {}
