package discordtest

import (
	"maps"
	"strconv"
	"unicode/utf8"
)

// attachment is what a message says of a file that comes with it.
type attachment struct {
	ID          string `json:"id"`
	Filename    string `json:"filename"`
	Description string `json:"description"`
}

// maxFile is how large a file may be, in bytes: what Discord took of everybody until September 2026, and has taken twice of since.
const maxFile = 10 << 20

// checkFiles refuses what Discord refuses of a message's files and of what is said of them.
func (c *content) checkFiles(files map[string]string) *answer {
	for _, data := range files {
		if len(data) > maxFile {
			a := refusal(413, 40005, "Request entity too large")
			return &a
		}
	}
	if c.Attachments == nil {
		return nil
	}
	for n, a := range *c.Attachments {
		_, sent := files[a.Filename]
		if a.ID != strconv.Itoa(n) || !sent || utf8.RuneCountInString(a.Description) > 1024 {
			a := refusal(400, 50035, "Invalid Form Body: attachments: %d", n)
			return &a
		}
	}
	return nil
}

// attach gives a message its files. Those it had stay, unless it says which shall.
func (m *Message) attach(c *content, files map[string]string) {
	if c.Attachments != nil || m.Files == nil {
		m.Files, m.Alt = map[string]string{}, map[string]string{}
	}
	maps.Copy(m.Files, files)
	if c.Attachments == nil {
		return
	}
	for _, a := range *c.Attachments {
		m.Alt[a.Filename] = a.Description
	}
}
