-- The projection `context_archives`: how many passages there are, and their tags; the passages themselves are in
-- external_memory. Owner: Sources/AgentContext.

CREATE TABLE archives (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    passages INTEGER NOT NULL,         -- 1 or more
    PRIMARY KEY (namespace, name)
) WITHOUT ROWID;

CREATE TABLE passages (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,                  -- of its stream: the archive, and a hash of what it says
    position INTEGER NOT NULL,         -- external_memory.position
    archive TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (namespace, id)
) WITHOUT ROWID;

CREATE INDEX idx_passages_time ON passages (namespace, archive, created_at, position);

CREATE TABLE passage_tags (
    namespace TEXT NOT NULL,
    archive TEXT NOT NULL,
    tag TEXT NOT NULL,
    position INTEGER NOT NULL,         -- external_memory.position
    PRIMARY KEY (namespace, archive, tag, position)
) WITHOUT ROWID;
