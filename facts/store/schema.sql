-- The tables of a store, version 6, as SQLite reads them; other databases get them translated (dialect.ddl). A change here is a new version: add its step in schema.go, which brings older files here.
-- Times are seconds since 1970 UTC; truths are 0 or 1; "" stands for what is not there.

CREATE TABLE meta (
	name  TEXT PRIMARY KEY, -- 'schema': the version of these tables; 'salt': 32 random bytes in hexadecimal, see people.key
	value TEXT NOT NULL     -- in words or figures
) STRICT;

-- Who acted. What else is kept about a person hangs on their key.
CREATE TABLE people (
	key      TEXT PRIMARY KEY, -- first 16 bytes of HMAC-SHA256(salt, platform NUL id), in hexadecimal
	platform TEXT NOT NULL,    -- 'discord', 'telegram', 'terminal'
	id       TEXT NOT NULL,    -- as the platform knows them; '' once they asked to be forgotten
	name     TEXT NOT NULL     -- as shown when they last acted; '' once they asked to be forgotten
) STRICT;

-- The end of the log. Whoever appends changes this row first and so holds it until they commit.
CREATE TABLE head (
	one  INTEGER PRIMARY KEY CHECK (one = 1), -- there is one row
	seq  INTEGER NOT NULL, -- of the newest entry, 0 before the first
	hash TEXT NOT NULL     -- of the newest entry, '' before the first
) STRICT;

-- The log of revisions. Rows are added, never changed, never deleted.
CREATE TABLE log (
	seq     INTEGER PRIMARY KEY, -- from head, counting from 1 without gaps
	space   TEXT NOT NULL,       -- '' is the shared set
	fact    TEXT NOT NULL,       -- id of a fact, or 'setting/' and a setting's name
	number  INTEGER NOT NULL,    -- the fact's revision in its space, counting from 1
	state   TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected', 'hidden')), -- facts.State
	decides INTEGER NOT NULL,    -- seq of the proposal this approves or rejects, 0 if none (Revision.Of)
	undoes  INTEGER NOT NULL,    -- seq of the entry this takes back, 0 if none
	body    TEXT NOT NULL,       -- facts.Content as JSON, byte for byte as hashed; '' for none
	author  TEXT NOT NULL REFERENCES people (key), -- who acted
	marked  INTEGER NOT NULL,    -- a contributor's or a member's
	reason  TEXT NOT NULL,       -- in the author's words
	at      INTEGER NOT NULL,    -- when it was appended
	prev    TEXT NOT NULL,       -- hash of the entry before, '' for the first
	hash    TEXT NOT NULL,       -- facts.Revision.Sum
	UNIQUE (space, fact, number)
) STRICT;
CREATE INDEX log_history ON log (space, fact, seq);
CREATE INDEX log_recent ON log (space, seq);
CREATE INDEX log_author ON log (author);
CREATE INDEX log_live ON log (space, fact, seq) WHERE state IN ('approved', 'hidden');
CREATE INDEX log_proposed ON log (space, seq) WHERE state = 'proposed';
CREATE UNIQUE INDEX log_decides ON log (decides) WHERE decides <> 0; -- a proposal is decided once

-- Where to tell the outcome of a proposal.
CREATE TABLE watches (
	seq      INTEGER NOT NULL REFERENCES log (seq), -- the proposal
	person   TEXT NOT NULL REFERENCES people (key), -- who waits
	platform TEXT NOT NULL, -- of the channel
	channel  TEXT NOT NULL, -- where the proposal was made
	message  TEXT NOT NULL, -- to answer there, '' for none
	lang     TEXT NOT NULL, -- to tell it in
	PRIMARY KEY (seq, platform, channel, message)
) STRICT;
CREATE INDEX watches_person ON watches (person);

-- Questions that got no answer, without who asked.
CREATE TABLE gaps (
	id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: old buttons name it
	space   TEXT NOT NULL,    -- where it was asked
	text    TEXT NOT NULL,    -- folded
	lang    TEXT NOT NULL,    -- it was last asked in
	asked   INTEGER NOT NULL, -- how many times
	first   INTEGER NOT NULL, -- when it was first asked
	last    INTEGER NOT NULL, -- when it was last asked
	nearest TEXT NOT NULL,    -- id of the fact that was nearest, '' if none
	fact    TEXT NOT NULL,    -- that answers it, '-' for none ever will, '' while it is open
	sample  TEXT NOT NULL DEFAULT '', -- as it was last typed; since version 2
	UNIQUE (space, text)
) STRICT;
CREATE INDEX gaps_open ON gaps (space, asked, last) WHERE fact = '';
CREATE INDEX gaps_last ON gaps (last);

-- What members find wrong, without who said so.
CREATE TABLE reports (
	id       INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
	space    TEXT NOT NULL,    -- where it was made
	fact     TEXT NOT NULL,    -- id of the fact
	revision INTEGER NOT NULL, -- of the fact when it was reported, 0 is the shared set's
	kind     TEXT NOT NULL,    -- facts.ReportKind
	note     TEXT NOT NULL,    -- in the member's words
	lang     TEXT NOT NULL,    -- of the note
	at       INTEGER NOT NULL, -- when it was reported
	outcome  TEXT NOT NULL,    -- what was done about it, '' while it is open
	closed   INTEGER NOT NULL  -- when that was said, 0 while it is open
) STRICT;
CREATE INDEX reports_open ON reports (space, id) WHERE outcome = '';

