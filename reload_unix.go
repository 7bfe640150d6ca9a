//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// onReload has the signal that asks for a reload sent to the channel until stop is called.
func onReload(told chan<- os.Signal) (stop func()) {
	signal.Notify(told, syscall.SIGHUP)
	return func() { signal.Stop(told) }
}

func tellReload(pid int) error { return syscall.Kill(pid, syscall.SIGHUP) }
