import EventLog
import LedgerCapabilities
import MemoryLedger
import SQLiteEventLog

extension GlobalOptions {
    /// Opens the ledger for commands that look at the projections or mend them: what is outdated or missing stays so.
    func withLedgerAsItIs<Result>(
        _ access: LedgerFileOptions.Access, _ body: (MemoryLedger) async throws -> Result
    ) async throws -> Result {
        let options = MemoryLedgerOptions.ofCommand(masterKey.file(access))
        let ledger = try MemoryLedger.openAsItIs(at: path, options: options)
        return try await use(ledger, access, body)
    }
}
