import EventLog

extension MemorySession {
    /// Interprets a legacy row by today's mapping, and notes what became of it. False: it was quarantined.
    func importRow(
        _ event: LegacyRowImport, _ recorded: RecordedEvent, _ prepared: PreparedMemoryEvent
    ) throws -> Bool {
        let earlier = try earlierImport(event)
        let rowID = earlier?.id ?? recorded.position
        var outcome = ImportOutcome.quarantined
        var reason: String?
        var memory: MemoryKey?
        // What is set aside is remembered with its memory, however often: that may be changed here in the meantime.
        var (left, age) = (earlier?.place, earlier?.age)
        switch prepared.interpretation ?? event.interpretation() {
        case .quarantined(let why): reason = why
        case .memory(let legacy):
            memory = legacy.id
            let kinship = try kinship(of: legacy, prepared.content, event, rowID: rowID)
            switch kinship {
            case .duplicate(let original, let key):
                (outcome, reason, left) = (.duplicate, original, key)
                try place(legacy, nil, earlier, event, recorded, rowID: rowID)
            case .rival(let why): reason = why
            case .none, .successor: reason = try objection(to: legacy.id, event, earlier, kinship, rowID: rowID)
            }
            if reason == nil {
                let isExpired = legacy.expiresAt.map { $0 <= event.importedAt } ?? false
                outcome = isExpired && !event.keepExpired ? .expired : .imported
                let content = outcome == .imported ? prepared.content ?? PackedContent(legacy.content) : nil
                try place(legacy, content, earlier, event, recorded, rowID: rowID, instead: kinship.predecessor)
                (left, age) = (nil, LegacyAge(legacy.meta))
            }
        }
        try note(
            event, rowID: rowID, position: recorded.position, outcome, reason, memory, left: left, age: age)
        return outcome != .quarantined
    }

    /// Why a row cannot be put under a key without undoing what was done in the ledger; nil where it can.
    private func objection(
        to id: MemoryKey, _ event: LegacyRowImport, _ earlier: ImportedRow?, _ kinship: Kinship, rowID: Int64
    ) throws -> String? {
        if let state = try slot(id).state, state.sourceRow != rowID {
            guard let row = state.sourceRow else {
                return "\(id.inWords) holds a memory that was written or changed in the ledger."
            }
            if row != kinship.predecessor {
                return "\(id.inWords) holds the memory of \(try holder(row, besides: event))."
            }
        }
        guard let place = try earlier?.place ?? placeInAnotherTable(of: id, event) else { return nil }
        if let row = try slot(place).state?.sourceRow {
            if try row == rowID || isOfSameDatabase(row, as: event) { return nil }
        }
        return "\(place.inWords) held its memory, which was changed, renamed or deleted in the ledger."
    }

    /// Puts the row's memory in the place of what an earlier import made of it.
    ///
    /// - Parameters:
    ///   - content: nil where the memory is not to be shown.
    ///   - instead: the row of an older table whose memory it replaces.
    private func place(
        _ legacy: LegacyMemory, _ content: PackedContent?, _ earlier: ImportedRow?, _ event: LegacyRowImport,
        _ recorded: RecordedEvent, rowID: Int64, instead: Int64? = nil
    ) throws {
        var before: MemoryState?
        // The row may have meant nothing in between, and another key before.
        for key in [earlier?.place, legacy.id].compactMap(\.self) {
            let slot = try slot(key)
            guard let state = slot.state, let row = state.sourceRow, row == rowID || row == instead else { continue }
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
}

extension MemoryKey {
    /// As a reason names it.
    var inWords: String { "The key \(key) in namespace \(namespace)" }
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
