// Package store keeps what a community changes and what the bot must remember: the append-only log of revisions, gaps, reports, drafts,
// deliveries, daily posts, leases. [Open] opens it in an SQLite file or on PostgreSQL; storetest holds what every implementation must do.
package store

import (
	"context"
	"io"
	"time"

	"testigo/facts"
)

// Store is the contract. All methods may be called from any number of goroutines and, except where a method says otherwise:
//
//   - A write is atomic and, once its method has returned nil, durable: it is there after the process or the machine stops at any moment.
//     After an error nothing of it is there, except where the connection was lost while committing; then it is there whole or not at all.
//   - A read sees every write that had returned before the read began, and no part of one that had not committed.
//   - A context that ends makes the method return its error soon; the rule for writes above holds.
//   - Times are kept in UTC to the second. Where a caller gives none (a zero At, or Last of a gap) it is now, by the store's clock; an entry of the
//     log always has the clock's.
//   - Texts are kept as they were given. One that is not UTF-8, has a NUL in it or is longer than MaxValue bytes is refused.
//   - A limit below 1 gives nothing.
//   - Where the database cannot be reached, or does not answer in time, the error is facts.ErrAway; later calls find it again by themselves.
//   - Whatever is set or closed without being there fails with facts.ErrNotFound; whatever is deleted may be gone already.
type Store interface {
	Log
	Gaps
	Reports
	Drafts
	Deliveries
	Channels
	Posts
	Leases
	Paces

	// Verify walks the whole log in order and returns how many entries it has and, in words, the first thing wrong with the chain, the order or
	// the numbers ("" where nothing is).
	Verify(ctx context.Context) (entries int64, fault string, err error)
	// Fade deletes what is kept for a time only: gaps not asked since, their deliveries and other deliveries from before, settled notices,
	// reports decided before, drafts not touched since, watches of proposals decided before, leases that ended before, and people of whom nothing else
	// is left. The key of a settled notice can be claimed again then, and the numbers of a lease begin anew. It returns how many rows went. The log stays.
	Fade(ctx context.Context, before time.Time) (int64, error)
	// Forget takes a person's name and id out of the log's authors, and deletes their drafts and watches, and the channel and deliveries of a
	// private chat that bears their id, as Telegram's do. Their key stays, so that nobody approves their own proposal by being forgotten
	// between; who acts again is known again. It returns how many entries of the log were theirs.
	Forget(ctx context.Context, platform, id string) (entries int, err error)
	// Known returns what is kept about a person; about a stranger, nothing.
	Known(ctx context.Context, platform, id string) (facts.Personal, error)
	// Backup writes a copy of the database, as of one moment, to a new file; it never overwrites one (fs.ErrExist). Others go on
	// reading and writing meanwhile. A server that has tools of its own for that refuses, and names them.
	Backup(ctx context.Context, file string) error
	io.Closer
}

