import GRDBSQLite

/// How a pool's connections are used.
package struct ReaderPoolFigures: Sendable {
    /// Connections that are open.
    package var open = 0
    /// Those that are reading.
    package var busy = 0
    /// The most that may be open.
    package var most = 0
    package var waits = ReaderWaits()
    /// Pages that were found in the caches of those that are not reading.
    package var cacheHits: UInt64 = 0
    package var cacheMisses: UInt64 = 0
}

/// Reads of a pool, and how long they waited because all of its connections were reading.
package struct ReaderWaits: Hashable, Sendable {
    package private(set) var reads: UInt64 = 0
    /// Those that had to wait.
    package private(set) var waits: UInt64 = 0
    package private(set) var nanoseconds: UInt64 = 0
    package private(set) var longestNanoseconds: UInt64 = 0

    /// - Parameter nanoseconds: nil: it did not wait.
    mutating func add(_ nanoseconds: UInt64?) {
        reads &+= 1
        guard let nanoseconds else { return }
        waits &+= 1
        self.nanoseconds &+= nanoseconds
        longestNanoseconds = max(longestNanoseconds, nanoseconds)
    }
}

extension SQLiteConnection {
    /// What SQLite counts of its page cache since the connection was opened.
    func cacheCount(_ kind: Int32) -> UInt64 {
        var (current, highest): (Int32, Int32) = (0, 0)
        guard sqlite3_db_status(handle, kind, &current, &highest, 0) == SQLITE_OK else { return 0 }
        return UInt64(clamping: current)
    }
}
