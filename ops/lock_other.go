//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package ops

import (
	"errors"
	"os"
)

// tryLock fails: this system has no such lock, and without it nobody can tell a process that runs from one that crashed.
func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }
