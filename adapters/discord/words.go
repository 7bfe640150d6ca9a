package discord

import "testigo/bot"

// words are the adapter's own sentences, about what only Discord has.
var words = map[string]struct{ en, es string }{
	"all_sources":  {"All sources", "Todas las fuentes"},
	"share":        {"Show it to everyone", "Mostrar a todos"},
	"rest_in_file": {"This is long: the whole of it is in the file.", "Es largo: está completo en el archivo."},
	"too_old":      {"This button is too old for me to read. Ask again, please.", "Este botón es demasiado viejo y ya no lo puedo leer. Vuelve a preguntar, por favor."},
	"silence":      {"I have nothing to say to that now.", "Ahora no tengo nada que decir a eso."},
	"open_form":    {"Fill in the form", "Llenar el formulario"},
	"continue":     {"Continue", "Continuar"},
	"form_here":    {"The form opens with the button.", "El formulario se abre con el botón."},
	"failed":       {"That did not work, and it is not your doing.", "Eso no funcionó y no es culpa tuya."},
	"no_dm": {
		"This is for your eyes only, and your direct messages are closed to me. Use the same command after a slash (/): only you will see the answer.",
		"Esto es solo para ti y no me permites mensajes directos. Usa el mismo comando con una barra (/): solo tú verás la respuesta.",
	},
	"may_not_write": {
		"You asked me something where I may not write. Somebody who runs the server can allow me “Send Messages” there, and “Send Messages in Threads” for threads. Until then you can ask me here, or with /ask.",
		"Me preguntaste algo donde no puedo escribir. Quien administra el servidor puede darme ahí el permiso «Enviar mensajes», y «Enviar mensajes en hilos» para los hilos. Mientras tanto puedes preguntarme aquí o con /preguntar.",
	},
	"file_too_big": {"That file is too big: at most 8 MiB.", "Ese archivo es demasiado grande: como máximo 8 MiB."},
	"file_type":    {"I read packs as .jsonl, .json, .yaml or .yml files.", "Leo conjuntos en archivos .jsonl, .json, .yaml o .yml."},
	"file_failed":  {"The file could not be fetched from Discord. Try again.", "No se pudo descargar el archivo de Discord. Inténtalo de nuevo."},
}

// word returns a sentence in a language, English where none is known.
func word(l bot.Lang, name string) string {
	w := words[name]
	if l == bot.Spanish {
		return w.es
	}
	return w.en
}