// Log is the append-only log of revisions. Nothing in it is ever changed or deleted.
type Log interface {
	// Append adds an entry and returns it as it stands in the log. In one transaction it takes the next Seq from the one counter row, the next Number
	// of the space and fact, and the hash of the entry before. It fails, in this order, with
	//   - another error, when e's state is none, or it names no fact, or is Rejected without Of, or has Of and is Proposed or Hidden;
	//   - facts.ErrNotFound, when e.Of or e.Undoes names no entry of that space and fact (e.Of: a proposal);
	//   - facts.ErrDecided, when e.Of names a proposal that has been decided;
	//   - facts.ErrOwn, when e approves a proposal of the same person's;
	//   - facts.ErrChanged, when e is live and the fact's newest live entry is not e.Base.
	// The author's name is kept once for all they did: the newest they had that was not empty.
	Append(ctx context.Context, e facts.Entry) (facts.Revision, error)
	// AppendAll appends the entries in order, all or none; the first fault of one is returned, wrapped with its fact's id. Each entry meets those
	// before it.
	AppendAll(ctx context.Context, entries []facts.Entry) ([]facts.Revision, error)
	// Since returns up to limit entries after seq, in order, of all spaces. It never skips one that commits late.
	Since(ctx context.Context, seq int64, limit int) ([]facts.Revision, error)
	// Revision returns one entry, or facts.ErrNotFound.
	Revision(ctx context.Context, seq int64) (facts.Revision, error)
	// Live returns the newest live entry of a fact in a space, or facts.ErrNotFound.
	Live(ctx context.Context, space, fact string) (facts.Revision, error)
	// Current returns the newest live entry of every fact and setting that the space has any of, by fact id.
	Current(ctx context.Context, space string) ([]facts.Revision, error)
	// History returns up to limit entries of a fact, newest first, before the Seq (0: from the newest).
	History(ctx context.Context, space, fact string, before int64, limit int) ([]facts.Revision, error)
	// Recent is History over a whole space: its audit trail.
	Recent(ctx context.Context, space string, before int64, limit int) ([]facts.Revision, error)
	// Pending returns the proposals of a space that nobody decided, oldest first.
	Pending(ctx context.Context, space string) ([]facts.Revision, error)
	// Watch remembers where a proposal was made, so that its author can be told the outcome there. A place is told once.
	Watch(ctx context.Context, seq int64, at facts.MessageRef, lang facts.Lang, by facts.Author) error
	// Watchers returns where to tell the outcome of a proposal, each once: what is returned is no longer kept.
	Watchers(ctx context.Context, seq int64) ([]facts.Watcher, error)
	// Changes looks twice a second, or sooner, whether the log has grown or a draft or what is kept of a channel changed, whoever did it, and calls
	// looked each time, never twice at once. moved is true the first time, when something has changed, and again as long as looked returns an
	// error. Where it could not look, looked gets that fault, and once it can, moved is true. Changes returns when ctx ends.
	Changes(ctx context.Context, looked func(moved bool, fault error) error)
}

// Gaps counts questions without an answer.
type Gaps interface {
	// CountGap counts a question once more, at g.Last, and returns its id: one for each Space and Text. Sample, Lang and Nearest are the newest.
	// An answered gap that is asked again, and got no answer again, is open again.
	CountGap(ctx context.Context, g facts.Gap) (id int64, err error)
	// Gaps returns up to limit open gaps of a space after the first skip, most asked first, then newest.
	Gaps(ctx context.Context, space string, skip, limit int) ([]facts.Gap, error)
	// Gap returns a gap by id, or facts.ErrNotFound.
	Gap(ctx context.Context, id int64) (facts.Gap, error)
	// CloseGap says which fact answers a gap ("-" for none ever will, "" opens it again).
	CloseGap(ctx context.Context, id int64, fact string) error
}

// Reports keeps what members find wrong.
type Reports interface {
	AddReport(ctx context.Context, r facts.Report) (id int64, err error)
	// Reports returns up to limit open reports of a space after the first skip, oldest first.
	Reports(ctx context.Context, space string, skip, limit int) ([]facts.Report, error)
	Report(ctx context.Context, id int64) (facts.Report, error)
	// CloseReport says what was done about a report. It fails with facts.ErrDecided where that was said before.
	CloseReport(ctx context.Context, id int64, outcome string) error
}

// Drafts keeps forms that are being filled in, one for each person and space.
type Drafts interface {
	// SaveDraft keeps a draft in the place of the one that has d.Version, and returns its own version. It fails with facts.ErrChanged where that
	// one is no longer there, or with Version 0 where there is one: of two who go on from the same step, one does.
	SaveDraft(ctx context.Context, d facts.Draft) (version int64, err error)
	// Draft returns a person's draft in a space, or facts.ErrNotFound.
	Draft(ctx context.Context, space string, who facts.Author) (facts.Draft, error)
	// DraftsOf returns a person's drafts in all spaces, the one saved last first.
	DraftsOf(ctx context.Context, who facts.Author) ([]facts.Draft, error)
	// DraftsSince returns what changed since a Seen, 0 for everything. Of a whole list, drafts that were saved before come without their Body.
	DraftsSince(ctx context.Context, seen int64) (facts.Changed[facts.Draft], error)
	// DeleteDraft deletes the draft that has the version. It fails with facts.ErrChanged where another is in its place.
	DeleteDraft(ctx context.Context, space string, who facts.Author, version int64) error
}

