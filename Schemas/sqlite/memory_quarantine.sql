-- The projection `memory_quarantine`: what is held back for where it comes from; deleted memories, too. Built together
-- with `memories`. Owner: Sources/MemoryLedger/Memories.

CREATE TABLE quarantines (             -- those in force
    origin INTEGER PRIMARY KEY,        -- a row of origins
    position INTEGER NOT NULL,         -- the SourceQuarantined event
    reason TEXT
);

CREATE TABLE quarantined (             -- what they hold back, deleted memories too
    memory INTEGER PRIMARY KEY,        -- as memories.id
    began INTEGER NOT NULL             -- the event since which it is held back
);

CREATE TABLE ended_quarantines (       -- what was held back once
    memory INTEGER NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER NOT NULL,            -- the event that brought it back
    PRIMARY KEY (memory, began)
) WITHOUT ROWID;
