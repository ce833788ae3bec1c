import EventLog
import LedgerStorage

extension OutputFile {
    /// Begins a file at a path that a user gave.
    ///
    /// - Parameters:
    ///   - replacing: Take the place of a file that is there.
    ///   - protected: What it must not be.
    ///   - ledger: Whose contents it holds: who may not read the ledger may not read that either. Nil for what anybody
    ///     may read.
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    package convenience init(
        _ path: String, replacing: Bool, besides protected: ProtectedFiles, readableLike ledger: String?
    ) throws {
        try protected.check(path)
        try Self.checkIsFile(path)
        guard replacing || !LedgerPlaces.exists(path) else {
            throw EventLogError(.fileExists, "\(path) exists and is not overwritten; name another file, or delete it.")
        }
        try self.init(
            path, replacing: replacing, rights: ledger.map { FileRights(likeLedger: $0) } ?? .ofAnyReader)
    }
}

extension AtomicFile {
    /// Writes a file that every user may read, at a path that a user gave.
    ///
    /// - Parameters:
    ///   - replacing: Replace one that is there.
    ///   - protected: What it must not be.
    /// - Throws: `EventLogError` with `fileExists` or `storage`.
    package static func publish(
        _ bytes: [UInt8], to path: String, replacing: Bool, besides protected: ProtectedFiles
    ) throws {
        let file = try OutputFile(path, replacing: replacing, besides: protected, readableLike: nil)
        try file.write(bytes)
        try file.finish()
    }
}
