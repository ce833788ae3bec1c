import EventLog

/// Undoing what put, moved or took away a whole memory.
extension MemoryUndo {
    /// An addition, an overwriting, a restoration, an import: what was there before comes back.
    mutating func undoPlacing(_ undoing: Undoing) async throws -> Outcome {
        let (event, key) = (undoing.event, undoing.memory)
        let trail = try await trail(of: undoing)
        guard let location = trail.location else {
            // An import that showed nothing put nothing there that could be gone.
            if case .legacyRowImported = undoing.body { return try await undoImportThatShowsNothing(undoing, trail) }
            return gone(undoing, trail)
        }
        guard let memory = try await holding(location) else {
            return try await undoImportThatShowsNothing(undoing, trail)
        }
        let isFirst = event.version == 1 && MemoryStream.name(key) == event.stream
        let before = isFirst ? nil : try await past.memory(key, before: event)
        // Nothing has touched it: it is as the event left it.
        if !(memory.isPristine && location == key && memory.memory.version == event.version) {
            let after = try await past.memory(key, after: event)
            if MemoryDelta(from: before, to: after).isEmpty, before?.version == after?.version { return Outcome() }
            let conflicts = try await differences(undoing, after, memory, trail)
            guard conflicts.isEmpty else { return Outcome(conflicts: conflicts) }
        }
        overlay.remove(memory)
        guard let before else { return step(undoing, key, .deleted) }
        return try await restore(before, undoing)
    }

    /// An imported row that was expired or quarantined: it took away what an earlier import had made, or did nothing.
    private mutating func undoImportThatShowsNothing(
        _ undoing: Undoing, _ trail: UndoTrails.Trail
    ) async throws -> Outcome {
        let (event, key) = (undoing.event, undoing.memory)
        let after = try await past.memory(key, after: event)
        let before = try await past.memory(key, before: event)
        guard after == nil else { return before?.version == after?.version ? Outcome() : gone(undoing, trail) }
        guard let before else { return Outcome() }
        return try await restoreWhereFree(before, undoing)
    }

    mutating func undoDeleting(_ undoing: Undoing) async throws -> Outcome {
        guard let before = try await past.memory(undoing.memory, before: undoing.event) else { return Outcome() }
        return try await restoreWhereFree(before, undoing)
    }

    private mutating func restoreWhereFree(_ before: Memory, _ undoing: Undoing) async throws -> Outcome {
        guard try await holding(undoing.memory) == nil else { return try await taken(undoing) }
        return try await restore(before, undoing)
    }

    private mutating func restore(_ before: Memory, _ undoing: Undoing) async throws -> Outcome {
        let asOf = undoing.event.position - 1
        var memory = before
        memory.content.links = try trails.present(before.content.links, of: before.namespace, after: asOf)
        let restoration = MemoryRestoration(
            content: memory.content, statistics: MemoryMetaValues(memory.meta),
            expiresAt: try await expiry(of: undoing.memory, before: undoing.event), asOf: asOf,
            provenance: before.provenance, restoredID: try await past.id(of: undoing.memory, before: undoing.event))
        overlay.place(memory, asOf: asOf)
        return step(undoing, undoing.memory, .restored(restoration))
    }

    /// When a memory expires that an event ended: what last made it says so.
    private func expiry(of memory: MemoryKey, before event: RecordedEvent) async throws -> Timestamp? {
        var expiry: Timestamp?
        try await ledger.streams.goBack(from: memory, before: event.position) { event, _ in
            switch try MemoryEvent.Name.moving.contains(event.type) ? MemoryEvent.decode(event) : nil {
            case .restored(let restoration)?: expiry = restoration.expiresAt
            case .legacyRowImported(let row)?:
                guard case .memory(let legacy) = row.interpretation() else { return true }
                // It kept the one that the memory had.
                if row.checkedOut?.kept.contains(.expires) == true { return true }
                expiry = row.keepExpired ? nil : legacy.expiresAt
            case nil, .nameTaken?: return true
            default: break
            }
            return false
        }
        return expiry
    }

