public import EventLog
import Foundation
import LedgerStorage

/// Which memories to list; every field that is set must match.
///
///     var query = MemoryQuery(namespace: "mem", limit: 1)
///     repeat {
///         let page = try await ledger.list(query)
///         for memory in page.memories { print(memory.key, memory.content.summary) }
///         query.after = page.next
///     } while query.after != nil
public struct MemoryQuery: Hashable, Sendable {
    public var namespace: String?
    public var domain: String?
    public var type: String?
    public var status: MemoryStatus?
    /// Created at this moment or later.
    public var createdFrom: Timestamp?
    /// Created at this moment or earlier.
    public var createdThrough: Timestamp?
    /// Only those that are quarantined, which are left out otherwise.
    public var onlyQuarantined: Bool
    /// At most this many, 1 to `maximumLimit`.
    public var limit: Int
    /// The former page's `next`.
    public var after: String?

    public static let maximumLimit = 1_000
    /// Bytes of texts after which a page ends.
    public static let maximumPageBytes = 64 << 20

    public init(
        namespace: String? = nil, domain: String? = nil, type: String? = nil, status: MemoryStatus? = nil,
        createdFrom: Timestamp? = nil, createdThrough: Timestamp? = nil, onlyQuarantined: Bool = false,
        limit: Int = 100, after: String? = nil
    ) {
        self.namespace = namespace
        self.domain = domain
        self.type = type
        self.status = status
        self.createdFrom = createdFrom
        self.createdThrough = createdThrough
        self.onlyQuarantined = onlyQuarantined
        self.limit = limit
        self.after = after
    }

    // MARK: Cursors

    /// A cursor is the last memory's namespace and key, as a JSON list in base64 for URLs.
    static func cursor(after memory: MemoryKey) -> String {
        let list = JSONValue.array([.string(memory.namespace), .string(memory.key)])
        return Data(list.compactBytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func decode(cursor: String) throws -> MemoryKey {
        var base64 = cursor.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: base64), let list = try? JSONParser.parse([UInt8](data)).array,
            list.count == 2, let namespace = list[0].string, let key = list[1].string
        else {
            throw MemoryLedgerError(
                .invalidArgument, "\"\(cursor)\" is not a cursor; pass the `next` of the page before.")
        }
        return MemoryKey(namespace: namespace, key: key)
    }

    /// The fields that are set.
    package var json: JSONObject {
        var object = JSONObject()
        let texts = [("namespace", namespace), ("domain", domain), ("type", type), ("status", status?.rawValue)]
        for (name, value) in texts { if let value { object.append(name, .string(value)) } }
        if let createdFrom { object.append("created_from", JSONValue(createdFrom.milliseconds)) }
        if let createdThrough { object.append("created_through", JSONValue(createdThrough.milliseconds)) }
        if onlyQuarantined { object.append("only_quarantined", true) }
        object.append("limit", JSONValue(limit))
        if let after { object.append("after", .string(after)) }
        return object
    }

    // MARK: SQL

    /// What a page shows of its memories, and whether there are more.
    ///
    /// - Parameters:
    ///   - columns: of which `read` makes one of them, with the bytes that it counts.
    ///   - maximumBytes: after which the page ends.
    func rows<Row>(
        _ columns: String, after: MemoryKey?, now: Timestamp, showsQuarantined: Bool, without locked: [String],
        maximumBytes: Int, _ sqlite: SQLiteConnection, read: (SQLiteStatement) throws -> (Row, Int)
    ) throws -> (rows: [Row], hasMore: Bool, locked: [String]) {
        var conditions = ["(expires_at IS NULL OR expires_at > ?1)"]
        if namespace != nil { conditions.append("namespace = ?2") }
        if domain != nil { conditions.append("domain = ?3") }
        if type != nil { conditions.append("type = ?4") }
        if status != nil { conditions.append("status = ?5") }
        if createdFrom != nil { conditions.append("created_at >= ?6") }
        if createdThrough != nil { conditions.append("created_at <= ?7") }
        if onlyQuarantined {
            conditions.append(MemoryRows.isQuarantined)
        } else if !showsQuarantined {
            conditions.append("NOT \(MemoryRows.isQuarantined)")
        }
        if after != nil { conditions.append("(namespace, key) > (?8, ?9)") }
        if !locked.isEmpty { conditions.append("namespace NOT IN (SELECT value FROM json_each(?11))") }
        let row = try sqlite.statement(
            """
            SELECT \(columns) FROM memories WHERE \(conditions.joined(separator: " AND "))
            ORDER BY namespace, key LIMIT ?10
            """)
        row.bind(1, now.milliseconds)
        row.bind(2, namespace)
        row.bind(3, domain)
        row.bind(4, type)
        row.bind(5, status?.rawValue)
        row.bind(6, createdFrom?.milliseconds)
        row.bind(7, createdThrough?.milliseconds)
        row.bind(8, after?.namespace)
        row.bind(9, after?.key)
        row.bind(10, limit + 1)
        if !locked.isEmpty { row.bind(11, JSONValue.array(locked.map { .string($0) }).description) }
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
