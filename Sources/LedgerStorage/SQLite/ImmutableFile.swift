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
    /// log: such as a backup on a medium that is read only. No process can open it for writing there.
    static func isOnlyReadable(_ path: String) -> Bool {
        access(LedgerPlaces.folder(of: path), W_OK) != 0 && !LedgerPlaces.hasContent(path + "-wal")
            && !LedgerPlaces.hasContent(path + "-journal")
    }
}
