package facts

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// Date is a calendar date of known precision: a year, a month or a day. The zero Date is no date.
type Date struct {
	Year  int
	Month time.Month // zero when only the year is known
	Day   int        // zero when only the month or the year is known
}

// ParseDate reads "2014", "2014-09" or "2014-09-26".
func ParseDate(s string) (Date, error) {
	for _, layout := range [...]string{"2006-01-02", "2006-01", "2006"} {
		if len(s) != len(layout) {
			continue
		}
		t, err := time.Parse(layout, s)
		if err != nil {
			break
		}
		d := Date{Year: t.Year()}
		if len(s) > 4 {
			d.Month = t.Month()
		}
		if len(s) > 7 {
			d.Day = t.Day()
		}
		return d, nil
	}
	return Date{}, fmt.Errorf("%q is no date: write YYYY, YYYY-MM or YYYY-MM-DD, of a day that exists", s)
}

// DateOf returns the day of a time, where the time is.
func DateOf(t time.Time) Date { return Date{t.Year(), t.Month(), t.Day()} }

// String returns the date in the form ParseDate reads, or "" for no date.
func (d Date) String() string {
	switch {
	case d.IsZero():
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Compare orders dates by time; a less precise date comes before the more precise ones inside it.
func (d Date) Compare(e Date) int {
	a := (d.Year*16+int(d.Month))*32 + d.Day
	b := (e.Year*16+int(e.Month))*32 + e.Day
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the date as ParseDate does; empty text is no date.
func (d *Date) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(string(text))
	return err
}

// UnmarshalYAML reads the date as ParseDate does, and says the line of one that is none without ending the reading of the file.
func (d *Date) UnmarshalYAML(node *yaml.Node) error {
	if err := d.UnmarshalText([]byte(node.Value)); err != nil || node.Kind != yaml.ScalarNode {
		if err == nil {
			err = fmt.Errorf("a date is one value: write YYYY, YYYY-MM or YYYY-MM-DD")
		}
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %v", node.Line, err)}}
	}
	return nil
}
