package bot

import (
	"maps"

	"testigo/facts"
)

// catalogue holds every sentence of the bot's own, in both languages. A test finds missing ones and blanks that differ.
var catalogue = joined(askingWords, formWords, curatingWords, dailyWords)

func joined(parts ...map[string]facts.Words) map[string]facts.Words {
	all := map[string]facts.Words{}
	for _, p := range parts {
		maps.Copy(all, p)
	}
	return all
}

// askingWords are the sentences of questions, answers and refusals.
var askingWords = map[string]facts.Words{
	"standing_established": {En: "Established", Es: "Comprobado"},
	"standing_contested":   {En: "Contested: named sources disagree", Es: "En disputa: fuentes identificadas no coinciden"},
	"standing_superseded":  {En: "Superseded: an earlier official account, later rejected", Es: "Superado: una versión oficial anterior, después rechazada"},
	"standing_alleged":     {En: "Alleged: somebody's claim, not proven", Es: "Alegado: afirmación de alguien, no probada"},
	"standing_unknown":     {En: "Unknown", Es: "Se desconoce"},
	"replaced_by":          {En: "(what replaced it: %s)", Es: "(lo que la sustituyó: %s)"},
	"label_contested":      {En: "contested", Es: "en disputa"},
	"label_superseded":     {En: "superseded account", Es: "versión superada"},
	"label_alleged":        {En: "alleged", Es: "alegado"},
	"label_unknown":        {En: "unknown", Es: "se desconoce"},
	"label_pointer":        {En: "where to read it", Es: "dónde leerlo"},

	"stance_asserts":    {En: "asserts", Es: "afirma"},
	"stance_denies":     {En: "denies", Es: "niega"},
	"stance_qualifies":  {En: "qualifies", Es: "matiza"},
	"stance_withdrew":   {En: "withdrew", Es: "se retractó"},
	"stance_decided":    {En: "decided", Es: "resolvió"},
	"stance_unreported": {En: "no answer reported", Es: "sin respuesta conocida"},

	"our_translation":        {En: "Our translation", Es: "Traducción nuestra"},
	"read_it_there":          {En: "read it there", Es: "leer en la fuente"},
	"as_of":                  {En: "as of %s", Es: "hasta %s"},
	"as_of_day":              {En: "as of %s", Es: "hasta el %s"},
	"all_sources":            {En: "All sources", Es: "Todas las fuentes"},
	"only_in_other_language": {En: "This fact is only written in Spanish so far.", Es: "Este dato por ahora solo está escrito en inglés."},
	"cut":                    {En: "Your question was longer than %d characters; only its beginning was read.", Es: "Tu pregunta pasaba de %d caracteres; solo se leyó el principio."},

	"refused_choices":    {En: "Did you mean one of these?", Es: "¿Te refieres a alguna de estas preguntas?"},
	"refused_no_fact":    {En: "I have no sourced fact that answers this, and I do not guess.", Es: "No tengo un dato con fuente que responda esto, y no adivino."},
	"refused_premise":    {En: "The question takes something for granted that the sources I have do not bear out.", Es: "La pregunta da por hecho algo que las fuentes que tengo no sostienen."},
	"refused_premise_of": {En: "The question mentions “%s”, and the nearest fact I have says nothing of that.", Es: "La pregunta menciona «%s», y el dato más cercano que tengo no dice nada de eso."},
	"refused_verdict":    {En: "I give no verdict on anyone, nor say where a person is. I can show what sources say, what the person answered and what courts decided.", Es: "No emito juicios sobre nadie ni digo dónde está una persona. Puedo mostrar lo que dicen las fuentes, lo que la persona respondió y lo que resolvieron los tribunales."},
	"refused_pointer":    {En: "The sources I quote do not answer this. It can be read here:", Es: "Las fuentes que cito no responden esto. Se puede leer aquí:"},
	"no_nearby":          {En: "/topics shows what I can answer.", Es: "/temas muestra lo que puedo responder."},
	"nearby":             {En: "Questions I can answer:", Es: "Preguntas que sí puedo responder:"},

	"unknown_command":   {En: "There is no command /%s. /help lists them.", Es: "No existe el comando /%s. /ayuda los muestra."},
	"empty_question":    {En: "Write your question after the command, for example: /ask how many students disappeared?", Es: "Escribe tu pregunta después del comando, por ejemplo: /preguntar ¿cuántos estudiantes desaparecieron?"},
	"no_such_fact":      {En: "There is no fact with the id “%s”. /topics shows what there is.", Es: "No hay un dato con el identificador «%s». /temas muestra lo que hay."},
	"no_such_topic":     {En: "There is no topic “%s”. These are the topics:", Es: "No hay un tema «%s». Estos son los temas:"},
	"fact_needs_id":     {En: "Write the fact's id after the command, for example: /fact students-disappeared", Es: "Escribe el identificador del dato después del comando, por ejemplo: /dato students-disappeared"},
	"topics":            {En: "Topics:", Es: "Temas:"},
	"topic_line":        {En: "%[2]s: %[1]d facts (/topic %[3]s)", Es: "%[2]s: %[1]d datos (/tema %[3]s)"},
	"topic_line_one":    {En: "%[2]s: %[1]d fact (/topic %[3]s)", Es: "%[2]s: %[1]d dato (/tema %[3]s)"},
	"topic_head":        {En: "%[2]s: %[1]d facts", Es: "%[2]s: %[1]d datos"},
	"topic_head_one":    {En: "%[2]s: %[1]d fact", Es: "%[2]s: %[1]d dato"},
	"topic_page":        {En: "Page %d of %d. Next: /topic %s %d", Es: "Página %d de %d. Siguiente: /tema %s %d"},
	"sources":           {En: "Quoted sources:", Es: "Fuentes citadas:"},
	"sources_named":     {En: "%d more documents are named, never quoted, where they correct or update these.", Es: "Se mencionan, sin citarlos, %d documentos más que corrigen o actualizan a estos."},
	"sources_named_one": {En: "%d more document is named, never quoted, where it corrects or updates these.", Es: "Se menciona, sin citarlo, %d documento más que corrige o actualiza a estos."},
	"today_none":        {En: "No fact of the set is dated to this day of the year.", Es: "Ningún dato está fechado en este día del año."},
	"today":             {En: "On this day:", Es: "Un día como hoy:"},
	"language_is":       {En: "From here on I answer in English.", Es: "Desde ahora respondo en español."},
	"language_needs":    {En: "Write /language en or /language es.", Es: "Escribe /idioma es o /idioma en."},
	"help":              {En: "Ask a question in your own words, or use a command:", Es: "Haz una pregunta con tus palabras o usa un comando:"},
	"about": {
		En: "%s. I answer with facts that people curated, each with its sources' own words; no model writes my answers, and where I have no sourced fact I say so.",
		Es: "%s. Respondo con datos que curaron personas, cada uno con las palabras de sus fuentes; ningún modelo escribe mis respuestas y, donde no tengo un dato con fuente, lo digo.",
	},
	"about_counts":   {En: "Facts: %d. Documents quoted: %d. Facts reviewed by the community that runs this bot: %d of %d.", Es: "Datos: %d. Documentos citados: %d. Datos revisados por la comunidad que usa este bot: %d de %d."},
	"privacy":        {En: "A question is answered and forgotten. One that got no answer is counted, without who asked, so that moderators see what is missing. It is also remembered which message carried which answer, so that it can be corrected. Both are deleted after %d days.", Es: "Una pregunta se responde y se olvida. La que no tuvo respuesta se cuenta, sin quién la hizo, para que quienes moderan vean qué falta. También se recuerda qué mensaje llevó qué respuesta, para poder corregirla. Ambas cosas se borran a los %d días."},
	"why_button":     {En: "Why this answer", Es: "Por qué esta respuesta"},
	"why":            {En: "Why this answer:", Es: "Por qué esta respuesta:"},
	"why_matched":    {En: "Your question is nearest to “%s” (%s).", Es: "Tu pregunta se acerca más a «%s» (%s)."},
	"why_sure":       {En: "I am %d %% sure of that; from %d %% on I answer.", Es: "Estoy %d %% seguro de eso; desde %d %% respondo."},
	"why_corrected":  {En: "I read: %s.", Es: "Leí: %s."},
	"why_unknown":    {En: "Words no fact of mine has: %s.", Es: "Palabras que ningún dato mío tiene: %s."},
	"why_gone":       {En: "That is too long ago: how an answer came about is only remembered for a while. Ask again to see it.", Es: "Eso fue hace demasiado: solo recuerdo por un rato cómo llegué a una respuesta. Pregunta de nuevo para verlo."},
	"next":           {En: "Next page", Es: "Página siguiente"},
	"store_away":     {En: "The database cannot be reached just now, so nothing can be changed or looked up in it. Questions are answered as always. Try again in a few minutes.", Es: "Ahora no se puede acceder a la base de datos, así que no se puede cambiar ni consultar nada en ella. Las preguntas se responden como siempre. Inténtalo de nuevo en unos minutos."},
	"command_failed": {En: "That did not work, and it is not your doing. Nothing was changed.", Es: "Eso no funcionó y no es culpa tuya. No se cambió nada."},
}

var monthNames = map[facts.Lang][12]string{
	facts.English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	facts.Spanish: {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
}
