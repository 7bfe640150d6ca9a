//go:build race

package bot

// The race detector makes a simulated day ten times as long, so a part of the year has to do; the whole runs without it.
const yearDays = 150
