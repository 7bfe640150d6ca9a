//go:build !race

package bot

const yearDays = 366
