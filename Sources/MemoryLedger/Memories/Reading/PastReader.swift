import EventLog
import LedgerCapabilities
import LedgerStorage
import Projections

/// Tells what a single memory was at a moment, from its own stream.
///
/// What other streams decide is asked of the serving tables, which keep it for every position: the renames of keys that
/// links point at, and how many links pointed at the memory.
struct PastReader {
    private let log: any EventLog
    private let encryption: (any EncryptingLog)?
    private let tables: any TableReading
    private let moment: LogMoment

    init(_ side: ReadSide, at moment: LogMoment) {
        (log, encryption, tables, self.moment) = (side.log, side.encryption, side.tables, moment)
    }

    /// Events of the first page of a stream, and of the later ones at the most.
    private static let firstPageEvents = 16
    private static let pageEvents = 1_024

    /// - Returns: nil where the stream alone does not tell and the tables as of the moment must be built; `.some(nil)`
    ///   where the key held no memory.
    func memory(_ key: MemoryKey, showsQuarantined: Bool = false) async throws -> Memory?? {
        try await answer(key) { past, state in
            if let expiresAt = state.expiresAt, expiresAt <= moment.time.milliseconds { return nil }
            if !showsQuarantined, try isQuarantined(state.id) { return nil }
            return try memory(past, state)
        }
    }

    /// The position of the event that made what the key held, as above.
    func id(of key: MemoryKey) async throws -> Position?? {
        try await answer(key) { _, state in state.id }
    }

    private func answer<T>(_ key: MemoryKey, _ body: (PastMemory, MemoryState) throws -> T?) async throws -> T?? {
        guard moment.occurredThrough == nil, try isServed() else { return nil }
        do {
            guard let past = try await past(key, at: moment.position), let state = past.state else { return .some(nil) }
            try await checkThatNoOtherStreamTook(past)
            return .some(try body(past, state))
        } catch is PastMemory.NeedsTables {
            return nil
        }
    }

    /// The memory was held back at the moment.
    private func isQuarantined(_ id: Position) throws -> Bool {
        try tables.read { sqlite in
            let row = try sqlite.statement(
                """
                SELECT EXISTS (SELECT 1 FROM quarantined WHERE memory = ?1 AND began <= ?2)
                    OR EXISTS (SELECT 1 FROM ended_quarantines WHERE memory = ?1 AND began <= ?2 AND ended > ?2)
                """)
            row.bind(1, id)
            row.bind(2, moment.position)
            defer { row.reset() }
            return try row.step() && row.int(0) != 0
        }
    }

    /// - Throws: `NeedsTables` where a later import of the memory's row may have taken it away.
    private func checkThatNoOtherStreamTook(_ past: PastMemory) async throws {
        guard let row = past.state?.sourceRow else { return }
        var known = past.imported(row)
        if known == nil, case .legacyRowImported(let first)? = try await log.event(at: row).map(MemoryEvent.decode) {
            // The import stands before a mark.
            known = (first, row)
        }
        let last = try tables.read { sqlite in
            try known.flatMap {
                try PastFacts(namespace: past.key.namespace, sqlite: sqlite).lastImport(of: $0.row)?.last
            }
        }
        guard let known, last == known.position else { throw PastMemory.NeedsTables() }
    }

    private func memory(_ past: PastMemory, _ state: MemoryState) throws -> Memory {
        let values = state.statistics
        let meta = MemoryMeta(
            id: past.key.key, createdAt: values.createdAt, lastAccessedAt: values.lastAccessedAt,
            lastLinkedAt: values.lastLinkedAt, inDegree: try inDegree(past.key),
            outDegree: past.content.links.count { $0.key != nil }, accessCount: values.accessCount,
            traverseCount: values.traverseCount, status: values.status)
        return Memory(
            id: past.key, content: past.content, meta: meta, version: state.contentVersion,
            provenance: state.provenance?.value)
    }

