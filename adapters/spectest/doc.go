// Package spectest holds what the adapters' tests send against the platforms' own machine-readable descriptions. It is a module of its own, so that
// the validator reaches nobody who only runs the bot.
package spectest
