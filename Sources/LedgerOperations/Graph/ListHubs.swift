import EventLog
public import MemoryLedger

/// The memories of a namespace that have the most links, a page at a time.
///
///     let page = try await ListHubs(in: "mem", limit: 10).run(in: request)
///     for hub in page.hubs { print(hub.links, hub.memory.key) }
public struct ListHubs: LedgerOperation, Hashable {
    public var namespace: String
    /// Which links count.
    public var filter: LinkFilter
    public var limit: Int
    /// The former page's `next`.
    public var after: String?
    public var moment: ReadMoment

    public init(
        in namespace: String = MemoryKey.defaultNamespace, _ filter: LinkFilter = LinkFilter(direction: .incoming),
        limit: Int = 20, after: String? = nil, _ moment: ReadMoment = .now
    ) {
        self.namespace = namespace
        self.filter = filter
        self.limit = limit
        self.after = after
        self.moment = moment
    }

    private static let direction = GraphParameters.direction(.incoming)
    private static let limit = GraphParameters.limit(20, "Memories of a page.")

    public static let name = "graph.hubs"
    public static let summary = "List the memories that have the most links, with their number."
    public static let parameters: [any OperationParameter] =
        [
            MemoryParameters.namespace, direction, GraphParameters.types, GraphParameters.leastWeight, limit,
            GraphParameters.after,
        ] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .graph
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        namespace = try arguments[MemoryParameters.namespace]
        filter = try arguments.linkFilter(Self.direction)
        limit = try arguments[Self.limit]
        after = try arguments[GraphParameters.after]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> HubPage {
        try await request.reading(moment, of: namespaces).hubs(in: namespace, filter, limit: limit, after: after)
    }
}

extension HubPage: DescribedResult {
    package static let members: [DocumentMember] = [.namespace, .init("hubs", .objects)]

    /// `{"namespace", "hubs": [{"key", "type", "summary", "links"}], "next"}`.
    public func document() -> JSONValue {
        let hubs = hubs.map { hub in
            var object = hub.memory.object
            object.append("links", JSONValue(hub.links))
            return JSONValue.object(object)
        }
        return ["namespace": .string(namespace), "hubs": .array(hubs), "next": JSONValue(optional: next)]
    }
}
