import Foundation

/// A database that nothing changes, so that SQLite needs neither locks nor files beside it.
enum ImmutableFile {
    /// Its name for SQLite.
    static func uri(_ path: String) -> String {
        let absolute = URL(fileURLWithPath: path).path
        let allowed = CharacterSet(charactersIn: "/-._~").union(.alphanumerics)
        return "file://\(absolute.addingPercentEncoding(withAllowedCharacters: allowed) ?? absolute)?immutable=1"
    }

    /// Whether a database is whole in its own file, in a folder where SQLite cannot make the index of a write-ahead
    /// log: such as a backup on a medium that is read only. Others may be able to write there: see `Stamp`.
    static func isOnlyReadable(_ path: String) -> Bool {
        access(LedgerPlaces.folder(of: path), W_OK) != 0 && Stamp(of: path) != nil
            && !LedgerPlaces.hasContent(path + "-journal")
    }

    /// What shows that a file was written to, or has a write-ahead log by now, which SQLite does not look for here.
    struct Stamp: Equatable {
        private let size: Int64
        private let seconds: Int
        private let nanoseconds: Int

        /// Nil if the file is not all there is.
        init?(of path: String) {
            var status = stat()
            guard stat(path, &status) == 0, !LedgerPlaces.hasContent(path + "-wal") else { return nil }
            size = Int64(status.st_size)
            #if canImport(Darwin)
                (seconds, nanoseconds) = (status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec)
            #else
                (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
            #endif
        }
    }
}
