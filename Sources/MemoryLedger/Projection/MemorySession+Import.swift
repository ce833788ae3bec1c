import EventLog

extension MemorySession {
    private enum Outcome: String {
        case imported
        case expired
        /// Its memory stands in another table of the source.
        case duplicate
        case quarantined
    }

    func addSource(_ start: LegacyImportStart, _ position: Position) throws {
        let add = try rows(.addSource)
        add.bind(1, position)
        add.bind(2, blob: start.lineage)
        add.bind(3, blob: start.sourceSHA256)
        add.bind(4, start.path)
        add.bind(5, start.format)
        add.bind(6, start.table)
        add.bind(7, start.sizeBytes)
        add.bind(8, start.mappingVersion)
        try add.run()
        lineageTables[start.lineage] = nil
    }

    /// Interprets a legacy row by today's mapping, and notes what became of it. False: it was quarantined.
    func importRow(
        _ event: LegacyRowImport, _ recorded: RecordedEvent, _ prepared: PreparedMemoryEvent
    ) throws -> Bool {
        let identity = event.row.identity
        let earlier = try earlierImport(event, identity)
        let rowID = earlier?.id ?? recorded.position
        var outcome = Outcome.quarantined
        var reason: String?
        var memory: MemoryKey?
        switch prepared.interpretation ?? event.interpretation() {
        case .quarantined(let why): reason = why
        case .memory(let legacy):
            memory = legacy.id
            switch try kinship(of: legacy, prepared.content, event, rowID: rowID) {
            case .duplicate(let original):
                (outcome, reason) = (.duplicate, original)
                try place(legacy, nil, earlier, event, recorded, rowID: rowID)
            case .rival(let why): reason = why
            case .none: reason = try objection(to: legacy.id, event, earlier, rowID: rowID)
            }
            if reason == nil {
                let isExpired = legacy.expiresAt.map { $0 <= event.importedAt } ?? false
                outcome = isExpired && !event.keepExpired ? .expired : .imported
                let content = outcome == .imported ? prepared.content ?? PackedContent(legacy.content) : nil
                try place(legacy, content, earlier, event, recorded, rowID: rowID)
            }
        }
        try write(event, identity, rowID: rowID, position: recorded.position, outcome, reason, memory)
        return outcome != .quarantined
    }

    /// Why a row cannot be put under a key without undoing what was done in the ledger; nil where it can.
    private func objection(
        to id: MemoryKey, _ event: LegacyRowImport, _ earlier: EarlierImport?, rowID: Int64
    ) throws -> String? {
        let name = "The key \(id.key) in namespace \(id.namespace)"
        if let state = try slot(id).state, state.sourceRow != rowID {
            return state.sourceRow != nil
                ? "\(name) holds the memory of \(try holder(state, besides: event))."
                : "\(name) holds a memory that was written or changed in the ledger."
        }
        guard let old = earlier?.memory, earlier?.outcome == Outcome.imported.rawValue else { return nil }
        guard try slot(old).state?.sourceRow == rowID else {
            return "\(name) changed in the source, and its memory was changed, renamed or deleted in the ledger."
        }
        return nil
    }

    /// What a memory that is still as it was imported is from.
    private func holder(_ state: MemoryState, besides event: LegacyRowImport) throws -> String {
        let own = try provenance(ofLineage: event.lineage)
        guard let source = state.provenance?.value.source, state.provenance?.sourceID != own.sourceID else {
            return "another row of this database"
        }
        let find = try rows(.findSourcePath)
        find.bind(1, source.name)
        defer { find.reset() }
        let path = try find.step() ? ", imported from \(find.text(0))" : ""
        return "another database, \(source.name)\(path)"
    }

    /// Puts the row's memory in the place of what an earlier import made of it.
    ///
    /// - Parameter content: nil where the memory is not to be shown.
    private func place(
        _ legacy: LegacyMemory, _ content: PackedContent?, _ earlier: EarlierImport?, _ event: LegacyRowImport,
        _ recorded: RecordedEvent, rowID: Int64
    ) throws {
        var before: MemoryState?
        // The row may have meant nothing in between, and another key before.
        for key in [earlier?.memory, legacy.id].compactMap(\.self) {
            let slot = try slot(key)
            guard let state = slot.state, state.sourceRow == rowID else { continue }
            before = state
            try noteFormer(slot)
            try remove(slot)
        }
        guard let content else { return }
        let state = MemoryState.imported(legacy, event, recorded, rowID: rowID, before: before)
        state.provenance = try provenance(ofLineage: event.lineage)
        try insert(legacy.content, content, state, try slot(legacy.id))
        try noteActor(recorded.context.actor, of: state)
        if let source = state.provenance?.sourceID { try note(origin: source, of: state.id) }
    }