    // MARK: Renaming

    mutating func undoRenaming(_ undoing: Undoing, to newKey: String) async throws -> Outcome {
        let (old, event) = (undoing.memory, undoing.event)
        let new = MemoryKey(namespace: old.namespace, key: newKey)
        let trail = try await trail(of: undoing)
        guard let location = trail.location, let memory = try await holding(location) else {
            return gone(undoing, trail)
        }
        guard location == new else {
            let by = trail.events.last { $0.type == MemoryEvent.Name.renamed }
            let reason = "The memory is \(location.key) by now: it was renamed again\(Self.by(by))."
            return Outcome(conflicts: [conflict(undoing, "key", by, reason)])
        }
        guard try await holding(old) == nil else { return try await taken(undoing) }
        var kept: [(holder: UndoMemory, links: [(index: Int, key: String)])] = []
        // Of memories that are as the tables have them, the tables tell where all links came along.
        let hasOthers = try overlay.hasLinks(to: new, otherThanBy: event.position, of: old)
        for holder in try await overlay.holders(of: new) where hasOthers || !holder.isPristine {
            let links = try await otherwiseNamedLinks(of: holder, old, new, event)
            if !links.isEmpty { kept.append((holder, links)) }
        }
        try await overlay.rename(memory, to: old.key)
        var outcome = Outcome(steps: [
            UndoStep(
                [
                    (MemoryStream.name(new), MemoryEvent.renamed(newKey: old.key)),
                    (MemoryStream.name(old), MemoryEvent.nameTaken(oldKey: newKey)),
                ], cause: event.id)
        ])
        for (holder, links) in kept {
            try await trails.look(at: holder.memory.id)
            var content = holder.memory.content
            for (index, key) in links { content.links[index].key = key }
            overlay.set(content, of: holder)
            outcome.steps += step(undoing, holder.memory.id, .updated(MemoryChange(links: content.links))).steps
        }
        return outcome
    }

    /// Which of a memory's links are not called by the old key when the memory has come back to it, and what they are
    /// called: those that pointed at the new key before the memory was renamed to it, and stay there; and those that
    /// came along and called the old key by its namespace's prefix, too.
    private func otherwiseNamedLinks(
        of holder: UndoMemory, _ old: MemoryKey, _ new: MemoryKey, _ event: RecordedEvent
    ) async throws -> [(index: Int, key: String)] {
        guard let key = try await key(of: holder, before: event),
            let before = try await past.memory(key, before: event)?.content.links
        else { return [] }
        func nameBefore(_ link: MemoryLink) throws -> String? {
            guard let name = link.key, !name.hasSameBytes(as: old.key) else { return nil }
            let memory = MemoryKey(namespace: old.namespace, key: name)
            let meaning = try trails.meaning(of: memory, at: event.position - 1)
            return meaning == new || meaning == old ? name : nil
        }
        var candidates = try before.filter { try nameBefore($0) != nil }
        guard !candidates.isEmpty else { return [] }
        let links = holder.memory.content.links
        let isAligned =
            links.count == before.count
            && zip(links, before).allSatisfy {
                $0.type.hasSameBytes(as: $1.type) && $0.term.hasSameBytes(as: $1.term)
            }
        var found: [(index: Int, key: String)] = []
        for (index, link) in links.enumerated() {
            guard let name = link.key, try overlay.meaning(of: name, in: new.namespace) == new else { continue }
            if isAligned {
                if let name = try nameBefore(before[index]) { found.append((index, name)) }
                continue
            }
            let match = candidates.firstIndex {
                $0.type.hasSameBytes(as: link.type) && $0.term.hasSameBytes(as: link.term)
            }
            if let match, let name = candidates.remove(at: match).key { found.append((index, name)) }
        }
        return found
    }

