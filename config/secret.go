package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// Secret is a value that is never shown: printed, logged or written in any way it is ***. Only Reveal tells it.
type Secret struct{ value string }

// Reveal returns the value.
func (s Secret) Reveal() string { return s.value }

// String shows that there is a value, or nothing where there is none.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return "***"
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String, for JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// secretFrom reads a secret from the variable, or from the file that the variable with _FILE names. It is none where neither is set.
func secretFrom(getenv func(string) string, name string) (Secret, error) {
	value, file := getenv(name), getenv(name+"_FILE")
	switch {
	case value != "" && file != "":
		return Secret{}, fmt.Errorf("%s: it and %[1]s_FILE are both set: leave one out", name)
	case file != "":
		data, err := os.ReadFile(file)
		if err != nil {
			return Secret{}, fmt.Errorf("%s_FILE: %w", name, err)
		}
		value = string(data)
		if strings.TrimSpace(value) == "" {
			return Secret{}, errors.New(name + "_FILE names an empty file")
		}
	}
	value = strings.TrimSpace(value)
	if strings.ContainsAny(value, " \t\r\n") {
		return Secret{}, errors.New(name + " holds blanks: that is no token")
	}
	return Secret{value}, nil
}
