-- The snapshots of the projections that stand beside the ledger in `<ledger>-snapshots/<position>.sqlite.lz4`, each an
-- LZ4 frame with an SQLite database in it. Owner: Sources/Projections/Views. Made when the first one is taken.
-- Rows and files can be deleted at any time: a moment then takes longer to open.

CREATE TABLE IF NOT EXISTS snapshots (
    position INTEGER PRIMARY KEY,      -- the tables hold every event up to here
    projectors TEXT NOT NULL,          -- what built them: name:version and the events passed over, -1-2, with commas
    sha256 TEXT NOT NULL,              -- of the file, hexadecimal; one that has another is never used
    bytes INTEGER NOT NULL,            -- of the file
    database_bytes INTEGER NOT NULL,   -- of the database in it
    made_at INTEGER NOT NULL           -- milliseconds since 1970
);
