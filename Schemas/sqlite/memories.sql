-- The projection `memories`: memories, their links and their statistics. Owner: Sources/MemoryLedger/Projection.
-- Nothing but its projector writes here; the tables can be deleted and rebuilt from the events.
-- All times are milliseconds since 1970.

CREATE TABLE memories (
    id INTEGER PRIMARY KEY,            -- the position of the event that made it; a rename keeps it
    key TEXT NOT NULL,
    namespace TEXT NOT NULL,
    domain TEXT NOT NULL,
    summary TEXT NOT NULL,
    text TEXT NOT NULL,
    type TEXT NOT NULL,
    keywords TEXT NOT NULL,            -- a JSON array of strings
    links TEXT NOT NULL,               -- a JSON array; the same as the rows of memory_links
    extra TEXT,                        -- a JSON object: fields that a memory does not have, kept from an import
    created_at INTEGER NOT NULL,
    last_accessed_at INTEGER NOT NULL,
    last_linked_at INTEGER NOT NULL,
    in_degree INTEGER NOT NULL,
    out_degree INTEGER NOT NULL,
    access_count INTEGER NOT NULL,
    traverse_count INTEGER NOT NULL,
    status TEXT NOT NULL,
    expires_at INTEGER,                -- not shown from then on
    next_link INTEGER NOT NULL,        -- the ordinal of the next row of memory_links
    version INTEGER NOT NULL,          -- of its stream, up to the last event that touched it
    content_version INTEGER NOT NULL,  -- of its stream, up to the last event that was not counted reading
    source_row INTEGER,                -- the row of import_rows that its content comes from, until it is changed here
    source INTEGER,                    -- the row of origins that whoever wrote it named as its source
    trust INTEGER,                     -- 0 to 100, as whoever wrote it says
    derived_from TEXT                  -- a JSON array of {"namespace", "key"}: what it was made from, as it is said
);

