import EventLog
public import MemoryLedger

/// The memories that links lead to from one, each once, with how it was reached.
///
///     let walk = LinkWalk(LinkFilter(direction: .outgoing), order: .weight, depth: 3, limit: 50)
///     let reached = try await WalkLinks(MemoryKey(key: "tea"), walk).run(in: request)
///     for memory in reached.memories { print(memory.depth, memory.key) }
public struct WalkLinks: LedgerOperation, Hashable {
    public var memory: MemoryKey
    public var walk: LinkWalk
    public var moment: ReadMoment

    public init(_ memory: MemoryKey, _ walk: LinkWalk = LinkWalk(), _ moment: ReadMoment = .now) {
        self.memory = memory
        self.walk = walk
        self.moment = moment
    }

    private static let direction = GraphParameters.direction(.both)
    private static let depth = GraphParameters.depth(2)
    private static let limit = GraphParameters.limit(100, "Memories at most, the first one among them.")
    private static let showsLinks = Parameter(
        "links", .boolean, default: false, "Also tell all links between what was reached.")

    public static let name = "graph.traverse"
    public static let summary = "Follow links from a memory; each memory comes once, with how it was reached."
    public static let parameters: [any OperationParameter] =
        [
            MemoryParameters.namespace, MemoryParameters.key, direction, GraphParameters.types,
            GraphParameters.leastWeight, GraphParameters.order, depth, limit, showsLinks,
        ] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .graph
    public static let errors = ListNeighbours.errors

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(MemoryParameters.key)
        walk = LinkWalk(
            try arguments.linkFilter(Self.direction), order: try arguments[GraphParameters.order],
            depth: try arguments[Self.depth], limit: try arguments[Self.limit],
            showsLinks: try arguments[Self.showsLinks])
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> LinkWalkResult {
        let reading = try await request.reading(moment, of: namespaces)
        guard let result = try await reading.walk(from: memory, walk) else {
            throw try await reading.reasonForMissing(memory)
        }
        return result
    }
}

extension LinkWalkResult: DescribedResult {
    package static let members: [DocumentMember] = [
        .namespace, .init("memories", .objects), .links, .init("cut", .boolean),
    ]

    /// `{"namespace", "memories": [{"key", "type", "summary", "depth", "weight", "direction", "link"}], "links",
    /// "cut"}`; `link` is the last one of the way, and `direction` how it was followed; both are null for the first
    /// memory. `links` are those between the memories if they were asked for, and `cut` says that there is more.
    public func document() -> JSONValue {
        [
            "namespace": .string(namespace), "memories": .array(memories.map(\.json)),
            "links": .array(links.map(\.json)), "cut": .bool(isCut),
        ]
    }
}

extension ReachedMemory {
    var json: JSONValue {
        let direction: LinkDirection? = link.map { _ in isIncoming ? .incoming : .outgoing }
        return [
            "key": .string(key), "type": .string(type), "summary": .string(summary), "depth": JSONValue(depth),
            "weight": JSONValue(weight), "direction": JSONValue(optional: direction?.rawValue),
            "link": link?.json ?? .null,
        ]
    }
}
