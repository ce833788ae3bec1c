import EventLog

extension MemoryWriter {
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
            switch try verdict(on: legacy, prepared.content, event, earlier, rowID: rowID) {
            case .duplicate(let original, let key):
                (outcome, reason, left) = (.duplicate, original, key)
                try place(legacy, nil, earlier, event, recorded, rowID: rowID)
            case .refused(let why, let takingAway):
                reason = why
                if let row = takingAway {
                    try place(legacy, nil, earlier, event, recorded, rowID: rowID, instead: row)
                }
            case .accepted(let accepted, let packed, let instead, let replaced):
                outcome = event.shows(accepted) ? .imported : .expired
                let content = outcome == .imported ? packed ?? PackedContent(accepted.content) : nil
                try place(
                    accepted, content, earlier, event, recorded, rowID: rowID, instead: instead, replacing: replaced)
                (left, age) = (nil, LegacyAge(accepted.meta))
            }
        }
        try note(
            event, prepared.rowHash ?? event.row.contentHash, rowID: rowID, position: recorded.position, outcome,
            reason, memory, left: left, age: age)
        return outcome != .quarantined
    }

    /// What is to become of a row that is a memory.
    enum Verdict {
        /// In words, of what, and the key under which that stands.
        case duplicate(String, MemoryKey)
        /// In words, why it is set aside, and the row whose memory goes all the same.
        case refused(String, takingAway: Int64? = nil)
        /// As what, and instead of which row's memory or which memory.
        case accepted(LegacyMemory, PackedContent?, instead: Int64? = nil, replacing: MemoryState? = nil)
    }

    private func verdict(
        on legacy: LegacyMemory, _ content: PackedContent?, _ event: LegacyRowImport, _ earlier: ImportedRow?,
        rowID: Int64
    ) throws -> Verdict {
        if let checkedOut = event.checkedOut { return try verdict(on: legacy, checkedOut, event, rowID: rowID) }
        switch try kinship(of: legacy, content, event, rowID: rowID) {
        case .duplicate(let original, let key): return .duplicate(original, key)
        case .rival(let why): return .refused(why)
        case .successor(let row):
            if let why = try objection(to: legacy.id, event, earlier, rowID: rowID, instead: row) {
                return .refused(why)
            }
            return .accepted(legacy, content, instead: row)
        case .none:
            let state = try slot(legacy.id).state
            if let twin = state?.sourceRow, twin != rowID, try isTheSameRow(twin, as: event) {
                if event.isUnchanged {
                    return .refused(
                        "\(legacy.id.inWords) held its memory, which was deleted or renamed in the ledger, and "
                            + "its row has not changed since. Add the memory again if you want it back.",
                        takingAway: twin)
                }
                return .accepted(legacy, content, instead: twin)
            }
            if let state, state.sourceRow != rowID, try isTheSame(state, as: legacy, event) {
                return .duplicate("The ledger has the same memory under its key.", legacy.id)
            }
            if let why = try objection(to: legacy.id, event, earlier, rowID: rowID) { return .refused(why) }
            return .accepted(legacy, content)
        }
    }

    /// A memory says what a row says, the statistics aside.
    func isTheSame(_ state: MemoryState, as legacy: LegacyMemory, _ event: LegacyRowImport) throws -> Bool {
        let isNative = !event.row.format.isKeyv
        let expiresAt = event.keepExpired ? nil : legacy.expiresAt?.milliseconds
        return try LegacySubstance(content(of: state).unpacked(), isNative: isNative, expiresAt: state.expiresAt)
            == LegacySubstance(legacy.content, isNative: isNative, expiresAt: expiresAt)
    }

    /// What to do about a row whose key holds another one's memory.
    static let advice = "Add the row's memory under another key if you want both."

    /// Why a row cannot be put under a key without undoing what was done in the ledger; nil where it can.
    ///
    /// - Parameter instead: the row whose memory it would replace.
    private func objection(
        to id: MemoryKey, _ event: LegacyRowImport, _ earlier: ImportedRow?, rowID: Int64, instead: Int64? = nil
    ) throws -> String? {
        if let state = try slot(id).state, state.sourceRow != rowID {
            guard let row = state.sourceRow else {
                return
                    "\(id.inWords) holds a memory that was written or changed in the ledger. Keep it, or put the row's "
                    + "memory in its place by hand."
            }
            if row != instead {
                return "\(id.inWords) holds the memory of \(try holder(row, besides: event)). \(Self.advice)"
            }
        }
        guard let place = try earlier?.place ?? placeInAnotherTable(of: id, event) else { return nil }
        if let row = try slot(place).state?.sourceRow {
            if try row == rowID || isOfSameDatabase(row, as: event) { return nil }
        }
        return "\(place.inWords) held its memory, which was changed, renamed or deleted in the ledger. That stands; "
            + "add the row's memory by hand if you want it."
    }

    /// Puts the row's memory in the place of what an earlier import made of it.
    ///
    /// - Parameters:
    ///   - content: nil where the memory is not to be shown.
    ///   - instead: another row whose memory it replaces.
    ///   - replaced: a memory of the ledger's own that it replaces.
    private func place(
        _ legacy: LegacyMemory, _ content: PackedContent?, _ earlier: ImportedRow?, _ event: LegacyRowImport,
        _ recorded: RecordedEvent, rowID: Int64, instead: Int64? = nil,
        replacing replaced: MemoryState? = nil
    ) throws {
        var before: MemoryState?
        var completed: MemoryContent?
        // The row may have meant nothing in between, and another key before.
        for key in [earlier?.place, legacy.id].compactMap(\.self) {
            let slot = try slot(key)
            guard let state = slot.state else { continue }
            let isItsOwn = state.sourceRow.map { $0 == rowID || $0 == instead } ?? false
            guard isItsOwn || state === replaced else { continue }
            before = state
            if state.sourceRow == rowID, event.checkedOut == nil, event.row.format == .kvMemory2 {
                completed = event.row.completed(legacy.content, from: try self.content(of: state).unpacked())
            }
            try noteFormer(slot)
            try remove(slot)
        }
        guard let content else { return }
        let state = MemoryState.imported(legacy, event, recorded, rowID: rowID, before: before)
        state.provenance = try provenance(ofLineage: event.lineage)
        try insert(completed ?? legacy.content, completed == nil ? content : nil, state, try slot(legacy.id))
        try noteActor(recorded.attribution.actor, of: state)
        if let source = state.provenance?.sourceID { try note(contributor: source, of: state.id) }
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
