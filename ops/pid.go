package ops

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Mark says, in a file beside the database, that this process serves it, until remove is called or the process ends: the file is locked, and so
// one that a crash left behind is known for what it is. Several processes may serve one database. remove may be called after an error too.
func Mark(db string) (remove func(), err error) {
	name := db + "." + strconv.Itoa(os.Getpid()) + pidSuffix
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return func() {}, err
	}
	remove = func() {
		_ = os.Remove(name)
		_ = f.Close()
	}
	locked, err := tryLock(f)
	if err == nil && !locked {
		err = errors.New(name + " is another process's")
	}
	return remove, err
}

const pidSuffix = ".pid"

// Serving returns the processes that serve the database, and removes what others left behind.
func Serving(db string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Dir(db))
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), filepath.Base(db)+".")
		number, isPID := strings.CutSuffix(rest, pidSuffix)
		pid, err := strconv.Atoi(number)
		if !ok || !isPID || err != nil || pid <= 0 || !e.Type().IsRegular() {
			continue
		}
		alive, err := isLocked(filepath.Join(filepath.Dir(db), e.Name()))
		if err != nil {
			return nil, err
		}
		if alive {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// isLocked reports whether a process holds a marking file, and removes one that none does.
func isLocked(name string) (bool, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	free, err := tryLock(f)
	if err != nil || !free {
		return err == nil, err
	}
	return false, os.Remove(name)
}
