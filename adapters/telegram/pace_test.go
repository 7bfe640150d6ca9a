package telegram

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"testigo/adapters/telegram/telegramtest"
	"testigo/bot"
)

// at has a replica's limits be so many times as fast as Telegram's.
func at(speed float64) func(*replica) {
	return func(r *replica) {
		q := newQueue(2*time.Millisecond, speed)
		q.cluster, q.onMove = r.cluster, r.adapter.movedWhileSending
		r.adapter.queue = q
	}
}

// sendAll has all replicas send at once, each n messages, and returns how long that took.
func (all *replicas) sendAll(n int, to func(replica, i int) string) time.Duration {
	began := time.Now()
	var group sync.WaitGroup
	for k, r := range all.all {
		<-r.adapter.Ready()
		for i := range n {
			group.Go(func() {
				if _, err := r.adapter.Send(all.t.Context(), bot.MessageRef{Platform: "telegram", Channel: to(k, i)}, paragraph("x")); err != nil {
					all.t.Error(err)
				}
			})
		}
	}
	group.Wait()
	return time.Since(began)
}

func TestAGroupsLimitHoldsOverAllProcesses(t *testing.T) {
	const speed, each = 20, 12
	all := startReplicas(t, 2, time.Minute, at(speed))
	all.Member(group, ben, "member")
	all.CountLimits(speed)
	took := all.sendAll(each, func(int, int) string { return id64(group.ID) })
	if least := time.Duration(2*each-groupBurst-1) * 4 * time.Second / speed; took < least {
		t.Errorf("%d messages took %v, which take %v at the least", 2*each, took, least)
	}
}

func TestTheLimitOverAllHoldsOverAllProcesses(t *testing.T) {
	const speed, each = 2, 55
	all := startReplicas(t, 2, time.Minute, at(speed))
	person := func(k, i int) telegramtest.User { return telegramtest.User{ID: int64(20_000 + 1000*k + i), Name: "P"} }
	for k := range 2 {
		for i := range each {
			all.Member(telegramtest.Private(person(k, i)), person(k, i), "member")
		}
	}
	all.CountLimits(speed)
	took := all.sendAll(each, func(k, i int) string { return id64(person(k, i).ID) })
	if least := time.Duration(2*each-allBurst-1) * time.Second / 25 / speed; took < least {
		t.Errorf("%d messages took %v, which take %v at the least", 2*each, took, least)
	}
}

// Chats whose turn is far off, more of them than there are requests at once, keep no other waiting; and who gives up waiting is told that it was not sent.
func TestAChatThatWaitsForItsTurnHoldsBackNoOther(t *testing.T) {
	all := startReplicas(t, 1, time.Minute)
	r := all.all[0]
	for bucket := range paceBuckets {
		if bucket%64 != 0 { // of the others each has chats that wait
			continue
		}
		if _, err := all.db.Take(t.Context(), nameOf(telegramtest.BotID, fmt.Sprint("chat/", bucket)), time.Minute, 1); err != nil {
			t.Fatal(err)
		}
	}
	waits, free := []int64{}, int64(0)
	for id := int64(30_000); len(waits) < 2*maxSending || free == 0; id++ {
		switch bucket := chatBucket(id); {
		case bucket%64 == 0:
			waits = append(waits, id)
		case free == 0:
			free = id
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for _, id := range waits {
		u := telegramtest.User{ID: id, Name: "P"}
		all.Member(telegramtest.Private(u), u, "member")
		group.Go(func() {
			_, err := r.adapter.Send(ctx, bot.MessageRef{Platform: "telegram", Channel: id64(id)}, paragraph("x"))
			if !errors.Is(err, bot.ErrUnsent) || !errors.Is(err, context.Canceled) {
				t.Errorf("%d: %v", id, err)
			}
		})
	}
	all.Wait("that all of them wait", func() bool {
		q := r.adapter.queue
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.left == len(waits) && q.queued == 0
	})
	u := telegramtest.User{ID: free, Name: "P"}
	all.Member(telegramtest.Private(u), u, "member")
	if _, err := r.adapter.Send(t.Context(), bot.MessageRef{Platform: "telegram", Channel: id64(free)}, paragraph("x")); err != nil {
		t.Error(err)
	}
	cancel()
	group.Wait()
	if n := len(all.Sent()); n != 1 {
		t.Errorf("%d messages were sent", n)
	}
}
