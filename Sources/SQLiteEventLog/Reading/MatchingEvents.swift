import EventLog
import LedgerStorage

/// The events of a query's bounds that its filter matches, one after the other.
///
/// Older events come from the segments: for each field of the filter the segment's posting list is looked up, the lists
/// are intersected, and a segment that lacks one is passed over. The tail is scanned. Every event is checked against
/// the whole filter in the end, so the lists may answer too many, never too few.
struct MatchingEvents {
    private let reader: LogReader
    private let filter: EventFilter
    private let isForwards: Bool
    private var lists: [Selection] = []
    /// Nothing can match: a type, an actor or a prefix that the log has never seen.
    private var isEmpty = false
    /// What is left of the bounds.
    private var rest: ClosedRange<Position>?
    private let indexedThrough: Position
    private var positions: ArraySlice<Position> = []
    /// The prefix's events in the segments, where they are few enough to be listed.
    private var chained: [Position]?
    private var scan: SQLiteStatement?

    /// One field of the filter, as the posting lists know it: any of these values.
    private struct Selection {
        var kind: SegmentIndex.Kind
        var numbers: [Int64] = []
        var texts: [String] = []
    }

    init(
        _ query: EventQuery, _ bounds: ClosedRange<Position>, _ snapshot: TailCache.Snapshot, _ reader: LogReader
    ) throws {
        self.reader = reader
        filter = query.filter
        isForwards = query.direction == .forwards
        rest = bounds
        indexedThrough = snapshot.indexedThrough
        if let id = filter.correlationID { lists.append(Selection(kind: .correlation, texts: [id])) }
        if let actor = filter.actor {
            let id = try LabelIDs.lookUp(actor, table: "actors", reader.sqlite)
            lists.append(Selection(kind: .actor, numbers: id.map { [$0] } ?? []))
            isEmpty = isEmpty || id == nil
        }
        if let types = filter.types {
            let ids = try types.compactMap { try LabelIDs.lookUp($0.rawValue, table: "event_types", reader.sqlite) }
            lists.append(Selection(kind: .type, numbers: ids.sorted()))
            isEmpty = isEmpty || ids.isEmpty
        }
        if let prefix = filter.streamPrefix, !prefix.isEmpty { try narrow(byPrefix: prefix) }
        if let namespace = filter.namespace { try narrow(toNamespace: namespace) }
        if isEmpty { rest = nil }
    }

    private static let maximumChainedStreams = 256
    private static let maximumChainedEvents = 16_384

    /// A prefix that few streams have is answered from their chains; one that many have, from its category's list, or
    /// from all events where it is shorter than a category.
    private mutating func narrow(byPrefix prefix: String) throws {
        if prefix.utf8.contains(UInt8(ascii: "/")) {
            lists.append(Selection(kind: .category, texts: [String(StreamName(prefix).category)]))
        }
        let rows = try reader.sqlite.statement(
            """
            SELECT stream_id, version, position FROM streams WHERE name >= ?1 AND name < CAST(?2 AS TEXT) LIMIT ?3
            """)
        rows.bind(1, prefix)
        // No name in UTF-8 has this byte, so every name that begins with the prefix is less.
        rows.bind(2, blob: Array(prefix.utf8) + [0xff])
        rows.bind(3, Self.maximumChainedStreams + 1)
        defer { rows.reset() }
        var heads: [TailCache.Head] = []
        while try rows.step() {
            heads.append(TailCache.Head(streamID: rows.int64(0), version: rows.int64(1), position: rows.int64(2)))
        }
        guard heads.count <= Self.maximumChainedStreams,
            heads.allSatisfy({ (1...Int64(Self.maximumChainedEvents)).contains($0.version) }),
            heads.reduce(0, { $0 + $1.version }) <= Self.maximumChainedEvents
        else { return }
        chained = try heads.flatMap { try reader.chain(1...$0.version, of: $0) }.sorted()
    }

    /// The namespace's own category, and that of each module which has streams.
    private mutating func narrow(toNamespace namespace: String) throws {
        let category = StreamName.category(ofNamespace: namespace)
        lists.append(Selection(kind: .category, texts: [category] + (try modules().map { "$\($0):\(category)" })))
    }

    /// The modules that have streams in the segments: from one to the next among the categories, which are sorted.
    private func modules() throws -> [String] {
        let row = try reader.sqlite.statement(
            "SELECT value FROM postings WHERE kind = ?1 AND value > ?2 ORDER BY value LIMIT 1")
        var modules: [String] = []
        var last = "$"
        while true {
            row.bind(1, SegmentIndex.Kind.category.rawValue)
            row.bind(2, last)
            defer { row.reset() }
            guard try row.step(), case let category = row.text(0), category.utf8.first == UInt8(ascii: "$") else {
                return modules
            }
            if let module = StreamName(category).module {
                modules.append(module)
                // The colon's successor: behind all of the module's.
                last = "$\(module);"
            } else {
                last = category
            }
        }
    }

