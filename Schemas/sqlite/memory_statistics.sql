-- The projection `memory_statistics`: counts by namespace. Built together with `memories`.
-- Owner: Sources/MemoryLedger/Memories.

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
