package facts

import (
	"testing"

	"testigo/facts/lookup"
)

func TestWantedNoun(t *testing.T) {
	tests := []struct {
		text string
		lang Lang
		want string
	}{
		{"Which street did the mayor live in?", English, "street"},
		{"what licence plate was on the bus", English, "plate"},
		{"What was the weather in Iguala?", English, "weather"},
		{"How many goals were there?", English, "goals"},
		{"cuánto cuesta el boleto", Spanish, "cuesta"},
		{"What is the name of the team's coach?", English, "coach"},
		{"Which brand of phone did he use?", English, "brand"},
		{"What were the losses they counted for the town?", English, "losses"},
		{"What on earth was it for?", English, ""},
		{"What exactly were the reasons?", English, ""},
		{"What did the experts say?", English, ""},
		{"What was said of the army?", English, ""},
		{"On what date did it happen?", English, ""},
		{"who was the mayor", English, ""},
		{"¿En qué calle vivía el alcalde?", Spanish, "calle"},
		{"¿Cuál era el equipo de los jóvenes?", Spanish, "equipo"},
		{"¿Cómo se llamaba el abogado de las familias?", Spanish, "abogado"},
		{"¿Qué marca era la camioneta?", Spanish, "marca"},
		{"¿Qué número de camiseta llevaba?", Spanish, "numero"},
		{"¿A qué vinieron los papás?", Spanish, ""},
		{"¿Qué dijeron los expertos?", Spanish, ""},
		{"¿En qué año fue?", Spanish, ""},
		{"que", Spanish, ""},
		{"en que", Spanish, ""},
	}
	for _, tt := range tests {
		var words []lookup.Word
		for _, w := range lookup.Words(tt.text) {
			words = append(words, lookup.Word{Text: w})
		}
		got := ""
		if i := wantedNoun(words, tt.lang); i >= 0 {
			got = words[i].Text
		}
		if got != tt.want {
			t.Errorf("%q wants %q named, want %q", tt.text, got, tt.want)
		}
	}
}
