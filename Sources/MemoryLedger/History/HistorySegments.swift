import EventLog

/// The pieces of streams that a key's history is made of.
///
/// The key's own stream is one, whole: what was deleted or overwritten under the key belongs to it. Each memory that
/// came into it by a rename brings its life under its former keys; and where the key holds nothing because its memory
/// was renamed away, the history goes on where that went.
struct HistorySegments {
    /// Events of a key's stream after a position, through another.
    struct Segment: Hashable {
        var memory: MemoryKey
        var after: Position
        var through: Position
    }

    private let streams: StreamReader
    private(set) var segments: [Segment] = []
    private var visited: Set<Segment> = []

    /// More renames than this are refused.
    private static let maximumSegments = 10_000

    init(of memory: MemoryKey, _ streams: StreamReader) async throws {
        self.streams = streams
        segments = [Segment(memory: memory, after: 0, through: .max)]
        var arrivals: [RecordedEvent] = []
        var last: RecordedEvent?
        try await streams.forEach(memory) { event in
            if event.type == MemoryEvent.Name.nameTaken { arrivals.append(event) }
            if !MemoryEvent.Name.reads.contains(event.type) { last = event }
            guard arrivals.count <= Self.maximumSegments else { throw Self.tooMany(memory) }
            return true
        }
        for arrival in arrivals { try await addPast(behind: try await streams.rename(behind: arrival), of: memory) }
        try await addPast(behind: try await streams.renameUnderWay(to: memory), of: memory)
        if let rename = try last.flatMap({ try MemoryRename($0) }) { try await addFuture(of: rename, from: memory) }
        segments.sort { ($0.after, $0.memory) < ($1.after, $1.memory) }
    }

    private static func tooMany(_ memory: MemoryKey) -> MemoryLedgerError {
        MemoryLedgerError(
            .invalidArgument,
            "Memory \(memory.key) was renamed more than \(maximumSegments) times; read its streams by `log`.",
            memory: memory)
    }

    private mutating func add(_ segment: Segment, of memory: MemoryKey) throws {
        segments.append(segment)
        guard segments.count <= Self.maximumSegments else { throw Self.tooMany(memory) }
    }

    /// The life of a memory under its former keys, the latest first.
    private mutating func addPast(
        behind rename: MemoryRename?, of own: MemoryKey
    ) async throws {
        var next = rename
        while let rename = next, rename.old != own {
            let life = try await life(under: rename.old, through: rename.event.position)
            guard visited.insert(life.segment).inserted else { return }
            try add(life.segment, of: own)
            guard let arrival = life.beginsWithRename else { return }
            next = try await streams.rename(behind: arrival)
        }
    }

    /// The piece of a stream in which the memory lived that was renamed away at its end.
    private func life(
        under memory: MemoryKey, through end: Position
    ) async throws -> (segment: Segment, beginsWithRename: RecordedEvent?) {
        var begin: Position = 0
        var arrival: RecordedEvent?
        var wasRestored = false
        try await streams.forEach(memory, .backwards, from: end) { event in
            switch event.type {
            case MemoryEvent.Name.added: begin = event.position - 1
            case MemoryEvent.Name.nameTaken:
                begin = event.position - 1
                arrival = event
            case MemoryEvent.Name.restored:
                wasRestored = true
                return true
            // A deletion that was taken back is part of the life.
            case MemoryEvent.Name.deleted where wasRestored:
                wasRestored = false
                return true
            case MemoryEvent.Name.deleted, MemoryEvent.Name.renamed: begin = event.position
            default: return true
            }
            return false
        }
        return (Segment(memory: memory, after: begin, through: end), arrival)
    }

    /// The life of a memory after it was renamed away, under each of its later keys.
    private mutating func addFuture(of rename: MemoryRename, from own: MemoryKey) async throws {
        var departure: MemoryRename? = rename
        while let rename = departure, let arrival = try await streams.arrival(by: rename) {
            var through = Position.max
            var next: MemoryRename?
            var isGone = false
            try await streams.forEach(rename.new, from: arrival.position) { event in
                switch event.type {
                case MemoryEvent.Name.renamed where !isGone: next = try MemoryRename(event)
                case MemoryEvent.Name.deleted: isGone = true
                case MemoryEvent.Name.restored: isGone = false
                case MemoryEvent.Name.added, MemoryEvent.Name.nameTaken, MemoryEvent.Name.renamed:
                    // Somebody else's life begins under that key.
                    through = event.position - 1
                    return false
                default: break
                }
                if let next { through = next.event.position }
                return next == nil
            }
            try add(Segment(memory: rename.new, after: arrival.position - 1, through: through), of: own)
            departure = next
        }
    }
}
