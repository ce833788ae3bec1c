public import EventLog
public import MerkleLog

/// What `verify` found.
public struct LogVerification: Sendable {
    /// Nil where that cannot be told any more.
    public var ledgerID: LedgerID?
    /// Under which checkpoints are signed now.
    public var origin: String
    /// How many events there are: the last position.
    public var events: Int64
    /// Of the tree over the events as they are; nil where they could not be looked at.
    public var root: MerkleHash?
    /// In the order of the positions.
    public var damages: [LogDamage]
    /// How many events and other things are damaged; more than listed beyond `maximumListed`.
    public var damageCount: Int64
    /// Checkpoints that the log was compared with: those that it keeps, and those that were given.
    public var checkpoints: Int
    /// Of the checkpoints that were given: the keys that signed them and were trusted.
    public var signers: [NoteVerifierKey]

    public static let maximumListed = DamageList.maximumEntries

    public var isClean: Bool { damageCount == 0 }
}
