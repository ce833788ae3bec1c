import EventLog
import LedgerStorage

/// What happened in streams after the events that are undone, read as far back as is asked for.
struct UndoTrails {
    /// An event after one that is undone, without its body.
    struct Entry {
        var reference: EventReference
        var version: StreamVersion
        /// Of a rename.
        var newKey: String?
        /// Of a restoration.
        var asOf: Position?

        var position: Position { reference.position }
        var type: EventType { reference.type }
    }

    private struct Stream {
        var head: StreamVersion
        /// Events from this version on are known.
        var from: StreamVersion
        /// The latest first; without reads, and without what is taken back but where it says what a key holds.
        var entries: [Entry] = []
    }

    /// A memory's way since an event.
    struct Trail {
        /// Where the plan has it; nil where it is gone.
        var location: MemoryKey?
        /// What happened to it since and stands, the first first.
        var events: [Entry] = []
        /// The event that ended it.
        var endedBy: Entry?
    }

    private let log: any EventLog
    private let reader: StreamReader
    private let tables: any TableReading
    private var streams: [MemoryKey: Stream] = [:]
    private var arrivals: [EventID: (memory: MemoryKey, version: StreamVersion, position: Position)] = [:]
    /// Events that the plan takes back.
    private(set) var taken: Set<EventID> = []
    private var takenPositions: Set<Position> = []

    private static let pageEvents = 1_024

    init(log: any EventLog, tables: any TableReading) {
        self.log = log
        self.tables = tables
        reader = StreamReader(log: log, moment: nil)
    }

    /// The versions of the streams that were looked at.
    var versions: [StreamName: StreamVersion] {
        var versions: [StreamName: StreamVersion] = [:]
        for (memory, stream) in streams { versions[MemoryStream.name(memory)] = stream.head }
        return versions
    }

    /// Looks where a stream stands, before what its memory is.
    mutating func look(at memory: MemoryKey) async throws {
        guard streams[memory] == nil else { return }
        let head = try await log.version(of: MemoryStream.name(memory))
        guard head < .max else {
            throw EventLogError(
                .damagedLog,
                "The stream \(MemoryStream.name(memory)) stands at version \(head), which cannot be; "
                    + "`memledger verify` tells more, or restore the ledger from a backup.")
        }
        streams[memory] = Stream(head: head, from: head + 1)
    }

    /// The plan takes an event back.
    mutating func take(_ event: RecordedEvent, of memory: MemoryKey) {
        taken.insert(event.id)
        takenPositions.insert(event.position)
        // It has told what it can, unless it says who held the key.
        guard !Self.isMoving(event.type), let entries = streams[memory]?.entries else { return }
        let place = Self.end(of: entries, after: event.version)
        if place < entries.count, entries[place].version == event.version { streams[memory]?.entries.remove(at: place) }
    }

