import EventLog
import LedgerStorage
import SQLiteEventLog

extension EmbeddedLedger {
    /// Nil in a ledger of format 1 that was never opened for writing since.
    package var ledgerID: String? { try? log.ledgerID.description }

    package func lastBackup() throws -> BackupRecord? { try log.file.read { try BackupRecord.load($0) } }

    /// Remembers a backup.
    ///
    /// - Throws: `EventLogError`, with `readOnly` if the ledger is open for reading only.
    package func remember(_ report: BackupReport) async throws {
        let record = BackupRecord(
            position: report.info.position, madeAt: report.info.madeAt, file: LedgerPlaces.place(report.file))
        try await log.onWriter { sqlite in try sqlite.transaction { try record.save(sqlite) } }
    }
}
