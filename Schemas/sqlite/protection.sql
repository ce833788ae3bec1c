-- What a ledger keeps where payloads are encrypted, made when a category of streams is first protected. Owner:
-- Sources/SQLiteEventLog/Encryption. `ledger_info` has `master_key_check`, by which a wrong master key is recognised.
--
-- An encrypted event has a negative codec, -(c + 1) where c is the codec that its payload was compressed with. Its
-- payload is the number of its data key (8 bytes, big-endian; 0: a key that this ledger never had), a nonce (12), and
-- what AES-256-GCM made of the size before compression (4 bytes, big-endian) and the compressed bytes, with its tag
-- (16). Its `size` and `checksum` are those of that BLOB. Authenticated with it: the ledger's id, the stream, the event
-- id, the type (each after its length in 4 bytes, big-endian) and the schema version (8 bytes, big-endian).

CREATE TABLE IF NOT EXISTS protected_categories ( -- streams whose names begin so have encrypted payloads
    category TEXT PRIMARY KEY,         -- with the slash at its end
    position INTEGER NOT NULL          -- the event that says so: payloads after it are encrypted
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS data_keys ( -- never deleted, so that no number is used twice
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,             -- the stream; of what is protected for users then U+001F before each of their
                                       -- names, in the order of their bytes
    wrapped BLOB,                      -- nonce (12), the key encrypted with the master key (32), tag (16); NULL: destroyed
    made_at INTEGER NOT NULL,          -- milliseconds since 1970
    is_open INTEGER NOT NULL,          -- 1: the next event of the subject is encrypted with it
    destroyed_at INTEGER,              -- milliseconds since 1970
    erased_at INTEGER                  -- the position of the event that says so
);

CREATE INDEX IF NOT EXISTS idx_data_keys_subject ON data_keys (subject, id);

CREATE TABLE IF NOT EXISTS purges (    -- erasures whose subjects may still stand in tables, snapshots and free pages
    position INTEGER PRIMARY KEY,      -- the last event of the erasure
    requested_at INTEGER NOT NULL,     -- milliseconds since 1970
    finished_at INTEGER                -- NULL: due
);
