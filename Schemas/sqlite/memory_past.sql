-- The projection `memory_past`: with the links and the events it tells what a memory was at any position without
-- building the tables as of it. Built together with `memories`. Owner: Sources/MemoryLedger/Memories.

CREATE TABLE ended_links (             -- links to a key that were taken away, or came to count for another key
    ended INTEGER NOT NULL,            -- the event that did it
    id INTEGER NOT NULL,               -- as in memory_links
    namespace TEXT NOT NULL,
    to_key TEXT NOT NULL,
    began INTEGER NOT NULL,            -- the event that had made it, or moved it to this key
    given_key TEXT,                    -- as in memory_links
    PRIMARY KEY (ended, id)
) WITHOUT ROWID;

CREATE INDEX idx_ended_links_to_key ON ended_links (namespace, to_key, began);

CREATE TABLE prefixed_lives (          -- when keys that begin with `<namespace>:` held a memory, and so got their links
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    began INTEGER NOT NULL,            -- the event by which it came
    ended INTEGER,                     -- the event by which it went; NULL: it is there
    PRIMARY KEY (namespace, key, began)
) WITHOUT ROWID;

CREATE TABLE renames (
    position INTEGER PRIMARY KEY,      -- the MemoryRenamed event
    namespace TEXT NOT NULL,
    old_key TEXT NOT NULL,
    new_key TEXT NOT NULL
);

CREATE INDEX idx_renames_old_key ON renames (namespace, old_key, position);

CREATE TABLE memory_marks (            -- what a memory was after some of its events, so that few are read from there
    position INTEGER PRIMARY KEY,      -- the event
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,          -- the event's, in the stream of the key
    mark BLOB NOT NULL                 -- MemoryMark of memory_marks.proto
);

CREATE INDEX idx_memory_marks_key ON memory_marks (namespace, key, version);
