public import EventLog
public import MemoryLedger

/// Deletes a memory. Its history stays in the log; links that point at it stay, without a target.
///
///     try await DeleteMemory(MemoryKey(key: "tea")).run(in: request)
public struct DeleteMemory: LedgerOperation, Hashable {
    public var memory: MemoryKey
    /// The version that the memory must have; nil for any.
    public var expecting: StreamVersion?

    public init(_ memory: MemoryKey, expecting: StreamVersion? = nil) {
        self.memory = memory
        self.expecting = expecting
    }

    /// What was deleted, its key without a prefix that names its namespace.
    public struct Result: Hashable, Sendable, DescribedResult {
        public var memory: MemoryKey

        package static let members: [DocumentMember] = [.init("deleted", .boolean), .namespace, .key]

        /// `{"deleted": true, "namespace", "key"}`.
        public func document() -> JSONValue {
            ["deleted": true, "namespace": .string(memory.namespace), "key": .string(memory.key)]
        }
    }

    public static let name = "memory.delete"
    public static let summary = "Delete a memory; its history stays."
    public static let parameters: [any OperationParameter] = [
        MemoryParameters.namespace, MemoryParameters.key, MemoryParameters.expectedVersion,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofChanges

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(MemoryParameters.key)
        expecting = try arguments[MemoryParameters.expectedVersion]
    }

    @discardableResult
    public func run(in request: OperationRequest) async throws -> Result {
        let memory = try await request.ledger.resolve(memory)
        try await request.ledger.delete(memory, expecting: expecting, by: request.attribution)
        return Result(memory: MemoryKey(namespace: self.memory.namespace, key: memory.key))
    }
}
