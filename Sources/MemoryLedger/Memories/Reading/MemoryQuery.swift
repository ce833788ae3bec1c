public import EventLog
import LedgerStorage

/// Which memories to list, and how many of them.
///
///     var query = MemoryQuery(namespace: "mem", limit: 1)
///     repeat {
///         let page = try await ledger.list(query)
///         for memory in page.memories { print(memory.key, memory.content.summary) }
///         query.after = page.next
///     } while query.after != nil
public struct MemoryQuery: Hashable, Sendable {
    public var filter: MemoryFilter
    /// At most this many, 1 to `maximumLimit`.
    public var limit: Int
    /// The former page's `next`.
    public var after: String?

    public static let maximumLimit = 1_000
    /// Bytes of texts after which a page ends.
    public static let maximumPageBytes = 64 << 20

    public init(_ filter: MemoryFilter, limit: Int = 100, after: String? = nil) {
        (self.filter, self.limit, self.after) = (filter, limit, after)
    }

    public init(
        namespace: String? = nil, domain: String? = nil, type: String? = nil, status: MemoryStatus? = nil,
        createdFrom: Timestamp? = nil, createdThrough: Timestamp? = nil, onlyQuarantined: Bool = false,
        limit: Int = 100, after: String? = nil
    ) {
        var filter = MemoryFilter(namespace: namespace, domain: domain, type: type, status: status)
        filter.created = MemoryFilter.TimeSpan(from: createdFrom, through: createdThrough)
        filter.onlyQuarantined = onlyQuarantined
        self.init(filter, limit: limit, after: after)
    }

    public var namespace: String? { filter.namespace }

    // MARK: Cursors

    /// A cursor is the last memory's namespace and key, as a JSON list in base64 for URLs.
    static func cursor(after memory: MemoryKey) -> String {
        let list = JSONValue.array([.string(memory.namespace), .string(memory.key)])
        return Base64URL.encode(list.compactBytes)
    }

    static func decode(cursor: String) throws -> MemoryKey {
        guard let bytes = Base64URL.decode(cursor), let list = try? JSONParser.parse(bytes).array,
            list.count == 2, let namespace = list[0].string, let key = list[1].string
        else {
            throw MemoryLedgerError(
                .invalidArgument, "\"\(cursor)\" is not a cursor; pass the `next` of the page before.")
        }
        return MemoryKey(namespace: namespace, key: key)
    }

    /// The fields that are set.
    package var json: JSONObject {
        var object = filter.json
        object.append("limit", JSONValue(limit))
        if let after { object.append("after", .string(after)) }
        return object
    }

    // MARK: SQL

    /// What a page shows of its memories, and whether there are more.
    ///
    /// - Parameters:
    ///   - columns: of which `read` makes one of them, with the bytes that it counts.
    ///   - changed: the positions that stand for `MemoryFilter.changed`.
    ///   - maximumBytes: after which the page ends.
    func rows<Row>(
        _ columns: String, changed: ClosedRange<Position>?, after: MemoryKey?, now: Timestamp, showsQuarantined: Bool,
        without locked: [String],
        maximumBytes: Int, _ sqlite: SQLiteConnection, read: (SQLiteStatement) throws -> (Row, Int)
    ) throws -> (rows: [Row], hasMore: Bool, locked: [String]) {
        var conditions = ["(expires_at IS NULL OR expires_at > ?1)"]
        let filtering = FilterConditions(filter, changed: changed, firstParameter: 6)
        conditions += filtering.sql
        if filter.onlyQuarantined {
            conditions.append(MemoryRows.isQuarantined)
        } else if !showsQuarantined {
            conditions.append("NOT \(MemoryRows.isQuarantined)")
        }
        if after != nil { conditions.append("(namespace, key) > (?2, ?3)") }
        if !locked.isEmpty { conditions.append("namespace NOT IN (SELECT value FROM json_each(?5))") }
        let row = try sqlite.statement(
            """
            SELECT \(columns) FROM memories WHERE \(conditions.joined(separator: " AND "))
            ORDER BY namespace, key LIMIT ?4
            """)
        row.bind(1, now.milliseconds)
        row.bind(2, after?.namespace)
        row.bind(3, after?.key)
        row.bind(4, limit + 1)
        if !locked.isEmpty { row.bind(5, JSONValue.array(locked.map { .string($0) }).description) }
        filtering.bind(to: row)
        defer { row.reset() }
        var rows: [Row] = []
        var bytes = 0
        while try row.step() {
            try Task.checkCancellation()
            if rows.count == limit || bytes > maximumBytes { return (rows, true, locked) }
            let (found, size) = try read(row)
            rows.append(found)
            bytes += size
        }
        return (rows, false, locked)
    }
}

/// A page of memories, and the cursor of the next page where there is one.
public struct MemoryPage: Hashable, Sendable {
    public var memories: [Memory]
    public var next: String?
    /// Namespaces that were left out because the ledger was opened without its master key.
    public var locked: [String] = []
}
