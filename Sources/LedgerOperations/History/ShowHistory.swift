import EventLog
public import MemoryLedger

/// Every change of a memory, the oldest first: who, when, why, and what it changed.
///
///     let page = try await ShowHistory(MemoryKey(key: "tea"), HistoryQuery(limit: 20)).run(in: request)
///     for entry in page.entries { print(entry.event.recordedAt, entry.event.type, entry.delta.fields) }
public struct ShowHistory: LedgerOperation, Hashable {
    public var memory: MemoryKey
    public var query: HistoryQuery
    public var moment: ReadMoment

    public init(_ memory: MemoryKey, _ query: HistoryQuery = HistoryQuery(), _ moment: ReadMoment = .now) {
        self.memory = memory
        self.query = query
        self.moment = moment
    }

    private static let reads = Parameter("reads", .boolean, default: false, "Counted reads too.")
    private static let limit = Parameter<Int>(
        "limit", .integer(1...HistoryQuery.maximumLimit), default: 100, "Entries of a page.")
    private static let after = Parameter("after", optional: .version, "Only what came after this position.")

    public static let name = "memory.history"
    public static let summary = "Show every change of a memory: who, when, why, and what it changed."
    public static let parameters: [any OperationParameter] =
        [MemoryParameters.namespace, MemoryParameters.key, reads, limit, after] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .history
    public static let errors: [OperationErrorCode] = [.memory(.notFound), .log(.erased), .log(.unknownMoment)]

    public var namespaces: [String]? { [memory.namespace] }

    public init(_ arguments: OperationArguments) throws {
        memory = try arguments.memory(MemoryParameters.key)
        query = HistoryQuery(
            includesReads: try arguments[Self.reads], limit: try arguments[Self.limit],
            after: try arguments[Self.after])
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> HistoryPage {
        try await request.reading(moment, of: namespaces).history(of: memory, query)
    }
}

extension HistoryPage: DescribedResult {
    package static let members: [DocumentMember] = [.init("entries", .objects)]

    /// `{"entries", "next"}`; `next` is the next page's `after`, or null.
    public func document() -> JSONValue {
        ["entries": .array(entries.map(\.json)), "next": next.map { JSONValue($0) } ?? .null]
    }
}
