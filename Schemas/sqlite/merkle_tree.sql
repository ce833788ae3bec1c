-- What format version 2 added to the event log: the Merkle tree over all events (RFC 6962, RFC 9162), a leaf for each
-- event in the order of the positions. Owner: Sources/EventLog/Tree. `ledger_info` has the ledger's id.
--
-- What a leaf covers is written down in Schemas/EVENT_ENCODING.md. The tree's rows commit together with the events.

CREATE TABLE tree_tiles (              -- runs of 256 neighbouring hashes of one height; the last of a level >= 1 may be shorter
    level INTEGER NOT NULL,            -- 0: leaves; n: the roots of complete subtrees with 256^n leaves
    number INTEGER NOT NULL,           -- 0, 1, 2, … within the level
    hashes BLOB NOT NULL,              -- 32 bytes each
    PRIMARY KEY (level, number)
) WITHOUT ROWID;

CREATE TABLE tree_tail (               -- the leaves after the last tile of level 0: fewer than 256
    first_position INTEGER PRIMARY KEY,
    hashes BLOB NOT NULL               -- 32 bytes for each event from there on
);