    /// The key that a memory had right before an event; nil where it was made since.
    private func key(of memory: UndoMemory, before event: RecordedEvent) async throws -> MemoryKey? {
        let (anchor, position) = memory.anchor
        var key: MemoryKey? = anchor
        try await ledger.streams.goBack(from: anchor, before: position + 1, moved: { key = $0.old }) { past, _ in
            guard past.position >= event.position else { return false }
            let turn = MemoryEvent.Name.turn(of: past.type)
            if turn == .begins || turn == .arrives { key = nil }
            return turn != .begins
        }
        return key
    }

    // MARK: Helpers

    /// What a key holds, and its stream's place, which the append will insist on.
    mutating func holding(_ key: MemoryKey) async throws -> UndoMemory? {
        try await trails.look(at: key)
        return try await overlay.holding(key)
    }

    func step(_ undoing: Undoing, _ memory: MemoryKey, _ event: MemoryEvent) -> Outcome {
        Outcome(steps: [UndoStep([(MemoryStream.name(memory), event)], cause: undoing.event.id)])
    }

    /// The key that the memory would come back to holds another one.
    private mutating func taken(_ undoing: Undoing) async throws -> Outcome {
        let entries = try await trails.standing(undoing.memory, after: undoing.event.version)
        let by = entries.last { MemoryEvent.Name.moving.contains($0.type) && $0.type != MemoryEvent.Name.deleted }
        let reason = "The key \(undoing.memory.key) holds another memory since\(Self.by(by))."
        return Outcome(conflicts: [conflict(undoing, "key", by, reason)])
    }

    /// What is not as the event left it.
    private mutating func differences(
        _ undoing: Undoing, _ after: Memory?, _ memory: UndoMemory, _ trail: UndoTrails.Trail
    ) async throws -> [UndoConflict] {
        guard var after else { return [] }
        var conflicts: [UndoConflict] = []
        if memory.memory.id != undoing.memory {
            let by = trail.events.last { $0.type == MemoryEvent.Name.renamed }
            let reason = "The memory is \(memory.memory.key) by now: it was renamed\(Self.by(by))."
            conflicts.append(conflict(undoing, "key", by, reason))
        }
        after.content.links = try trails.present(
            after.content.links, of: after.namespace, after: undoing.event.position)
        let delta = MemoryDelta(from: after, to: memory.memory)
        for field in delta.fields.map(\.field) { conflicts.append(try await changed(undoing, field, trail)) }
        if !delta.linksGained.isEmpty || !delta.linksLost.isEmpty {
            conflicts.append(try await changed(undoing, MemoryFields.links, trail))
        }
        return conflicts
    }

    /// A field that others changed since.
    func changed(_ undoing: Undoing, _ field: String, _ trail: UndoTrails.Trail) async throws -> UndoConflict {
        var by: UndoTrails.Entry?
        for entry in trail.events.reversed() {
            guard let event = try await ledger.log.event(at: entry.position), let body = try MemoryEvent.decode(event),
                body.sets(field)
            else { continue }
            by = entry
            break
        }
        let reason = "The field \(field) of memory \(undoing.memory.key) was changed since\(Self.by(by))."
        return conflict(undoing, field, by, reason)
    }
}

extension MemoryFields {
    /// What links are called where fields are named.
    static let links = "links"
}

extension MemoryEvent {
    /// Sets a field, whatever it sets it to.
    func sets(_ field: String) -> Bool {
        switch self {
        case .added, .replaced, .restored, .legacyRowImported: true
        case .updated(let change, _): change.fields.contains(field)
        case .metaSet: MemoryMetaValues.fields.contains(field)
        case .linked, .unlinked: field == MemoryFields.links
        case .renamed, .nameTaken: field == "key"
        case .deleted, .accessed, .traversed, .legacyImportStarted: false
        }
    }
}
