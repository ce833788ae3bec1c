-- The projection `memory_links`: the links between memories, and the keys that they point at. Built together with
-- `memories`. Owner: Sources/MemoryLedger/Memories.

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

CREATE TABLE link_targets (            -- keys that links point at and that hold no memory
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    in_degree INTEGER NOT NULL,
    PRIMARY KEY (namespace, key)
) WITHOUT ROWID;
