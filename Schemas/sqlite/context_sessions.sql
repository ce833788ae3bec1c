-- The projection `context_sessions`: sessions, what is in their context, and what was said. Owner: Sources/AgentContext.
-- Times are milliseconds since 1970. `sessions`, `main_context` and `external_memory` have the columns that MemGPT's
-- storage is known by, and more behind them.

CREATE TABLE sessions (
    id TEXT PRIMARY KEY NOT NULL,
    user_id INTEGER,                   -- users.id
    role_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    username TEXT NOT NULL,
    agent TEXT,
    position INTEGER NOT NULL,         -- of the SessionOpened event
    budget INTEGER NOT NULL,           -- tokens of its context
    warn_percent INTEGER NOT NULL,     -- of the budget
    flush_percent INTEGER NOT NULL,    -- of the budget
    eviction_percent INTEGER NOT NULL, -- of the queue's tokens
    expires_at INTEGER,                -- NULL: never
    closed_at INTEGER,                 -- NULL: it is open
    close_reason TEXT,                 -- NULL: none was given, or it is open
    messages INTEGER NOT NULL,         -- how many there are; the last one's number
    user_messages INTEGER NOT NULL,    -- of these, by role
    assistant_messages INTEGER NOT NULL,
    tool_messages INTEGER NOT NULL,
    system_messages INTEGER NOT NULL,
    evicted_through INTEGER NOT NULL,  -- the last message that is no more in the queue, 0 for none
    evictions INTEGER NOT NULL,        -- the number of the present summary, 0 for none
    summary_tokens INTEGER NOT NULL,
    queue_tokens INTEGER NOT NULL,     -- of the messages in the queue
    lifetime_seconds INTEGER NOT NULL  -- until it expires if it is not touched; 0: it does not
);

CREATE INDEX idx_sessions_user_role ON sessions (user_id, role_name);
CREATE INDEX idx_sessions_namespace ON sessions (namespace, position);
CREATE INDEX idx_sessions_role ON sessions (namespace, role_name);
CREATE INDEX idx_sessions_agent ON sessions (namespace, agent);

CREATE TABLE main_context (
    session_id TEXT NOT NULL,
    context_type TEXT NOT NULL,        -- system, working or queue
    content TEXT NOT NULL,
    position INTEGER NOT NULL,         -- of a block the order among its holder's; in the queue 0 for the summary, then
                                       -- the messages' numbers
    created_at INTEGER NOT NULL,
    name TEXT NOT NULL,                -- of a message its role, of a block its label, summary of a summary
    tokens INTEGER NOT NULL,
    metadata TEXT,                     -- a JSON object: what is beside a message's content; of a block its settings
    block TEXT,                        -- blocks.id
    PRIMARY KEY (session_id, context_type, position)
) WITHOUT ROWID;

CREATE INDEX idx_main_context_block ON main_context (block) WHERE block IS NOT NULL;

CREATE TABLE external_memory (
    position INTEGER PRIMARY KEY,      -- of the event
    id TEXT NOT NULL UNIQUE,           -- the event's id
    session_id TEXT,                   -- NULL: a passage that was inserted in none
    memory_type TEXT NOT NULL,         -- recall: a message; archival: a passage
    content TEXT NOT NULL,
    embedding BLOB,                    -- NULL: none was given
    metadata TEXT,                     -- a JSON object: what is beside the content
    created_at INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    number INTEGER,                    -- of a message in its session: 1, 2, 3, …
    role TEXT,                         -- of a message
    user_id INTEGER,                   -- of a message: the session's
    tokens INTEGER NOT NULL,
    archive TEXT                       -- of a passage
);

CREATE INDEX idx_memory_session_type ON external_memory (session_id, memory_type, number);
CREATE INDEX idx_memory_created ON external_memory (created_at DESC);
CREATE INDEX idx_memory_user ON external_memory (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX idx_memory_time ON external_memory (user_id, created_at, session_id, role, number) WHERE number IS NOT NULL;
CREATE INDEX idx_memory_archive ON external_memory (namespace, archive) WHERE archive IS NOT NULL;

CREATE TABLE session_summaries (
    session_id TEXT NOT NULL,
    number INTEGER NOT NULL,           -- 1, 2, 3, …; each one replaces the one before
    content TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    first_message INTEGER NOT NULL,    -- the messages that were evicted with it
    last_message INTEGER NOT NULL,
    evicted_tokens INTEGER NOT NULL,
    position INTEGER NOT NULL,         -- of the MessagesEvicted event
    created_at INTEGER NOT NULL,
    messages INTEGER NOT NULL,         -- how many the session had by then
    metadata TEXT NOT NULL,            -- a JSON object: the context's tokens before and after, the settings in force
    PRIMARY KEY (session_id, number)
) WITHOUT ROWID;
