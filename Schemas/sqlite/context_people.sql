-- The projection `context_people`: users, roles, agents, and the configuration. Owner: Sources/AgentContext. Times are
-- milliseconds since 1970.

CREATE TABLE users (
    id INTEGER PRIMARY KEY,            -- the position of the UserAdded event
    username TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    namespace TEXT NOT NULL,
    UNIQUE (namespace, username)
);

CREATE TABLE roles (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    system_prompt TEXT NOT NULL,
    tokens INTEGER NOT NULL,           -- of the prompt
    is_estimated INTEGER NOT NULL,     -- the tokens
    settings TEXT NOT NULL,            -- a JSON object
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (namespace, name)
) WITHOUT ROWID;

CREATE TABLE agents (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    settings TEXT NOT NULL,            -- a JSON object
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (namespace, name)
) WITHOUT ROWID;

CREATE TABLE configuration (
    name TEXT PRIMARY KEY NOT NULL,    -- a key that is not here has its default
    value TEXT NOT NULL,               -- JSON
    position INTEGER NOT NULL,         -- of the ConfigurationSet event
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE user_subjects (           -- what is of a user; the rows stay when the subjects go
    username TEXT NOT NULL,
    position INTEGER NOT NULL,         -- of the event that made it
    PRIMARY KEY (username, position)
) WITHOUT ROWID;
