package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"testigo/adapters/discord/discordtest"
	"testigo/facts/store"
)

// BenchmarkReplicas is how many commands one, two and three processes answer in a second ("questions/s"), where Discord takes 400 ms to take an answer
// and many ask at once: what counts is that waiting, and not the two processors that all of them and the double share. Compare the figures of one run:
//
//	go test . -run xxx -bench Replicas -benchtime 3000x
func BenchmarkReplicas(b *testing.B) {
	for n := 1; n <= replicas; n++ {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newSwarm(b)
			s.discord.Shards, s.discord.Concurrency = 6, 6 // the same for each process, whether they are two or three
			s.discord.Fault = func(r *http.Request) *discordtest.Fault {
				if strings.HasSuffix(r.URL.Path, "/callback") {
					return &discordtest.Fault{Delay: 400 * time.Millisecond}
				}
				return nil
			}
			for _, seat := range s.seats[:n] {
				seat.sit()
			}
			s.await("every shard is held, by all", func() bool { return len(s.standing()) == 6 && s.evenly(6, n) })
			var waiting []*discordtest.Interaction
			i := 0
			for b.Loop() {
				waiting = append(waiting, s.discord.Send(commanding(i%6, "ask", "", "1024", "question", asked)))
				for i++; len(waiting) > 240; waiting = waiting[1:] {
					s.await("an answer", func() bool { return len(s.discord.Responses(waiting[0])) > 0 })
				}
			}
			for _, in := range waiting {
				s.await("an answer", func() bool { return len(s.discord.Responses(in)) > 0 })
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "questions/s")
		})
	}
}

// evenly reports whether so many processes hold the same number of shards each.
func (s *swarm) evenly(shards, processes int) bool {
	db, err := store.Open(s.t.Context(), s.address, store.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	leases, err := db.Leases(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	by := map[string]int{}
	for _, l := range leases {
		if strings.HasPrefix(l.Name, fmt.Sprintf("discord/%s/shards/%d/", discordtest.BotID, shards)) {
			by[l.Holder]++
		}
	}
	for _, n := range by {
		if n != shards/processes {
			return false
		}
	}
	return len(by) == processes
}
