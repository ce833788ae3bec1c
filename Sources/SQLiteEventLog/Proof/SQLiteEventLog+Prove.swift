public import EventLog
import LedgerCapabilities
import LedgerStorage
public import MerkleLog

extension SQLiteEventLog {
    /// Newest checkpoints of the ledger that are tried for a proof.
    static let triedCheckpoints = 64

    /// Proves that an event is in the log of which a checkpoint was signed.
    ///
    /// The proof is verified before it is answered, so that a damaged tree is not handed out as evidence.
    ///
    /// - Parameter checkpoint: nil for the newest of the ledger's own that covers the event and holds.
    /// - Throws: `EventLogError` with `unknownMoment`, `noCheckpoint` where none covers the event, `rootMismatch` where
    ///   the log is not the one that was signed, `noTree` or `damagedLog`.
    public func prove(_ position: Position, in checkpoint: SignedCheckpoint? = nil) throws -> TreeProofFile {
        try file.readSnapshot { sqlite in
            let (entry, leaf) = try entry(at: position, sqlite)
            let tree = try TreeReader(sqlite)
            guard try tree.leaf(at: position) == leaf else {
                throw EventLogError.damagedLog(at: position, "it is not the event that the tree was made of")
            }
            let candidates =
                try checkpoint.map { [$0] }
                ?? CheckpointStore(sqlite: sqlite).covering(position, limit: Self.triedCheckpoints).map(\.signed)
            var problem: (any Error)?
            for signed in candidates {
                do {
                    return try prove(entry, at: position, in: signed, tree)
                } catch {
                    problem = problem ?? error
                }
            }
            throw problem
                ?? EventLogError(
                    .noCheckpoint,
                    "No checkpoint covers the event at position \(position); sign one with "
                        + "`memledger checkpoint`, then prove it.")
        }
    }

    private func prove(
        _ entry: [UInt8], at position: Position, in signed: SignedCheckpoint, _ tree: TreeReader
    ) throws -> TreeProofFile {
        let size = signed.checkpoint.size
        guard position <= size else {
            throw EventLogError(
                .noCheckpoint,
                "The checkpoint has \(size) events, and the event is at position \(position); give a later one.")
        }
        guard size <= tree.size else { throw Self.shorter(than: size, tree.size) }
        let hashes = try tree.inclusionProof(of: position, in: size)
        let file = TreeProofFile(
            entry: entry, proof: InclusionProof(index: position - 1, size: size, hashes: hashes), checkpoint: signed)
        try file.verifyInclusion()
        return file
    }

    /// Proves that what one checkpoint was signed of continues what another was signed of.
    ///
    /// - Throws: `EventLogError` with `otherLog`, `indexOutOfRange` where the first one is the later, or `rootMismatch`
    ///   where the log is not the one that was signed.
    public func proveConsistency(
        from old: SignedCheckpoint, to new: SignedCheckpoint
    ) throws -> ConsistencyProofFile {
        let (oldSize, newSize) = (old.checkpoint.size, new.checkpoint.size)
        var file = ConsistencyProofFile(hashes: [], old: old, new: new)
        guard oldSize <= newSize else {
            throw EventLogError(
                .indexOutOfRange,
                "The first checkpoint has \(oldSize) events and the second \(newSize); give the earlier one first.")
        }
        file.hashes = try readTree { tree in
            guard newSize <= tree.size else { throw Self.shorter(than: newSize, tree.size) }
            return try tree.consistencyProof(from: oldSize, to: newSize)
        }
        try file.verifyConsistency()
        return file
    }

    static func shorter(than size: Int64, _ found: Int64) -> EventLogError {
        EventLogError(
            .rootMismatch,
            "The checkpoint was signed of \(size) events, and the ledger has \(found): it was cut off or rolled back, or "
                + "the checkpoint is another ledger's.")
    }

    /// The event in its canonical encoding, and the hash of it.
    func entry(
        at position: Position, _ sqlite: SQLiteConnection
    ) throws -> (bytes: [UInt8], leaf: MerkleHash) {
        guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
        let row = try sqlite.statement("SELECT \(EventRows.columns) FROM events WHERE position = ?")
        row.bind(1, position)
        defer { row.reset() }
        guard try row.step() else {
            throw EventLogError(.unknownMoment, "There is no event at position \(position); give one that the log has.")
        }
        let bytes = try rows(sqlite, sqlite.memory.eventNames).canonical(row, in: ledger).bytes
        return (bytes, .leaf(bytes))
    }
}
