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

    private static let limit = Parameter<Int>(
        "limit", .integer(1...MemoryQuery.maximumLimit), default: 100, "Memories of a page.")
    private static let after = Parameter("after", optional: .string, "The former page's `next`.")

    public static let name = "memory.list"
    public static let summary = "List memories by namespace and key."
    public static let parameters: [any OperationParameter] =
        FilterParameters.all + [limit, after] + ReadMoment.parameters
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
            try FilterParameters.filter(arguments), limit: try arguments[Self.limit], after: try arguments[Self.after])
    }

    public func run(in request: OperationRequest) async throws -> MemoryPage {
        try await request.reading(moment, of: namespaces).list(query)
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
