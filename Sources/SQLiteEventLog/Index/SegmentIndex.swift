import EventLog
import LedgerStorage

/// The index over the log's older events: written a segment at a time, in sorted batches.
///
/// An index that is kept up with every event makes appends three times slower (measured; see DESIGN.md). Sorted batches
/// of some ten thousand events cost a tenth of that, and take one to two bytes per event and kind.
final class SegmentIndex {
    enum Kind: Int64 {
        case type = 1
        case actor = 2
        case correlation = 3
        case category = 4
    }

    /// Every how many versions a stream's chain can be entered.
    static let markInterval: StreamVersion = 64

    private struct Range {
        var first: Position
        var last: Position
        var least: EventID
        var greatest: EventID
    }

    private let sqlite: SQLiteConnection
    private var ranges: [Range] = []

    init(sqlite: SQLiteConnection) {
        self.sqlite = sqlite
    }

    /// Reads which ids the segments span. Answers the greatest id in any of them.
    func load() throws -> EventID {
        ranges = []
        var greatest = EventID(high: 0, low: 0)
        let rows = try sqlite.statement(
            """
            SELECT first_position, last_position, least_event_id, greatest_event_id, greatest_event_id_so_far
            FROM segments ORDER BY last_position
            """)
        defer { rows.reset() }
        while try rows.step() {
            guard let least = EventID(bytes: rows.bytes(2)), let most = EventID(bytes: rows.bytes(3)),
                let soFar = EventID(bytes: rows.bytes(4))
            else { throw EventLogError.damagedLog(at: rows.int64(0), "the segment's event ids are not sixteen bytes") }
            ranges.append(Range(first: rows.int64(0), last: rows.int64(1), least: least, greatest: most))
            greatest = soFar
        }
        return greatest
    }

    // MARK: Finding an event id

    func position(of id: EventID) throws -> Position? {
        for range in ranges.reversed() where range.least <= id && id <= range.greatest {
            if let position = try position(of: id, in: range) { return position }
        }
        return nil
    }

    private func position(of id: EventID, in range: Range) throws -> Position? {
        let row = try sqlite.statement("SELECT event_ids FROM segments WHERE last_position = ?")
        row.bind(1, range.last)
        defer { row.reset() }
        guard try row.step() else { return nil }
        if row.isNull(0) { return try ascendingPosition(of: id, in: range) }
        let pairs = row.bytes(0)
        let wanted = UInt64(Self.hash(id)) << 32
        var low = 0
        var high = pairs.count / 8
        while low < high {
            let middle = (low + high) / 2
            if Self.pair(pairs, middle) < wanted { low = middle + 1 } else { high = middle }
        }
        while low < pairs.count / 8, Self.pair(pairs, low) >> 32 == wanted >> 32 {
            let position = range.first + Position(Self.pair(pairs, low) & 0xffff_ffff)
            if try eventID(at: position) == id { return position }
            low += 1
        }
        return nil
    }

    private func ascendingPosition(of id: EventID, in range: Range) throws -> Position? {
        var low = range.first
        var high = range.last
        while low <= high {
            let middle = (low + high) / 2
            let found = try eventID(at: middle)
            if found == id { return middle }
            if found < id { low = middle + 1 } else { high = middle - 1 }
        }
        return nil
    }

    private func eventID(at position: Position) throws -> EventID {
        let row = try sqlite.statement("SELECT event_id FROM events WHERE position = ?")
        row.bind(1, position)
        defer { row.reset() }
        guard try row.step(), let id = EventID(bytes: row.bytes(0)) else {
            throw EventLogError.damagedLog(at: position, "the event is missing or has no id")
        }
        return id
    }

    private static func hash(_ id: EventID) -> UInt32 {
        UInt32(truncatingIfNeeded: ((id.high ^ id.low &* 0x9e37_79b9_7f4a_7c15) &* 0xff51_afd7_ed55_8ccd) >> 32)
    }

