//go:build !unix

package pgtest

import "os/exec"

type account struct{ uid, gid int }

func nobody() (*account, error) { return nil, nil }

func (*account) as(*exec.Cmd) {}