    // MARK: Going through

    /// Adds the next event, which need not be copied for that. False at the end.
    mutating func next(into events: inout [RecordedEvent]) throws -> Bool {
        while true {
            if let scan {
                while try scan.step() {
                    if try reader.rows.event(scan, matching: filter, into: &events) { return true }
                }
                scan.reset()
                self.scan = nil
            }
            while let position = isForwards ? positions.popFirst() : positions.popLast() {
                if try reader.event(at: position, matching: filter, into: &events) { return true }
            }
            guard try advance() else { return false }
        }
    }

    /// Makes the next scan or list of positions. False at the end.
    private mutating func advance() throws -> Bool {
        guard let range = rest else { return false }
        if lists.isEmpty, chained == nil {
            rest = nil
            try startScan(range)
            return true
        }
        if isForwards {
            if range.lowerBound > indexedThrough {
                rest = nil
                try startScan(range)
            } else {
                let segment = try segment(containing: range.lowerBound)
                rest = segment.upperBound < range.upperBound ? (segment.upperBound + 1)...range.upperBound : nil
                positions = try matches(in: segment, range)
            }
        } else if range.upperBound > indexedThrough {
            let first = max(range.lowerBound, indexedThrough + 1)
            rest = first > range.lowerBound ? range.lowerBound...(first - 1) : nil
            try startScan(first...range.upperBound)
        } else {
            let segment = try segment(containing: range.upperBound)
            rest = segment.lowerBound > range.lowerBound ? range.lowerBound...(segment.lowerBound - 1) : nil
            positions = try matches(in: segment, range)
        }
        return true
    }

    private mutating func startScan(_ range: ClosedRange<Position>) throws {
        // The numbers spare decoding what cannot match; the filter decides.
        var conditions = ""
        for list in lists {
            let numbers = list.numbers.map(String.init).joined(separator: ", ")
            switch list.kind {
            case .type: conditions += " AND type_id IN (\(numbers))"
            case .actor: conditions += " AND actor_id IN (\(numbers))"
            case .correlation: conditions += " AND correlation_id = ?3"
            case .category: break
            }
        }
        let rows = try reader.sqlite.statement(
            """
            SELECT \(EventRows.columns) FROM events WHERE position BETWEEN ?1 AND ?2\(conditions)
            ORDER BY position \(isForwards ? "ASC" : "DESC")
            """)
        rows.bind(1, range.lowerBound)
        rows.bind(2, range.upperBound)
        if let id = filter.correlationID { rows.bind(3, id) }
        scan = rows
    }

    private func segment(containing position: Position) throws -> ClosedRange<Position> {
        if chained != nil { return 1...indexedThrough }
        let row = try reader.sqlite.statement(
            """
            SELECT first_position, last_position FROM segments WHERE last_position >= ?
            ORDER BY last_position LIMIT 1
            """)
        row.bind(1, position)
        defer { row.reset() }
        guard try row.step(), row.int64(0) <= position else {
            throw EventLogError.damagedLog(at: position, "no segment of the index covers it")
        }
        return row.int64(0)...row.int64(1)
    }

    /// The positions of a segment that every selection lists, within the range.
    private func matches(
        in segment: ClosedRange<Position>, _ range: ClosedRange<Position>
    ) throws -> ArraySlice<Position> {
        if let chained { return chained.filter { range.contains($0) }[...] }
        var result: [Position]?
        for list in lists {
            let positions = try self.positions(of: list, in: segment)
            if let known = result {
                let other = Set(positions)
                result = known.filter { other.contains($0) }
            } else {
                result = positions.filter { range.contains($0) }
            }
            if result?.isEmpty == true { return [] }
        }
        return (result ?? [])[...]
    }

    private func positions(of list: Selection, in segment: ClosedRange<Position>) throws -> [Position] {
        let row = try reader.sqlite.statement(
            "SELECT positions FROM postings WHERE kind = ? AND value = ? AND last_position = ?")
        func read(_ bindValue: () -> Void) throws -> [Position] {
            row.bind(1, list.kind.rawValue)
            bindValue()
            row.bind(3, segment.upperBound)
            defer { row.reset() }
            return try row.step() ? PostingList.positions(row.bytes(0), base: segment.lowerBound - 1) : []
        }
        var all: [Position] = []
        for text in list.texts { all += try read { row.bind(2, text) } }
        for number in list.numbers { all += try read { row.bind(2, number) } }
        return list.texts.count + list.numbers.count > 1 ? all.sorted() : all
    }
}
