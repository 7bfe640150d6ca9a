package config

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Secret is a text that is never shown: printed, logged or encoded it is ***. Reveal gives it to whoever needs it.
type Secret string

const hidden = "***"

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret; an empty one is empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format hides the secret from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret from encoders and structured logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// maxSecret bounds the file of a secret, in bytes.
const maxSecret = 4096

// secretFrom reads the secret of a name from the environment, or from the file that the name with _FILE names. fault is what is wrong, "" if nothing.
func secretFrom(getenv func(string) string, name string) (s Secret, fault string) {
	direct, file := getenv(name), getenv(name+"_FILE")
	switch {
	case direct != "" && file != "":
		return "", fmt.Sprintf("both %s and %s_FILE are set: leave one out", name, name)
	case file == "":
		return Secret(strings.TrimSpace(direct)), ""
	}
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Sprintf("%s_FILE: %v", name, err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	text := strings.TrimSpace(string(data))
	switch {
	case err != nil:
		return "", fmt.Sprintf("%s_FILE: %v", name, err)
	case text == "" || len(data) > maxSecret:
		return "", fmt.Sprintf("%s_FILE names a file that is empty or too large for a secret", name)
	}
	return Secret(text), ""
}
