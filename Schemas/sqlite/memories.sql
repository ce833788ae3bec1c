-- The projection `memories`: what there is now. Owner: Sources/MemoryLedger/Memories.
-- Nothing but the projector of memories writes here, nor in the projections that it builds together with this one, whose
-- files say so. All of their tables can be deleted and rebuilt from the events. All times are milliseconds since 1970.

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
