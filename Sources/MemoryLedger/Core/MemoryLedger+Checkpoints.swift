public import EventLog
public import LedgerCapabilities

/// Signed checkpoints and proofs, for people who trust neither who runs the ledger nor this program.
extension MemoryLedger {
    /// Signs what the ledger holds now, counted reads included, and keeps the checkpoint. It is written into the folder
    /// too that the ledger remembers.
    ///
    /// - Parameter keyFile: nil for the file that the ledger remembers, or else the one beside it.
    @discardableResult
    public func signCheckpoint(with keyFile: SigningKeyFile? = nil) async throws -> StoredCheckpoint {
        try await flushReads()
        var checkpoints = options.checkpoints ?? CheckpointOptions()
        if let keyFile { checkpoints.keyFile = keyFile }
        return try await proving().checkpointSigning(checkpoints).sign()
    }

    /// Signs a checkpoint where one is due by `rule`, or by what the ledger remembers; nil where none is due or there
    /// is no key. A ledger that is opened with `MemoryLedgerOptions.checkpoints` does so by itself.
    ///
    /// - Throws: as `signCheckpoint`.
    @discardableResult
    public func signDueCheckpoint(_ checkpoints: CheckpointOptions = .init()) async throws -> StoredCheckpoint? {
        try await proving().checkpointSigning(checkpoints).signDue()
    }

    /// The file that the ledger's signing key is in, whether it is there or not.
    public func signingKeyFile() throws -> SigningKeyFile {
        try proving().checkpointSigning(options.checkpoints ?? CheckpointOptions()).keyFile()
    }

    /// The positions of the events of a memory's stream, the last one first.
    ///
    /// - Parameter limit: 1 to `EventLogLimits.pageEvents`.
    /// - Throws: `MemoryLedgerError.notFound` where nothing ever happened under the key.
    public func positions(of memory: MemoryKey, limit: Int) async throws -> [Position] {
        let memory = try await resolveStream(memory)
        let page = try await log.readStream(MemoryStream.name(memory), direction: .backwards, limit: limit)
        guard !page.events.isEmpty else { throw MemoryLedgerError.notFound(memory) }
        return page.events.map(\.position)
    }
}
