import EventLog

extension MemorySession {
    private enum Outcome: String {
        case imported
        case expired
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
    }

    /// Interprets a legacy row by today's mapping, and notes what became of it. False: it was quarantined.
    func importRow(_ event: LegacyRowImport, _ recorded: RecordedEvent) throws -> Bool {
        let identity = event.row.identity
        let known = try importRowID(event, identity)
        let rowID = known ?? recorded.position
        var outcome = Outcome.quarantined
        var reason: String?
        var memory: MemoryKey?
        switch event.interpretation() {
        case .quarantined(let why): reason = why
        case .memory(let legacy):
            memory = legacy.id
            let slot = try slot(legacy.id)
            let isExpired = legacy.expiresAt.map { $0 <= event.importedAt } ?? false
            if let state = slot.state, state.sourceRow != rowID {
                reason = Self.takenReason(legacy.id, isImported: state.sourceRow != nil)
            } else if isExpired, !event.keepExpired {
                outcome = .expired
                try remove(slot)
            } else {
                outcome = .imported
                try put(legacy, event, recorded, rowID: rowID, slot)
            }
        }
        try write(event, identity, rowID: rowID, position: recorded.position, outcome, reason, memory)
        return outcome != .quarantined
    }

    private static func takenReason(_ id: MemoryKey, isImported: Bool) -> String {
        isImported
            ? "The key \(id.key) in namespace \(id.namespace) holds the memory of another row."
            : "The key \(id.key) in namespace \(id.namespace) holds a memory that was written or changed in the ledger."
    }

    private func put(
        _ legacy: LegacyMemory, _ event: LegacyRowImport, _ recorded: RecordedEvent, rowID: Int64, _ slot: KeySlot
    ) throws {
        try remove(slot)
        // Where a later mapping gives the row another key, its event is not in that key's stream.
        let isOwnStream = MemoryStream.name(legacy.id) == recorded.stream
        let created = legacy.meta.createdAt ?? event.importedAt
        let state = MemoryState(
            id: recorded.position, at: created.milliseconds, version: isOwnStream ? recorded.version : 0)
        state.lastAccessedAt = (legacy.meta.lastAccessedAt ?? created).milliseconds
        state.lastLinkedAt = (legacy.meta.lastLinkedAt ?? created).milliseconds
        state.accessCount = max(0, legacy.meta.accessCount ?? 0)
        state.traverseCount = max(0, legacy.meta.traverseCount ?? 0)
        state.status = (legacy.meta.status ?? .active).rawValue
        state.expiresAt = event.keepExpired ? nil : legacy.expiresAt?.milliseconds
        state.sourceRow = rowID
        try insert(legacy.content, state, slot)
    }

    private func importRowID(_ event: LegacyRowImport, _ identity: [UInt8]) throws -> Int64? {
        let find = try rows(.findImport)
        find.bind(1, try lineageNumber(event.lineage))
        find.bind(2, event.row.table)
        find.bind(3, blob: identity)
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
