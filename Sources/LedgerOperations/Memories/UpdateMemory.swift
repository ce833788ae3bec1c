public import EventLog
public import MemoryLedger

/// Changes some fields of a memory; what is not given stays.
///
///     let black = UpdateMemory(MemoryKey(key: "tea"), MemoryChange(summary: "Likes black tea"), expecting: 3)
///     let updated = try await black.run(in: request)
public struct UpdateMemory: LedgerOperation, Hashable {
    public var memory: MemoryKey
    public var change: MemoryChange
    /// Where the change comes from.
    public var provenance: Provenance?
    /// The version that the memory must have; nil for any.
    public var expecting: StreamVersion?

    public init(
        _ memory: MemoryKey, _ change: MemoryChange, from provenance: Provenance? = nil,
        expecting: StreamVersion? = nil
    ) {
        self.memory = memory
        self.change = change
        self.provenance = provenance
        self.expecting = expecting
    }

    public static let name = "memory.update"
    public static let summary = "Change some fields of a memory; what is not given stays."
    public static let parameters: [any OperationParameter] =
        [MemoryParameters.namespace, MemoryParameters.key] + ContentParameters.all + ProvenanceParameters.all
        + [MemoryParameters.expectedVersion]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofChanges

    public var namespaces: [String]? { [memory.namespace] + (provenance?.derivedFrom.map(\.namespace) ?? []) }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(MemoryParameters.key)
        change = try ContentParameters.change(arguments)
        provenance = try ProvenanceParameters.provenance(arguments, in: memory.namespace)
        expecting = try arguments[MemoryParameters.expectedVersion]
    }

    public func run(in request: OperationRequest) async throws -> WrittenMemory {
        try await provenance?.check(memory, in: request.ledger)
        try await request.ledger.update(
            memory, change, expecting: expecting, from: provenance, by: request.attribution)
        return try await WrittenMemory(memory, from: provenance, in: request.ledger)
    }
}