    /// The memory that a key held after a position, with its links as they were then.
    private func past(_ key: MemoryKey, at position: Position) async throws -> PastMemory? {
        // Between the two events of a rename the memory has its new key already.
        if let old = try keyBefore(key, position), let found = try await unrenamed(old, before: position) {
            var past = PastMemory(key)
            past.take(found, version: found.state?.version ?? 0)
            try tables.read { sqlite in
                try past.syncLinks(through: position, PastFacts(namespace: key.namespace, sqlite: sqlite))
            }
            return past
        }
        let version = try await log.version(of: MemoryStream.name(key), at: position)
        guard version > 0 else { return nil }
        var past = try await fold(key, through: version)
        try tables.read { sqlite in
            try past.syncLinks(through: position, PastFacts(namespace: key.namespace, sqlite: sqlite))
        }
        return past
    }

    /// The memory that left a key by the rename at a position, as it was after it.
    private func unrenamed(_ key: MemoryKey, before position: Position) async throws -> PastMemory? {
        let version = try await log.version(of: MemoryStream.name(key), at: position)
        let past = try await fold(key, through: version - 1)
        past.state?.version = version
        past.state?.contentVersion = version
        return past
    }

    // MARK: Streams

    /// The life that a key's memory led under that key: where it began, and what happened since.
    fileprivate struct Life {
        enum Beginning {
            case here
            case mark(PastMemory)
            /// From another key: the event in this stream, and the rename's position in the other.
            case arrival(RecordedEvent, from: MemoryKey, rename: Position)
        }

        var key: MemoryKey
        var beginning = Beginning.here
        /// The first one first.
        var events: [RecordedEvent] = []
        /// The version of the event by which the memory left for the next key; 0 for the last life.
        var leftAt: StreamVersion = 0
    }

    /// Goes back from life to life, each of them read once, and then forward again.
    private func fold(_ key: MemoryKey, through version: StreamVersion) async throws -> PastMemory {
        var lives: [Life] = []
        var next: (key: MemoryKey, version: StreamVersion, leftAt: StreamVersion)? = (key, version, 0)
        while let (key, version, leftAt) = next {
            try Task.checkCancellation()
            var life = try await life(of: key, through: version)
            life.leftAt = leftAt
            lives.append(life)
            next = nil
            if case .arrival(_, let old, let rename) = life.beginning {
                let left = try await log.version(of: MemoryStream.name(old), at: rename)
                next = (old, left - 1, left)
            }
        }
        var before: PastMemory?
        for life in lives.reversed() {
            let past = try fold(life, before)
            if life.leftAt > 0 {
                past.state?.version = life.leftAt
                past.state?.contentVersion = life.leftAt
            }
            before = past
        }
        return before ?? PastMemory(key)
    }

    private func fold(_ life: Life, _ before: PastMemory?) throws -> PastMemory {
        var past: PastMemory
        switch life.beginning {
        case .here: past = PastMemory(life.key)
        case .mark(let marked): past = marked
        case .arrival(let event, _, _):
            past = PastMemory(life.key)
            if let before { past.take(before, version: event.version) }
        }
        try tables.read { sqlite in
            let facts = PastFacts(namespace: life.key.namespace, sqlite: sqlite)
            for event in life.events {
                guard let body = try MemoryEvent.decode(event) else { continue }
                try past.apply(event, body, facts)
            }
        }
        return past
    }

    /// Reads a stream backwards to where the life that it holds at a version began.
    private func life(of key: MemoryKey, through version: StreamVersion) async throws -> Life {
        typealias Name = MemoryEvent.Name
        let stream = MemoryStream.name(key)
        try checkNotErased(key)
        let mark = try mark(key, through: version)
        var life = Life(key: key)
        var hasImport = false
        var next: StreamVersion? = version > 0 ? version : nil
        // Most lives are short.
        var limit = Self.firstPageEvents
        while let from = next {
            let page = try await log.readStream(stream, from: from, direction: .backwards, limit: limit)
            limit = min(limit * 4, Self.pageEvents)
            next = page.next
            for event in page.events {
                if !hasImport, let mark, event.version == mark.version {
                    life.beginning = .mark(
                        PastMemory(key, mark: mark.mark, version: mark.version, position: mark.position))
                    return life.forwards
                }
                switch event.type {
                case Name.legacyRowImported:
                    // What it did depends on the imports before it, in whatever life.
                    hasImport = true
                case Name.nameTaken where !hasImport:
                    guard let arrival = try arrival(event, at: key) else { break }
                    life.beginning = arrival
                    return life.forwards
                case Name.deleted where !hasImport, Name.renamed where !hasImport:
                    life.events = []
                    return life
                case Name.added where !hasImport, Name.replaced where !hasImport, Name.restored where !hasImport:
                    life.events.append(event)
                    return life.forwards
                default: break
                }
                life.events.append(event)
            }
        }
        return life.forwards
    }

