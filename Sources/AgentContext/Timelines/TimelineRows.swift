import EventLog
import LedgerStorage
import MemoryLedger

/// Reads what was counted from the tables.
///
/// The rows are those of sessions if it is about them, of users if it is about these, of namespaces otherwise. Of their
/// spans the longest is read that each bucket is made of. The last events are not in rows yet, and are counted one by
/// one.
struct TimelineRows {
    private let query: TimelineQuery
    /// Where the buckets begin, and the last one ends.
    private let boundaries: [Timestamp]
    private let types: [EventType]
    /// Events of the type are not among those that are counted.
    private let isNothing: Bool
    private let tables: SQLiteConnection
    private let tail: [TimelineEvent]
    /// By bucket, the counts of groups by their index.
    private var counts: [[Int: Int64]]
    private var groups: [ByteText: Int] = [:]
    private var names: [String] = []

    private init(_ query: TimelineQuery, _ boundaries: [Timestamp], _ tables: SQLiteConnection) throws {
        tail = try TimelineTail.read(tables)
        (self.query, self.boundaries, self.tables) = (query, boundaries, tables)
        let counted = query.measure.types
        types = query.type.map { [$0] } ?? counted
        isNothing = query.type.map { !counted.isEmpty && !counted.contains($0) } ?? false
        counts = Array(repeating: [:], count: boundaries.count - 1)
    }

    /// - Throws: `AgentContextError` with `noUser` or `noSession`; `MemoryLedgerError.invalidArgument` if there are too
    ///   many groups.
    static func read(
        _ query: TimelineQuery, _ boundaries: [Timestamp], _ tables: SQLiteConnection
    ) throws -> Timeline {
        var rows = try TimelineRows(query, boundaries, tables)
        let namespaces = try query.namespace.map { [$0] } ?? rows.namespaces()
        for namespace in namespaces { try rows.read(namespace) }
        return rows.timeline
    }

    // MARK: Which rows

    private mutating func read(_ namespace: String) throws {
        if let session = query.session {
            try readSession(session, namespace)
        } else if query.grouping == .session {
            try readSessions(namespace)
        } else if query.grouping == .user, query.user == nil {
            try readUsers(namespace)
        } else {
            try readSeries(namespace, user: query.user ?? "")
        }
        try addTail(namespace)
        guard let user = query.user, counts.allSatisfy(\.isEmpty), try !has(user: user, namespace) else { return }
        throw AgentContextError.noUser(user, namespace)
    }

    /// A namespace's own rows, or those of a user: few among others that stand at the same time, so each is looked up.
    private mutating func readSeries(_ namespace: String, user: String) throws {
        let span = query.bucket.span
        let row = try tables.statement(
            """
            SELECT t.start, t.type, t.events, t.bytes, t.minutes FROM json_each(?) s CROSS JOIN timeline t
            WHERE t.namespace = ? AND t.span = ? AND t.start = s.value AND t.username = ? AND t.session = ''\
            \(typeCondition)
            """)
        row.bind(1, starts(of: span))
        row.bind(2, namespace)
        row.bind(3, span.rawValue)
        row.bind(4, user)
        bindTypes(row, from: 5)
        try add(row, group: query.grouping == .user ? user : namespace)
    }

    private mutating func readUsers(_ namespace: String) throws {
        let row = try tables.statement(
            """
            SELECT t.start, t.type, t.events, t.bytes, t.minutes, t.username FROM timeline t
            WHERE t.namespace = ? AND t.span = ? AND t.start >= ? AND t.start < ? AND t.username > ''
                AND t.session = ''\(typeCondition) ORDER BY t.start
            """)
        bindSpan(row, namespace, query.bucket.span)
        bindTypes(row, from: 5)
        try add(row, group: nil)
    }

    private mutating func readSessions(_ namespace: String) throws {
        let ofUser = query.user == nil ? "" : " AND t.username = ?"
        let row = try tables.statement(
            """
            SELECT t.start, t.type, t.events, t.bytes, t.minutes, t.session FROM timeline t
            WHERE t.namespace = ? AND t.span = ? AND t.start >= ? AND t.start < ? AND t.session <> ''\
            \(typeCondition)\(ofUser) ORDER BY t.start
            """)
        bindSpan(row, namespace, .hour)
        let next = bindTypes(row, from: 5)
        if let user = query.user { row.bind(next, user) }
        try add(row, group: nil)
    }

    private mutating func readSession(_ session: String, _ namespace: String) throws {
        guard
            try tail.contains(where: { $0.place.isIn(namespace) && $0.place.session.hasSameBytes(as: session) })
                || has(
                    "SELECT 1 FROM timeline WHERE namespace = ? AND session = ? AND session <> '' LIMIT 1", namespace,
                    session)
        else { throw AgentContextError.noSession(session, namespace) }
        let ofUser = query.user == nil ? "" : " AND +t.username = ?"
        let row = try tables.statement(
            """
            SELECT t.start, t.type, t.events, t.bytes, t.minutes, t.username FROM timeline t
            WHERE t.namespace = ? AND t.session = ? AND t.session <> '' AND t.start >= ? AND t.start < ?\
            \(typeCondition)\(ofUser) ORDER BY t.start
            """)
        row.bind(1, namespace)
        row.bind(2, session)
        bindTimes(row, .hour)
        let next = bindTypes(row, from: 5)
        if let user = query.user { row.bind(next, user) }
        try add(row, group: query.grouping == .session ? session : query.grouping == .user ? nil : namespace)
    }

