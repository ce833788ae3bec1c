public import LedgerCapabilities
import LedgerStorage

extension SQLiteEventLog {
    /// How this ledger is to be signed.
    public func checkpointSettings() throws -> CheckpointSettings {
        try file.read { try CheckpointSettings.load($0) }
    }

    /// Remembers how this ledger is to be signed.
    ///
    /// - Throws: `EventLogError` with `readOnly`, `busy` or `storage`.
    public func setCheckpointSettings(_ settings: CheckpointSettings) async throws {
        try await onWriter { sqlite in try sqlite.transaction { try settings.save(sqlite) } }
    }
}
