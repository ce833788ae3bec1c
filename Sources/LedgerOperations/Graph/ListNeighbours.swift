import EventLog
public import MemoryLedger

/// A memory's links and those that point at it, a page at a time.
///
///     let query = NeighbourQuery(LinkFilter(direction: .incoming), limit: 20)
///     let page = try await ListNeighbours(MemoryKey(key: "tea"), query).run(in: request)
///     for neighbour in page.neighbours { print(neighbour.link.type, neighbour.key ?? "-") }
public struct ListNeighbours: LedgerOperation, Hashable {
    public var memory: MemoryKey
    public var query: NeighbourQuery
    public var moment: ReadMoment

    public init(_ memory: MemoryKey, _ query: NeighbourQuery = NeighbourQuery(), _ moment: ReadMoment = .now) {
        self.memory = memory
        self.query = query
        self.moment = moment
    }

    private static let direction = GraphParameters.direction(.both)
    private static let limit = GraphParameters.limit(100, "Links of a page.")

    public static let name = "graph.neighbours"
    public static let summary = "List a memory's links and the links to it."
    public static let parameters: [any OperationParameter] =
        [
            MemoryParameters.namespace, MemoryParameters.key, direction, GraphParameters.types,
            GraphParameters.leastWeight, limit, GraphParameters.after,
        ] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .graph
    public static let errors: [OperationErrorCode] = [
        .memory(.notFound), .memory(.quarantined), .log(.erased), .log(.unknownMoment),
    ]

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(MemoryParameters.key)
        query = NeighbourQuery(
            try arguments.linkFilter(Self.direction), limit: try arguments[Self.limit],
            after: try arguments[GraphParameters.after])
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> NeighbourPage {
        let reading = try await request.reading(moment, of: namespaces)
        guard let page = try await reading.neighbours(of: memory, query) else {
            throw try await reading.reasonForMissing(memory)
        }
        return page
    }
}

extension NeighbourPage: DescribedResult {
    package static let members: [DocumentMember] = [
        .namespace, .key, .init("neighbours", .objects), .init("total", .integer),
    ]

    /// `{"namespace", "key", "neighbours": [{"direction", "key", "summary", "from", "to", "type", "term", "weight"}],
    /// "total", "next"}`; `summary` is null if there is no memory at the other end, and `key` and `to` if the link
    /// names none.
    public func document() -> JSONValue {
        [
            "namespace": .string(memory.namespace), "key": .string(memory.key),
            "neighbours": .array(neighbours.map(\.json)), "total": JSONValue(total), "next": JSONValue(optional: next),
        ]
    }
}

extension Neighbour {
    fileprivate var json: JSONValue {
        let direction: LinkDirection = isIncoming ? .incoming : .outgoing
        var object: JSONObject = [
            "direction": .string(direction.rawValue), "key": JSONValue(optional: key),
            "summary": JSONValue(optional: summary),
        ]
        for member in link.json.object?.members ?? [] { object.append(member.name, member.value) }
        return .object(object)
    }
}
