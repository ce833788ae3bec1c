import EventLog
public import MemoryLedger

/// Gets memories for use, and keeps that: each counts as accessed, and what they were put into is an event. It shows
/// which agent knew what when it answered.
///
///     let found = try await RecallMemories([MemoryKey(key: "tea")], counts: true, into: "session-7").run(in: request)
public struct RecallMemories: LedgerOperation, Hashable {
    /// 1 to 1,000.
    public var memories: [MemoryKey]
    /// Whether each counts as accessed.
    public var counts: Bool
    /// What they are put into, and by which an agent answers; nil: that is not kept.
    public var context: String?

    public init(_ memories: [MemoryKey], counts: Bool = true, into context: String? = nil) {
        self.memories = memories
        self.counts = counts
        self.context = context
    }

    private static let count = Parameter("count", .boolean, default: true, "Count it as an access.")
    private static let contextParameter = Parameter(
        "context", optional: .name, "Keep that they were put into the context of this name.")

    public static let name = "memory.recall"
    public static let summary = "Get memories for use: count the access, and keep which context they were put into."
    public static let parameters: [any OperationParameter] = [
        MemoryParameters.namespace, KeysParameter.keys, count, contextParameter,
    ]
    public static let access = OperationAccess.writes
    public static let requiredScope = AccessGrant.Scope.read
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .get
    public static let errors: [OperationErrorCode] = [
        .memory(.notFound), .memory(.quarantined), .log(.erased),
    ]

    public var namespaces: [String]? { memories.map(\.namespace) }

    public init(_ arguments: OperationArguments) throws {
        memories = try KeysParameter.memories(arguments)
        counts = try arguments[Self.count]
        context = try arguments[Self.contextParameter]
    }

    public func run(in request: OperationRequest) async throws -> FoundMemories {
        try KeysParameter.check(memories)
        let ledger = request.ledger
        if counts {
            for memory in memories { _ = try await ledger.access(memory, by: request.attribution) }
        }
        let found = try await ledger.reading(by: request.attribution).existing(memories)
        guard let context else { return FoundMemories(found) }
        let entries = found.map { ContextEntry($0.id, version: $0.version) }
        let position = try await ledger.recordContext(context, memories: entries, by: request.attribution)
        return FoundMemories(found, context: context, position: position)
    }
}
