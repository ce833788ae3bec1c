-- What a ledger keeps beside its projections, made when it is first needed. Owner: Sources/Projections/Store.

CREATE TABLE IF NOT EXISTS former_projections ( -- the generation before the serving one: tables former_<table>
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    position INTEGER NOT NULL          -- the rows hold every event up to this position
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS dead_letters ( -- events that a projection does without
    projection TEXT NOT NULL,
    generation INTEGER NOT NULL,       -- of the projection: another one may have been able to apply the event
    position INTEGER NOT NULL,
    state TEXT NOT NULL,               -- waiting: may be retried; skipped: acknowledged, rebuilds pass over it too
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_failed_at INTEGER NOT NULL,  -- milliseconds since 1970
    last_failed_at INTEGER NOT NULL,
    PRIMARY KEY (projection, generation, position)
) WITHOUT ROWID;
