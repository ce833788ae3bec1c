public import EventLog
public import MemoryLedger

/// An operation that is to be a part of a proposal.
///
///     let change = ProposedChange("memory.delete", ["key": "tea"]) {
///         try await $0.delete(MemoryKey(key: "tea"), by: me)
///     }
public struct ProposedChange: Sendable {
    /// What it is called.
    public var operation: String
    /// What a reader is told of it.
    public var arguments: JSONObject
    let run: @Sendable (MemoryLedger) async throws -> Void

    /// - Parameter run: carries it out on the ledger that it is given: one command on memories, blocks or passages.
    ///   Nothing is appended; what would append otherwise is refused with `MemoryLedgerError.notDraftable`, reads that
    ///   are counted or written down too, and the whole proposal with `AgentContextError.notProposable`.
    public init(
        _ operation: String, _ arguments: JSONObject = [:], run: @escaping @Sendable (MemoryLedger) async throws -> Void
    ) {
        (self.operation, self.arguments, self.run) = (operation, arguments, run)
    }
}

/// What is to be proposed.
public struct NewProposal: Sendable {
    public var namespace: String
    public var name: String
    public var description = ""
    /// Ids of what was read to make it: keys of memories, ids of blocks and of passages.
    public var reads: [String] = []
    public var changes: [ProposedChange] = []
    /// What was read stood so; nil: now. If it has changed since, there is a conflict from the beginning.
    public var base: Position?
    /// The session that it is made in: its user is whose it is, unless another one is named.
    public var session: String?
    public var user: String?

    public init(_ name: String, in namespace: String = MemoryKey.defaultNamespace) {
        (self.name, self.namespace) = (name, namespace)
    }

    var key: MemoryKey { MemoryKey(namespace: namespace, key: name) }
}
