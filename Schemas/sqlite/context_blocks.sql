-- The projection `context_blocks`: working context, which agents edit, and all that it ever said. Owner:
-- Sources/AgentContext. Times are milliseconds since 1970.

CREATE TABLE blocks (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    label TEXT NOT NULL,
    value TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    is_estimated INTEGER NOT NULL,     -- the tokens
    char_limit INTEGER NOT NULL,
    description TEXT NOT NULL,
    is_read_only INTEGER NOT NULL,
    version INTEGER NOT NULL,          -- the newest row of block_versions; 0 before the first
    position INTEGER NOT NULL,         -- of the BlockCreated or BlockPlaced event
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,                -- NULL: it is there
    users TEXT,                        -- whom what it says is protected for: a JSON list; NULL: for none
    PRIMARY KEY (namespace, id)
) WITHOUT ROWID;

CREATE TABLE block_holders (           -- in whose context a block is
    namespace TEXT NOT NULL,
    kind TEXT NOT NULL,                -- agent or session
    holder TEXT NOT NULL,              -- agents.name or sessions.id
    block TEXT NOT NULL,               -- blocks.id
    position INTEGER NOT NULL,         -- of the event since which it is there
    PRIMARY KEY (namespace, kind, holder, block)
) WITHOUT ROWID;

CREATE INDEX idx_block_holders_block ON block_holders (namespace, block);

CREATE TABLE block_versions (
    namespace TEXT NOT NULL,
    block TEXT NOT NULL,
    number INTEGER NOT NULL,           -- 1, 2, 3, …
    kind TEXT NOT NULL,                -- create, set, append, replace, insert; undo, redo, restore; erased
    content INTEGER NOT NULL,          -- the version that said first what this one says
    parent INTEGER NOT NULL,           -- of an edit: the content that it was made of; 0 for none
    value TEXT,                        -- NULL: as the version `content`
    tokens INTEGER NOT NULL,
    is_estimated INTEGER NOT NULL,     -- the tokens
    actor TEXT,
    position INTEGER NOT NULL,         -- of the event
    created_at INTEGER NOT NULL,
    users TEXT,                        -- whom the event is protected for: a JSON list; NULL: for none
    PRIMARY KEY (namespace, block, number)
) WITHOUT ROWID;