-- Apart from the table, because SQLite copies a table with a generated column value by value, and one without as it is.
-- Without JSON functions: until SQLite 3.41 they made the whole file unreadable to programs that switch trusted_schema
-- off. A key has no control characters, so quotes and backslashes are all that JSON escapes in it.
ALTER TABLE memories ADD COLUMN meta TEXT GENERATED ALWAYS AS (printf(
    '{"id":"%s","created_at":%d,"last_accessed_at":%d,"last_linked_at":%d,"in_degree":%d,"out_degree":%d,'
    || '"access_count":%d,"traverse_count":%d,"status":"%s"}',
    replace(replace(key, '\', '\\'), '"', '\"'), created_at, last_accessed_at, last_linked_at, in_degree, out_degree,
    access_count, traverse_count, status)) VIRTUAL;

CREATE UNIQUE INDEX idx_memories_key ON memories (namespace, key);
CREATE INDEX idx_memories_namespace ON memories (namespace);
CREATE INDEX idx_memories_domain ON memories (domain);
CREATE INDEX idx_memories_created_at ON memories (created_at);

CREATE TABLE memory_links (
    id INTEGER PRIMARY KEY,            -- the memory's id times 1,048,576 plus the link's ordinal
    namespace TEXT NOT NULL,
    from_key TEXT NOT NULL,
    to_key TEXT,                       -- the key that it counts for, which need not exist; NULL where it has none
    link_type TEXT NOT NULL,
    term TEXT NOT NULL,
    weight REAL NOT NULL DEFAULT 0.5,
    position INTEGER NOT NULL,         -- the event that made it, or moved it to this key
    given_key TEXT                     -- what the link calls the key, where it counts for another; NULL otherwise
);

CREATE INDEX idx_memory_links_from_key ON memory_links (namespace, from_key);
CREATE INDEX idx_memory_links_to_key ON memory_links (namespace, to_key, position);
CREATE INDEX idx_memory_links_type ON memory_links (link_type);

-- What follows from here to import_sources is for the past: with the links and the events it tells what a memory was
-- at any position without building the tables as of it.

CREATE TABLE ended_links (             -- links to a key that were taken away, or came to count for another key
    ended INTEGER NOT NULL,            -- the event that did it
    id INTEGER NOT NULL,               -- as in memory_links
    namespace TEXT NOT NULL,
    to_key TEXT NOT NULL,
    began INTEGER NOT NULL,            -- the event that had made it, or moved it to this key
    given_key TEXT,                    -- as in memory_links
    PRIMARY KEY (ended, id)
) WITHOUT ROWID;

CREATE INDEX idx_ended_links_to_key ON ended_links (namespace, to_key, began);

CREATE TABLE prefixed_lives (          -- when keys that begin with `<namespace>:` held a memory, and so got their links
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    began INTEGER NOT NULL,            -- the event by which it came
    ended INTEGER,                     -- the event by which it went; NULL: it is there
    PRIMARY KEY (namespace, key, began)
) WITHOUT ROWID;

CREATE TABLE renames (
    position INTEGER PRIMARY KEY,      -- the MemoryRenamed event
    namespace TEXT NOT NULL,
    old_key TEXT NOT NULL,
    new_key TEXT NOT NULL
);

CREATE INDEX idx_renames_old_key ON renames (namespace, old_key, position);

CREATE TABLE memory_marks (            -- what a memory was after some of its events, so that few are read from there
    position INTEGER PRIMARY KEY,      -- the event
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,          -- the event's, in the stream of the key
    mark BLOB NOT NULL                 -- MemoryMark of memory_marks.proto
);

CREATE INDEX idx_memory_marks_key ON memory_marks (namespace, key, version);

-- Where memories come from, and what is held back for it. These rows stay when a memory is deleted or overwritten: what
-- was derived from it, or puts it back, comes from where it came from.

CREATE TABLE origins (                 -- actors and sources that were named
    id INTEGER PRIMARY KEY,            -- twice the position of the first event that named it, for a source plus one
    kind TEXT NOT NULL,                -- actor, user, tool, import, model, other
    name TEXT NOT NULL,
    UNIQUE (kind, name)
);

CREATE TABLE memory_origins (          -- whom and what the content of each memory comes from
    origin INTEGER NOT NULL,           -- a row of origins
    memory INTEGER NOT NULL,           -- as memories.id
    PRIMARY KEY (origin, memory)
) WITHOUT ROWID;

CREATE INDEX idx_memory_origins_memory ON memory_origins (memory);

CREATE TABLE memory_derivations (
    parent INTEGER NOT NULL,           -- as memories.id
    memory INTEGER NOT NULL,           -- what was made from it
    PRIMARY KEY (parent, memory)
) WITHOUT ROWID;

CREATE INDEX idx_memory_derivations_memory ON memory_derivations (memory);

CREATE TABLE departures (         -- the memory that was deleted or renamed away last, of keys of which one was
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    memory INTEGER NOT NULL,
    PRIMARY KEY (namespace, key)
) WITHOUT ROWID;

CREATE TABLE quarantines (             -- those in force
    origin INTEGER PRIMARY KEY,        -- a row of origins
    position INTEGER NOT NULL,         -- the SourceQuarantined event
    reason TEXT
);

CREATE TABLE quarantined (             -- what they hold back, deleted memories too
    memory INTEGER PRIMARY KEY,        -- as memories.id
    began INTEGER NOT NULL             -- the event since which it is held back
);

CREATE TABLE ended_quarantines (       -- what was held back once
    memory INTEGER NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER NOT NULL,            -- the event that brought it back
    PRIMARY KEY (memory, began)
) WITHOUT ROWID;

CREATE TABLE ledger_policy (           -- what the ledger demands of everybody
    name TEXT PRIMARY KEY,             -- require_actor, audit_reads
    value INTEGER NOT NULL,            -- 1 or 0
    position INTEGER NOT NULL          -- the LedgerPolicySet event
) WITHOUT ROWID;

CREATE TABLE link_targets (            -- keys that links point at and that hold no memory
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    in_degree INTEGER NOT NULL,
    PRIMARY KEY (namespace, key)
) WITHOUT ROWID;

CREATE TABLE namespaces (
    namespace TEXT PRIMARY KEY,
    memories INTEGER NOT NULL,
    links INTEGER NOT NULL,
    links_without_target INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE namespace_events (
    namespace TEXT NOT NULL,
    type TEXT NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (namespace, type)
) WITHOUT ROWID;

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
