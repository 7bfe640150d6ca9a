package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"testigo/ops"
)

// What a release is built with: -ldflags "-X main.version=1.2.0 -X main.commit=... -X main.date=2026-09-26T18:00:00Z". Whatever is missing comes
// from what Go writes into the program where it is built from a clone.
var version, commit, date string

// build is what this program was made from; what is not known is "unknown".
type build struct{ version, commit, date string }

func thisBuild() build {
	b := build{version, commit, date}
	if info, ok := debug.ReadBuildInfo(); ok {
		b = b.completed(info)
	}
	return build{firstOf(b.version, "unknown"), firstOf(b.commit, "unknown"), firstOf(b.date, "unknown")}
}

// completed fills in what is missing.
func (b build) completed(info *debug.BuildInfo) build {
	changed := false
	var revision, at string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.time":
			at = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed && revision != "" {
		revision += " with changes"
	}
	return build{firstOf(b.version, info.Main.Version), firstOf(b.commit, revision), firstOf(b.date, at)}
}

func (b build) write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "testigo %s\ncommit %s\ndate %s\n%s %s/%s\n", b.version, b.commit, b.date, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

type versionCommand struct{}

func (c *versionCommand) Run(a *app) error { return thisBuild().write(a.out) }

// made is this build as the metrics tell it.
func made() ops.Build {
	b := thisBuild()
	return ops.Build{Version: b.version, Commit: b.commit, Go: runtime.Version()}
}
