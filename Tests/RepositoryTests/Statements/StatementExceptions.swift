/// The statements that scan or sort, and those that no run reaches, each with its reason.
struct StatementException {
    /// How the statement begins, with single spaces.
    var prefix: String
    var reason: String
}

enum StatementExceptions {
    /// Tables that do not grow with the log: a row for each projection, key, policy, kind of event, import, run of
    /// 32,768 events, or of the last 128.
    static let smallTables: Set<String> = [
        "ledger_info", "projections", "projection_positions", "projection_generations", "projection_tables",
        "former_projections", "dead_letters", "protected_categories", "dictionaries", "purges", "snapshots",
        "checkpoints", "quarantines", "ledger_policy", "namespaces", "import_sources", "backup_info", "sqlite_master",
        "event_types", "segments", "tree_tail", "timeline_tail", "memledger_checkout",
    ]

    static let all: [StatementException] =
        of(
            "compares, digests or copies a whole table, which is what was asked for",
            [
                "INSERT INTO main.\"", "SELECT \"", "SELECT * FROM \"recorded_",
            ])
        + of(
            "reads every event, which is what was asked for: verify, erase a namespace, look for unknown events",
            [
                "SELECT position FROM events WHERE position < 1 OR position > ?",
                "SELECT position, stream_id, type_id, codec, size,",
                "SELECT position, stream_id, version, type_id, schema_version, event_id, recorded_at, occurred_at, "
                    + "actor_id, correlation_id, causation_id, codec, size, checksum, payload, stream_name FROM events",
                "SELECT position, type_id, schema_version FROM events ORDER BY position",
                "SELECT name, stream_id, version, position FROM streams", "SELECT count(*) FROM stream_heads",
                "SELECT count(*) FROM stream_names JOIN stream_heads USING (stream_id)",
            ])
        + of(
            "reads the names of all tables, of which there are some dozens",
            ["SELECT name FROM main.sqlite_schema UNION ALL SELECT name FROM temp.sqlite_schema"])
        + of(
            "asks whether a table has a row at all",
            [
                "SELECT 1 FROM hidden_memories LIMIT 1", "SELECT 1 FROM ended_quarantines LIMIT 1",
                "SELECT 1 FROM quarantined LIMIT 1", "SELECT 1 FROM expiring_texts LIMIT 1",
            ])
        + of(
            "reads every data key, to verify them",
            ["SELECT DISTINCT erased_at FROM data_keys", "SELECT id, subject, wrapped, erased_at FROM data_keys"])
        + of(
            "reads every row of a database that is migrated, or counts them, or takes one apart",
            [
                "SELECT count(*) FROM \"keyv\"", "SELECT count(*) FROM \"memories\"",
                "SELECT count(*) FROM (SELECT l.from_key", "SELECT k.rowid, k.key,", "SELECT key, ns, rest,",
                "SELECT l.\"id\", l.\"to_key\"", "SELECT l.from_key FROM", "SELECT t.id, t.parent, t.type,",
                "SELECT DISTINCT n.atom FROM \"memories\"",
            ])
        + of(
            "is asked once for an import or a table of it, and goes through its imports or rows",
            [
                "SELECT (SELECT min(f.id) FROM import_sources f", "SELECT DISTINCT namespace FROM import_rows",
                "SELECT lineage, id, (SELECT count(*) FROM import_rows",
                "SELECT source_table, format FROM import_sources",
            ])
        + of(
            "sorts what an index has found: the rows of a legacy key, the links of a memory, the changes of a span",
            [
                "SELECT id, (SELECT max(position) FROM import_rows o",
                "SELECT id, position, from_key, given_key FROM memory_links",
                "SELECT DISTINCT id >> 20 FROM ended_links",
            ])
        + of(
            "goes through the index of the listed order until its page is full, or sorts what a filter's index finds",
            ["SELECT namespace, key, domain, summary, text, type, keywords, links, extra,"])
        + of(
            "counts or lists every memory or namespace in an index, for statistics",
            [
                "SELECT count(*) FROM memories", "SELECT DISTINCT namespace FROM memories",
                "SELECT namespace, memories, links, links_without_target,",
            ])
        + of(
            "goes through what quarantines hold, which takes no index that each held memory would have to keep up",
            [
                "DELETE FROM quarantined WHERE EXISTS", "SELECT m.namespace, count(*), sum(EXISTS",
                "SELECT m.namespace, m.key FROM memories m WHERE m.id IN (SELECT memory FROM",
                "SELECT q.origin, o.kind, o.name, q.position, q.reason FROM quarantines",
                "SELECT memory, began FROM quarantined WHERE began <= ?1",
            ])
        + of(
            "counts every link of a namespace in an index, and sorts the memories by the numbers: what was asked for",
            ["SELECT m.id, c.links, m.key FROM ("])
        + of(
            "goes through what quarantines hold, to find links that point at it",
            ["SELECT key FROM link_targets WHERE namespace = ?2 AND key >= ?5 UNION SELECT m.key FROM quarantined"])
        + of(
            "follows what was derived from memories, step by step: `SCAN` is of what was found so far",
            ["WITH RECURSIVE held (memory) AS", "WITH RECURSIVE made (memory) AS"])
        + of(
            "counts a table in an index or by its pages, for statistics alone",
            [
                "SELECT count(*) FROM users", "SELECT count(*) FROM roles", "SELECT count(*) FROM agents",
                "SELECT count(*) FROM sessions", "SELECT count(*) FROM session_summaries",
                "SELECT count(*) FROM blocks WHERE deleted_at IS NULL", "SELECT count(*) FROM archives",
                "SELECT count(*) FROM proposals",
                "SELECT count(*) FROM passages", "SELECT count(*) FROM external_memory WHERE memory_type = 'recall'",
            ])
        + of(
            "sorts the sessions of one user, or of one role or agent",
            ["SELECT s.id, s.namespace, s.username, s.role_name, s.agent, s.budget,"])
        + of(
            "sorts the blocks of one context, or those in whose context one is",
            ["SELECT kind, holder FROM block_holders", "SELECT b.id, b.namespace, b.label, b.value, b.tokens,"])
        + of(
            "sorts the names of tables",
            ["SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE"])

