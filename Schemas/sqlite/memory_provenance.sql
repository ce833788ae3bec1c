-- The projection `memory_provenance`: where memories come from. Its rows stay when a memory is deleted or overwritten:
-- what was derived from it, or puts it back, comes from where it came from. Built together with `memories`.
-- Owner: Sources/MemoryLedger/Memories.

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
