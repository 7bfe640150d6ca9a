//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package ops

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks the file for as long as it is open, and reports false where somebody else has it locked.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
