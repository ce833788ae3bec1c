import EventLog
import LedgerStorage
import MemoryLedger

/// Reads what was counted from the tables.
///
/// The table is the one with the fewest rows that knows what is asked for: of sessions if it is about them, of users if
/// it is about these, of namespaces otherwise. Of its spans the longest is read that each bucket is made of.
struct TimelineRows {
    private let query: TimelineQuery
    /// Where the buckets begin, and the last one ends.
    private let boundaries: [Timestamp]
    private let types: [EventType]
    private let tables: SQLiteConnection
    /// By bucket, the counts of groups by their index.
    private var counts: [[Int: Int64]]
    private var groups: [ByteText: Int] = [:]
    private var names: [String] = []

    private init(_ query: TimelineQuery, _ boundaries: [Timestamp], _ tables: SQLiteConnection) {
        (self.query, self.boundaries, self.tables) = (query, boundaries, tables)
        types = query.type.map { [$0] } ?? query.measure.types
        counts = Array(repeating: [:], count: boundaries.count - 1)
    }

    /// - Throws: `AgentContextError` with `noUser` or `noSession`; `MemoryLedgerError.invalidArgument` if there are too
    ///   many groups.
    static func read(
        _ query: TimelineQuery, _ boundaries: [Timestamp], _ tables: SQLiteConnection
    ) throws -> Timeline {
        var rows = TimelineRows(query, boundaries, tables)
        let counted = query.measure.types
        if let type = query.type, !counted.isEmpty, !counted.contains(type) { return rows.timeline }
        let namespaces = try query.namespace.map { [$0] } ?? rows.namespaces()
        for namespace in namespaces { try rows.read(namespace) }
        return rows.timeline
    }

    // MARK: Which rows

    private mutating func read(_ namespace: String) throws {
        if let session = query.session {
            let columns = "SELECT 1 FROM timeline_sessions WHERE namespace = ? AND session = ? LIMIT 1"
            guard try has(columns, namespace, session) else { throw AgentContextError.noSession(session, namespace) }
        }
        if let user = query.user {
            let find = "SELECT 1 FROM timeline_users WHERE namespace = ? AND username = ? LIMIT 1"
            guard try has(find, namespace, user) else { throw AgentContextError.noUser(user, namespace) }
        }
        if query.session != nil {
            try readSession(namespace)
        } else if query.grouping == .session {
            for user in try query.user.map({ [$0] }) ?? names(.sessions, in: namespace) {
                try readSessions(namespace, of: user)
            }
        } else if query.user != nil || query.grouping == .user {
            for user in try query.user.map({ [$0] }) ?? names(.users, in: namespace) { try readUser(namespace, user) }
        } else {
            try readNamespace(namespace)
        }
    }

    private func has(_ sql: String, _ namespace: String, _ name: String) throws -> Bool {
        let find = try tables.statement(sql)
        find.bind(1, namespace)
        find.bind(2, name)
        defer { find.reset() }
        return try find.step()
    }

    private mutating func readNamespace(_ namespace: String) throws {
        let span = query.bucket.span(of: [.month, .day, .hour])
        let row = try tables.statement(
            """
            SELECT start, type, events, bytes, minutes FROM timeline_namespaces
            WHERE namespace = ? AND span = ? AND start >= ? AND start < ?\(typeCondition) ORDER BY start
            """)
        row.bind(1, namespace)
        row.bind(2, span.rawValue)
        bindSpan(row, from: 3)
        try add(row, group: namespace)
    }

    private mutating func readUser(_ namespace: String, _ user: String) throws {
        let span = query.bucket.span(of: [.month, .hour])
        let row = try tables.statement(
            """
            SELECT start, type, events, bytes, minutes FROM timeline_users
            WHERE namespace = ? AND username = ? AND span = ? AND start >= ? AND start < ?\(typeCondition) ORDER BY start
            """)
        row.bind(1, namespace)
        row.bind(2, user)
        row.bind(3, span.rawValue)
        bindSpan(row, from: 4)
        try add(row, group: query.grouping == .user ? user : namespace)
    }

    private mutating func readSessions(_ namespace: String, of user: String) throws {
        let row = try tables.statement(
            """
            SELECT start, type, events, bytes, minutes, session FROM timeline_sessions
            WHERE namespace = ? AND username = ? AND start >= ? AND start < ?\(typeCondition) ORDER BY start
            """)
        row.bind(1, namespace)
        row.bind(2, user)
        bindSpan(row, from: 3)
        try add(row, group: nil)
    }

    private mutating func readSession(_ namespace: String) throws {
        let ofUser = query.user == nil ? "" : " AND +username = ?"
        let row = try tables.statement(
            """
            SELECT start, type, events, bytes, minutes, username FROM timeline_sessions
            WHERE namespace = ? AND session = ? AND start >= ? AND start < ?\(typeCondition)\(ofUser) ORDER BY start
            """)
        row.bind(1, namespace)
        row.bind(2, query.session)
        let next = bindSpan(row, from: 3)
        if let user = query.user { row.bind(next, user) }
        try add(row, group: query.grouping == .session ? query.session : query.grouping == .user ? nil : namespace)
    }

    private var typeCondition: String {
        types.isEmpty ? "" : " AND type IN (\(types.map { _ in "?" }.joined(separator: ", ")))"
    }

    /// The beginning, the end and the types.
    @discardableResult
    private func bindSpan(_ row: SQLiteStatement, from first: Int32) -> Int32 {
        row.bind(first, boundaries.first?.milliseconds)
        row.bind(first + 1, boundaries.last?.milliseconds)
        for (index, type) in types.enumerated() { row.bind(first + 2 + Int32(index), type.rawValue) }
        return first + 2 + Int32(types.count)
    }

