package facts

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

func TestSumCountsEveryField(t *testing.T) {
	whole := func() Revision {
		return Revision{Seq: 3, Space: "s", Fact: "a", Number: 2, State: Approved, Of: 1, Undoes: 2, Body: json.RawMessage("{}"),
			By: Author{Platform: "discord", ID: "1", Name: "Ana", Key: "k"}, Reason: "r", At: time.Date(2026, 9, 26, 12, 0, 0, 0, time.UTC), Prev: "p"}
	}
	tests := []struct {
		name   string
		change func(*Revision)
		same   bool
	}{
		{"seq", func(r *Revision) { r.Seq++ }, false},
		{"space", func(r *Revision) { r.Space = "t" }, false},
		{"fact", func(r *Revision) { r.Fact = "b" }, false},
		{"number", func(r *Revision) { r.Number++ }, false},
		{"state", func(r *Revision) { r.State = Hidden }, false},
		{"of", func(r *Revision) { r.Of++ }, false},
		{"undoes", func(r *Revision) { r.Undoes++ }, false},
		{"body", func(r *Revision) { r.Body = json.RawMessage("{ }") }, false},
		{"key", func(r *Revision) { r.By.Key = "l" }, false},
		{"marked", func(r *Revision) { r.Marked = true }, false},
		{"reason", func(r *Revision) { r.Reason = "" }, false},
		{"time", func(r *Revision) { r.At = r.At.Add(time.Second) }, false},
		{"the one before", func(r *Revision) { r.Prev = "q" }, false},
		{"a space's letters moved to the fact", func(r *Revision) { r.Space, r.Fact = "", "sa" }, false},
		{"its own hash is not part of it", func(r *Revision) { r.Hash = "h" }, true},
		{"a person can be forgotten", func(r *Revision) { r.By = Author{Key: "k"} }, true},
		{"the same moment elsewhere", func(r *Revision) { r.At = r.At.In(time.FixedZone("", -6*3600)) }, true},
		{"less than a second", func(r *Revision) { r.At = r.At.Add(time.Millisecond) }, true},
	}
	for _, tt := range tests {
		before, after := whole(), whole()
		tt.change(&after)
		if (before.Sum() == after.Sum()) != tt.same {
			t.Errorf("%s: the same sum is %v, want %v", tt.name, before.Sum() == after.Sum(), tt.same)
		}
	}
}

// However one text is split into fields, only the same fields have the same sum.
func FuzzSum(f *testing.F) {
	f.Add("1:a,1:b,", uint(0), uint(3), uint(4), uint(4))
	f.Add("discord:1opened", uint(9), uint(9), uint(0), uint(15))
	f.Add("\x00,:\xff12:", uint(1), uint(2), uint(2), uint(1))
	f.Fuzz(func(t *testing.T, s string, a, b, c, d uint) {
		split := func(i, j uint) Revision {
			n := uint(len(s)) + 1
			i, j = min(i%n, j%n), max(i%n, j%n)
			return Revision{Space: s[:i], Fact: s[i:j], Body: json.RawMessage(s[j:])}
		}
		x, y := split(a, b), split(c, d)
		equal := x.Space == y.Space && x.Fact == y.Fact && bytes.Equal(x.Body, y.Body)
		if (x.Sum() == y.Sum()) != equal {
			t.Errorf("%q %q %q and %q %q %q: the same sum is %v", x.Space, x.Fact, x.Body, y.Space, y.Fact, y.Body, !equal)
		}
	})
}

// Whatever a body says, it is read or refused, and what was read can be written and read again.
func FuzzContent(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `null`, `[]`, `{"value":""}`, `{"value":"¿Sí? <b>\u0000\ud800"}`, `{"fact":null,"sources":[null]}`,
		`{"fact":{"id":"opened","standing":"established","as_of":"2025","dates":["2014-09-26"],"en":{"question":"When?","answer":"Then."},` +
			`"quotes":[{"source":"letter","exact":"then"}],"positions":[{"stance":"asserts"}],"reviewed":{}},"sources":[{"id":"letter"}]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := Revision{Seq: 1, Number: 7, Body: body}
		c, err := r.Content()
		if err != nil {
			return
		}
		if c.Fact != nil && c.Fact.Revision != 7 {
			t.Errorf("the fact's revision is %d", c.Fact.Revision)
		}
		if r.Body, err = c.Encode(); err != nil {
			t.Fatalf("%q was read and cannot be written: %v", body, err)
		}
		again, err := r.Content()
		if err != nil {
			t.Fatalf("%q was written and cannot be read: %v", r.Body, err)
		}
		if second, err := again.Encode(); err != nil || !bytes.Equal(second, r.Body) {
			t.Errorf("%q became %q (%v)", r.Body, second, err)
		}
	})
}
