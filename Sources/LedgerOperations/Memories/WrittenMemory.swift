import EventLog
public import MemoryLedger

/// A memory right after its content was written.
public struct WrittenMemory: Hashable, Sendable, DescribedResult {
    public var memory: Memory
    /// It comes from what is quarantined, so it is taken and not shown.
    public var isQuarantined: Bool
    /// Memories that it is said to be derived from, and that are not there: maybe a mistake.
    public var missingProvenance: [MemoryKey]

    /// What was just written.
    init(_ key: MemoryKey, from provenance: Provenance?, in ledger: MemoryLedger) async throws {
        missingProvenance = try await provenance?.missing(in: ledger) ?? []
        let key = try await ledger.resolve(key)
        if let memory = try await ledger.find(key) {
            (self.memory, isQuarantined) = (memory, false)
        } else if let memory = try await ledger.includingQuarantined.find(key) {
            (self.memory, isQuarantined) = (memory, true)
        } else {
            throw MemoryLedgerError.notFound(key)
        }
    }

    package static let members: [DocumentMember] =
        [.namespace, .key] + DocumentMember.content + [.init("meta", .object)]

    /// The memory.
    public func document() -> JSONValue { memory.json }
}

extension OperationErrorCode {
    /// Of an operation that changes a memory.
    static let ofChanges: [OperationErrorCode] = [
        .memory(.notFound), .memory(.quarantined), .memory(.conflict), .log(.erased),
    ]

    /// Of an operation that counts the read of one memory.
    static let ofCountedReads: [OperationErrorCode] = [.memory(.notFound), .memory(.quarantined), .log(.erased)]
}
