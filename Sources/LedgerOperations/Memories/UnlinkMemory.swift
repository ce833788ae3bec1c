public import EventLog
public import MemoryLedger

/// Takes a memory's links to a key away: all of them, or those of a type and a term.
///
///     try await UnlinkMemory(MemoryKey(key: "tea"), from: "coffee", type: "design").run(in: request)
public struct UnlinkMemory: LedgerOperation, Hashable {
    public var memory: MemoryKey
    /// The key that the links point at.
    public var key: String
    public var type: String?
    public var term: String?
    /// The version that the memory must have; nil for any.
    public var expecting: StreamVersion?

    public init(
        _ memory: MemoryKey, from key: String, type: String? = nil, term: String? = nil,
        expecting: StreamVersion? = nil
    ) {
        self.memory = memory
        self.key = key
        self.type = type
        self.term = term
        self.expecting = expecting
    }

    /// The memory's new version.
    public struct Result: Hashable, Sendable, DescribedResult {
        /// Its key without a prefix that names its namespace.
        public var memory: MemoryKey
        public var key: String
        public var type: String?
        public var term: String?

        package static let members: [DocumentMember] = [.namespace, .init("from", .string), .init("to", .string)]

        /// `{"namespace", "from", "to", "type", "term"}`, with null for what was not given.
        public func document() -> JSONValue {
            [
                "namespace": .string(memory.namespace), "from": .string(memory.key), "to": .string(key),
                "type": JSONValue(optional: type), "term": JSONValue(optional: term),
            ]
        }
    }

    private static let typeParameter = Parameter("type", optional: .string, "Only links of this type.")
    private static let termParameter = Parameter("term", optional: .string, "Only links of this term.")

    public static let name = "memory.unlink"
    public static let summary = "Remove links from a memory to a key: all of them, or those of a type and a term."
    public static let parameters: [any OperationParameter] = [
        MemoryParameters.namespace, LinkEnds.from, LinkEnds.to, typeParameter, termParameter,
        MemoryParameters.expectedVersion,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofChanges + [.memory(.linkNotFound)]

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(LinkEnds.from)
        key = try arguments[LinkEnds.to]
        type = try arguments[Self.typeParameter]
        term = try arguments[Self.termParameter]
        expecting = try arguments[MemoryParameters.expectedVersion]
    }

    @discardableResult
    public func run(in request: OperationRequest) async throws -> Result {
        let memory = try await request.ledger.resolve(memory)
        try await request.ledger.unlink(
            memory, from: key, type: type, term: term, expecting: expecting, by: request.attribution)
        return Result(
            memory: MemoryKey(namespace: self.memory.namespace, key: memory.key), key: key, type: type, term: term)
    }
}
