public import EventLog

extension MemoryLedger {
    /// Imports a legacy Keyv or kv-memory database: every row becomes an event that holds all of its bytes, and the
    /// projector makes of it what it means. Then the source is read a second time by another way and compared with the
    /// projection.
    ///
    /// The source is opened read-only and stays as it is. Running it again imports only what is new or changed; broken
    /// off anywhere, it goes on when it is run again. Memory is bounded by a batch of rows.
    ///
    /// - Throws: `LegacySourceError` where the source cannot be read; `EventLogError` where the ledger cannot be
    ///   written; `CancellationError`. What was imported until then stays.
    public func migrate(
        from path: String, options migration: MigrationOptions = MigrationOptions(),
        by attribution: Attribution = Attribution()
    ) async throws -> MigrationReport {
        let run = LegacyMigration(parts, embedded, migration, by: attribution)
        try run.refuseOwnFile(path)
        return try await run.migrate(PreparedMigration(from: path, options: migration))
    }

    /// The same of a source that was looked at before.
    ///
    /// - Parameter migration: with which it was prepared.
    package func migrate(
        _ prepared: PreparedMigration, options migration: MigrationOptions, by attribution: Attribution
    ) async throws -> MigrationReport {
        try await LegacyMigration(parts, embedded, migration, by: attribution).migrate(prepared)
    }
}
