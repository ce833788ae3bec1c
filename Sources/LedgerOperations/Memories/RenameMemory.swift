public import EventLog
public import MemoryLedger

/// Moves a memory to another key. Its history and the links that point at it follow; a key that holds a memory is not
/// overwritten.
///
///     let renamed = try await RenameMemory(MemoryKey(key: "tea"), to: "green-tea").run(in: request)
///     print(renamed.oldKey, renamed.newKey)
public struct RenameMemory: LedgerOperation, Hashable {
    public var memory: MemoryKey
    public var newKey: String
    /// The version that the memory must have; nil for any.
    public var expecting: StreamVersion?

    public init(_ memory: MemoryKey, to newKey: String, expecting: StreamVersion? = nil) {
        self.memory = memory
        self.newKey = newKey
        self.expecting = expecting
    }

    /// The keys without a prefix that names their namespace.
    public struct Result: Hashable, Sendable, DescribedResult {
        public var namespace: String
        public var oldKey: String
        public var newKey: String

        package static let members: [DocumentMember] = [
            .namespace, .init("old_key", .string), .init("new_key", .string),
        ]

        /// `{"namespace", "old_key", "new_key"}`.
        public func document() -> JSONValue {
            ["namespace": .string(namespace), "old_key": .string(oldKey), "new_key": .string(newKey)]
        }
    }

    private static let oldKeyParameter = Parameter("old_key", .string, "The key that it has.")
    private static let newKeyParameter = Parameter("new_key", .string, "The key that it gets.")

    public static let name = "memory.rename"
    public static let summary = "Move a memory to another key; its history and the links to it follow."
    public static let parameters: [any OperationParameter] = [
        MemoryParameters.namespace, oldKeyParameter, newKeyParameter, MemoryParameters.expectedVersion,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors =
        OperationErrorCode.ofChanges + [.memory(.sameKey), .memory(.alreadyExists)]

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(Self.oldKeyParameter)
        newKey = try arguments[Self.newKeyParameter]
        expecting = try arguments[MemoryParameters.expectedVersion]
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let ledger = request.ledger
        let old = try await ledger.resolve(memory)
        let new = try await ledger.resolve(MemoryKey(namespace: memory.namespace, key: newKey))
        try await ledger.rename(old, to: new.key, expecting: expecting, by: request.attribution)
        return Result(namespace: memory.namespace, oldKey: old.key, newKey: new.key)
    }
}
