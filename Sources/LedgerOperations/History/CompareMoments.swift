import EventLog
public import MemoryLedger

/// How memories differ between two moments: added, changed, renamed, deleted, links gained and lost.
///
///     let page = try await CompareMoments(from: .position(1_000), namespace: "mem").run(in: request)
///     for difference in page.differences { print(difference.kind, difference.memory) }
public struct CompareMoments: LedgerOperation, Hashable {
    /// A date means its beginning.
    public var from: MomentReference
    /// A date means its end; nil: now. If it is before `from`, the differences are those of going back.
    public var to: MomentReference?
    /// Only the memory that has this key at one of the moments.
    public var memory: MemoryKey?
    /// Only this namespace; with a memory, its own.
    public var namespace: String?
    /// Counts, times of reading and degrees too; slower.
    public var includesStatistics: Bool
    /// 1 to `DiffQuery.maximumLimit`.
    public var limit: Int
    /// The former page's `next`.
    public var after: String?

    public init(
        from: MomentReference, to: MomentReference? = nil, memory: MemoryKey? = nil, namespace: String? = nil,
        includesStatistics: Bool = false, limit: Int = 100, after: String? = nil
    ) {
        self.from = from
        self.to = to
        self.memory = memory
        self.namespace = namespace
        self.includesStatistics = includesStatistics
        self.limit = limit
        self.after = after
    }

    private static let fromParameter = Parameter("from", .moment, "The one moment. " + MomentReference.wordsOfBeginning)
    private static let toParameter = Parameter(
        "to", optional: .moment, "The other moment, otherwise now. " + MomentReference.words)
    private static let key = Parameter(
        "key", optional: .string, "Only the memory that has this key at one of the moments.")
    private static let namespaceParameter = Parameter(
        "namespace", optional: .string, "Only this namespace; otherwise all, or that of a key that names none.")
    private static let statistics = Parameter(
        "statistics", .boolean, default: false, "Counts, times of reading and degrees too; slower.")
    private static let limitParameter = Parameter<Int>(
        "limit", .integer(1...DiffQuery.maximumLimit), default: 100, "Memories of a page.")
    private static let afterParameter = Parameter("after", optional: .string, "The former page's `next`.")

    public static let name = "memory.diff"
    public static let summary = "Show how memories differ between two moments."
    public static let parameters: [any OperationParameter] = [
        fromParameter, toParameter, key, namespaceParameter, statistics, limitParameter, afterParameter,
    ]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .diff
    public static let errors: [OperationErrorCode] = [.memory(.notFound), .log(.unknownMoment)]

    public var namespaces: [String]? { (memory?.namespace ?? namespace).map { [$0] } }

    public init(_ arguments: OperationArguments) throws {
        from = try arguments[Self.fromParameter]
        to = try arguments[Self.toParameter]
        let namespace = try arguments[Self.namespaceParameter]
        memory = try arguments[Self.key].map { MemoryKey(namespace: namespace ?? MemoryKey.defaultNamespace, key: $0) }
        self.namespace = namespace
        includesStatistics = try arguments[Self.statistics]
        limit = try arguments[Self.limitParameter]
        after = try arguments[Self.afterParameter]
    }

    public func run(in request: OperationRequest) async throws -> DiffPage {
        let now = request.ledger.options.clock.now()
        if from.isTime || to?.isTime == true { try await request.noticeClockLead() }
        var query = DiffQuery(
            from: from.beginning, to: to?.moment(now: now), memory: memory, namespace: namespace,
            includesStatistics: includesStatistics, limit: limit, after: after)
        if let moments = ScopedMoments(request, namespaces) {
            query.from = try await moments.boundary(query.from)
            // The end of the log is not shown, nor kept in a cursor.
            let end = query.after.flatMap { DiffQuery.position(ofCursor: $0) } ?? .max
            query.to = try await moments.boundary(query.to ?? .position(end))
        }
        return try await request.ledger.diff(query, by: request.attribution)
    }
}

extension DiffPage: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("from", .object), .init("to", .object), .init("differences", .objects),
    ]

    /// `{"from": {"position", "time"}, "to", "differences", "next"}`; `next` is the next page's `after`, or null.
    public func document() -> JSONValue {
        [
            "from": from.json, "to": to.json, "differences": .array(differences.map(\.json)),
            "next": JSONValue(optional: next),
        ]
    }
}

extension LogMoment {
    fileprivate var json: JSONValue { ["position": JSONValue(position), "time": .string(time.rfc3339)] }
}
