// Package packs embeds the set that ships.
package packs

import _ "embed"

// Ayotzinapa is the set about the forced disappearance of the 43 students of Ayotzinapa, as JSON lines. It is made from the files in
// the folder ayotzinapa, which people edit; a test checks that it is up to date. JSON lines load ten times as fast as the YAML they are made from,
// and a command that answers one question starts as often as it answers.
//
//go:generate go run testigo facts export --pack ayotzinapa --output ayotzinapa.jsonl
//go:embed ayotzinapa.jsonl
var Ayotzinapa []byte
