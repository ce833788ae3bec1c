package import EventLog
package import MerkleLog

/// A log whose events are the leaves of a Merkle tree, which checkpoints sign: an optional capability of an `EventLog`.
package protocol ProvableLog: EventLog {
    /// What tells this ledger from every other.
    ///
    /// - Throws: `noTree` if the log has no tree yet.
    var ledgerID: LedgerID { get throws }
    /// Reads the Merkle tree in one read transaction.
    func readTree<T>(_ body: (TreeReader) throws -> T) throws -> T
    /// The newest checkpoint of the ledger's own that the log still bears out; nil if there is none.
    func newestCheckpoint() throws -> SignedCheckpoint?
    /// The rotations that the log records, each verified by its signatures.
    func signingKeyChain() async throws -> SigningKeyChain
    /// Proves events in one snapshot of the log; each proof is verified before it is answered.
    ///
    /// - Parameters:
    ///   - groups: positions that the checkpoint covers.
    ///   - maximumBytes: of all encodings together.
    /// - Throws: `limitExceeded`, naming `limitName`, if the encodings take more.
    func proveEach(
        of groups: [[Position]], in signed: SignedCheckpoint, maximumBytes: Int, limitName: String
    ) throws -> ProvedEvents
    /// Signs checkpoints as the options say.
    func checkpointSigning(_ options: CheckpointOptions) -> any CheckpointSigning
}

/// Signs checkpoints of a log: when they are due, or when asked.
package protocol CheckpointSigning: Sendable {
    /// Signs what comes due by this process's appends, until `close`.
    func start()
    /// Signs a checkpoint now, and writes it into the folder.
    func sign() async throws -> StoredCheckpoint
    /// Signs a checkpoint if one is due, and writes it into the folder; nil if none is due or there is no key.
    func signDue() async throws -> StoredCheckpoint?
    /// The key's file: as given, as the ledger remembers it, or beside the ledger.
    func keyFile() throws -> SigningKeyFile
    /// Signs what is due, and ends.
    func close() async
}