    /// Where a memory came from by this event; nil where the log has no rename for it.
    private func arrival(_ event: RecordedEvent, at key: MemoryKey) throws -> Life.Beginning? {
        guard case .nameTaken(let oldKey)? = try MemoryEvent.decode(event),
            let rename = try lastRename(from: oldKey, to: key, before: event.position)
        else { return nil }
        return .arrival(event, from: MemoryKey(namespace: key.namespace, key: oldKey), rename: rename)
    }

    /// - Throws: `NeedsTables` where something under the key was erased: that is said in another stream.
    private func checkNotErased(_ key: MemoryKey) throws {
        let isErased = try encryption?.hasErased(MemoryStream.name(key)) ?? false
        if isErased { throw PastMemory.NeedsTables() }
    }

    // MARK: The serving tables

    /// The serving tables hold everything up to the moment, by this program's projector: no event was passed over.
    private func isServed() throws -> Bool {
        try tables.read { sqlite in
            let projector = MemoryProjector()
            guard let position = try projector.position(sqlite), position >= moment.position else { return false }
            return try !DeadLetters.exist(for: projector, through: moment.position, sqlite)
        }
    }

    private func mark(
        _ key: MemoryKey, through version: StreamVersion
    ) throws -> (mark: MemoryMark, version: StreamVersion, position: Position)? {
        guard version >= MemoryMark.interval else { return nil }
        return try tables.read { sqlite in
            let row = try sqlite.statement(
                """
                SELECT mark, version, position FROM memory_marks WHERE namespace = ? AND key = ? AND version <= ?
                ORDER BY version DESC LIMIT 1
                """)
            row.bind(1, key.namespace)
            row.bind(2, key.key)
            row.bind(3, version)
            defer { row.reset() }
            guard try row.step() else { return nil }
            return (try MemoryMark([UInt8](row.bytes(0))), row.int64(1), row.int64(2))
        }
    }

    /// The key that a memory left for this one by the event at a position; nil where that event is no such rename.
    private func keyBefore(_ key: MemoryKey, _ position: Position) throws -> MemoryKey? {
        try tables.read { sqlite in
            let row = try sqlite.statement(
                "SELECT old_key FROM renames WHERE position = ? AND namespace = ? AND new_key = ?")
            row.bind(1, position)
            row.bind(2, key.namespace)
            row.bind(3, key.key)
            defer { row.reset() }
            return try row.step() ? MemoryKey(namespace: key.namespace, key: row.text(0)) : nil
        }
    }

    /// Where a memory was renamed to a key that took it by a later event.
    private func lastRename(from oldKey: String, to key: MemoryKey, before position: Position) throws -> Position? {
        try tables.read { sqlite in
            let row = try sqlite.statement(
                """
                SELECT position FROM renames WHERE namespace = ? AND old_key = ? AND new_key = ? AND position < ?
                ORDER BY position DESC LIMIT 1
                """)
            row.bind(1, key.namespace)
            row.bind(2, oldKey)
            row.bind(3, key.key)
            row.bind(4, position)
            defer { row.reset() }
            return try row.step() ? row.int64(0) : nil
        }
    }

    /// How many links pointed at a key at the moment.
    private func inDegree(_ key: MemoryKey) throws -> Int {
        try tables.read { sqlite in
            let row = try sqlite.statement(
                """
                SELECT (SELECT count(*) FROM memory_links WHERE namespace = ?1 AND to_key = ?2 AND position <= ?3)
                    + (SELECT count(*) FROM ended_links
                        WHERE namespace = ?1 AND to_key = ?2 AND began <= ?3 AND ended > ?3)
                """)
            row.bind(1, key.namespace)
            row.bind(2, key.key)
            row.bind(3, moment.position)
            defer { row.reset() }
            return try row.step() ? row.int(0) : 0
        }
    }
}

extension PastReader.Life {
    /// With the events in their order, after they were read backwards.
    fileprivate var forwards: Self {
        var life = self
        life.events.reverse()
        return life
    }
}
