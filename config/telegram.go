package config

import (
	"fmt"
	"net/url"
)

// Telegram is the connection to Telegram. Without a token there is none.
type Telegram struct {
	// Token is BotFather's. It comes from the environment only: TESTIGO_TELEGRAM_TOKEN, or the file that TESTIGO_TELEGRAM_TOKEN_FILE names.
	Token Secret `yaml:"-"`
	// API is the address of the Bot API server; "" is Telegram's own.
	API string `yaml:"api"`
	// Webhook is the public address, https://, of a reverse proxy that passes requests on to Listen; "" polls.
	Webhook string `yaml:"webhook"`
	// Listen is where webhook requests are taken, like 127.0.0.1:8090.
	Listen string `yaml:"listen"`
}

// load puts the environment over what the file says, and returns what is wrong in either.
func (t *Telegram) load(getenv func(string) string) (wrong []string) {
	var fault string
	if t.Token, fault = secretFrom(getenv, "TESTIGO_TELEGRAM_TOKEN"); fault != "" {
		wrong = append(wrong, fault)
	}
	for name, field := range map[string]*string{
		"TESTIGO_TELEGRAM_API": &t.API, "TESTIGO_TELEGRAM_WEBHOOK": &t.Webhook, "TESTIGO_TELEGRAM_LISTEN": &t.Listen,
	} {
		if v := getenv(name); v != "" {
			*field = v
		}
	}
	if t.API != "" && !isAddress(t.API, "http", "https") {
		wrong = append(wrong, fmt.Sprintf("telegram.api is %q: write an address like https://api.telegram.org", t.API))
	}
	switch {
	case (t.Webhook == "") != (t.Listen == ""):
		wrong = append(wrong, "telegram.webhook and telegram.listen go together: write both, or neither to poll")
	case t.Webhook != "" && !isAddress(t.Webhook, "https"):
		wrong = append(wrong, fmt.Sprintf("telegram.webhook is %q: Telegram only calls https:// addresses", t.Webhook))
	}
	return wrong
}

// isAddress reports whether a text is an address of one of the schemes, with a host.
func isAddress(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return false
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme {
			return true
		}
	}
	return false
}
