package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
)

// stored is a page as it is kept for the next time.
type stored struct {
	Address      string   `json:"address"`
	ETag         string   `json:"etag,omitempty"`
	LastModified string   `json:"last_modified,omitempty"`
	Texts        []string `json:"texts"`
}

// known reports whether the site can be asked whether the page has changed.
func (s *stored) known() bool { return s.ETag != "" || s.LastModified != "" }

// condition asks to be sent the page only where it has changed (RFC 9110, 13.1).
func (s *stored) condition(r *http.Request) {
	if s.ETag != "" {
		r.Header.Set("If-None-Match", s.ETag)
	}
	if s.LastModified != "" {
		r.Header.Set("If-Modified-Since", s.LastModified)
	}
}

// cache keeps pages in a folder, one file each; "" keeps none.
type cache struct{ dir string }

// cacheError ends a run: without what it was told to keep it would ask for everything again each time.
type cacheError struct{ error }

func (e cacheError) Unwrap() error { return e.error }

func (c cache) file(address string) string {
	sum := sha256.Sum256([]byte(address))
	return filepath.Join(c.dir, hex.EncodeToString(sum[:16])+".json")
}

// load returns what is kept of an address, nothing where that is nothing or no longer readable.
func (c cache) load(address string) (stored, error) {
	var s stored
	if c.dir == "" {
		return s, nil
	}
	data, err := os.ReadFile(c.file(address))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return s, cacheError{fmt.Errorf("cache: %w", err)}
	}
	if json.Unmarshal(data, &s) != nil || s.Address != address {
		return stored{}, nil // it is written anew
	}
	return s, nil
}

func (c cache) save(s stored) error {
	if c.dir == "" || !s.known() {
		return nil
	}
	data, err := json.Marshal(s)
	if err == nil {
		err = os.MkdirAll(c.dir, 0o700)
	}
	if err == nil {
		temp := c.file(s.Address) + ".tmp"
		if err = os.WriteFile(temp, data, 0o600); err == nil {
			err = os.Rename(temp, c.file(s.Address))
		}
	}
	if err != nil {
		return cacheError{fmt.Errorf("cache: %w", err)}
	}
	return nil
}
