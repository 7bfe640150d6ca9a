-- A store of version 1, as it was: its tables and some rows. This file is never changed.
-- Times are seconds since 1970 UTC; truths are 0 or 1; "" stands for what is not there.

CREATE TABLE meta (
	name  TEXT PRIMARY KEY, -- 'schema': the version of these tables; 'salt': 32 random bytes in hexadecimal, see people.key
	value TEXT NOT NULL
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
	state   TEXT NOT NULL CHECK (state IN ('proposed', 'approved', 'rejected', 'hidden')),
	decides INTEGER NOT NULL,    -- seq of the proposal this approves or rejects, 0 if none (Revision.Of)
	undoes  INTEGER NOT NULL,    -- seq of the entry this takes back, 0 if none
	body    TEXT NOT NULL,       -- facts.Content as JSON, byte for byte as hashed; '' for none
	author  TEXT NOT NULL REFERENCES people (key),
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
	platform TEXT NOT NULL,
	channel  TEXT NOT NULL,
	message  TEXT NOT NULL, -- where the proposal was made, '' for the channel
	lang     TEXT NOT NULL, -- to tell it in
	PRIMARY KEY (seq, platform, channel, message)
) STRICT;
CREATE INDEX watches_person ON watches (person);

-- Questions that got no answer, without who asked.
CREATE TABLE gaps (
	id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: old buttons name it
	space   TEXT NOT NULL,
	text    TEXT NOT NULL,    -- folded
	lang    TEXT NOT NULL,    -- it was last asked in
	asked   INTEGER NOT NULL, -- how many times
	first   INTEGER NOT NULL, -- when it was first asked
	last    INTEGER NOT NULL, -- when it was last asked
	nearest TEXT NOT NULL,    -- id of the fact that was nearest, '' if none
	fact    TEXT NOT NULL,    -- that answers it, '-' for none ever will, '' while it is open
	UNIQUE (space, text)
) STRICT;
CREATE INDEX gaps_open ON gaps (space, asked, last) WHERE fact = '';
CREATE INDEX gaps_last ON gaps (last);

-- What members find wrong, without who said so.
CREATE TABLE reports (
	id       INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
	space    TEXT NOT NULL,
	fact     TEXT NOT NULL,
	revision INTEGER NOT NULL, -- of the fact when it was reported, 0 is the shared set's
	kind     TEXT NOT NULL,    -- facts.ReportKind
	note     TEXT NOT NULL,    -- in the member's words
	lang     TEXT NOT NULL,
	at       INTEGER NOT NULL, -- when it was reported
	outcome  TEXT NOT NULL,    -- what was done about it, '' while it is open
	closed   INTEGER NOT NULL  -- when that was said, 0 while it is open
) STRICT;
CREATE INDEX reports_open ON reports (space, id) WHERE outcome = '';

-- Forms being filled in, one for each person and space.
CREATE TABLE drafts (
	space  TEXT NOT NULL,
	person TEXT NOT NULL REFERENCES people (key),
	body   BLOB NOT NULL,    -- the bot's
	at     INTEGER NOT NULL, -- when it was last touched
	PRIMARY KEY (space, person)
) STRICT;
CREATE INDEX drafts_person ON drafts (person);

-- Which message carries which revision of which fact, or says that there is no answer.
CREATE TABLE deliveries (
	id       INTEGER PRIMARY KEY AUTOINCREMENT, -- the order within one second
	platform TEXT NOT NULL,
	channel  TEXT NOT NULL,
	message  TEXT NOT NULL,    -- the bot's
	reply_to TEXT NOT NULL,    -- the message it answered, '' if none
	space    TEXT NOT NULL,
	fact     TEXT NOT NULL,    -- '' if there was no answer
	revision INTEGER NOT NULL, -- of the fact in the space, 0 is the shared set's
	gap      INTEGER NOT NULL, -- gaps.id if there was no answer, else 0
	lang     TEXT NOT NULL,
	private  INTEGER NOT NULL, -- only its asker saw it
	at       INTEGER NOT NULL,
	UNIQUE (platform, channel, message)
) STRICT;
CREATE INDEX deliveries_fact ON deliveries (space, fact, at);
CREATE INDEX deliveries_gap ON deliveries (gap) WHERE gap <> 0;
CREATE INDEX deliveries_at ON deliveries (at);

