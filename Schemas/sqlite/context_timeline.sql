-- The projection `context_timeline`: how many events there were, and how many bytes of payloads, by hour, day and month
-- of when they occurred. Owner: Sources/AgentContext. Times are milliseconds since 1970 in UTC.
--
-- `minutes` has the minutes of an hour that have events, ascending: the minute in a byte, then its events and its bytes
-- as variable-length integers, seven bits a byte, the lowest first.

CREATE TABLE timeline_namespaces (     -- every event
    namespace TEXT NOT NULL,           -- '' for those of the ledger itself
    span TEXT NOT NULL,                -- hour, day or month
    start INTEGER NOT NULL,            -- when the span begins
    type TEXT NOT NULL,                -- of the events
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    minutes BLOB,                      -- of an hour
    PRIMARY KEY (namespace, span, start, type)
) WITHOUT ROWID;

CREATE TABLE timeline_users (          -- the events of users and of their sessions
    namespace TEXT NOT NULL,
    username TEXT NOT NULL,
    span TEXT NOT NULL,                -- hour or month
    start INTEGER NOT NULL,
    type TEXT NOT NULL,
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    minutes BLOB,
    PRIMARY KEY (namespace, username, span, start, type)
) WITHOUT ROWID;

CREATE TABLE timeline_sessions (       -- the events of sessions, by hour
    namespace TEXT NOT NULL,
    username TEXT NOT NULL,            -- '': it is not known, or not any more
    start INTEGER NOT NULL,
    session TEXT NOT NULL,
    type TEXT NOT NULL,
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    minutes BLOB,
    PRIMARY KEY (namespace, username, start, session, type)
) WITHOUT ROWID;

CREATE INDEX idx_timeline_sessions_session ON timeline_sessions (namespace, session, start);

CREATE TABLE timeline_owners (         -- whose a session is, until it is erased
    namespace TEXT NOT NULL,
    session TEXT NOT NULL,
    username TEXT NOT NULL,
    PRIMARY KEY (namespace, session)
) WITHOUT ROWID;
