-- The projection `memory_imports`: what became of the rows of legacy sources. Built together with `memories`.
-- Owner: Sources/MemoryLedger/Memories.

CREATE TABLE import_sources (          -- each import that brought something
    id INTEGER PRIMARY KEY,            -- the position of the event that began it
    lineage BLOB NOT NULL,             -- the SHA-256 of the source's first import
    sha256 BLOB NOT NULL,              -- of the source as it was then
    path TEXT NOT NULL,
    format TEXT NOT NULL,
    source_table TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mapping_version INTEGER NOT NULL
);

CREATE TABLE import_rows (             -- the last import of each row of a legacy source
    lineage INTEGER NOT NULL,          -- the import_sources row of the lineage's first import, or of that of a lineage
                                       -- that was united with it, of rows that both have
    source_table TEXT NOT NULL,
    row_key BLOB NOT NULL,             -- the raw namespace and key with their storage classes
    id INTEGER NOT NULL,               -- the position of the event that first imported the row, in any lineage; rows of
                                       -- lineages that are one database share it
    row_hash BLOB NOT NULL,            -- SHA-256 of everything that the row holds
    position INTEGER NOT NULL,         -- of the event that last imported it
    outcome TEXT NOT NULL,             -- imported, expired, duplicate (of another table's row) or quarantined
    reason TEXT,                       -- of a quarantine, or what it is a duplicate of
    namespace TEXT,                    -- what the row means now, with key; NULL where it means no memory
    key TEXT,
    left_namespace TEXT,               -- of a duplicate or a quarantined row, with left_key: where its memory was as it
    left_key TEXT,                     -- was imported last, or that of the other table's row; NULL where there was none
    latest_at INTEGER,                 -- the latest time that the row named when its memory was imported last; or NULL
    reads INTEGER,                     -- how often its memory had been read, as it said then
    PRIMARY KEY (lineage, source_table, row_key)
) WITHOUT ROWID;

CREATE INDEX idx_import_rows_id ON import_rows (id);