-- Outward acts that were begun, so that none is done twice.
CREATE TABLE notices (
	key     TEXT PRIMARY KEY,
	outcome TEXT NOT NULL,   -- how it ended, '' while nobody knows
	at      INTEGER NOT NULL -- when it was claimed, then when it was settled
) STRICT;

-- What is set for a channel or private chat.
CREATE TABLE channels (
	platform TEXT NOT NULL,
	channel  TEXT NOT NULL,
	lang     TEXT NOT NULL,    -- to answer in, '' finds it out from each question
	gone     INTEGER NOT NULL, -- the bot was removed from it or may not write there
	PRIMARY KEY (platform, channel)
) STRICT;

-- What a channel gets each day.
CREATE TABLE subscriptions (
	platform TEXT NOT NULL,
	channel  TEXT NOT NULL,
	space    TEXT NOT NULL,
	spec     BLOB NOT NULL,    -- the bot's: hour, zone, language, kind, run
	at       INTEGER NOT NULL, -- when it was set
	PRIMARY KEY (platform, channel)
) STRICT;

-- Daily posts: a row is there before the post is made, so that a date has one post or none.
CREATE TABLE posts (
	platform TEXT NOT NULL,
	channel  TEXT NOT NULL,
	day      TEXT NOT NULL,    -- local date, 2006-01-02
	space    TEXT NOT NULL,
	fact     TEXT NOT NULL,
	revision INTEGER NOT NULL,
	state    TEXT NOT NULL CHECK (state IN ('claimed', 'released', 'sent', 'failed', 'skipped')),
	message  TEXT NOT NULL,    -- the post, '' if none
	why      TEXT NOT NULL,    -- it was released, failed or skipped
	attempts INTEGER NOT NULL, -- how often it was claimed
	at       INTEGER NOT NULL, -- of the last change
	PRIMARY KEY (platform, channel, day)
) STRICT;