    private static func of(_ reason: String, _ prefixes: [String]) -> [StatementException] {
        prefixes.map { StatementException(prefix: $0, reason: reason) }
    }

    /// SQL of the sources that the run does not reach.
    static let notRun: [String] =
        // A restore over a ledger that has erased more than the backup.
        [
            "SELECT 1 FROM data_keys WHERE id = ? AND wrapped IS NOT NULL",
            "SELECT id FROM data_keys WHERE wrapped IS NULL", "SELECT 1 FROM sqlite_master WHERE type = 'table' AND",
        ]
        // A configuration that is erased; and users, of whom streams hold but the names.
        + [
            "SELECT name FROM configuration WHERE ?1 <> '' AND name = ?2",
            "SELECT username FROM users WHERE namespace = ? AND username = ?",
        ]
        // An append to a ledger that another program has given projections of its own.
        + ["UPDATE projection_positions SET position = ? WHERE projector IN ("]
        // When a connection is opened.
        + ["SELECT fts5(?)"]
        // Projectors with virtual tables, and tables of an older version.
        + [
            "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ? AND sql LIKE", "DELETE FROM main.",
            "DELETE FROM main.sqlite_master WHERE type = 'table' AND name = ?", "SELECT * FROM (",
        ]
        // Comparisons of two moments for a namespace, and of memories one by one: their conditions are put together.
        + ["SELECT 1 FROM memories WHERE id = ? AND", "SELECT…FROM memories WHERE id = ?2 AND"]
        // What an old program left that a checkout or an import meets again.
        + [
            "INSERT INTO memory_links (from_key, to_key, link_type, term, weight, created_at, access_count,",
            "SELECT path, sha256 FROM import_sources", "SELECT…, expires_at FROM memories WHERE namespace = ?1",
            "SELECT 1 FROM memories m JOIN import_rows r ON r.id = m.source_row",
            "SELECT id, sha256, lineage FROM import_sources ORDER BY id",
            "UPDATE OR REPLACE import_rows SET source_table = ?4", "DELETE FROM import_rows AS r WHERE lineage = ?1",
            "UPDATE OR IGNORE import_rows SET lineage = ?2", "UPDATE import_sources SET lineage = ?2",
        ]
        // Links that change in place, and keys with a prefix.
        + [
            "UPDATE memory_links SET term = ?2", "UPDATE memory_links SET to_key = ?2",
            "INSERT INTO prefixed_lives", "UPDATE prefixed_lives SET ended", "SELECT 1 FROM prefixed_lives",
        ]
        // Events that a projector refuses.
        + [
            "SELECT d.position FROM projection_generations g JOIN dead_letters",
            "INSERT INTO dead_letters VALUES",
            "SELECT count(*) FROM (SELECT DISTINCT g.projector, d.position FROM dead_letters",
            "DELETE FROM dead_letters WHERE projection = ? AND position = ?", "INSERT OR IGNORE INTO dead_letters",
        ]
        // Ledgers of formats 1 to 3, and of format 2, whose tables are one projection.
        + [
            "SELECT count(*) FROM streams WHERE typeof(name) <> 'text'", "INSERT INTO main.stream_names SELECT",
            "SELECT name, version, generation, position FROM projections ORDER BY name",
            "UPDATE projections SET version = 0",
        ]
        // Former generations that go back alone.
        + ["INSERT INTO main.…(…) VALUES (…)"]
        // What had occurred by a time, without the master key and if nothing was ever quarantined.
        + ["SELECT 1 FROM import_rows WHERE namespace IN"]
        // Tables in a file of their own.
        + [
            "UPDATE projection_generations SET version = 0 WHERE projector IN", "INSERT INTO followed_log",
            "SELECT first_event FROM followed_log",
        ]
        // Projections that no projector builds.
        + [
            "SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name",
            "DELETE FROM projection_positions WHERE projector NOT IN", "UPDATE…SET version = 0 WHERE name = ?",
        ]
        // Subjects that were erased and are asked for by name.
        + [
            "SELECT erased_at FROM data_keys WHERE subject = ?"
        ]
        // Skipping events of a projection's, and chunks of a log that is verified beside its index.
        + [
            "SELECT position FROM events WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT 1 OFFSET",
            "SELECT * FROM segments WHERE last_position", "SELECT * FROM postings WHERE last_position",
            "SELECT * FROM stream_marks WHERE position BETWEEN",
            "SELECT position, stream_id, version, type_id, actor_id, correlation_id, event_id, stream_name FROM events",
            "SELECT position, stream_id, version, previous FROM events WHERE position BETWEEN",
            "SELECT root, hashes FROM tree_tiles WHERE level = ?",
        ]
}
