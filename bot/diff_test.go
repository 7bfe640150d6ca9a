package bot

import (
	"strings"
	"testing"
)

// What differs between two long texts is seen, wherever it stands.
func TestADiffShowsWhatDiffers(t *testing.T) {
	long := strings.Repeat("the council met again ", 20)
	tests := []struct{ name, from, to, wantFrom, wantTo string }{
		{"short texts are shown whole", "in 1931", "in 1932", "in 1931", "in 1932"},
		{"at the end of a long text", long + "in late January.", long + "on 27 January.", "…council met again the council met again in late January.", "…council met again the council met again on 27 January."},
		{"at its beginning", "In 1931 " + long, "In 1932 " + long, "In 1931 " + long, "In 1932 " + long},
		{"where one has only more", long, long + "in May", "…council met again the council met again ", "…council met again the council met again in May"},
		{"a word without an end", strings.Repeat("á", 300) + "x", strings.Repeat("á", 300) + "y", "…x", "…y"},
		{"where there was nothing", "", long, "", long},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if from, to := apart(tt.from, tt.to); from != tt.wantFrom || to != tt.wantTo {
				t.Errorf("%q, %q", from, to)
			}
		})
	}
}

func TestLinesThatPeopleType(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a line each", "who came\nwho was there\n", "who came|who was there"},
		{"on one line, with semicolons", "who came; who was there;", "who came|who was there"},
		{"a semicolon within a line of several stays", "he left; why?\nwho left", "he left; why?|who left"},
		{"list marks and repeats go", "- who came\n• who came\n\n* when", "who came|when"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(lines(tt.text), "|"); got != tt.want {
				t.Errorf("%q", got)
			}
		})
	}
}
