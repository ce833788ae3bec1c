import EventLog

/// Telling an event that compensates another from one that only names it as its cause, as anybody's may.
extension MemoryUndo {
    /// True where after an event all that another one set is as it was before that.
    mutating func takesBack(_ by: Undoing, _ undone: Undoing) async throws -> Bool {
        switch undone.body {
        case .added, .replaced, .restored, .legacyRowImported, .deleted: try await putsBack(by, undone)
        case .renamed(let newKey): Self.movesBack(by, undone.memory, from: newKey)
        case .updated, .linked, .unlinked, .metaSet: try await setsBack(by, undone)
        case .nameTaken, .accessed, .traversed, .legacyImportStarted: false
        }
    }

    /// The key holds what it held before, or nothing again.
    private mutating func putsBack(_ by: Undoing, _ undone: Undoing) async throws -> Bool {
        guard by.memory == undone.memory else { return false }
        var before = try await past.memory(undone.memory, before: undone.event)
        var then = try await past.memory(by.memory, after: by.event)
        guard (before == nil) == (then == nil) else { return false }
        try await moveLinks(of: &before, after: undone.event.position - 1)
        try await moveLinks(of: &then, after: by.event.position)
        return MemoryDelta(from: before, to: then).isEmpty
    }

    private static func movesBack(_ by: Undoing, _ old: MemoryKey, from newKey: String) -> Bool {
        let new = MemoryKey(namespace: old.namespace, key: newKey)
        return switch by.body {
        case .renamed(let key): by.memory == new && key.hasSameBytes(as: old.key)
        case .nameTaken(let key): by.memory == old && key.hasSameBytes(as: newKey)
        default: false
        }
    }

    /// Nothing is left to do of what undoing would do.
    private mutating func setsBack(_ by: Undoing, _ undone: Undoing) async throws -> Bool {
        let (event, key) = (undone.event, undone.memory)
        guard var sides = try await sides(of: undone), let then = try await past.memory(by.memory, after: by.event)
        else { return false }
        if case .metaSet = undone.body {
            // Reads that were counted in between are kept: it is what undoing made of what it found.
            guard let found = try await past.memory(by.memory, before: by.event) else { return false }
            sides.now = UndoMemory(found, original: nil, anchor: (by.memory, by.event.position))
            let values = Self.undoMetaSet(sides, wasSetSince: false).statistics
            return (values ?? MemoryMetaValues(found.meta)) == MemoryMetaValues(then.meta)
                && sides.before.meta.status == then.meta.status
        }
        var now: Memory? = then
        try await moveLinks(of: &now, after: by.event.position)
        sides.now = UndoMemory(now ?? then, original: nil, anchor: (by.memory, by.event.position))
        let back = try await back(of: undone.body, sides, in: key.namespace, at: event.position, wasSetSince: true)
        return back.events.isEmpty && back.conflicts.isEmpty
    }

    private mutating func moveLinks(of memory: inout Memory?, after position: Position) async throws {
        guard let found = memory else { return }
        memory?.content.links = try trails.present(found.content.links, of: found.namespace, after: position)
    }
}
