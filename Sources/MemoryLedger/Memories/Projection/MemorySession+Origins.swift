import EventLog
import LedgerStorage

/// What a session remembers of the tables of origins and quarantines, so that most events need not look there.
struct KnownOrigins {
    var ids: [Origin: Int64] = [:]
    /// The provenance of the memories of each import.
    var lineages: [[UInt8]: StoredProvenance] = [:]
    /// The origins that are quarantined; nil: not looked up yet.
    var quarantined: Set<Int64>?
    /// While the tables are being built: those that were made already.
    var indexes: Set<String> = []

    /// Ids of origins that are kept.
    static let maximumIDs = 10_000
}

extension MemorySession {
    // MARK: Noting

    /// Notes whom and what the content of a slot's memory comes from, after the event has set it.
    func noteOrigins(_ prepared: PreparedMemoryEvent, _ event: RecordedEvent, _ slot: KeySlot) throws {
        guard let state = slot.state else { return }
        try noteActor(event.context.actor, of: state)
        if case .restored(let restoration) = prepared.body, let id = restoration.restoredID {
            try copyOrigins(of: id, to: state.id)
        }
        guard let new = prepared.provenance else { return }
        var sourceID: Int64?
        if let source = new.source {
            let id = try self.id(of: .source(source))
            sourceID = id
            try note(origin: id, of: state.id)
        }
        for key in new.derivedFrom {
            if let parent = try heldOrFormer(key, slot, state), parent != state.id {
                try note(derivationOf: state.id, from: parent)
            }
        }
        let merged = new.changing(state.provenance?.value)
        state.provenance = StoredProvenance(shown: merged, sourceID: sourceID ?? state.provenance?.sourceID)
        state.isDirty = true
    }

    func noteActor(_ actor: String?, of state: MemoryState) throws {
        guard let actor else { return }
        let id = try self.id(of: .actor(actor))
        guard state.lastActorID != id else { return }
        state.lastActorID = id
        try note(origin: id, of: state.id)
    }

    func note(origin: Int64, of memory: Int64) throws {
        let add = try rows(.addMemoryOrigin)
        add.bind(1, origin)
        add.bind(2, memory)
        try add.run()
        if try quarantinedOrigins().contains(origin) { try hold(memory) }
    }

    private func note(derivationOf memory: Int64, from parent: Int64) throws {
        let add = try rows(.addDerivation)
        add.bind(1, parent)
        add.bind(2, memory)
        try add.run()
        if try !quarantinedOrigins().isEmpty, try isHeld(parent) { try hold(memory) }
    }

    /// A memory that is put back comes from what it came from before.
    private func copyOrigins(of old: Int64, to memory: Int64) throws {
        try need(MemoryProjector.indexesOfOrigins)
        for statement in [MemoryTables.Statement.copyOrigins, .copyDerivations] {
            let copy = try rows(statement)
            copy.bind(1, old)
            copy.bind(2, memory)
            try copy.run()
        }
        // It is held back by what held it back before.
        if try !quarantinedOrigins().isEmpty, try isHeld(old) { try hold(memory) }
    }

    /// What a key holds or, where it holds nothing, held last. A new memory's own key means the one before it.
    private func heldOrFormer(_ key: MemoryKey, _ own: KeySlot, _ state: MemoryState) throws -> Int64? {
        if key == own.memory, state.id == position {
            if let replacedID { return replacedID }
        } else if let held = try slot(key).state {
            return held.id
        }
        let find = try rows(.findFormer)
        find.bind(1, key.namespace)
        find.bind(2, key.key)
        defer { find.reset() }
        return try find.step() ? find.int64(0) : nil
    }

    /// Notes which memory leaves a key.
    func noteFormer(_ slot: KeySlot) throws {
        guard let state = slot.state else { return }
        let set = try rows(.setFormer)
        set.bind(1, slot.memory.namespace)
        set.bind(2, slot.memory.key)
        set.bind(3, state.id)
        try set.run()
    }

    // MARK: Origins

    /// The origin's row, which is made where there is none.
    func id(of origin: Origin) throws -> Int64 {
        if let known = known.ids[origin] { return known }
        if known.ids.count >= KnownOrigins.maximumIDs { known.ids.removeAll() }
        let id = try stored(origin) ?? add(origin)
        known.ids[origin] = id
        return id
    }

    private func stored(_ origin: Origin) throws -> Int64? {
        let find = try rows(.findOrigin)
        find.bind(1, origin.kind)
        find.bind(2, origin.name)
        defer { find.reset() }
        return try find.step() ? find.int64(0) : nil
    }

    private func add(_ origin: Origin) throws -> Int64 {
        // An event names at most one of each.
        let isSource = if case .source = origin { true } else { false }
        let id = position * 2 + (isSource ? 1 : 0)
        let add = try rows(.addOrigin)
        add.bind(1, id)
        add.bind(2, origin.kind)
        add.bind(3, origin.name)
        try add.run()
        return id
    }

    // MARK: Provenance

    /// What all memories of an import share.
    package func provenance(ofLineage lineage: [UInt8]) throws -> StoredProvenance {
        if let known = known.lineages[lineage] { return known }
        let source = Provenance.Source.lineage(lineage)
        let made = StoredProvenance(Provenance(source: source), sourceID: try id(of: .source(source)))
        known.lineages[lineage] = made
        return made
    }

    /// The provenance of a row: the origin's number, the trust and the keys.
    func provenance(of row: SQLiteStatement, from first: Int32) throws -> StoredProvenance? {
        let sourceID = row.optionalInt64(first)
        let trust = row.optionalInt64(first + 1).map { Int($0) }
        let keys = row.isNull(first + 2) ? [] : try MemoryKey.list(json: row.bytes(first + 2))
        guard sourceID != nil || trust != nil || !keys.isEmpty else { return nil }
        var source: Provenance.Source?
        if let sourceID {
            let find = try rows(.findOriginByID)
            find.bind(1, sourceID)
            defer { find.reset() }
            if try find.step(), case .source(let found) = Origin(kind: find.text(0), name: find.text(1)) {
                source = found
            }
        }
        return StoredProvenance(Provenance(source: source, trust: trust, derivedFrom: keys), sourceID: sourceID)
    }
}