    private static func pair(_ pairs: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        UInt64(bigEndian: pairs.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }

    // MARK: Writing a segment

    /// Indexes the tail's events. Call it inside the transaction that makes them, or a later one.
    func write(_ tail: LogTail, greatestID: EventID) throws {
        guard let first = tail.entries.first else { return }
        try writeStreams(tail)
        try writePostings(tail)
        var range = Range(first: tail.indexedThrough + 1, last: tail.through, least: first.id, greatest: first.id)
        for entry in tail.entries {
            if entry.id < range.least { range.least = entry.id }
            if entry.id > range.greatest { range.greatest = entry.id }
        }
        let insert = try sqlite.statement("INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)")
        insert.bind(1, range.last)
        insert.bind(2, range.first)
        range.least.withBytes { insert.bind(3, blob: $0) }
        range.greatest.withBytes { insert.bind(4, blob: $0) }
        greatestID.withBytes { insert.bind(5, blob: $0) }
        if tail.idsAscend {
            insert.bindNull(6)
        } else {
            insert.bind(6, blob: Self.sortedIDs(tail))
        }
        try insert.run()
        ranges.append(range)
    }

    private static func sortedIDs(_ tail: LogTail) -> [UInt8] {
        var pairs = tail.entries.indices.map { UInt64(hash(tail.entries[$0].id)) << 32 | UInt64($0) }
        pairs.sort()
        return pairs.flatMap { pair in withUnsafeBytes(of: pair.bigEndian) { Array($0) } }
    }

    private func writeStreams(_ tail: LogTail) throws {
        var last: [Int64: Int] = [:]
        let mark = try sqlite.statement("INSERT INTO stream_marks VALUES (?, ?, ?)")
        for (index, entry) in tail.entries.enumerated() {
            last[entry.streamID] = index
            if entry.version % Self.markInterval == 0 {
                mark.bind(1, entry.streamID)
                mark.bind(2, entry.version)
                mark.bind(3, tail.indexedThrough + Position(index) + 1)
                try mark.run()
            }
        }
        var heads = last.values.map { (name: tail.entries[$0].stream, index: $0) }
        heads.sort { $0.name < $1.name }
        let upsert = try sqlite.statement(
            """
            INSERT INTO streams VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (name) DO UPDATE SET version = excluded.version, position = excluded.position
            """)
        for head in heads {
            let entry = tail.entries[head.index]
            upsert.bind(1, entry.stream.rawValue)
            upsert.bind(2, entry.streamID)
            upsert.bind(3, entry.version)
            upsert.bind(4, tail.indexedThrough + Position(head.index) + 1)
            try upsert.run()
        }
    }

    private func writePostings(_ tail: LogTail) throws {
        var types: [Int64: PostingList] = [:]
        var actors: [Int64: PostingList] = [:]
        var correlations: [ByteText: PostingList] = [:]
        var categories: [ByteText: PostingList] = [:]
        var categoryOf: [Int64: ByteText] = [:]
        for (index, entry) in tail.entries.enumerated() {
            let offset = index + 1
            types[entry.typeID, default: PostingList()].append(offset)
            if let actor = entry.actorID { actors[actor, default: PostingList()].append(offset) }
            if let id = entry.correlationID { correlations[ByteText(id), default: PostingList()].append(offset) }
            let category: ByteText
            if let known = categoryOf[entry.streamID] {
                category = known
            } else {
                category = ByteText(String(entry.stream.category))
                categoryOf[entry.streamID] = category
            }
            categories[category, default: PostingList()].append(offset)
        }
        let insert = try sqlite.statement("INSERT INTO postings VALUES (?, ?, ?, ?)")
        func write(_ kind: Kind, _ list: PostingList, bindValue: (Int32) -> Void) throws {
            insert.bind(1, kind.rawValue)
            bindValue(2)
            insert.bind(3, tail.through)
            insert.bind(4, blob: list.bytes)
            try insert.run()
        }
        for id in types.keys.sorted() { try write(.type, types[id] ?? .init()) { insert.bind($0, id) } }
        for id in actors.keys.sorted() { try write(.actor, actors[id] ?? .init()) { insert.bind($0, id) } }
        for id in correlations.keys.sorted() {
            try write(.correlation, correlations[id] ?? .init()) { insert.bind($0, id.text) }
        }
        for name in categories.keys.sorted() {
            try write(.category, categories[name] ?? .init()) { insert.bind($0, name.text) }
        }
    }
}
