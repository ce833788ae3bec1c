-- The projection `access_tokens`: who may ask the service, and for what. Owner: Sources/MemoryLedger/Access. It is of
-- the present only: views, snapshots and checkouts have no such table.

CREATE TABLE access_tokens (
    id TEXT PRIMARY KEY,               -- sixteen hexadecimal digits, lower case
    actor TEXT NOT NULL,               -- lands on the events of who has the token
    scope TEXT NOT NULL,               -- read, write or admin
    namespaces TEXT,                   -- a JSON array; NULL: all
    sha256 BLOB NOT NULL,              -- of the secret's 32 bytes
    expires_at INTEGER,                -- milliseconds since 1970; NULL: never
    created_position INTEGER NOT NULL, -- the AccessTokenCreated event
    created_at INTEGER NOT NULL,       -- milliseconds since 1970, as recorded
    created_by TEXT,                   -- that event's actor
    revoked_position INTEGER,          -- the AccessTokenRevoked event; NULL: it was not revoked
    revoked_at INTEGER,                -- milliseconds since 1970, as recorded
    revoked_by TEXT,                   -- that event's actor
    revoked_reason TEXT
) WITHOUT ROWID;

CREATE UNIQUE INDEX idx_access_tokens_created_position ON access_tokens (created_position);
