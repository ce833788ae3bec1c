public import MemoryLedger

/// Counts that an agent went through a memory on its way to another one, and shows it.
///
///     let found = try await TraverseMemory(MemoryKey(key: "tea")).run(in: request)
///     print(found.memories[0].meta.traverseCount)
public struct TraverseMemory: LedgerOperation, CountedRead, Hashable {
    public var memory: MemoryKey

    public init(_ memory: MemoryKey) { self.memory = memory }

    public static let name = "memory.traverse"
    public static let summary = "Count that an agent went through a memory on its way to another one."
    public static let parameters: [any OperationParameter] = [MemoryParameters.namespace, MemoryParameters.key]
    public static let access = OperationAccess.writes
    public static let requiredScope = AccessGrant.Scope.read
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofCountedReads

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws { memory = try arguments.memory(MemoryParameters.key) }

    public func run(in request: OperationRequest) async throws -> FoundMemories {
        try await foundOrReason(in: request)
    }

    package func found(in request: OperationRequest) async throws -> FoundMemories? {
        try await request.ledger.traverse(memory, by: request.attribution).map { FoundMemories([$0]) }
    }
}
