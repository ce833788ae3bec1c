import EventLog
import LedgerStorage

/// Compares two stores memory by memory, in the order of their keys, with a page of each in memory.
struct WholeDiff {
    let comparison: DiffComparison

    private var query: DiffQuery { comparison.query }

    func page() async throws -> (differences: [MemoryDifference], hasMore: Bool) {
        let from = try await Side(comparison, comparison.from)
        let to = try await Side(comparison, comparison.to)
        var old = RowCursor(side: from)
        var new = RowCursor(side: to)
        var differences: [MemoryDifference] = []
        var bytes = 0
        while let place = [try old.peek()?.memory.id, try new.peek()?.memory.id].compactMap(\.self).min() {
            try Task.checkCancellation()
            if differences.count >= query.limit || bytes > DiffQuery.maximumPageBytes { return (differences, true) }
            let left = try old.take(at: place)
            let right = try new.take(at: place)
            let found = try self.differences(left, right, from, to)
            bytes += found.reduce(0) { $0 + $1.delta.textBytes }
            differences += found
        }
        return (differences, false)
    }

    /// What the two sides of one key say.
    private func differences(_ left: Row?, _ right: Row?, _ from: Side, _ to: Side) throws -> [MemoryDifference] {
        if let left, let right, left.id == right.id { return [difference(left, right)].compactMap(\.self) }
        let former = try right.flatMap { try from.row(id: $0.id) }
        let isGone = try left.map { try to.row(id: $0.id) == nil } ?? false
        let wasTaken = try left.map { try isGone && to.isQuarantined(id: $0.id) } ?? false
        let isReleased = try right.map { try former == nil && from.isQuarantined(id: $0.id) } ?? false
        if let left, let right, isGone, former == nil, !wasTaken, !isReleased {
            return [difference(left, right, isReplaced: true)].compactMap(\.self)
        }
        var deleted = isGone ? left.flatMap { difference($0, nil) } : nil
        if wasTaken { deleted?.kind = .quarantined }
        var added = right.flatMap { difference(former, $0) }
        if isReleased { added?.kind = .released }
        return [deleted, added].compactMap(\.self)
    }

    private func difference(_ left: Row?, _ right: Row?, isReplaced: Bool = false) -> MemoryDifference? {
        if let memory = query.memory, left?.memory.id != memory, right?.memory.id != memory { return nil }
        return MemoryDifference(
            from: left?.memory, to: right?.memory, isReplaced: isReplaced, statistics: query.includesStatistics)
    }

    fileprivate struct Row {
        var id: Int64
        var memory: Memory
    }

    /// One of the stores.
    fileprivate struct Side {
        private let tables: any TableReading
        private let now: Timestamp
        private let namespace: String?
        let after: MemoryKey?

        init(_ comparison: DiffComparison, _ moment: LogMoment) async throws {
            tables = try await MemorySource(comparison.parts, at: moment).tables()
            now = moment.time
            namespace = comparison.query.memory?.namespace ?? comparison.query.namespace
            after = comparison.after
        }

        private static let pageRows = 256
        /// Bytes of texts after which a page ends.
        private static let pageBytes = 16 << 20
        private static let columns = "\(MemoryRows.columns), id"
        private static let idColumn = MemoryRows.columnCount
        private static let isShown =
            "(expires_at IS NULL OR expires_at > ?1) AND NOT \(MemoryRows.isQuarantined)"

        /// The memory is there and held back.
        func isQuarantined(id: Int64) throws -> Bool {
            try tables.read { sqlite in
                let row = try sqlite.statement(
                    "SELECT 1 FROM memories WHERE id = ? AND \(MemoryRows.isQuarantined)")
                row.bind(1, id)
                defer { row.reset() }
                return try row.step()
            }
        }

        func rows(after memory: MemoryKey?) throws -> [Row] {
            try tables.read { sqlite in
                let rows = try sqlite.statement(
                    """
                    SELECT \(Self.columns) FROM memories WHERE \(Self.isShown)
                    \(namespace == nil ? "" : "AND namespace = ?2")
                    \(memory == nil ? "" : "AND (namespace, key) > (?3, ?4)")
                    ORDER BY namespace, key LIMIT \(Self.pageRows)
                    """)
                rows.bind(1, now.milliseconds)
                rows.bind(2, namespace)
                rows.bind(3, memory?.namespace)
                rows.bind(4, memory?.key)
                defer { rows.reset() }
                var found: [Row] = []
                var bytes = 0
                while bytes < Self.pageBytes, try rows.step() {
                    let memory = try MemoryRows.memory(rows)
                    bytes += memory.content.text.utf8.count + memory.content.summary.utf8.count
                    found.append(Row(id: rows.int64(Self.idColumn), memory: memory))
                }
                return found
            }
        }

        func row(id: Int64) throws -> Row? {
            try tables.read { sqlite in
                let row = try sqlite.statement(
                    "SELECT \(Self.columns) FROM memories WHERE id = ?2 AND \(Self.isShown)")
                row.bind(1, now.milliseconds)
                row.bind(2, id)
                defer { row.reset() }
                return try row.step() ? Row(id: id, memory: try MemoryRows.memory(row)) : nil
            }
        }
    }

    /// A store's rows one after the other.
    fileprivate struct RowCursor {
        private let side: Side
        private var page: ArraySlice<Row> = []
        private var last: MemoryKey?
        private var isAtEnd = false

        init(side: Side) {
            self.side = side
            last = side.after
        }

        mutating func peek() throws -> Row? {
            if page.isEmpty, !isAtEnd {
                page = try side.rows(after: last)[...]
                last = page.last?.memory.id
                isAtEnd = page.isEmpty
            }
            return page.first
        }

        mutating func take(at place: MemoryKey) throws -> Row? {
            try peek()?.memory.id == place ? page.removeFirst() : nil
        }
    }
}
