import EventLog
import LedgerStorage
import MerkleLog

/// Makes the index over the log again, a segment at a time, in a database in memory, and compares it with the other.
///
/// Somebody who removes an event from a posting list hides it from every filter, and changes no event.
struct IndexVerifier {
    let log: SQLiteEventLog
    private let connection: QueuedConnection
    private var greatest = EventID(high: 0, low: 0)
    private var previous: Position = 0

    init(_ log: SQLiteEventLog) throws {
        self.log = log
        connection = try QueuedConnection(path: ":memory:")
        try connection.run { sqlite in
            for script in SegmentIndex.scripts { try sqlite.execute(String(decoding: script, as: UTF8.self)) }
        }
    }

    private struct Segment {
        var first: Position
        var last: Position
    }

    /// What is damaged.
    ///
    /// - Parameter head: the log's last position.
    mutating func run(
        through head: Position, _ progress: @Sendable (Position, Position) -> Void
    ) throws -> [LogDamage] {
        defer { connection.close() }
        var damages: [LogDamage] = []
        while let segment = try nextSegment() {
            try Task.checkCancellation()
            guard segment.first == previous + 1, segment.last >= segment.first, segment.last <= head else {
                damages.append(
                    LogDamage(
                        .damagedIndex, at: segment.first, through: max(segment.first, segment.last),
                        "the segment does not follow the one before it"))
                return damages
            }
            if let what = try compare(segment) {
                damages.append(LogDamage(.damagedIndex, at: segment.first, through: segment.last, what))
            }
            previous = segment.last
            progress(segment.last, head)
        }
        return damages
    }

    private func nextSegment() throws -> Segment? {
        try log.file.read { sqlite in
            let row = try sqlite.statement(
                """
                SELECT first_position, last_position FROM segments WHERE last_position > ?
                ORDER BY last_position LIMIT 1
                """)
            row.bind(1, previous)
            defer { row.reset() }
            return try row.step() ? Segment(first: row.int64(0), last: row.int64(1)) : nil
        }
    }

    private mutating func compare(_ segment: Segment) throws -> String? {
        guard segment.last - segment.first < Self.maximumEvents else { return "the segment has too many events" }
        guard let tail = try tail(segment) else { return "the segment's events cannot all be read" }
        for entry in tail.entries { greatest = max(greatest, entry.id) }
        let greatest = greatest
        return try connection.run { sqlite in
            try sqlite.transaction {
                try SegmentIndex(sqlite: sqlite).write(tail, greatestID: greatest)
            }
            defer {
                for table in ["segments", "postings", "stream_marks", "stream_names", "stream_heads"] {
                    try? sqlite.execute("DELETE FROM \(table)")
                }
            }
            for part in Self.parts {
                let expected = try digest(part.sql, segment, sqlite)
                let found = try log.file.readSnapshot { try digest(part.sql, segment, $0) }
                if expected != found { return part.what }
            }
            return nil
        }
    }

    /// A segment of ours has some ten thousand.
    private static let maximumEvents: Int64 = 10_000_000

    private static let parts = [
        (
            sql: "SELECT * FROM segments WHERE last_position = ?2 AND first_position = ?1",
            what: "the segment's event ids are not those of its events"
        ),
        (
            sql: "SELECT * FROM postings WHERE last_position = ?2 AND ?1 > 0 ORDER BY kind, value",
            what: "the lists of events by type, actor, correlation or category are not what the events say"
        ),
        (
            sql: "SELECT * FROM stream_marks WHERE position BETWEEN ?1 AND ?2 ORDER BY stream_id, version",
            what: "the marks in streams are not what the events say"
        ),
    ]

    /// A hash over all rows of a query, with their types.
    private func digest(_ sql: String, _ segment: Segment, _ sqlite: SQLiteConnection) throws -> MerkleHash {
        let rows = try sqlite.statement(sql)
        rows.bind(1, segment.first)
        rows.bind(2, segment.last)
        defer { rows.reset() }
        var sum = CompactRange()
        while try rows.step() {
            var bytes: [UInt8] = []
            for column in 0..<rows.columnCount {
                bytes.append(UInt8(truncatingIfNeeded: rows.type(column)))
                let value = [UInt8](rows.bytes(column))
                withUnsafeBytes(of: value.count) { bytes.append(contentsOf: $0) }
                bytes += value
            }
            sum.append(MerkleHash.leaf(bytes))
        }
        return sum.root
    }

    /// The segment's events as the writer had them when it made the segment; nil where one cannot be read.
    private func tail(_ segment: Segment) throws -> LogTail? {
        try log.file.readSnapshot { sqlite in
            var tail = LogTail(indexedThrough: segment.first - 1)
            let rows = try sqlite.statement(
                """
                SELECT position, stream_id, version, type_id, actor_id, correlation_id, event_id, stream_name
                FROM events WHERE position BETWEEN ? AND ? ORDER BY position
                """)
            rows.bind(1, segment.first)
            rows.bind(2, segment.last)
            defer { rows.reset() }
            var names: [Int64: StreamName] = [:]
            while try rows.step() {
                let streamID = rows.int64(1)
                guard rows.int64(0) == tail.through + 1, let id = EventID(bytes: rows.bytes(6)),
                    let name = try rows.optionalText(7).map({ StreamName($0) }) ?? names[streamID]
                        ?? Self.name(of: streamID, sqlite)
                else { return nil }
                names[streamID] = name
                tail.append(
                    LogTail.Entry(
                        id: id, stream: name, streamID: streamID, version: rows.int64(2), typeID: rows.int64(3),
                        actorID: rows.optionalInt64(4), correlationID: rows.optionalText(5)),
                    after: nil)
            }
            return tail.through == segment.last ? tail : nil
        }
    }

    private static func name(of streamID: Int64, _ sqlite: SQLiteConnection) throws -> StreamName? {
        let row = try sqlite.statement("SELECT stream_name FROM events WHERE position = ?")
        row.bind(1, streamID)
        defer { row.reset() }
        return try row.step() ? row.optionalText(0).map { StreamName($0) } : nil
    }
}