-- Forms being filled in, one for each person and space.
CREATE TABLE drafts (
	space  TEXT NOT NULL,    -- what it is for
	person TEXT NOT NULL REFERENCES people (key), -- whose it is
	body   BLOB NOT NULL,    -- the bot's
	at     INTEGER NOT NULL, -- when it was last touched
	change INTEGER NOT NULL DEFAULT 1, -- number of moved at which it was last saved: its version; since version 6
	PRIMARY KEY (space, person)
) STRICT;
CREATE INDEX drafts_person ON drafts (person);
CREATE INDEX drafts_change ON drafts (change);

-- Which message carries which revision of which fact, or says that there is no answer.
CREATE TABLE deliveries (
	id       INTEGER PRIMARY KEY AUTOINCREMENT, -- the order within one second
	platform TEXT NOT NULL,    -- of the channel
	channel  TEXT NOT NULL,    -- where the message is
	message  TEXT NOT NULL,    -- the bot's
	reply_to TEXT NOT NULL,    -- the message it answered, '' if none
	space    TEXT NOT NULL,    -- whose view was answered from
	fact     TEXT NOT NULL,    -- '' if there was no answer
	revision INTEGER NOT NULL, -- of the fact in the space, 0 is the shared set's
	gap      INTEGER NOT NULL, -- gaps.id if there was no answer, else 0
	lang     TEXT NOT NULL,    -- it was written in
	private  INTEGER NOT NULL, -- only its asker saw it
	at       INTEGER NOT NULL, -- when it was sent
	UNIQUE (platform, channel, message)
) STRICT;
CREATE INDEX deliveries_fact ON deliveries (space, fact, at);
CREATE INDEX deliveries_gap ON deliveries (gap) WHERE gap <> 0;
CREATE INDEX deliveries_at ON deliveries (at);

-- Outward acts that were begun, so that none is done twice.
CREATE TABLE notices (
	key     TEXT PRIMARY KEY, -- the act's natural key
	outcome TEXT NOT NULL,   -- how it ended, '' while nobody knows
	at      INTEGER NOT NULL -- when it was claimed, then when it was settled
) STRICT;

-- What is set for a channel or private chat.
CREATE TABLE channels (
	platform TEXT NOT NULL,    -- of the channel
	channel  TEXT NOT NULL,    -- as the platform knows it
	lang     TEXT NOT NULL,    -- to answer in, '' finds it out from each question
	gone     INTEGER NOT NULL, -- the bot was removed from it or may not write there
	moved_to TEXT NOT NULL DEFAULT '', -- the channel that took its place; since version 2
	home     TEXT NOT NULL DEFAULT '', -- the channel whose community it belongs to, '' for its own; since version 3
	change   INTEGER NOT NULL DEFAULT 1, -- number of moved at which it was last changed; since version 6
	PRIMARY KEY (platform, channel)
) STRICT;
CREATE INDEX channels_change ON channels (change);

-- What a channel gets each day.
CREATE TABLE subscriptions (
	platform TEXT NOT NULL,    -- of the channel
	channel  TEXT NOT NULL,    -- that gets a post
	space    TEXT NOT NULL,    -- whose facts it gets
	spec     BLOB NOT NULL,    -- the bot's: hour, zone, language, kind, run
	at       INTEGER NOT NULL, -- when it was set
	PRIMARY KEY (platform, channel)
) STRICT;

-- Daily posts: a row is there before the post is made, so that a date has one post or none.
CREATE TABLE posts (
	platform TEXT NOT NULL,    -- of the channel
	channel  TEXT NOT NULL,    -- that got it
	day      TEXT NOT NULL,    -- local date, 2006-01-02
	space    TEXT NOT NULL,    -- whose fact it is
	fact     TEXT NOT NULL,    -- id of the fact, '' if none was picked
	revision INTEGER NOT NULL, -- of the fact, 0 is the shared set's
	state    TEXT NOT NULL CHECK (state IN ('claimed', 'released', 'sent', 'failed', 'skipped')), -- see Posts
	message  TEXT NOT NULL,    -- the post, '' if none
	why      TEXT NOT NULL,    -- it was released, failed or skipped
	attempts INTEGER NOT NULL, -- how often it was claimed
	at       INTEGER NOT NULL, -- of the last change
	PRIMARY KEY (platform, channel, day)
) STRICT;

-- Who holds what only one process may do at a time. A row stays, so that its number only ever grows. Since version 3.
CREATE TABLE leases (
	name   TEXT PRIMARY KEY,  -- what is held
	holder TEXT NOT NULL,     -- who holds it, or held it last
	number INTEGER NOT NULL,  -- how many times it was given out: the fencing number of the newest holder
	until  INTEGER NOT NULL,  -- when it ends by itself, in milliseconds since 1970 UTC by the database's clock; once it was given back, minus when that was
	note   TEXT NOT NULL DEFAULT '',   -- what who gave it back left for the next; since version 5
	noted  INTEGER NOT NULL DEFAULT 0  -- the number they held it under; since version 5
) STRICT;

-- How much of what all processes together may do is taken. Nothing is lost with it but a moment's pace. Since version 5.
CREATE TABLE paces (
	name TEXT PRIMARY KEY,   -- what is done
	free INTEGER NOT NULL    -- when all of it is free again, in milliseconds since 1970 UTC by the database's clock
) STRICT;

-- How often drafts and channels changed, for processes that keep in memory what they read of them. Whoever changes one of these tables changes its
-- row here first and so holds it until they commit: who sees a number sees all that came before it. Since version 6.
CREATE TABLE moved (
	what   TEXT PRIMARY KEY, -- 'drafts' or 'channels'
	number INTEGER NOT NULL, -- of the newest change; what was there before version 6 has 1
	gone   INTEGER NOT NULL  -- of the newest change that deleted a row, 0 before the first
) STRICT;
INSERT INTO moved (what, number, gone) VALUES ('drafts', 1, 0), ('channels', 1, 0);
