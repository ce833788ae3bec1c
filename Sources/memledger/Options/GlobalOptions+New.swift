import EventLog
import LedgerCapabilities
import MemoryLedger
import SQLiteEventLog

/// Ledgers that a command makes. What it refuses leaves nothing behind, so whatever can be refused is refused before a
/// ledger is made: one that is there may have been opened by another process, and is never removed again.
extension GlobalOptions {
    /// False where a ledger would be made.
    var hasLedger: Bool { System.hasContent(path) }

    /// Opens the ledger for writing, and makes it where there is none and the body has succeeded on an empty one in
    /// memory: there the body runs twice, and must be repeatable.
    func withLedgerOrNew<Result>(
        _ body: (MemoryLedger) async throws -> Result
    ) async throws -> Result {
        if !hasLedger { try await rehearse(body) }
        return try await withLedger(.create, body)
    }

    /// Runs the body on an empty ledger in memory, as a trial: what it answers is of no use.
    ///
    /// - Parameter given: the master key; nil for the one that the command line names.
    func rehearse(
        masterKey given: MasterKey? = nil, _ body: (MemoryLedger) async throws -> some Any
    ) async throws {
        try System.checkFolder(of: path)
        var file = masterKey.file(.create)
        if let given { file.masterKeySource = { given } }
        let ledger = try await MemoryLedger.inMemory(options: MemoryLedgerOptions.ofCommand(file))
        do {
            _ = try await body(ledger)
            await ledger.close()
        } catch {
            await ledger.close()
            throw error
        }
    }
}
