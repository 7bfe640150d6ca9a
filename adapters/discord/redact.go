package discord

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// redacting takes the token out of everything that is logged, wherever it came from.
type redacting struct {
	slog.Handler
	token string
}

func (h redacting) clean(s string) string { return strings.ReplaceAll(s, h.token, "***") }

func (h redacting) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, h.clean(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

func (h redacting) attr(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(h.clean(value.String()))
	case slog.KindAny:
		if text := fmt.Sprint(value.Any()); text != h.clean(text) {
			a.Value = slog.StringValue(h.clean(text))
		}
	case slog.KindGroup:
		var group []slog.Attr
		for _, in := range value.Group() {
			group = append(group, h.attr(in))
		}
		a.Value = slog.GroupValue(group...)
	}
	return a
}

func (h redacting) WithAttrs(attrs []slog.Attr) slog.Handler {
	var clean []slog.Attr
	for _, a := range attrs {
		clean = append(clean, h.attr(a))
	}
	return redacting{h.Handler.WithAttrs(clean), h.token}
}

func (h redacting) WithGroup(name string) slog.Handler {
	return redacting{h.Handler.WithGroup(name), h.token}
}
