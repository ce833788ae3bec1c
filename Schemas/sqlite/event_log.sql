-- The event log. Owner: Sources/SQLiteEventLog/SQLite. Format version 1; merkle_tree.sql has what version 2 added (PRAGMA
-- user_version).
--
-- The truth is in events, event_types, actors, dictionaries and ledger_info. streams, stream_marks, segments and
-- postings are an index over the events up to the last segment; they can be made anew from the events, and the events
-- after the last segment (the tail, at most some ten thousand) are indexed in memory by whoever needs them.

CREATE TABLE ledger_info (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE events (
    position INTEGER PRIMARY KEY,      -- 1, 2, 3, … without gaps
    stream_id INTEGER NOT NULL,        -- the position of the stream's first event
    version INTEGER NOT NULL,          -- 1, 2, 3, … within the stream
    previous INTEGER,                  -- the position of the stream's event before this one
    type_id INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    event_id BLOB NOT NULL,            -- sixteen bytes
    recorded_at INTEGER NOT NULL,      -- milliseconds since 1970; never less than the event's before
    occurred_at INTEGER,               -- milliseconds since 1970; NULL: as recorded
    actor_id INTEGER,
    correlation_id TEXT,
    causation_id TEXT,
    codec INTEGER NOT NULL,            -- 0 as is, 1 LZ4, n >= 2 LZ4 with dictionary n - 1
    size INTEGER NOT NULL,             -- the payload's bytes before compression
    checksum INTEGER NOT NULL,         -- CRC-32C of the payload before compression
    payload BLOB NOT NULL,
    stream_name TEXT                   -- on the stream's first event only
);

CREATE TABLE event_types (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE actors (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE dictionaries (
    number INTEGER PRIMARY KEY,        -- 1, 2, 3, …
    sha256 TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    added_at_position INTEGER NOT NULL,
    bytes BLOB NOT NULL
);

CREATE TABLE streams (
    name TEXT PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    version INTEGER NOT NULL,          -- of the stream's last event up to the last segment
    position INTEGER NOT NULL          -- of that event
) WITHOUT ROWID;

CREATE TABLE stream_marks (            -- every 64th event of a stream, to enter its chain in the middle
    stream_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream_id, version)
) WITHOUT ROWID;

CREATE TABLE segments (                -- runs of indexed events, without gaps
    last_position INTEGER PRIMARY KEY,
    first_position INTEGER NOT NULL,
    least_event_id BLOB NOT NULL,
    greatest_event_id BLOB NOT NULL,
    greatest_event_id_so_far BLOB NOT NULL,
    event_ids BLOB                     -- NULL where the ids ascend; else sorted (hash, offset) pairs of 4 + 4 bytes
);

CREATE TABLE postings (                -- which events of a segment have a type, an actor, a correlation, a category
    kind INTEGER NOT NULL,             -- 1 type, 2 actor, 3 correlation, 4 category
    value NOT NULL,
    last_position INTEGER NOT NULL,    -- the segment
    positions BLOB NOT NULL,           -- differences as LEB128, the first from the position before the segment
    PRIMARY KEY (kind, value, last_position)
) WITHOUT ROWID;

CREATE TABLE projections (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    position INTEGER NOT NULL          -- the rows hold every event up to this position
) WITHOUT ROWID;

-- The ledger's own writer switches triggers off, which costs it nothing; it has no statement that they would refuse.
-- INSERT OR REPLACE deletes without a delete trigger, so inserts over a row are refused by themselves.

CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only: append a compensating event instead'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only: append a compensating event instead'); END;

CREATE TRIGGER event_types_are_never_updated BEFORE UPDATE ON event_types
BEGIN SELECT RAISE(ABORT, 'event types are append-only'); END;

CREATE TRIGGER event_types_are_never_deleted BEFORE DELETE ON event_types
BEGIN SELECT RAISE(ABORT, 'event types are append-only'); END;

CREATE TRIGGER actors_are_never_updated BEFORE UPDATE ON actors
BEGIN SELECT RAISE(ABORT, 'actors are append-only'); END;

CREATE TRIGGER actors_are_never_deleted BEFORE DELETE ON actors
BEGIN SELECT RAISE(ABORT, 'actors are append-only'); END;

CREATE TRIGGER dictionaries_are_never_updated BEFORE UPDATE ON dictionaries
BEGIN SELECT RAISE(ABORT, 'dictionaries are never changed: events need them'); END;

CREATE TRIGGER dictionaries_are_never_deleted BEFORE DELETE ON dictionaries
BEGIN SELECT RAISE(ABORT, 'dictionaries are never deleted: events need them'); END;

CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'events are append-only: append a compensating event instead'); END;

CREATE TRIGGER event_types_are_never_replaced BEFORE INSERT ON event_types
WHEN EXISTS (SELECT 1 FROM event_types WHERE id = NEW.id OR name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'event types are append-only'); END;

CREATE TRIGGER actors_are_never_replaced BEFORE INSERT ON actors
WHEN EXISTS (SELECT 1 FROM actors WHERE id = NEW.id OR name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'actors are append-only'); END;

CREATE TRIGGER dictionaries_are_never_replaced BEFORE INSERT ON dictionaries
WHEN EXISTS (SELECT 1 FROM dictionaries WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'dictionaries are never changed: events need them'); END;
