import EventLog
package import LedgerCapabilities

/// A legacy database that was looked at before a ledger is opened or made for it, and that stays open: it can be read,
/// and it has a known layout. A source that has to be copied before it is read is copied once, here.
///
/// Not `Sendable`; use it from one task.
package final class PreparedMigration {
    let path: String
    private(set) var sha256: [UInt8]
    private(set) var sha256Text: String
    private let options: MigrationOptions
    private var database: LegacyDatabase
    private var isLetGo = false
    /// The copy in the backup folder, if it is made.
    private(set) var backup: String?

    /// - Throws: `LegacySourceError`; `CancellationError`.
    package init(from path: String, options: MigrationOptions) throws {
        (self.path, self.options) = (path, options)
        database = try Self.open(path, options)
        (sha256, sha256Text) = (database.sha256, database.sha256Text)
        for source in try sources() {
            _ = try source.rowCount()
            _ = try LegacyRows(source).next()
        }
    }

    private static func open(_ path: String, _ options: MigrationOptions) throws -> LegacyDatabase {
        var limits = LegacySource.Limits()
        limits.busyMilliseconds = options.sourceBusyMilliseconds
        return try LegacyDatabase(path: path, limits: limits, progress: options.sourceProgress)
    }

    /// Makes the copy in the backup folder, if the options name one and it is not made yet. From then on that is read:
    /// it is what was hashed, and with it the source need not stay locked.
    ///
    /// - Throws: `LegacySourceError`; `EventLogError.fileExists`; `CancellationError`.
    package func backUp(besides protected: ProtectedFiles) throws {
        guard backup == nil, let folder = options.backupFolder else { return }
        try takeAgain()
        let copy = try database.backUp(into: folder, besides: protected)
        database.close()
        database = try Self.open(copy, options)
        backup = copy
    }

    /// The same for a ledger that is still to be made, so there is nothing that the source could continue.
    ///
    /// - Throws: as `backUp`; `LegacySourceError` with `nothingToContinue`.
    package func beginNewLedger(besides protected: ProtectedFiles) throws {
        if options.continuesEarlierImport { throw LegacySourceError.nothingToContinue(path) }
        try backUp(besides: protected)
    }

    /// Lets others write to the source until it is read on; then it is looked at again. What is read from a copy keeps
    /// no program waiting.
    package func letGo() {
        guard backup == nil, !database.isPrivateCopy else { return }
        database.close()
        isLetGo = true
    }

    private func takeAgain() throws {
        guard isLetGo else { return }
        database = try Self.open(path, options)
        (sha256, sha256Text) = (database.sha256, database.sha256Text)
        isLetGo = false
    }

    /// Tables that could have been read, beside those that are.
    func passedOver(besides sources: [LegacySource]) -> [String] {
        database.schema.names(besides: sources.map(\.tableSchema))
    }

    func sources() throws -> [LegacySource] {
        try takeAgain()
        return try database.sources(format: options.format, tables: options.tables)
    }

    func close() { database.close() }
}
