-- The projection `context_timeline`: how many events there were, and how many bytes of payloads, by hour, day and month
-- of when they occurred. Owner: Sources/AgentContext. Times are milliseconds since 1970 in UTC.

CREATE TABLE timeline (                -- what happens at one time stands together, so that an append changes few pages
    namespace TEXT NOT NULL,           -- '' for the events of the ledger itself
    span TEXT NOT NULL,                -- hour, day or month; of a session hour
    start INTEGER NOT NULL,            -- when the span begins
    username TEXT NOT NULL,            -- of a row of a user; of one of a session '' if it is not known whose it is, or
                                       -- not any more
    session TEXT NOT NULL,             -- of a row of a session; '' with '' above: every event of the namespace
    type TEXT NOT NULL,                -- of the events
    events INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    minutes BLOB,                      -- of an hour: the minutes that have events, ascending; each one a byte, then its
                                       -- events and its bytes as variable-length integers, the lowest seven bits first
    PRIMARY KEY (namespace, span, start, username, session, type)
) WITHOUT ROWID;

CREATE INDEX idx_timeline_session ON timeline (namespace, session, start) WHERE session <> '';

CREATE TABLE timeline_tail (           -- the last events, 128 at the most, which are not in `timeline` yet
    position INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,           -- '' for an event of the ledger itself
    username TEXT NOT NULL,            -- '' if it is no user's, or not known whose
    session TEXT NOT NULL,             -- '' if it is of none
    type TEXT NOT NULL,
    minute INTEGER NOT NULL,           -- when that begins
    bytes INTEGER NOT NULL
);

CREATE TABLE timeline_owners (         -- whose a session is, until it is erased
    namespace TEXT NOT NULL,
    session TEXT NOT NULL,
    username TEXT NOT NULL,
    PRIMARY KEY (namespace, session)
) WITHOUT ROWID;
