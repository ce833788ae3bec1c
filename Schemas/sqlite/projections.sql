-- The tables of projections: how far they are built, and what serves. Owner: Sources/Projections/Store.
-- Ledgers up to format 2 have a table `projections` instead, with a position for each; it is taken over when such a ledger
-- is opened for writing.

CREATE TABLE IF NOT EXISTS projection_positions ( -- one row a projector: its projections take events together
    projector TEXT PRIMARY KEY,
    position INTEGER NOT NULL          -- the rows hold every event up to this position
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS projection_generations ( -- what serves
    name TEXT PRIMARY KEY,             -- of the projection
    projector TEXT NOT NULL,           -- what builds it
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS projection_tables ( -- which tables a projection has: a program that does not know it can drop them
    name TEXT PRIMARY KEY,             -- of the table, while it serves
    projection TEXT NOT NULL           -- whose build made it
) WITHOUT ROWID;
