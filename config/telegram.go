package config

// Telegram is the connection to Telegram. Without a token there is none.
type Telegram struct {
	// Token is BotFather's. It comes from the environment only: TESTIGO_TELEGRAM_TOKEN, or the file that TESTIGO_TELEGRAM_TOKEN_FILE names.
	Token Secret
	// API is the address of the Bot API server; "" is Telegram's own.
	API string
	// Webhook is the public address, https://, of a reverse proxy that passes requests on to Listen; "" polls.
	Webhook string
	// Listen is where webhook requests are taken, like 127.0.0.1:8090.
	Listen string
}

// check reports what is wrong between the keys.
func (t *Telegram) check(r *reader) {
	_, webhook := r.places["telegram.webhook"]
	_, listen := r.places["telegram.listen"]
	switch {
	case webhook && !listen:
		r.at("telegram.webhook", "telegram.listen has to be set with it, the address where requests are taken, like 127.0.0.1:8090")
	case listen && !webhook:
		r.at("telegram.listen", "telegram.webhook has to be set with it; without either the bot polls")
	}
}