// Deliveries remembers which message carried which revision, and which outward acts were begun.
type Deliveries interface {
	// Deliver keeps what messages carry, in the place of what they carried before: all or none.
	Deliver(ctx context.Context, list ...facts.Delivery) error
	// Delivered returns the messages since then that carried the fact in the space, and are not known to carry a revision of number or above, oldest first.
	Delivered(ctx context.Context, space, fact string, number int, since time.Time) ([]facts.Delivery, error)
	// Redelivered says that a message now carries another revision. Where it has faded that does nothing.
	Redelivered(ctx context.Context, at facts.MessageRef, number int) error
	// Askers returns the messages that said there is no answer to the gap, the newest of each channel, private ones left out.
	Askers(ctx context.Context, gap int64) ([]facts.Delivery, error)
	// Claim takes the right to do an outward act, named by a natural key, and reports whether the caller got it: the first gets it, whoever comes
	// later does not, also after a crash, so that no act is done twice.
	Claim(ctx context.Context, key string) (bool, error)
	// Settle says how the act ended, for those who look. What was never settled does not fade.
	Settle(ctx context.Context, key, outcome string) error
}

// Channels keeps what is set for a channel or private chat, by its moderators or by the one person in it.
type Channels interface {
	// Channel returns what is kept of a channel; for one never seen, only its place.
	Channel(ctx context.Context, platform, channel string) (facts.Channel, error)
	// ChangeChannel changes what is kept of a channel, and returns that. change gets it as it is now, and no other change comes between; it is
	// called once and may not call the store.
	ChangeChannel(ctx context.Context, platform, channel string, change func(*facts.Channel)) (facts.Channel, error)
	// ChannelsSince returns what changed since a Seen, 0 for everything.
	ChannelsSince(ctx context.Context, seen int64) (facts.Changed[facts.Channel], error)
}

// Posts keeps daily subscriptions and what was posted.
type Posts interface {
	Subscriptions(ctx context.Context) ([]facts.Subscription, error)
	// Subscribe keeps a subscription in the place of the channel's one before, whatever space that was for.
	Subscribe(ctx context.Context, s facts.Subscription) error
	Unsubscribe(ctx context.Context, space, platform, channel string) error
	// ClaimPost takes the right to make the post of a channel's local date, whatever the space: the first caller gets it. A claim whose owner
	// crashed is never given again; one released by ReleasePost is, and Attempts counts.
	ClaimPost(ctx context.Context, p facts.Post) (bool, error)
	// ReleasePost gives the claim back after a failure that surely came before delivery. It fails with facts.ErrDecided where there is a row and
	// nobody holds it.
	ReleasePost(ctx context.Context, p facts.Post, why string) error
	// SettlePost records the outcome ("sent", "failed" or "skipped") of a post that was claimed, or released and given up. It fails with
	// facts.ErrDecided where that was recorded before.
	SettlePost(ctx context.Context, p facts.Post) error
	// Posted returns the posts of a channel, or without a platform those of all the space's channels, newest first.
	Posted(ctx context.Context, space, platform, channel string, limit int) ([]facts.Post, error)
}

// Leases say which process does what only one may do at a time. A lease ends by itself, by the database's own clock, so that a process that
// died does not keep it. Who was paused may wrongly think to hold it still: what must not be done twice says Renew first, or shows the number to
// whatever it acts on, which then refuses any lower than the highest it saw.
type Leases interface {
	// Acquire takes the lease for so long where nobody holds it, or the same holder does. Its number is higher than any before, as far back as leases are kept (Fade); its Note is what who
	// held it last left with Release, and "" where they did not give it back. Where somebody else holds it, ok is false. Two never hold it at the same
	// time.
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) (lease facts.Lease, ok bool, err error)
	// Renew has a lease last so long from now, also where it had ended and nobody took it since. It reports false where it was given back, or taken by
	// somebody: true means that nobody else held it since it was acquired under the number.
	Renew(ctx context.Context, name string, number int64, ttl time.Duration) (ok bool, err error)
	// Release gives a lease back, where it is still held under the number, and leaves a note for the next who holds it.
	Release(ctx context.Context, name string, number int64, note string) error
	// Leases returns those that are held now, by name, without notes.
	Leases(ctx context.Context) ([]facts.Lease, error)
}

// Paces bound how often all processes together do something, by the database's own clock.
type Paces interface {
	// Take takes one of what may be done once in every, and after a rest so many at once (burst), and returns 0; or takes nothing and returns how long
	// there is nothing to take. every counts in whole milliseconds, rounded up. What was taken may be forgotten when the database
	// stops; after an error one may have been taken.
	Take(ctx context.Context, name string, every time.Duration, burst int) (wait time.Duration, err error)
}
