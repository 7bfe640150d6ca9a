package telegram

import "testigo/bot"

// sentences are the adapter's own, about what only Telegram has. Everything else the bot says.
var sentences = map[string][2]string{ // English, Spanish
	"in_private":    {"I answered you in private.", "Te respondí en privado."},
	"open_private":  {"I will answer you in private. Open the chat and press Start:", "Te respondo en privado. Abre el chat y presiona Iniciar:"},
	"open_button":   {"Open the private chat", "Abrir el chat privado"},
	"stale_button":  {"This button no longer works. Please ask again.", "Este botón ya no funciona. Por favor, pregunta otra vez."},
	"too_large":     {"That file is too large for me. Nothing was changed.", "Ese archivo es demasiado grande para mí. No se cambió nada."},
	"no_file":       {"I could not fetch that file. Nothing was changed; please send it again.", "No pude descargar ese archivo. No se cambió nada; envíalo otra vez."},
	"not_there":     {"You do not seem to be in that group, so here I answer from the shared set.", "Parece que no estás en ese grupo, así que aquí respondo con el conjunto general."},
	"at_home":       {"From here on I answer you from what that group has. Write your command again here.", "Desde ahora te respondo con lo que tiene ese grupo. Escribe aquí otra vez tu comando."},
	"ask_privately": {"Ask me privately", "Preguntar en privado"},
	"left_out":      {"(Some passages are left out here: Telegram allows no more in a message.)", "(Aquí se omiten algunos pasajes: Telegram no permite más en un mensaje.)"},
}

func say(lang bot.Lang, name string) string {
	s, ok := sentences[name]
	if !ok {
		panic("telegram: no sentence is named " + name)
	}
	if lang == bot.Spanish {
		return s[1]
	}
	return s[0]
}
