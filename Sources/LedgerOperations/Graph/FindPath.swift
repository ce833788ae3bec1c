import EventLog
public import MemoryLedger

/// The best way along links from one memory to another.
///
///     let found = try await FindPath(from: MemoryKey(key: "tea"), to: "cup", order: .weight).run(in: request)
///     print(found.path?.memories.map(\.key) ?? [])
public struct FindPath: LedgerOperation, Hashable {
    public var memory: MemoryKey
    /// Of its namespace.
    public var end: String
    public var filter: LinkFilter
    public var order: WalkOrder
    public var depth: Int
    public var moment: ReadMoment

    public init(
        from memory: MemoryKey, to end: String, _ filter: LinkFilter = LinkFilter(direction: .outgoing),
        order: WalkOrder = .breadth, depth: Int = GraphLimits.depth.upperBound, _ moment: ReadMoment = .now
    ) {
        self.memory = memory
        self.end = end
        self.filter = filter
        self.order = order
        self.depth = depth
        self.moment = moment
    }

    /// A way, or that there is none.
    public struct Result: Hashable, Sendable, DescribedResult {
        public var namespace: String
        /// Nil: there is none of so few links.
        public var path: LinkPath?

        package static let members: [DocumentMember] = [
            .namespace, .init("found", .boolean), .init("memories", .objects), .init("weight", .number),
        ]

        /// `{"namespace", "found", "memories", "weight"}`, the memories as `graph.traverse` has them, with the link by
        /// which each was reached; the weight is the product of the links', and 0 if there is no way.
        public func document() -> JSONValue {
            [
                "namespace": .string(namespace), "found": .bool(path != nil),
                "memories": .array(path?.memories.map(\.json) ?? []), "weight": JSONValue(path?.weight ?? 0),
            ]
        }
    }

    private static let from = Parameter("from", .string, "The key where the way begins.")
    private static let end = Parameter("to", .string, "The key where the way ends.")
    private static let direction = GraphParameters.direction(.outgoing)
    private static let depth = GraphParameters.depth(GraphLimits.depth.upperBound)

    public static let name = "graph.path"
    public static let summary = "Find the best way along links from one memory to another."
    public static let parameters: [any OperationParameter] =
        [
            MemoryParameters.namespace, from, end, direction, GraphParameters.types,
            GraphParameters.leastWeight, GraphParameters.order, depth,
        ] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .graph
    public static let errors = ListNeighbours.errors

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(Self.from)
        end = try arguments[Self.end]
        filter = try arguments.linkFilter(Self.direction)
        order = try arguments[GraphParameters.order]
        depth = try arguments[Self.depth]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let reading = try await request.reading(moment, of: namespaces)
        let path = try await reading.path(from: memory, to: end, filter, order: order, depth: depth)
        if path == nil {
            for key in [memory, MemoryKey(namespace: memory.namespace, key: end)] {
                if try await reading.find(reading.resolve(key)) == nil { throw try await reading.reasonForMissing(key) }
            }
        }
        return Result(namespace: memory.namespace, path: path)
    }
}
