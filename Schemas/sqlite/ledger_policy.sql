-- The projection `ledger_policy`. Built together with `memories`. Owner: Sources/MemoryLedger/Memories.

CREATE TABLE ledger_policy (           -- what the ledger demands of everybody
    name TEXT PRIMARY KEY,             -- require_actor, audit_reads
    value INTEGER NOT NULL,            -- 1 or 0
    position INTEGER NOT NULL          -- the LedgerPolicySet event
) WITHOUT ROWID;
