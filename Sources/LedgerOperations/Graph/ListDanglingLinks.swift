import EventLog
public import MemoryLedger

/// The links of a namespace that point at no memory, a page at a time.
///
///     let page = try await ListDanglingLinks(in: "mem").run(in: request)
///     for link in page.links { print(link.from, link.to ?? "-") }
public struct ListDanglingLinks: LedgerOperation, Hashable {
    public var namespace: String
    public var limit: Int
    /// The former page's `next`.
    public var after: String?
    public var moment: ReadMoment

    public init(
        in namespace: String = MemoryKey.defaultNamespace, limit: Int = 100, after: String? = nil,
        _ moment: ReadMoment = .now
    ) {
        self.namespace = namespace
        self.limit = limit
        self.after = after
        self.moment = moment
    }

    private static let limit = GraphParameters.limit(100, "Links of a page.")

    public static let name = "graph.dangling"
    public static let summary = "List the links that point at no memory."
    public static let parameters: [any OperationParameter] =
        [MemoryParameters.namespace, limit, GraphParameters.after] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .graph
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        namespace = try arguments[MemoryParameters.namespace]
        limit = try arguments[Self.limit]
        after = try arguments[GraphParameters.after]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> DanglingPage {
        try await request.reading(moment, of: namespaces).danglingLinks(in: namespace, limit: limit, after: after)
    }
}

extension DanglingPage: DescribedResult {
    package static let members: [DocumentMember] = [.namespace, .links]

    /// `{"namespace", "links": [{"from", "to", "type", "term", "weight"}], "next"}`; `to` is null if a link names only
    /// a term.
    public func document() -> JSONValue {
        [
            "namespace": .string(namespace), "links": .array(links.map(\.json)), "next": JSONValue(optional: next),
        ]
    }
}