    // MARK: Names

    private enum Table {
        case users, sessions
    }

    /// One after the other: each is found by the one before.
    private func namespaces() throws -> [String] {
        try names(
            first: tables.statement("SELECT min(namespace) FROM timeline_namespaces"),
            next: tables.statement("SELECT min(namespace) FROM timeline_namespaces WHERE namespace > ?"), 1)
    }

    private func names(_ table: Table, in namespace: String) throws -> [String] {
        let statements =
            switch table {
            case .users:
                (
                    try tables.statement("SELECT min(username) FROM timeline_users WHERE namespace = ?"),
                    try tables.statement(
                        "SELECT min(username) FROM timeline_users WHERE namespace = ? AND username > ?")
                )
            case .sessions:
                (
                    try tables.statement("SELECT min(username) FROM timeline_sessions WHERE namespace = ?"),
                    try tables.statement(
                        "SELECT min(username) FROM timeline_sessions WHERE namespace = ? AND username > ?")
                )
            }
        statements.0.bind(1, namespace)
        statements.1.bind(1, namespace)
        return try names(first: statements.0, next: statements.1, 2)
    }

    private func names(first: SQLiteStatement, next: SQLiteStatement, _ place: Int32) throws -> [String] {
        var names: [String] = []
        var statement = first
        while true {
            defer { statement.reset() }
            guard try statement.step(), let name = statement.optionalText(0) else { return names }
            guard names.count < ContextLimits.timelineGroupsFound else { throw tooMany }
            names.append(name)
            statement.reset()
            statement = next
            next.bind(place, name)
        }
    }

    private var tooMany: MemoryLedgerError {
        MemoryLedgerError(
            .invalidArgument,
            "There are more than \(ContextLimits.timelineGroupsFound) \((query.grouping ?? .namespace).rawValue)s; give a "
                + "shorter span, or name one.")
    }

    // MARK: Counting

    /// - Parameter group: nil: it is the last column.
    private mutating func add(_ row: SQLiteStatement, group: String?) throws {
        defer { row.reset() }
        let known = try group.map { try index(of: $0) }
        var bucket = 0
        while try row.step() {
            let start = row.int64(0)
            while boundaries[bucket + 1].milliseconds <= start { bucket += 1 }
            let index = try query.grouping == .type ? index(of: row.text(1)) : known ?? index(of: row.text(5))
            if query.bucket == .minute {
                addMinutes(row, start, index)
            } else {
                counts[bucket][index, default: 0] += row.int64(query.measure == .bytes ? 3 : 2)
            }
        }
    }

    private mutating func addMinutes(_ row: SQLiteStatement, _ hour: Int64, _ index: Int) {
        guard let first = boundaries.first?.milliseconds else { return }
        for count in MinuteCounts(row.bytes(4)).counts {
            let start = hour + Int64(count.minute) * TimeBucket.minuteMilliseconds
            let bucket = Int((start - first) / TimeBucket.minuteMilliseconds)
            guard start >= first, bucket < counts.count else { continue }
            counts[bucket][index, default: 0] += query.measure == .bytes ? count.bytes : count.events
        }
    }

    private mutating func index(of name: String) throws -> Int {
        if let known = groups[ByteText(name)] { return known }
        guard names.count < ContextLimits.timelineGroupsFound else { throw tooMany }
        groups[ByteText(name)] = names.count
        names.append(name)
        return names.count - 1
    }

    private var timeline: Timeline {
        var totals = Array(repeating: Int64(0), count: names.count)
        for bucket in counts { for (index, count) in bucket { totals[index] += count } }
        let found = totals.indices.filter { totals[$0] != 0 }
        // Of equal ones by the names' bytes.
        let largest = found.sorted {
            totals[$0] != totals[$1]
                ? totals[$0] > totals[$1] : names[$0].utf8.lexicographicallyPrecedes(names[$1].utf8)
        }
        let shown = query.grouping == nil ? [] : largest.prefix(query.limit)
        let buckets = zip(boundaries.indices, counts).map { place, counts in
            Timeline.Bucket(
                from: boundaries[place], to: boundaries[place + 1], count: counts.values.reduce(0, +),
                groups: shown.compactMap { index in
                    guard let count = counts[index], count != 0 else { return nil }
                    return Timeline.Group(name: names[index], count: count)
                })
        }
        return Timeline(
            query: query, buckets: buckets, total: totals.reduce(0, +),
            groups: shown.map { Timeline.Group(name: names[$0], count: totals[$0]) },
            groupCount: query.grouping == nil ? 0 : found.count)
    }
}

extension TimelineQuery.Measure {
    /// Of the events that are counted; empty: of all types.
    fileprivate var types: [EventType] {
        switch self {
        case .messages: [SessionEvent.Name.appended]
        case .memories: [MemoryEvent.Name.added, MemoryEvent.Name.replaced, MemoryEvent.Name.legacyRowImported]
        case .events, .bytes: []
        }
    }
}

extension TimeBucket {
    /// The longest of these that the bucket is made of.
    fileprivate func span(of spans: [TimeBucket]) -> TimeBucket {
        let parts: [TimeBucket] =
            switch self {
            case .minute, .hour: [.hour]
            case .day, .week: [.day, .hour]
            case .month: [.month, .day, .hour]
            }
        return parts.first { spans.contains($0) } ?? .hour
    }
}
