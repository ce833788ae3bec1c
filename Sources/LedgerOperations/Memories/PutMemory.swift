public import MemoryLedger

/// Writes a memory whether or not its key holds one. What the key held is replaced, and its statistics begin again.
///
///     let tea = PutMemory(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"))
///     let written = try await tea.run(in: request)
///     print(written.memory.version)
public struct PutMemory: LedgerOperation, Hashable {
    public var memory: MemoryKey
    public var content: MemoryContent
    /// Where it comes from.
    public var provenance: Provenance?

    public init(_ memory: MemoryKey, _ content: MemoryContent, from provenance: Provenance? = nil) {
        self.memory = memory
        self.content = content
        self.provenance = provenance
    }

    public static let name = "memory.put"
    public static let summary = "Write a memory, replacing what its key holds."
    public static let parameters: [any OperationParameter] =
        [MemoryParameters.namespace, MemoryParameters.key] + ContentParameters.all + ProvenanceParameters.all
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.memory(.quarantined), .memory(.notFound)]

    public var namespaces: [String]? { [memory.namespace] + (provenance?.derivedFrom.map(\.namespace) ?? []) }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(MemoryParameters.key)
        content = try ContentParameters.change(arguments).applied(to: MemoryContent())
        provenance = try ProvenanceParameters.provenance(arguments, in: memory.namespace)
    }

    public func run(in request: OperationRequest) async throws -> WrittenMemory {
        try await provenance?.check(memory, in: request.ledger)
        try await request.ledger.put(memory, content, from: provenance, by: request.attribution)
        return try await WrittenMemory(memory, from: provenance, in: request.ledger)
    }
}
