import EventLog
public import MemoryLedger

/// Reads a memory and those that its links lead to, the best links first and depth first, each memory once. Counts
/// no access. It is the bulk read of kv-memory's second version.
///
///     let read = try await BulkReadMemory(MemoryKey(key: "tea"), depth: 2, total: 50).run(in: request)
///     print(read.document())
public struct BulkReadMemory: LedgerOperation, MemoryRead, Hashable {
    public var memory: MemoryKey
    /// Links one after the other, 1 to 6.
    public var depth: Int
    /// Links of each memory that are followed, 1 to 20.
    public var breadth: Int
    /// Memories, the first one among them, 1 to 50.
    public var total: Int
    public var moment: ReadMoment

    public init(
        _ memory: MemoryKey, depth: Int = 3, breadth: Int = 5, total: Int = 20, _ moment: ReadMoment = .now
    ) {
        self.memory = memory
        self.depth = depth
        self.breadth = breadth
        self.total = total
        self.moment = moment
    }

    /// What was read.
    public struct Result: Hashable, Sendable, DescribedResult {
        package var read: BulkRead

        package static let members: [DocumentMember] = [
            .init("targetMemory", .object), .init("associatedMemories", .objects), .init("metadata", .object),
        ]

        /// `{"targetMemory": {"key", "summary", "text", "links"}, "associatedMemories": [the same with "depth" and
        /// "combinedScore"], "metadata": {"depthReached", "totalRetrieved", "duplicatesSkipped"}}`, by the names that
        /// kv-memory gave them; links as `memory.read` has them, sorted.
        public func document() -> JSONValue {
            [
                "targetMemory": .object(read.target.object),
                "associatedMemories": .array(
                    read.associated.map { memory in
                        var object = memory.object
                        object.append("depth", JSONValue(memory.depth))
                        object.append("combinedScore", JSONValue(memory.combinedScore))
                        return .object(object)
                    }),
                "metadata": [
                    "depthReached": JSONValue(read.depthReached),
                    "totalRetrieved": JSONValue(read.associated.count + 1),
                    "duplicatesSkipped": JSONValue(read.duplicatesSkipped),
                ],
            ]
        }
    }

    private static let depth = Parameter<Int>(
        "depth", .integer(BulkRead.Bounds.depths), default: 3, "Links one after the other.")
    private static let breadth = Parameter<Int>(
        "breadth", .integer(BulkRead.Bounds.breadths), default: 5, "Links of each memory that are followed.")
    private static let total = Parameter<Int>(
        "total", .integer(BulkRead.Bounds.totals), default: 20, "Memories, the first one among them.")

    public static let name = "memory.bulk"
    public static let summary = "Read a memory and those that its best links lead to, each once."
    public static let parameters: [any OperationParameter] =
        [MemoryParameters.namespace, MemoryParameters.key, depth, breadth, total] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .bulk
    public static let errors: [OperationErrorCode] = [
        .memory(.notFound), .memory(.quarantined), .log(.erased), .log(.unknownMoment),
    ]

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(MemoryParameters.key)
        depth = try arguments[Self.depth]
        breadth = try arguments[Self.breadth]
        total = try arguments[Self.total]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let reading = try await request.reading(moment, of: namespaces)
        guard let found = try await found(by: reading, request.grant) else {
            throw try await reading.reasonForMissing(memory)
        }
        return found
    }

    package func found(in request: OperationRequest) async throws -> Result? {
        try await found(by: request.reading(moment, of: namespaces), request.grant)
    }

    private func found(by reading: MemoryReader, _ grant: AccessGrant) async throws -> Result? {
        for (name, value, range) in [
            (Self.depth.name, depth, BulkRead.Bounds.depths), (Self.breadth.name, breadth, BulkRead.Bounds.breadths),
            (Self.total.name, total, BulkRead.Bounds.totals),
        ] where !range.contains(value) {
            throw OperationArgumentError(
                name, after: " is a whole number from \(range.lowerBound) to \(range.upperBound), not \(value).")
        }
        let bounds = BulkRead.Bounds(depth: depth, breadth: breadth, total: total)
        // Many memories, with the summaries of their links.
        return try await LongWork.run(if: true) {
            try await reading.bulkRead(memory, bounds) { grant.includes(namespace: $0) }.map { Result(read: $0) }
        }
    }
}

extension BulkRead.Associated {
    fileprivate var object: JSONObject {
        [
            "key": .string(key), "summary": .string(linked.content.summary), "text": .string(linked.content.text),
            "links": linked.linksJSON,
        ]
    }
}
