//go:build ignore

// Compress puts a compressed file, with .gz after its name, in the place of the one named. The same content gives the same bytes.
package main

import (
	"bytes"
	"compress/gzip"
	"log"
	"os"
)

func main() {
	name := os.Args[1]
	data, err := os.ReadFile(name)
	if err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = os.WriteFile(name+".gz", out.Bytes(), 0o644)
	}
	if err == nil {
		err = os.Remove(name)
	}
	if err != nil {
		log.Fatal(err)
	}
}
