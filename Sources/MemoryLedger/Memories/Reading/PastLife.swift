import EventLog
import LedgerCapabilities
import LedgerStorage

/// The life that a key's memory led under that key: where it began, and what happened since.
struct PastLife {
    enum Beginning {
        case here
        /// What the memory was after an event of the stream, of which nothing before is read.
        case mark(PlacedMark)
        /// From another key: the version that the stream of this one has with it, and the rename's position in the
        /// other.
        case arrival(StreamVersion, from: MemoryKey, rename: Position)
        /// From another key, and the tables were not at the moment yet: they cannot say by which rename.
        case unknown
    }

    let key: MemoryKey
    var beginning = Beginning.here
    /// The first one first.
    var events: [RecordedEvent] = []
    /// The import before the mark that the memory is from.
    var importBefore: RecordedEvent?
    /// The version of the event by which the memory left for the next key; 0 for the last life.
    var leftAt: StreamVersion = 0
    /// Something under the key was erased: what that was is said in another stream.
    var isErased = false

    /// With the events in their order, after they were read backwards.
    fileprivate var forwards: Self {
        var life = self
        life.events.reverse()
        return life
    }
}

/// Reads a memory's lives, the last one first, from the streams of its keys. Of the tables it asks what leads from one
/// stream to the next, and for marks, so that of a long stream only the end is read.
struct PastLives {
    let log: any EventLog
    let encryption: (any EncryptionState)?
    let tables: any TableReading
    let moment: LogMoment

    /// Events of the first page of a stream, and of the later ones at the most.
    private static let firstPageEvents = 16
    private static let pageEvents = 1_024

    /// The lives of the memory that a key held at the moment, by what its own stream says.
    func lives(of key: MemoryKey) async throws -> [PastLife] {
        let version = try await log.version(of: MemoryStream.name(key), at: moment.position)
        return try await lives(after: life(of: key, through: version))
    }

    /// The lives of a memory that comes to a key by a rename whose first event is the moment's.
    func lives(of key: MemoryKey, comingFrom old: MemoryKey) async throws -> [PastLife] {
        let left = try await log.version(of: MemoryStream.name(old), at: moment.position)
        let arrival = PastLife.Beginning.arrival(left, from: old, rename: moment.position)
        return try await lives(after: PastLife(key: key, beginning: arrival))
    }

    private func lives(after last: PastLife) async throws -> [PastLife] {
        var lives = [last]
        while case .arrival(_, let old, let rename) = lives[lives.count - 1].beginning {
            try Task.checkCancellation()
            let left = try await log.version(of: MemoryStream.name(old), at: rename)
            var life = try await life(of: old, through: left - 1)
            life.leftAt = left
            lives.append(life)
        }
        return lives
    }

    /// Reads a stream backwards to where the life that it holds at a version began.
    private func life(of key: MemoryKey, through version: StreamVersion) async throws -> PastLife {
        let stream = MemoryStream.name(key)
        let mark = try mark(of: key, through: version)
        var life = PastLife(key: key)
        // What an import did depends on the imports before it, in whatever life.
        var hasImport = false
        var next: StreamVersion? = version > 0 ? version : nil
        // Most lives are short.
        var limit = Self.firstPageEvents
        reading: while let from = next {
            let page = try await log.readStream(stream, from: from, direction: .backwards, limit: limit)
            limit = min(limit * 4, Self.pageEvents)
            next = page.next
            for event in page.events {
                if !hasImport, let mark, event.version == mark.version {
                    life.beginning = .mark(mark)
                    if let row = mark.mark.sourceRow { life.importBefore = try await log.event(at: row) }
                    break reading
                }
                switch MemoryEvent.Name.turn(of: event.type) {
                case .imports: hasImport = true
                case .arrives where !hasImport:
                    guard let arrival = try arrival(event, at: key) else { break }
                    life.beginning = arrival
                    break reading
                case .ends where !hasImport, .leaves where !hasImport:
                    life.events = []
                    break reading
                case .begins where !hasImport:
                    life.events.append(event)
                    break reading
                default: break
                }
                life.events.append(event)
            }
        }
        // Asked last, so that what was read was not erased before.
        life.isErased = try version > 0 && encryption?.hasErased(stream) ?? false
        return life.forwards
    }

    /// Where a memory came from by this event; nil if the tables have no rename for it.
    private func arrival(_ event: RecordedEvent, at key: MemoryKey) throws -> PastLife.Beginning? {
        guard case .nameTaken(let oldKey)? = try MemoryEvent.decode(event) else { return nil }
        let old = MemoryKey(namespace: key.namespace, key: oldKey)
        return try tables.readSnapshot { sqlite in
            let facts = PastFacts(key.namespace, sqlite)
            guard try facts.areServed(through: moment.position) else { return .unknown }
            return try facts.lastRename(from: old, to: key, before: event.position)
                .map { .arrival(event.version, from: old, rename: $0) }
        }
    }

    /// What the memory was after an event of a long stream, as far as the tables hold what this program makes of it.
    private func mark(of key: MemoryKey, through version: StreamVersion) throws -> PlacedMark? {
        guard version >= MemoryMark.interval else { return nil }
        return try tables.readSnapshot { sqlite in
            let facts = PastFacts(key.namespace, sqlite)
            return try facts.areServed(through: moment.position) ? facts.mark(of: key, through: version) : nil
        }
    }
}
