//go:build !unix

package main

import (
	"errors"
	"os"
)

// onReload does nothing: this system has no signal for it.
func onReload(chan<- os.Signal) (stop func()) { return func() {} }

func tellReload(int) error { return errors.New("this system has no signal for it: restart the bot") }
