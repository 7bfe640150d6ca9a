package store_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"testigo/facts"
	"testigo/facts/store"
	"testigo/facts/store/pgtest"
)

// onEach runs a benchmark on each database, both on the disk it runs on and both writing through to it. The server is on the same machine: over a
// network each of a change's eight statements costs a way there and back more.
func onEach(b *testing.B, n int, run func(b *testing.B, s *store.DB)) {
	b.Run("sqlite", func(b *testing.B) { run(b, benchStore(b, filepath.Join(b.TempDir(), "facts.db"), n)) })
	server := pgtest.Start(b, "fsync=on", "full_page_writes=on")
	b.Run("postgres", func(b *testing.B) {
		run(b, benchStore(b, server.Address(b), n))
	})
}

// benchStore is a store with n entries: a tenth as many facts, each with a body of about 1 kB.
func benchStore(b *testing.B, address string, n int) *store.DB {
	b.Helper()
	s := open(b, address)
	if n > 0 {
		if _, err := s.AppendAll(b.Context(), benchEntries(n, n/10)); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func benchEntries(n, of int) (entries []facts.Entry) {
	text := fmt.Sprintf("%01000d", 7)
	for i := range n {
		entries = append(entries, facts.Entry{Space: "s", Fact: fmt.Sprintf("fact-%d", i%of), State: facts.Proposed, Body: facts.Content{Value: &text},
			By: facts.Author{Platform: "discord", ID: fmt.Sprint(i % 20), Name: "Ana"}, Reason: "because"})
	}
	return entries
}

func BenchmarkAppend(b *testing.B) {
	onEach(b, 0, func(b *testing.B, s *store.DB) {
		entry := benchEntries(1, 1)[0]
		for b.Loop() {
			if _, err := s.Append(b.Context(), entry); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAppendAll100(b *testing.B) {
	onEach(b, 0, func(b *testing.B, s *store.DB) {
		entries := benchEntries(100, 100)
		for b.Loop() {
			if _, err := s.AppendAll(b.Context(), entries); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSince10000(b *testing.B) {
	onEach(b, 10_000, func(b *testing.B, s *store.DB) {
		for b.Loop() {
			if got, err := s.Since(b.Context(), 0, 10_000); err != nil || len(got) != 10_000 {
				b.Fatal(len(got), err)
			}
		}
	})
}

func BenchmarkLive(b *testing.B) {
	onEach(b, 10_000, func(b *testing.B, s *store.DB) {
		entry := benchEntries(8, 10)[7]
		entry.State = facts.Approved
		if _, err := s.Append(b.Context(), entry); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := s.Live(b.Context(), "s", entry.Fact); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCurrent1000(b *testing.B) {
	onEach(b, 0, func(b *testing.B, s *store.DB) {
		entries := benchEntries(1000, 1000)
		for i := range entries {
			entries[i].State = facts.Approved
		}
		if _, err := s.AppendAll(b.Context(), entries); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if got, err := s.Current(b.Context(), "s"); err != nil || len(got) != 1000 {
				b.Fatal(len(got), err)
			}
		}
	})
}

func BenchmarkVerify10000(b *testing.B) {
	onEach(b, 10_000, func(b *testing.B, s *store.DB) {
		for b.Loop() {
			if n, fault, err := s.Verify(b.Context()); n != 10_000 || fault != "" || err != nil {
				b.Fatal(n, fault, err)
			}
		}
	})
}

// Several who append at once: SQLite takes them one after the other, PostgreSQL has each wait for the counter's row.
func BenchmarkAppendAtOnce(b *testing.B) {
	onEach(b, 0, func(b *testing.B, s *store.DB) {
		entry := benchEntries(1, 1)[0]
		b.SetParallelism(8)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Append(b.Context(), entry); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
