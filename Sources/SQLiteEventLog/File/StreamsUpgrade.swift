import LedgerStorage

/// Gives a ledger of format 1 to 3 a table of its own for the heads of streams.
///
/// A segment wrote some ten thousand rows by name into one table before, in all of its pages: a fifth of an append in
/// batches. One transaction under the writer lock, about a second per million streams, once.
enum StreamsUpgrade {
    /// The table that is a view from format 4 on.
    static let formerTable = """
        CREATE TABLE streams (
            name TEXT PRIMARY KEY,
            stream_id INTEGER NOT NULL,
            version INTEGER NOT NULL,
            position INTEGER NOT NULL
        ) WITHOUT ROWID
        """

    static func run(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute("ALTER TABLE streams RENAME TO former_streams")
        try sqlite.execute(String(decoding: PackageResources.streams_sql, as: UTF8.self))
        try sqlite.execute(
            """
            INSERT INTO stream_names SELECT name, stream_id FROM former_streams ORDER BY name;
            INSERT OR REPLACE INTO stream_heads SELECT stream_id, version, position FROM former_streams
            WHERE version > 1 ORDER BY stream_id;
            DROP TABLE former_streams;
            """)
    }
}
