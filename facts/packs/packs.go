// Package packs embeds the set that ships.
package packs

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
)

// It is made from the files in the folder ayotzinapa, which people edit; a test checks that it is up to date. JSON lines load ten times as fast as
// the YAML they are made from, and a command that answers one question starts as often as it answers. Compressed they take a quarter of the room.
//
//go:generate go run testigo facts export --pack ayotzinapa --output ayotzinapa.jsonl
//go:generate go run compress.go ayotzinapa.jsonl
//go:embed ayotzinapa.jsonl.gz
var ayotzinapa []byte

// Ayotzinapa returns the set about the forced disappearance of the 43 students of Ayotzinapa, as JSON lines.
func Ayotzinapa() []byte {
	const size = 4 << 20 // about what comes out
	out := bytes.NewBuffer(make([]byte, 0, size))
	r, err := gzip.NewReader(bytes.NewReader(ayotzinapa))
	if err == nil {
		_, err = io.Copy(out, r)
	}
	if err != nil {
		panic(fmt.Sprintf("packs: the embedded set is damaged: %v", err)) // the tests read it, and it does not change afterwards
	}
	return out.Bytes()
}
