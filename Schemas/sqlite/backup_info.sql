-- What a backup says of itself: a table that a ledger has only while it is a backup. Owner: Sources/SQLiteEventLog/File.
-- All of it is of one snapshot. A restored ledger has no such table.
--
--   format            1
--   ledger_id         32 hexadecimal digits
--   origin            what checkpoints were signed under
--   position          the last event
--   root              of the Merkle tree over the events, 64 hexadecimal digits
--   made_at, made_by  when (RFC 3339), and the program with its version
--   checkpoint        the last signed checkpoint of that origin (C2SP tlog-checkpoint); absent where there is none
--   digest.<table>    SHA-256 of each projection table, as `memledger digest` gives it

CREATE TABLE backup_info (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
