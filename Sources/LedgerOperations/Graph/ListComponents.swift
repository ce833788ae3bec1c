import EventLog
public import MemoryLedger

/// The sets of memories of a namespace that links join, whichever way they point, the largest first.
///
///     let page = try await ListComponents(in: "mem").run(in: request)
///     for component in page.components { print(component.size, component.keys[0]) }
public struct ListComponents: LedgerOperation, Hashable {
    public var namespace: String
    /// Which links join; their direction does not matter.
    public var filter: LinkFilter
    /// Memories of a component, at least.
    public var leastSize: Int
    public var limit: Int
    /// The former page's `next`.
    public var after: String?
    public var moment: ReadMoment

    public init(
        in namespace: String = MemoryKey.defaultNamespace, _ filter: LinkFilter = LinkFilter(), leastSize: Int = 2,
        limit: Int = 20, after: String? = nil, _ moment: ReadMoment = .now
    ) {
        self.namespace = namespace
        self.filter = filter
        self.leastSize = leastSize
        self.limit = limit
        self.after = after
        self.moment = moment
    }

    private static let leastSize = Parameter<Int>(
        "least_size", .integer(1...Int.max), default: 2, "Only components of so many memories or more.")
    private static let limit = GraphParameters.limit(20, "Components of a page.")

    public static let name = "graph.components"
    public static let summary = "List the sets of memories that links join, the largest first."
    public static let parameters: [any OperationParameter] =
        [
            MemoryParameters.namespace, GraphParameters.types, GraphParameters.leastWeight, leastSize, limit,
            GraphParameters.after,
        ] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .graph
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        namespace = try arguments[MemoryParameters.namespace]
        filter = try arguments.linkFilter()
        leastSize = try arguments[Self.leastSize]
        limit = try arguments[Self.limit]
        after = try arguments[GraphParameters.after]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> ComponentPage {
        try await request.reading(moment, of: namespaces)
            .components(in: namespace, filter, leastSize: leastSize, limit: limit, after: after)
    }
}

extension ComponentPage: DescribedResult {
    package static let members: [DocumentMember] = [
        .namespace, .init("components", .objects), .init("total", .integer),
    ]

    /// `{"namespace", "components": [{"size", "keys"}], "total", "next"}`, of the keys the first ones.
    public func document() -> JSONValue {
        let components = components.map { component -> JSONValue in
            ["size": JSONValue(component.size), "keys": .array(component.keys.map { .string($0) })]
        }
        return [
            "namespace": .string(namespace), "components": .array(components), "total": JSONValue(total),
            "next": JSONValue(optional: next),
        ]
    }
}
