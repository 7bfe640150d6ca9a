package telegram

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"testigo/adapters/telegram/telegramtest"
)

// somewhere waits until the bot has shown a text in a chat, in a message sent or edited.
func (w *world) somewhere(in telegramtest.Chat, text string) {
	w.t.Helper()
	w.Wait("«"+text+"» in the chat", func() bool {
		return slices.ContainsFunc(w.Sent(), func(m telegramtest.Sent) bool { return m.Chat == in.ID && strings.Contains(m.Text, text) })
	})
}

// The conversations of moderation, end to end, begun in the group and gone on with in private, as its limit of messages would have it: a suggestion that another person approves and whose author is told, an answer that is corrected and
// withdrawn, a report, a question without an answer that gets one, the export, a rejection.
func TestModerationInAGroup(t *testing.T) {
	w := community(t, filepath.Join(t.TempDir(), "testigo.db"), nil)
	w.Member(group, ben, "administrator")
	anas, bens := telegramtest.Private(ana), telegramtest.Private(ben)
	w.said(anas, ana, "/help", anas)
	w.said(bens, ben, "/help", bens)
	const question = "/preguntar ¿cuándo abrió la biblioteca de Arroyo?"
	if got := w.said(group, ana, question, group); !strings.Contains(got.Text, "El 4 de marzo de 1931") {
		t.Fatalf("%s", got.Text)
	}
	w.said(group, ana, "/ask who dusted the shelves every winter", group)
	expect := func(got telegramtest.Sent, want string) {
		t.Helper()
		if !strings.Contains(got.Text, want) {
			t.Errorf("got %q, want %q", got.Text, want)
		}
	}

	expect(w.said(group, ana, "/suggest opened", anas), "(1/5)")
	w.said(anas, ana, "/skip", anas)
	w.said(anas, ana, "El 4 de marzo de 1931, a mediodía.", anas)
	expect(w.said(anas, ana, "/draft preview", anas), "se envía a quienes moderan")
	expect(w.said(anas, ana, "/draft save", anas), "Gracias")
	expect(w.said(group, ben, "/pending", bens), "a mediodía")
	w.Message(bens, ben, "/approve 1")
	w.somewhere(anas, "fue aprobado")
	w.somewhere(group, "Corregido el")
	expect(w.said(group, ana, question, group), "a mediodía")

	expect(w.said(anas, ana, "/report opened wrong the hour", anas), "Gracias")
	expect(w.said(bens, ben, "/reports", bens), "the hour")
	w.Message(bens, ben, "/resolve 1 fixed")
	w.somewhere(bens, "Report 1 is closed")

	expect(w.said(bens, ben, "/gaps", bens), "who dusted the shelves")
	w.Message(bens, ben, "/gap 1 same first-librarian")
	w.somewhere(group, "Now it has")

	w.Message(bens, ben, "/export")
	w.WaitRequest("sendDocument", 1)

	w.Message(bens, ben, "/hide opened the hour is being checked")
	w.somewhere(group, "Retirado")
	if got := w.said(group, ana, question, group); strings.Contains(got.Text, "a mediodía") {
		t.Errorf("what is hidden is answered: %s", got.Text)
	}
	expect(w.said(bens, ben, "/history opened", bens), "the hour is being checked")
	if text := w.log.String(); strings.Contains(text, "panicked") || strings.Contains(text, "level=ERROR") {
		t.Error("something failed")
	}
}
