import EventLog
public import MemoryLedger

/// The memories of a namespace that no other memory links to, a page at a time.
///
///     let page = try await ListOrphans(in: "mem", limit: 20).run(in: request)
///     for memory in page.memories { print(memory.key, memory.summary) }
public struct ListOrphans: LedgerOperation, Hashable {
    public var namespace: String
    /// Only those that link to none either.
    public var isolated: Bool
    public var limit: Int
    /// The former page's `next`.
    public var after: String?
    public var moment: ReadMoment

    public init(
        in namespace: String = MemoryKey.defaultNamespace, isolated: Bool = false, limit: Int = 100,
        after: String? = nil, _ moment: ReadMoment = .now
    ) {
        self.namespace = namespace
        self.isolated = isolated
        self.limit = limit
        self.after = after
        self.moment = moment
    }

    private static let isolated = Parameter(
        "isolated", .boolean, default: false, "Only memories that link to none either.")
    private static let limit = GraphParameters.limit(100, "Memories of a page.")

    public static let name = "graph.orphans"
    public static let summary = "List the memories that no other memory links to."
    public static let parameters: [any OperationParameter] =
        [MemoryParameters.namespace, isolated, limit, GraphParameters.after] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .graph
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        namespace = try arguments[MemoryParameters.namespace]
        isolated = try arguments[Self.isolated]
        limit = try arguments[Self.limit]
        after = try arguments[GraphParameters.after]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> OrphanPage {
        try await request.reading(moment, of: namespaces)
            .orphans(in: namespace, isolated: isolated, limit: limit, after: after)
    }
}

extension OrphanPage: DescribedResult {
    package static let members: [DocumentMember] = [.namespace, .init("memories", .objects)]

    /// `{"namespace", "memories": [{"key", "type", "summary"}], "next"}`. A page may have few memories and a `next` all
    /// the same.
    public func document() -> JSONValue {
        [
            "namespace": .string(namespace), "memories": .array(memories.map { .object($0.object) }),
            "next": JSONValue(optional: next),
        ]
    }
}

extension GraphMemory {
    var object: JSONObject { ["key": .string(key), "type": .string(type), "summary": .string(summary)] }
}