INSERT INTO meta (name, value) VALUES ('schema', '1'), ('salt', '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO people (key, platform, id, name) VALUES ('5ff149713c8ffed21e6738d59b35d4c1', 'discord', '80351110224678912', 'Ana Ñandú'), ('46e502cfc89b65189c6f7a1c9cbc8533', 'telegram', '4242424242', 'Berta');
INSERT INTO log (seq, space, fact, number, state, decides, undoes, body, author, marked, reason, at, prev, hash) VALUES
	(1, 'discord:1', 'opened', 1, 'approved', 0, 0, '{"value":"In 1950. ¿Sí?"}', '5ff149713c8ffed21e6738d59b35d4c1', 0, 'the letter''s date', 1790964000,
	'', '5302b8deb8557c3745476d6e449fcceadab34a6eb11dfcdb5c14084da27890fd');
INSERT INTO log (seq, space, fact, number, state, decides, undoes, body, author, marked, reason, at, prev, hash) VALUES
	(2, 'discord:1', 'opened', 2, 'proposed', 0, 0, '{"value":"In 1951."}', '46e502cfc89b65189c6f7a1c9cbc8533', 1, 'a newer source', 1790964060,
	'5302b8deb8557c3745476d6e449fcceadab34a6eb11dfcdb5c14084da27890fd', '304807391afad3884caa18787d86f2ad7c957a697b2350b2ab9605a8963b4eb5');
INSERT INTO log (seq, space, fact, number, state, decides, undoes, body, author, marked, reason, at, prev, hash) VALUES
	(3, 'discord:1', 'opened', 3, 'approved', 2, 0, '{"value":"In 1951."}', '5ff149713c8ffed21e6738d59b35d4c1', 0, '', 1790964120,
	'304807391afad3884caa18787d86f2ad7c957a697b2350b2ab9605a8963b4eb5', '9e081660b546f084a14fd3985007702b3186bb8391f5f4411cc9a108a49f5d3f');
INSERT INTO log (seq, space, fact, number, state, decides, undoes, body, author, marked, reason, at, prev, hash) VALUES
	(4, 'discord:1', 'setting/lang', 1, 'approved', 0, 0, '{"value":"es"}', '5ff149713c8ffed21e6738d59b35d4c1', 0, '', 1790964180,
	'9e081660b546f084a14fd3985007702b3186bb8391f5f4411cc9a108a49f5d3f', '3fbb4834146981ccf9891fc0f861dde9c0e705c289c1f4388c1699dcba11bd36');
INSERT INTO log (seq, space, fact, number, state, decides, undoes, body, author, marked, reason, at, prev, hash) VALUES
	(5, 'discord:1', 'opened', 4, 'approved', 0, 3, '{"value":"In 1950. ¿Sí?"}', '46e502cfc89b65189c6f7a1c9cbc8533', 0, 'it was right', 1790964240,
	'3fbb4834146981ccf9891fc0f861dde9c0e705c289c1f4388c1699dcba11bd36', 'f9539a816cbc709aea6119d4e6881b39ac2003d43601cab8eb41226ed63ca167');
INSERT INTO log (seq, space, fact, number, state, decides, undoes, body, author, marked, reason, at, prev, hash) VALUES
	(6, 'discord:1', 'mill', 1, 'proposed', 0, 0, '{"value":"The mill."}', '46e502cfc89b65189c6f7a1c9cbc8533', 0, '', 1790964300,
	'f9539a816cbc709aea6119d4e6881b39ac2003d43601cab8eb41226ed63ca167', 'c45dd1d1b2dd3556b5252200cac8539c4be9a2d35111fb745fa90cc88979feea');
INSERT INTO head (one, seq, hash) VALUES (1, 6, 'c45dd1d1b2dd3556b5252200cac8539c4be9a2d35111fb745fa90cc88979feea');
INSERT INTO watches (seq, person, platform, channel, message, lang) VALUES (6, '46e502cfc89b65189c6f7a1c9cbc8533', 'telegram', '-1001', '77', 'es');
INSERT INTO gaps (space, text, lang, asked, first, last, nearest, fact) VALUES ('discord:1', 'quien fue', 'es', 3, 1790964000, 1790964060, 'opened', '');
INSERT INTO reports (space, fact, revision, kind, note, lang, at, outcome, closed) VALUES ('discord:1', 'opened', 3, 'outdated', 'Ya no.', 'es', 1790964000, '', 0);
INSERT INTO drafts (space, person, body, at) VALUES ('discord:1', '5ff149713c8ffed21e6738d59b35d4c1', X'7b7d', 1790964000);
INSERT INTO deliveries (platform, channel, message, reply_to, space, fact, revision, gap, lang, private, at) VALUES
	('discord', '10', '20', '19', 'discord:1', 'opened', 1, 0, 'en', 0, 1790964000),
	('discord', '10', '22', '21', 'discord:1', '', 0, 1, 'es', 0, 1790964060);
INSERT INTO notices (key, outcome, at) VALUES ('correct:discord:10:20:r3', 'sent', 1790964000), ('tell:6', '', 1790964000);
INSERT INTO channels (platform, channel, lang, gone) VALUES ('telegram', '-1001', 'es', 1);
INSERT INTO subscriptions (platform, channel, space, spec, at) VALUES ('discord', '10', 'discord:1', X'7b7d', 1790964000);
INSERT INTO posts (platform, channel, day, space, fact, revision, state, message, why, attempts, at) VALUES
	('discord', '10', '2026-09-26', 'discord:1', 'opened', 0, 'sent', '30', '', 1, 1790964000),
	('discord', '10', '2026-09-27', 'discord:1', 'mill', 0, 'claimed', '', '', 2, 1790964000);