    /// How many entries, the latest first, come after a version.
    private static func end(of entries: [Entry], after version: StreamVersion) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].version > version { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func isMoving(_ type: EventType) -> Bool {
        MemoryEvent.Name.moving.contains(type) && type != MemoryEvent.Name.nameTaken
    }

    // MARK: Reading

    /// Makes sure that a stream's events after a version are known.
    private mutating func load(_ memory: MemoryKey, after version: StreamVersion) async throws {
        try await look(at: memory)
        guard var stream = streams[memory], version + 1 < stream.from else { return }
        var next: StreamVersion? = stream.from - 1
        while let from = next, from > version {
            try Task.checkCancellation()
            let page = try await log.readStream(
                MemoryStream.name(memory), from: from, direction: .backwards,
                limit: min(Self.pageEvents, Int(from - version)))
            for event in page.events where !MemoryEvent.Name.reads.contains(event.type) {
                if let entry = try entry(event) { stream.entries.append(entry) }
            }
            next = page.next
        }
        stream.from = version + 1
        streams[memory] = stream
    }

    private func entry(_ event: RecordedEvent) throws -> Entry? {
        if taken.contains(event.id), !Self.isMoving(event.type) { return nil }
        var entry = Entry(reference: EventReference(event), version: event.version)
        switch try Self.isMoving(event.type) ? MemoryEvent.decode(event) : nil {
        case .renamed(let key)?: entry.newKey = key
        case .restored(let restoration)?: entry.asOf = restoration.asOf
        default: break
        }
        return entry
    }

    /// What stands of a stream's events after a version, the first first.
    mutating func standing(_ memory: MemoryKey, after version: StreamVersion) async throws -> [Entry] {
        try await load(memory, after: version)
        let entries = streams[memory]?.entries ?? []
        return entries[..<Self.end(of: entries, after: version)].reversed().filter { !taken.contains($0.reference.id) }
    }

    // MARK: Following

    /// Where the memory has gone that a key held after an event of its stream.
    ///
    /// The first event on its way that the plan takes back, and that moved or ended it, tells: the plan has put it back
    /// there.
    mutating func trail(
        of memory: MemoryKey, after version: StreamVersion, at position: Position
    ) async throws -> Trail {
        var trail = Trail(location: memory)
        var (memory, version, position) = (memory, version, position)
        following: while true {
            try await load(memory, after: version)
            let entries = streams[memory]?.entries ?? []
            /// When the memory was under this key.
            var lives: [(begin: Position, end: Position?)] = [(position, nil)]
            for entry in entries[..<Self.end(of: entries, after: version)].reversed() {
                let isAlive = lives.last?.end == nil
                if taken.contains(entry.reference.id) {
                    guard isAlive, Self.isMoving(entry.type) else { continue }
                    trail.location = memory
                    return trail
                }
                if entry.type == MemoryEvent.Name.nameTaken { continue }
                if isAlive { trail.events.append(entry) }
                switch entry.type {
                case MemoryEvent.Name.renamed where isAlive:
                    guard let arrival = try await arrival(by: entry, from: memory) else {
                        return Trail(location: nil, events: trail.events, endedBy: entry)
                    }
                    (memory, version, position) = arrival
                    continue following
                case MemoryEvent.Name.restored:
                    let asOf = entry.asOf ?? 0
                    let isBack = lives.contains { $0.begin <= asOf && asOf < $0.end ?? entry.position }
                    if isBack, !isAlive {
                        lives.append((entry.position, nil))
                        trail.events.append(entry)
                        trail.endedBy = nil
                    } else if !isBack, isAlive {
                        lives[lives.count - 1].end = entry.position
                        trail.endedBy = entry
                    }
                case MemoryEvent.Name.deleted, MemoryEvent.Name.replaced, MemoryEvent.Name.added:
                    guard isAlive else { continue }
                    lives[lives.count - 1].end = entry.position
                    trail.endedBy = entry
                default: break
                }
            }
            trail.location = lives.last?.end == nil ? memory : nil
            return trail
        }
    }

    /// Where a rename led.
    mutating func arrival(
        by entry: Entry, from memory: MemoryKey
    ) async throws -> (memory: MemoryKey, version: StreamVersion, position: Position)? {
        if let known = arrivals[entry.reference.id] { return known }
        guard let newKey = entry.newKey else { return nil }
        let target = MemoryKey(namespace: memory.namespace, key: newKey)
        guard let event = try await reader.arrival(at: target, after: entry.position) else { return nil }
        arrivals[entry.reference.id] = (target, event.version, event.position)
        return arrivals[entry.reference.id]
    }

    /// Links where they point now, as they pointed after a position: they follow renames, but for those that the plan
    /// takes back.
    func present(_ links: [MemoryLink], of namespace: String, after position: Position) throws -> [MemoryLink] {
        guard links.contains(where: { $0.key != nil }) else { return links }
        return try tables.readSnapshot { sqlite in
            let targets = LinkTargets(namespace, sqlite, besides: takenPositions)
            return try links.map { link in
                var link = link
                if let key = link.key, let last = try targets.way(from: key, after: position).last {
                    link.key = last.newKey
                }
                return link
            }
        }
    }

    /// What a link's key meant after a position.
    func meaning(of memory: MemoryKey, at position: Position) throws -> MemoryKey {
        guard memory.hasPrefix else { return memory }
        return try tables.read { try LinkTargets(memory.namespace, $0).meaning(of: memory, at: position) }
    }
}
