-- The projection `memory_texts`: which texts stood from when to when, so that a search finds what was there at any
-- position; and which memories a search leaves out for their status. Built together with `memories`. Owner:
-- Sources/MemoryLedger/Memories.
--
-- A *version* of a memory's text is known by the position of the event that it began with. A memory that never changed
-- has no row here: its text began with the event that made it, and stands in `memories`.

CREATE TABLE standing_texts (          -- memories whose text has changed
    memory INTEGER PRIMARY KEY,        -- as memories.id
    began INTEGER NOT NULL             -- the event that made the text what it is in `memories`
);

CREATE UNIQUE INDEX idx_standing_texts_began ON standing_texts (began);

CREATE TABLE ended_texts (             -- texts that were changed, got another key, or went with their memory
    began INTEGER PRIMARY KEY,
    ended INTEGER NOT NULL,            -- the event that did it
    memory INTEGER NOT NULL,           -- as memories.id
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    domain TEXT NOT NULL,
    summary TEXT NOT NULL,
    text TEXT NOT NULL,
    type TEXT NOT NULL,
    keywords TEXT NOT NULL             -- a JSON array of strings
);

CREATE INDEX idx_ended_texts_ended ON ended_texts (ended, began);
CREATE INDEX idx_ended_texts_memory ON ended_texts (memory);

CREATE TABLE expiring_texts (          -- texts of memories that expire, also if they have ended
    began INTEGER PRIMARY KEY,
    expires_at INTEGER NOT NULL        -- not shown from then on
);

CREATE TABLE hidden_memories (         -- left out of searches: a status other than active was set here, not imported
    memory INTEGER PRIMARY KEY,        -- as memories.id, deleted memories too
    began INTEGER NOT NULL             -- the event that set it
);

CREATE TABLE ended_hidings (           -- left out once
    memory INTEGER NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER NOT NULL,            -- the event that brought it back
    PRIMARY KEY (memory, began)
) WITHOUT ROWID;
