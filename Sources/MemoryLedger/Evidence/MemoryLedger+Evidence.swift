import EventLog
public import MerkleLog

extension MemoryLedger {
    /// Gathers events with their proofs, for people who have neither the ledger nor this program.
    ///
    /// What is encrypted is there as ciphertext; its contents for a reader only where the ledger was opened with the
    /// master key.
    ///
    /// - Parameters:
    ///   - checkpoint: what to prove them against; later events are left out and counted. Nil for the newest of the
    ///     ledger's own, which must cover all of them.
    ///   - verifierKeys: the ledger's keys as far as the caller knows them, besides those that the log records.
    ///   - maker: who makes it, for its first page.
    /// - Throws: `MemoryLedgerError` with `notFound` where nothing matches or `invalidArgument` where nothing is asked
    ///   for; `EventLogError` with `noCheckpoint`, `limitExceeded` (`Evidence.maximumEvents`,
    ///   `Evidence.maximumEntryBytes`), `unknownMoment`, `rootMismatch`, `noTree`, `damagedLog` or `damagedPayload`.
    public func evidence(
        for selection: EvidenceSelection, in checkpoint: SignedCheckpoint? = nil,
        verifierKeys: [NoteVerifierKey] = [], maker: String? = nil
    ) async throws -> Evidence {
        try await EvidenceCollector(parts, try proving(), maker: maker)
            .evidence(for: selection, in: checkpoint, verifierKeys: verifierKeys)
    }
}
