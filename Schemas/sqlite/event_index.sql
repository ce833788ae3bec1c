-- An index over the events up to the last segment. Owner: Sources/SQLiteEventLog/Index. It can be made again from the
-- events. Those after the last segment (the tail, at most some ten thousand) are indexed in memory by who needs them.

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
