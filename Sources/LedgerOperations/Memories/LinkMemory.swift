public import EventLog
public import MemoryLedger

/// Links a memory to a key, which need not hold one. If the memory has a link of the same type to the same key, its
/// term and weight are set.
///
///     let link = MemoryLink(type: "design", key: "coffee", term: "taste", weight: 0.8)
///     try await LinkMemory(MemoryKey(key: "tea"), link).run(in: request)
public struct LinkMemory: LedgerOperation, Hashable {
    public var memory: MemoryKey
    /// It has a key.
    public var link: MemoryLink
    /// The version that the memory must have; nil for any.
    public var expecting: StreamVersion?

    public init(_ memory: MemoryKey, _ link: MemoryLink, expecting: StreamVersion? = nil) {
        self.memory = memory
        self.link = link
        self.expecting = expecting
    }

    /// The memory's new version.
    public struct Result: Hashable, Sendable, DescribedResult {
        /// Its key without a prefix that names its namespace.
        public var memory: MemoryKey
        public var link: MemoryLink

        package static let members: [DocumentMember] = [
            .namespace, .init("from", .string), .init("type", .string), .init("term", .string),
            .init("weight", .number),
        ]

        /// `{"namespace", "from", "to", "type", "term", "weight"}`.
        public func document() -> JSONValue {
            [
                "namespace": .string(memory.namespace), "from": .string(memory.key),
                "to": JSONValue(optional: link.key), "type": .string(link.type), "term": .string(link.term),
                "weight": JSONValue(link.weight),
            ]
        }
    }

    private static let type = Parameter(
        "type", .string, "What the link says: decision, constrained, bug, design, assumption, experiment.")
    private static let term = Parameter("term", .string, default: "", "In which word or phrase.")
    private static let weight = Parameter(
        "weight", .number(LinkWeight.range), default: MemoryLink.defaultWeight, "How strong it is, 0 to 1.")

    public static let name = "memory.link"
    public static let summary = "Link a memory to a key, or set the term and weight of such a link."
    public static let parameters: [any OperationParameter] = [
        MemoryParameters.namespace, LinkEnds.from, LinkEnds.to, type, term, weight, MemoryParameters.expectedVersion,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofChanges

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(LinkEnds.from)
        link = MemoryLink(
            type: try arguments[Self.type], key: try arguments[LinkEnds.to], term: try arguments[Self.term],
            weight: try arguments[Self.weight])
        expecting = try arguments[MemoryParameters.expectedVersion]
    }

    @discardableResult
    public func run(in request: OperationRequest) async throws -> Result {
        let memory = try await request.ledger.resolve(memory)
        try await request.ledger.link(memory, link, expecting: expecting, by: request.attribution)
        return Result(memory: MemoryKey(namespace: self.memory.namespace, key: memory.key), link: link)
    }
}

/// The keys that a link is between.
enum LinkEnds {
    static let from = Parameter("from", .string, "The key of the memory that has the link.")
    static let to = Parameter("to", .string, "The key that it points at.")
}