    /// What an earlier import made of a row.
    private struct EarlierImport {
        var id: Int64
        var outcome: String
        var memory: MemoryKey?
    }

    private func earlierImport(_ event: LegacyRowImport, _ identity: [UInt8]) throws -> EarlierImport? {
        let find = try rows(.findImport)
        find.bind(1, try lineageNumber(event.lineage))
        find.bind(2, event.row.table)
        find.bind(3, blob: identity)
        defer { find.reset() }
        guard try find.step() else { return nil }
        let key = find.optionalText(3).map { MemoryKey(namespace: find.text(2), key: $0) }
        return EarlierImport(id: find.int64(0), outcome: find.text(1), memory: key)
    }

    /// The number of a row of a lineage in `import_rows`; nil if that has none.
    func rowID(of row: LegacyRow, _ lineage: [UInt8]) throws -> Int64? {
        let find = try rows(.findImport)
        find.bind(1, try lineageNumber(lineage))
        find.bind(2, row.table)
        find.bind(3, blob: row.identity)
        defer { find.reset() }
        return try find.step() ? find.int64(0) : nil
    }

    /// The first import of a lineage, which every row's event comes after; 0 where that event is unknown.
    private func lineageNumber(_ lineage: [UInt8]) throws -> Int64 {
        if let known = lineageNumbers[lineage] { return known }
        let find = try rows(.findLineage)
        find.bind(1, blob: lineage)
        defer { find.reset() }
        let number = try find.step() ? find.int64(0) : 0
        if number != 0 { lineageNumbers[lineage] = number }
        return number
    }

    private func write(
        _ event: LegacyRowImport, _ identity: [UInt8], rowID: Int64, position: Position, _ outcome: Outcome,
        _ reason: String?, _ memory: MemoryKey?
    ) throws {
        let set = try rows(.setImport)
        set.bind(1, rowID)
        set.bind(2, try lineageNumber(event.lineage))
        set.bind(3, event.row.table)
        set.bind(4, blob: identity)
        set.bind(5, blob: event.row.contentHash)
        set.bind(6, position)
        set.bind(7, outcome.rawValue)
        set.bind(8, reason)
        set.bind(9, memory?.namespace)
        set.bind(10, memory?.key)
        try set.run()
    }
}

extension MemoryState {
    /// What a row's memory begins with.
    ///
    /// - Parameter before: what an earlier import made of the row, if that is still there.
    static func imported(
        _ legacy: LegacyMemory, _ event: LegacyRowImport, _ recorded: RecordedEvent, rowID: Int64, before: MemoryState?
    ) -> MemoryState {
        // Where a later mapping gives the row another key, its event is not in that key's stream.
        let isOwnStream = MemoryStream.name(legacy.id) == recorded.stream
        let created = legacy.meta.createdAt ?? before.map { Timestamp(milliseconds: $0.createdAt) } ?? event.importedAt
        let state = MemoryState(
            id: before?.id ?? recorded.position, at: created.milliseconds, version: isOwnStream ? recorded.version : 0)
        // Reads that were counted here are not undone by a later import.
        state.lastAccessedAt = max(
            (legacy.meta.lastAccessedAt ?? created).milliseconds, before?.lastAccessedAt ?? .min)
        state.lastLinkedAt = max((legacy.meta.lastLinkedAt ?? created).milliseconds, before?.lastLinkedAt ?? .min)
        state.accessCount = max(legacy.meta.accessCount ?? 0, before?.accessCount ?? 0, 0)
        state.traverseCount = max(legacy.meta.traverseCount ?? 0, before?.traverseCount ?? 0, 0)
        state.status = legacy.meta.status ?? .active
        state.expiresAt = event.keepExpired ? nil : legacy.expiresAt?.milliseconds
        state.sourceRow = rowID
        return state
    }
}
