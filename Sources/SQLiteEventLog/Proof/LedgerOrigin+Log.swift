import EventLog
package import LedgerStorage
public import MerkleLog

extension LedgerOrigin {
    /// What the log's checkpoints bear now: its last `EpochStarted` says.
    ///
    /// - Throws: `EventLogError` with `noTree`, `damagedLog` or `newerFormat`.
    public static func current(in log: SQLiteEventLog) throws -> LedgerOrigin {
        try log.file.readSnapshot { try current(in: log, $0) }
    }

    /// The same as the given connection's snapshot has it.
    package static func current(in log: SQLiteEventLog, _ sqlite: SQLiteConnection) throws -> LedgerOrigin {
        try last(in: log, sqlite) { _ in true }
    }

    /// The last epoch that is looked for; where none is, the first.
    static func last(
        in log: SQLiteEventLog, _ sqlite: SQLiteConnection, where isWanted: (LedgerOrigin) -> Bool
    ) throws -> LedgerOrigin {
        try last(in: log.reader(sqlite), where: isWanted)
    }
}
