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

    mutating func append(_ entry: Entry) {
        if let last = entries.last, entry.id <= last.id { idsAscend = false }
        entries.append(entry)
        let position = through
        positionsByID?[entry.id] = position
    }

    /// The position of an id among these events. The table is made when it is first needed, which for ids that ascend
    /// is never.
    mutating func position(of id: EventID) -> Position? {
        if positionsByID == nil {
            var positions = [EventID: Position](minimumCapacity: entries.count)
            for (index, entry) in entries.enumerated() { positions[entry.id] = indexedThrough + Position(index) + 1 }
            positionsByID = positions
        }
        return positionsByID?[id]
    }
}