    private var typeCondition: String {
        let isNothing = isNothing ? " AND 0" : ""
        guard !types.isEmpty else { return isNothing }
        return " AND t.type IN (\(types.map { _ in "?" }.joined(separator: ", ")))\(isNothing)"
    }

    /// - Returns: the place of the next value.
    @discardableResult
    private func bindTypes(_ row: SQLiteStatement, from first: Int32) -> Int32 {
        for (index, type) in types.enumerated() { row.bind(first + Int32(index), type.rawValue) }
        return first + Int32(types.count)
    }

    private func bindSpan(_ row: SQLiteStatement, _ namespace: String, _ span: TimeBucket) {
        row.bind(1, namespace)
        row.bind(2, span.rawValue)
        bindTimes(row, span)
    }

    /// From the beginning of the span in which the first bucket begins: minutes begin within an hour's row.
    private func bindTimes(_ row: SQLiteStatement, _ span: TimeBucket) {
        row.bind(3, boundaries.first.map { span.start(of: $0).milliseconds })
        row.bind(4, boundaries.last?.milliseconds)
    }

    /// When the spans begin that the buckets are made of, as JSON.
    private func starts(of span: TimeBucket) -> String {
        var starts: [String] = []
        guard let first = boundaries.first, let last = boundaries.last else { return "[]" }
        var start = span.start(of: first)
        while start < last {
            starts.append(String(start.milliseconds))
            start = span.start(1, after: start)
        }
        return "[\(starts.joined(separator: ","))]"
    }

    // MARK: What there is

    private func has(_ sql: String, _ namespace: String, _ name: String) throws -> Bool {
        let find = try tables.statement(sql)
        find.bind(1, namespace)
        find.bind(2, name)
        defer { find.reset() }
        return try find.step()
    }

    /// Looks in one month after the other.
    private func has(user: String, _ namespace: String) throws -> Bool {
        if tail.contains(where: { $0.place.isIn(namespace) && $0.place.user.hasSameBytes(as: user) }) { return true }
        let next = try tables.statement(
            "SELECT min(start) FROM timeline WHERE namespace = ? AND span = 'month' AND start > ?")
        let find = try tables.statement(
            """
            SELECT 1 FROM timeline WHERE namespace = ? AND span = 'month' AND start = ? AND username = ? AND session = ''
            LIMIT 1
            """)
        next.bind(1, namespace)
        find.bind(1, namespace)
        find.bind(3, user)
        var month: Int64 = .min
        defer {
            next.reset()
            find.reset()
        }
        while true {
            next.reset()
            find.reset()
            next.bind(2, month)
            guard try next.step(), let found = next.optionalInt64(0) else { return false }
            month = found
            find.bind(2, month)
            if try find.step() { return true }
        }
    }

    /// One after the other: each is found by the one before.
    private func namespaces() throws -> [String] {
        var names = try storedNamespaces()
        let known = Set(names.map { ByteText($0) })
        let others = Set(tail.map { ByteText($0.place.namespace) }).subtracting(known)
        names += others.map(\.text)
        guard names.count <= ContextLimits.timelineGroupsFound else { throw tooMany }
        return names
    }

    private func storedNamespaces() throws -> [String] {
        var names: [String] = []
        var statement = try tables.statement("SELECT min(namespace) FROM timeline")
        let next = try tables.statement("SELECT min(namespace) FROM timeline WHERE namespace > ?")
        while true {
            defer { statement.reset() }
            guard try statement.step(), let name = statement.optionalText(0) else { return names }
            guard names.count < ContextLimits.timelineGroupsFound else { throw tooMany }
            names.append(name)
            statement.reset()
            statement = next
            next.bind(1, name)
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

    private mutating func addTail(_ namespace: String) throws {
        guard !isNothing, let first = boundaries.first, let last = boundaries.last else { return }
        for event in tail where event.place.isIn(namespace) && event.minute >= first && event.minute < last {
            guard types.isEmpty || types.contains(event.type), let group = group(of: event) else { continue }
            let bucket = (boundaries.firstIndex { $0 > event.minute } ?? 1) - 1
            counts[bucket][try index(of: group), default: 0] += query.measure == .bytes ? event.bytes : 1
        }
    }

    /// The group that the event's rows would be counted in; nil: they would not be.
    private func group(of event: TimelineEvent) -> String? {
        let place = event.place
        if let user = query.user, !place.user.hasSameBytes(as: user) { return nil }
        if let session = query.session {
            guard place.session.hasSameBytes(as: session) else { return nil }
        } else if query.grouping == .session && place.session.isEmpty || query.grouping == .user && place.user.isEmpty {
            return nil
        }
        return switch query.grouping {
        case .user: place.user
        case .session: place.session
        case .type: event.type.rawValue
        case .namespace, nil: place.namespace
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
    /// The longest that rows have, and that the bucket is made of.
    fileprivate var span: TimeBucket {
        switch self {
        case .minute, .hour: .hour
        case .day, .week: .day
        case .month: .month
        }
    }
}
