import EventLog
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

    /// The table is not renamed: SQLite would rewrite whatever views a person has made over it, and fail at any that is
    /// broken.
    ///
    /// - Throws: `damagedLog` if a row of the table is none that the log writes. To go on without the stream would
    ///   begin it again at version 1.
    static func run(_ sqlite: SQLiteConnection) throws {
        let strange = try sqlite.integer(
            """
            SELECT count(*) FROM streams WHERE typeof(name) <> 'text' OR typeof(stream_id) <> 'integer'
            OR typeof(version) <> 'integer' OR typeof(position) <> 'integer'
            """)
        guard strange == 0 else {
            throw EventLogError.damagedLog(at: 0, "the table streams has values of another type")
        }
        try sqlite.execute("CREATE TEMP TABLE former_streams AS SELECT * FROM main.streams; DROP TABLE main.streams")
        try sqlite.execute(String(decoding: PackageResources.streams_sql, as: UTF8.self))
        try sqlite.execute(
            """
            INSERT INTO main.stream_names SELECT name, stream_id FROM temp.former_streams ORDER BY name;
            INSERT OR REPLACE INTO main.stream_heads SELECT stream_id, version, position FROM temp.former_streams
            WHERE version > 1 ORDER BY stream_id;
            DROP TABLE temp.former_streams;
            """)
    }
}
