package telegram

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"golang.org/x/time/rate"

	"testigo/cluster"
)

// Telegram counts what a bot sends, whichever of its processes it is that does. So what the limits of this process let go also waits, where there are
// others, for its turn among what all of them send; as much goes in a burst and after it as in queue.go.

// nameOf is what something that processes share is called in the database. The bot is in it: should the processes of two bots ever have one database,
// as of a real one and one to try things with, neither is to poll, or to wait, for the other.
func nameOf(bot int64, what string) string { return fmt.Sprint(platform, "/", bot, "/", what) }

// paceBuckets is how many paces there are of chats, and of groups. Chats share them by a hash of their id: so the database never holds whom the bot
// wrote to, and holds few. Two chats in one bucket only wait a little longer.
const paceBuckets = 4096

// awaitChat waits until all processes together may send to the job's chat once more, or the job or ctx ends.
func (q *queue) awaitChat(ctx context.Context, j *job) {
	bucket := chatBucket(j.chat)
	if j.group {
		q.await(ctx, j, cluster.Pace{Name: q.named("group/", bucket), Every: q.every(groupRate), Burst: groupBurst, Kept: true})
	}
	q.await(ctx, j, cluster.Pace{Name: q.named("chat/", bucket), Every: q.every(chatRate), Burst: 1, Kept: true})
}

func (q *queue) named(what ...any) string { return nameOf(q.bot, fmt.Sprint(what...)) }

func chatBucket(chat int64) uint32 {
	hash := fnv.New32a()
	_, _ = fmt.Fprint(hash, chat)
	return hash.Sum32() % paceBuckets
}

// awaitAll waits until all processes together may send once more, or the job or ctx ends. While the database is away nothing is posted, and of those who
// take turns at polling one answers: that one keeps to the whole pace by itself.
func (q *queue) awaitAll(ctx context.Context, j *job) {
	q.await(ctx, j, cluster.Pace{Name: q.named("all"), Every: q.every(allRate), Burst: allBurst, Kept: q.polls})
}

func (q *queue) await(ctx context.Context, j *job, p cluster.Pace) {
	if j.ctx != nil {
		merged, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(j.ctx, cancel)()
		ctx = merged
	}
	_ = q.cluster.Wait(ctx, p) // who is late or stopped is told so by the step
}

// every is how long after one the next goes at a rate.
func (q *queue) every(r rate.Limit) time.Duration {
	return max(time.Duration(float64(time.Second)/(float64(r)*q.speed)), time.Millisecond)
}
