import EventLog
public import MemoryLedger

/// Answers a SELECT on the views of `TableQuery`. It is about all namespaces, so it needs the scope admin.
///
///     let query = TableQuery("SELECT type, count(*) FROM memories GROUP BY type")
///     let rows = try await QueryTables(query).run(in: request)
public struct QueryTables: LedgerOperation, Hashable {
    public var query: TableQuery
    public var moment: ReadMoment

    public init(_ query: TableQuery, _ moment: ReadMoment = .now) {
        self.query = query
        self.moment = moment
    }

    private static let sql = Parameter<String>("sql", .string, "One SELECT, in SQLite's language.")
    private static let limit = Parameter<Int>(
        "limit", .integer(TableQuery.maximumRows), default: 1_000, "Rows, at most.")
    private static let seconds = Parameter<Int>(
        "seconds", .integer(TableQuery.secondsRange), default: 10, "How long it may take.")

    public static let name = "ledger.query"
    public static let summary = "Answer a SELECT on memories, links and namespaces."
    public static let parameters: [any OperationParameter] = [sql, limit, seconds] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let isTool = false
    public static let audit: ReadOperation? = .query
    public static let errors: [OperationErrorCode] = [.memory(.invalidQuery), .log(.unknownMoment)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        query = TableQuery(
            try arguments[Self.sql], limit: try arguments[Self.limit], seconds: try arguments[Self.seconds])
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> TableRows {
        let reading = try await request.reading(moment, of: namespaces)
        return try await LongWork.run(if: true) { try await reading.query(query) }
    }
}

extension TableRows: OperationResult {
    /// `{"columns", "rows", "more", "locked"}`; each row is a list in the order of the columns.
    public func document() -> JSONValue {
        [
            "columns": .array(columns.map { .string($0) }), "rows": .array(rows.map { .array($0) }),
            "more": .bool(hasMore), "locked": .array(locked.map { .string($0) }),
        ]
    }
}
