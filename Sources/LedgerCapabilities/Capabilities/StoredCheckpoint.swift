public import EventLog
public import MerkleLog

/// A signed checkpoint that the ledger keeps.
///
///     let stored = try await ledger.signCheckpoint()
///     print(stored.checkpoint.size, stored.checkpoint.root)
public struct StoredCheckpoint: Hashable, Sendable {
    /// 1, 2, 3, … in the order of signing.
    public var number: Int64
    public var madeAt: Timestamp
    public var signed: SignedCheckpoint

    package init(number: Int64, madeAt: Timestamp, signed: SignedCheckpoint) {
        self.number = number
        self.madeAt = madeAt
        self.signed = signed
    }

    public var checkpoint: Checkpoint { signed.checkpoint }
}
