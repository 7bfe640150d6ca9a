package config

import (
	"fmt"
	"net/url"
)

// Telegram is how Telegram is reached.
type Telegram struct {
	Platform `yaml:",inline"`
	// Webhook is the public address, https://, of a reverse proxy that passes requests on to Listen; "" polls.
	Webhook string `yaml:"webhook"`
	// Listen is where webhook requests are taken, like 127.0.0.1:8090.
	Listen string `yaml:"listen"`
}

// environment takes over what the environment says of Telegram, and returns what is wrong with it.
func (t *Telegram) environment(getenv func(string) string) []string {
	const prefix = "TESTIGO_TELEGRAM"
	wrong := t.Platform.environment(getenv, prefix)
	if v := getenv(prefix + "_WEBHOOK"); v != "" {
		t.Webhook = v
	}
	if v := getenv(prefix + "_LISTEN"); v != "" {
		t.Listen = v
	}
	u, err := url.Parse(t.Webhook)
	switch {
	case (t.Webhook == "") != (t.Listen == ""):
		wrong = append(wrong, "telegram.webhook and telegram.listen go together: write both, or neither to poll")
	case t.Webhook != "" && (err != nil || u.Scheme != "https" || u.Host == ""):
		wrong = append(wrong, fmt.Sprintf("telegram.webhook is %q: Telegram only calls https:// addresses", t.Webhook))
	}
	return wrong
}
