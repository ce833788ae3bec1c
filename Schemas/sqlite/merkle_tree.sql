-- What format version 2 added to the event log: the Merkle tree over all events (RFC 6962, RFC 9162), a leaf for each
-- event in the order of the positions. Owner: Sources/SQLiteEventLog/Tree. `ledger_info` has the ledger's id.
--
-- What a leaf covers is written down in Schemas/EVENT_ENCODING.md. The tree's rows commit together with the events.

CREATE TABLE tree_tiles (              -- full runs of 256 neighbouring hashes of one height; written once
    level INTEGER NOT NULL,            -- 0: leaves; n: the roots of the tiles of level n - 1
    number INTEGER NOT NULL,           -- 0, 1, 2, … within the level
    root BLOB NOT NULL,                -- of the subtree over the tile's hashes
    hashes BLOB NOT NULL,              -- 32 bytes each
    PRIMARY KEY (level, number)
) WITHOUT ROWID;

CREATE TABLE tree_tail (               -- the leaves after the last tile of level 0: fewer than 256
    first_position INTEGER PRIMARY KEY,
    hashes BLOB NOT NULL               -- 32 bytes for each event from there on
);

CREATE TRIGGER tree_tiles_are_never_updated BEFORE UPDATE ON tree_tiles
BEGIN SELECT RAISE(ABORT, 'the tree is append-only'); END;

CREATE TRIGGER tree_tiles_are_never_deleted BEFORE DELETE ON tree_tiles
BEGIN SELECT RAISE(ABORT, 'the tree is append-only'); END;

CREATE TABLE checkpoints (             -- signed checkpoints, kept for convenience; others must hold copies
    number INTEGER PRIMARY KEY,        -- in the order of signing
    origin TEXT NOT NULL,
    size INTEGER NOT NULL,             -- how many events
    made_at INTEGER NOT NULL,          -- milliseconds since 1970
    note TEXT NOT NULL                 -- C2SP tlog-checkpoint, with its signatures
);

CREATE INDEX checkpoints_by_size ON checkpoints (size);
