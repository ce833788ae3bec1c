import EventLog
import LedgerStorage

/// What a writer remembers of the tables of contributors and quarantines, so that most events need not look there.
struct KnownContributors {
    var ids: [Contributor: Int64] = [:]
    /// The provenance of the memories of each import.
    var lineages = ByLineage<StoredProvenance>()
    /// The contributors that are quarantined; nil: not looked up yet.
    var quarantined: Set<Int64>?
    /// While the tables are being built: those that were made already.
    var indexes: Set<String> = []
    /// A row of a legacy source was imported; nil: not looked up yet.
    var hasImports: Bool?

    /// Ids of contributors that are kept.
    static let maximumIDs = 10_000
}

extension MemoryWriter {
    // MARK: Noting

    /// Notes whom and what the content of a slot's memory comes from, after the event has set it.
    func noteProvenance(_ prepared: PreparedMemoryEvent, _ event: RecordedEvent, _ slot: KeySlot) throws {
        guard let state = slot.state else { return }
        try noteActor(event.attribution.actor, of: state)
        if case .restored(let restoration) = prepared.body, let id = restoration.restoredID {
            try copyContributors(of: id, to: state.id)
        }
        guard let new = prepared.provenance else { return }
        var sourceID: Int64?
        if let source = new.source {
            let id = try self.id(of: .source(source))
            sourceID = id
            try note(contributor: id, of: state.id)
        }
        for key in new.derivedFrom {
            if let parent = try heldOrFormer(key, slot, state), parent != state.id {
                try note(derivationOf: state.id, from: parent)
            }
        }
        state.note(new, sourceID: sourceID)
    }

    func noteActor(_ actor: String?, of state: MemoryState) throws {
        guard let actor else { return }
        let id = try self.id(of: .actor(actor))
        guard state.lastActorID != id else { return }
        state.lastActorID = id
        try note(contributor: id, of: state.id)
    }

    func note(contributor: Int64, of memory: Int64) throws {
        let add = try rows(.addMemoryContributor)
        add.bind(1, contributor)
        add.bind(2, memory)
        try add.run()
        if try quarantinedContributors().contains(contributor) { try hold(memory) }
    }

    private func note(derivationOf memory: Int64, from parent: Int64) throws {
        let add = try rows(.addDerivation)
        add.bind(1, parent)
        add.bind(2, memory)
        try add.run()
        if try !quarantinedContributors().isEmpty, try isHeld(parent) { try hold(memory) }
    }

    /// A memory that is put back comes from what it came from before.
    private func copyContributors(of old: Int64, to memory: Int64) throws {
        try need(MemoryProjector.indexesOfProvenance)
        for statement in [MemoryStatements.Statement.copyContributors, .copyDerivations] {
            let copy = try rows(statement)
            copy.bind(1, old)
            copy.bind(2, memory)
            try copy.run()
        }
        // It is held back by what held it back before.
        if try !quarantinedContributors().isEmpty, try isHeld(old) { try hold(memory) }
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

    // MARK: Contributors

    /// The contributor's row, which is made where there is none.
    func id(of contributor: Contributor) throws -> Int64 {
        if let known = known.ids[contributor] { return known }
        if known.ids.count >= KnownContributors.maximumIDs { known.ids.removeAll() }
        let id = try stored(contributor) ?? add(contributor)
        known.ids[contributor] = id
        return id
    }

    private func stored(_ contributor: Contributor) throws -> Int64? {
        let find = try rows(.findContributor)
        find.bind(1, contributor.kind)
        find.bind(2, contributor.name)
        defer { find.reset() }
        return try find.step() ? find.int64(0) : nil
    }

    private func add(_ contributor: Contributor) throws -> Int64 {
        // An event names at most one of each.
        let isSource = if case .source = contributor { true } else { false }
        let id = position * 2 + (isSource ? 1 : 0)
        let add = try rows(.addContributor)
        add.bind(1, id)
        add.bind(2, contributor.kind)
        add.bind(3, contributor.name)
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

    /// The provenance of a row: the contributor's number, the trust and the keys.
    func provenance(of row: SQLiteStatement, from first: Int32) throws -> StoredProvenance? {
        let sourceID = row.optionalInt64(first)
        let trust = row.optionalInt64(first + 1).map { Int($0) }
        let keys = row.isNull(first + 2) ? [] : try MemoryKey.list(json: row.bytes(first + 2))
        guard sourceID != nil || trust != nil || !keys.isEmpty else { return nil }
        var source: Provenance.Source?
        if let sourceID {
            let find = try rows(.findContributorByID)
            find.bind(1, sourceID)
            defer { find.reset() }
            if try find.step(), case .source(let found) = Contributor(kind: find.text(0), name: find.text(1)) {
                source = found
            }
        }
        return StoredProvenance(Provenance(source: source, trust: trust, derivedFrom: keys), sourceID: sourceID)
    }
}
