import EventLog
import LedgerCapabilities
import LedgerStorage
import Projections

/// Tells what a single memory was at a moment, from its own stream.
///
/// The log tells the events. What other streams decide is asked of the serving tables, which keep it for every
/// position: the renames of keys that links point at, and how many links pointed at the memory. They are asked at the
/// end, in one snapshot, in which it is also decided whether they can tell at all.
struct PastReader {
    private let lives: PastLives
    private let tables: any TableReading
    private let moment: LogMoment

    init(_ parts: LedgerParts, at moment: LogMoment) {
        self.init(log: parts.log, encryption: parts.encryption, tables: parts.tables, at: moment)
    }

    init(log: any EventLog, encryption: (any EncryptionState)?, tables: any TableReading, at moment: LogMoment) {
        lives = PastLives(log: log, encryption: encryption, tables: tables, moment: moment)
        (self.tables, self.moment) = (tables, moment)
    }

    /// What a key held.
    ///
    /// - Parameter first: run on the serving tables before anything is answered, in the snapshot of the answer if that
    ///   is from these tables; twice if the moment falls into a rename.
    func memory(
        _ key: MemoryKey, showsQuarantined: Bool = false, first: (SQLiteConnection) throws -> Void = { _ in }
    ) async throws -> PastAnswer<Memory> {
        try await answer(key, first) { past, state, facts in
            if let expiresAt = state.expiresAt, expiresAt <= moment.time.milliseconds { return nil }
            if !showsQuarantined, try facts.isQuarantined(state.id, at: moment.position) { return nil }
            return try memory(past, state, facts)
        }
    }

    /// The position of the event that made what a key held, quarantined and expired or not.
    func id(of key: MemoryKey) async throws -> PastAnswer<Position> {
        try await answer(key, { _ in }) { _, state, _ in state.id }
    }

    private func answer<T>(
        _ key: MemoryKey, _ first: (SQLiteConnection) throws -> Void,
        _ body: (PastMemory, MemoryState, PastFacts) throws -> T?
    ) async throws -> PastAnswer<T> {
        guard moment.occurredThrough == nil else {
            // What had occurred by a time is not the log up to a position.
            try tables.read(first)
            return .inTables
        }
        let own = try await lives.lives(of: key)
        var former: MemoryKey?
        let answer = try tables.readSnapshot { sqlite in
            try first(sqlite)
            let facts = PastFacts(key.namespace, sqlite)
            guard try facts.areServed(through: moment.position) else { return PastAnswer<T>.inTables }
            // Between the two events of a rename the memory has its new key already.
            former = try facts.key(before: moment.position, leading: key)
            return former == nil ? try decide(own, facts, body) : .inTables
        }
        guard let former else { return answer }
        let way = try await lives.lives(of: key, comingFrom: former)
        return try tables.readSnapshot { sqlite in
            try first(sqlite)
            let facts = PastFacts(key.namespace, sqlite)
            return try facts.areServed(through: moment.position) ? decide(way, facts, body) : .inTables
        }
    }

    private func decide<T>(
        _ lives: [PastLife], _ facts: PastFacts, _ body: (PastMemory, MemoryState, PastFacts) throws -> T?
    ) throws -> PastAnswer<T> {
        guard !lives.contains(where: \.isErased), let past = try fold(lives, facts) else { return .inTables }
        guard let state = past.state else { return .nothing }
        guard try isOfItsStreams(past, state, lives, facts) else { return .inTables }
        return PastAnswer(try body(past, state, facts))
    }

    /// The memory, with its links as they were; nil if the streams do not tell.
    private func fold(_ lives: [PastLife], _ facts: PastFacts) throws -> PastMemory? {
        var memory: PastMemory?
        for life in lives.reversed() {
            var past = PastMemory(life.key)
            switch life.beginning {
            case .here: break
            case .unknown: return nil
            case .mark(let mark): past = PastMemory(life.key, at: mark)
            case .arrival(let version, _, _): if let memory { past.take(memory, version: version) }
            }
            for event in life.events {
                if let body = try MemoryEvent.decode(event) { try past.apply(event, body, facts) }
            }
            guard past.isKnown else { return nil }
            if life.leftAt > 0 { past.leave(at: life.leftAt) }
            memory = past
        }
        try memory?.syncLinks(through: moment.position, facts)
        return memory
    }

    /// False if a later import of the memory's row may have taken it away.
    private func isOfItsStreams(
        _ past: PastMemory, _ state: MemoryState, _ lives: [PastLife], _ facts: PastFacts
    ) throws -> Bool {
        guard let row = state.sourceRow else { return true }
        var known = past.imported(row)
        if known == nil {
            let before = lives.compactMap(\.importBefore).first { $0.position == row }
            guard case .legacyRowImported(let first)? = try before.flatMap(MemoryEvent.decode) else { return false }
            known = (first, row)
        }
        guard let known else { return false }
        return try facts.lastImport(of: known.row)?.last == known.position
    }

    private func memory(_ past: PastMemory, _ state: MemoryState, _ facts: PastFacts) throws -> Memory {
        let values = state.statistics
        let meta = MemoryMeta(
            id: past.key.key, createdAt: values.createdAt, lastAccessedAt: values.lastAccessedAt,
            lastLinkedAt: values.lastLinkedAt, inDegree: try facts.inDegree(of: past.key, at: moment.position),
            outDegree: past.content.links.count { $0.key != nil }, accessCount: values.accessCount,
            traverseCount: values.traverseCount, status: values.status)
        return Memory(
            id: past.key, content: past.content, meta: meta, version: state.contentVersion,
            provenance: state.provenance?.value)
    }
}
