/// How checkpoints are signed by themselves.
///
///     options.checkpoints = CheckpointOptions(rule: .every(events: 1_000, milliseconds: 60_000))
public struct CheckpointOptions: Hashable, Sendable {
    /// Nil: the file that the ledger remembers, or else the one beside it. Where that is not there, nothing is signed.
    public var keyFile: SigningKeyFile?
    /// Nil: what the ledger remembers, or else `CheckpointRule.standard`.
    public var rule: CheckpointRule?
    /// Nil: what the ledger remembers, or else no folder.
    public var folder: String?

    public init(keyFile: SigningKeyFile? = nil, rule: CheckpointRule? = nil, folder: String? = nil) {
        self.keyFile = keyFile
        self.rule = rule
        self.folder = folder
    }
}
