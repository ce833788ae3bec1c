import GRDBSQLite

/// How a pool's connections are used.
package struct ReaderPoolFigures: Sendable {
    /// Connections that are open.
    package var open = 0
    /// Those that are reading.
    package var busy = 0
    /// Pages that were found in the caches of those that are not reading.
    package var cacheHits: UInt64 = 0
    package var cacheMisses: UInt64 = 0
}

extension SQLiteConnection {
    /// What SQLite counts of its page cache since the connection was opened.
    func cacheCount(_ kind: Int32) -> UInt64 {
        var (current, highest): (Int32, Int32) = (0, 0)
        guard sqlite3_db_status(handle, kind, &current, &highest, 0) == SQLITE_OK else { return 0 }
        return UInt64(clamping: current)
    }
}
