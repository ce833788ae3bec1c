-- The events. Owner: Sources/SQLiteEventLog/Writing. The truth is here: everything else in a ledger is made from it.
-- event_index.sql and streams.sql have the index over them, merkle_tree.sql what format 2 added, and projections.sql what
-- format 3 has instead of a table `projections` (PRAGMA user_version).

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
