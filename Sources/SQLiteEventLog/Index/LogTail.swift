import EventLog

/// What the writer knows of the events after the last segment, to index them in one go.
struct LogTail {
    struct Entry {
        var id: EventID
        var stream: StreamName
        var streamID: Int64
        var version: StreamVersion
        var typeID: Int64
        var actorID: Int64?
        var correlationID: String?
        /// No later event of the tail is in its stream.
        var isHead = true
    }

    /// The last position that a segment covers.
    private(set) var indexedThrough: Position
    /// The events after it, one entry each, in order.
    private(set) var entries: [Entry] = []
    /// True while each id is greater than the one before.
    private(set) var idsAscend = true
    private var positionsByID: [EventID: Position]?

    init(indexedThrough: Position) {
        self.indexedThrough = indexedThrough
    }

    var through: Position { indexedThrough + Position(entries.count) }

    func position(at index: Int) -> Position { indexedThrough + Position(index) + 1 }

    /// - Parameter previous: the position of the stream's event before this one; nil or another where it has none.
    mutating func append(_ entry: Entry, after previous: Position?) {
        if let last = entries.last, entry.id <= last.id { idsAscend = false }
        if let previous, previous > indexedThrough, previous <= through {
            entries[Int(previous - indexedThrough) - 1].isHead = false
        }
        entries.append(entry)
        let position = through
        positionsByID?[entry.id] = position
    }

    /// Goes on behind these events, which a segment has from now on.
    mutating func begin() {
        indexedThrough = through
        entries.removeAll(keepingCapacity: true)
        idsAscend = true
        positionsByID = nil
    }

    /// The position of an id among these events. The table is made when it is first needed, which for ids that ascend
    /// is never.
    mutating func position(of id: EventID) -> Position? {
        if positionsByID == nil {
            var positions = [EventID: Position](minimumCapacity: entries.count)
            for (index, entry) in entries.enumerated() { positions[entry.id] = position(at: index) }
            positionsByID = positions
        }
        return positionsByID?[id]
    }
}
