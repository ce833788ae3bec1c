import EventLog
public import MemoryLedger

/// Lists memories by namespace and key, a page at a time. Those that are quarantined are left out unless they are what
/// is asked for.
///
///     var list = ListMemories(MemoryQuery(namespace: "mem", domain: "food", limit: 20))
///     let page = try await list.run(in: request)
///     list.query.after = page.next
public struct ListMemories: LedgerOperation, Hashable {
    public var query: MemoryQuery
    public var moment: ReadMoment

    public init(_ query: MemoryQuery = MemoryQuery(), _ moment: ReadMoment = .now) {
        self.query = query
        self.moment = moment
    }

    private static let namespace = Parameter("namespace", optional: .string, "Only this namespace; otherwise all.")
    private static let domain = Parameter("domain", optional: .string, "Only this domain.")
    private static let type = Parameter("type", optional: .string, "Only this type.")
    private static let status = Parameter("status", optional: .status, "Only this status.")
    private static let createdFrom = Parameter("created_from", optional: .time, "Created then or later.")
    private static let createdThrough = Parameter("created_through", optional: .time, "Created then or earlier.")
    private static let quarantined = Parameter(
        "quarantined", .boolean, default: false, "Only memories that are quarantined.")
    private static let limit = Parameter<Int>(
        "limit", .integer(1...MemoryQuery.maximumLimit), default: 100, "Memories of a page.")
    private static let after = Parameter("after", optional: .string, "The former page's `next`.")

    public static let name = "memory.list"
    public static let summary = "List memories by namespace and key."
    public static let parameters: [any OperationParameter] =
        [namespace, domain, type, status, createdFrom, createdThrough, quarantined, limit, after]
        + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .list
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { query.namespace.map { [$0] } }

    public init(_ arguments: OperationArguments) throws {
        query = try Self.query(arguments)
        moment = try ReadMoment(arguments)
    }

    /// Which memories are asked for, by the same parameters.
    static func query(_ arguments: OperationArguments) throws -> MemoryQuery {
        MemoryQuery(
            namespace: try arguments[Self.namespace], domain: try arguments[Self.domain],
            type: try arguments[Self.type], status: try arguments[Self.status],
            createdFrom: try arguments[Self.createdFrom]?.first,
            createdThrough: try arguments[Self.createdThrough]?.last,
            onlyQuarantined: try arguments[Self.quarantined], limit: try arguments[Self.limit],
            after: try arguments[Self.after])
    }

    public func run(in request: OperationRequest) async throws -> MemoryPage {
        try await request.reading(moment, of: namespaces).list(query)
    }
}

extension ArgumentType where Value == MemoryStatus {
    fileprivate static var status: Self {
        let names = MemoryStatus.allCases.map(\.rawValue)
        return ArgumentType<String>.string.mapping(
            "one of \(names.joined(separator: ", "))", as: .choice(names)
        ) { MemoryStatus(rawValue: $0) }
    }
}

extension MemoryPage: DescribedResult {
    package static let members: [DocumentMember] = [.init("memories", .objects), .init("locked", .strings)]

    /// `{"memories", "next", "locked"}`; `next` is the next page's `after`, or null.
    public func document() -> JSONValue {
        [
            "memories": .array(memories.map(\.json)), "next": JSONValue(optional: next),
            "locked": .array(locked.map { .string($0) }),
        ]
    }
}
