import EventLog

/// Undoing what changed fields, links or statistics of a memory.
extension MemoryUndo {
    /// A memory right before the event, right after it, and now, with all links where they point now.
    struct Sides {
        var before: Memory
        var after: Memory
        var now: UndoMemory
    }

    mutating func undoChanging(_ undoing: Undoing) async throws -> Outcome {
        guard var sides = try await sides(of: undoing) else { return Outcome() }
        let trail = try await trail(of: undoing)
        guard let location = trail.location, let now = try await holding(location) else { return gone(undoing, trail) }
        sides.now = now
        let back = try await back(
            of: undoing.body, sides, in: undoing.memory.namespace, at: undoing.event.position,
            wasSetSince: trail.events.contains { Self.setsStatistics.contains($0.type) })
        var outcome = Outcome()
        for field in back.conflicts { outcome.conflicts.append(try await changed(undoing, field, trail)) }
        for compensation in back.events {
            outcome.steps += step(undoing, now.memory.id, compensation).steps
        }
        if !back.events.isEmpty { apply(back, to: now) }
        return outcome
    }

    /// The sides of an event, its own result taken for what is now; nil where it found no memory.
    mutating func sides(of undoing: Undoing) async throws -> Sides? {
        let (event, key) = (undoing.event, undoing.memory)
        guard var before = try await past.memory(key, before: event),
            var after = try await past.memory(key, after: event)
        else { return nil }
        before.content.links = try trails.present(before.content.links, of: key.namespace, after: event.position)
        after.content.links = try trails.present(after.content.links, of: key.namespace, after: event.position)
        let now = UndoMemory(after, original: nil, anchor: (key, event.position))
        return Sides(before: before, after: after, now: now)
    }

    /// What takes a body back whose event is at a position.
    mutating func back(
        of body: MemoryEvent, _ sides: Sides, in namespace: String, at position: Position, wasSetSince: Bool
    ) async throws -> Back {
        switch body {
        case .updated(let change, _): return Self.undoUpdate(change, sides)
        case .linked(let link):
            return Self.undoLink(try trails.present([link], of: namespace, after: position)[0], sides)
        case .unlinked: return Self.undoUnlink(sides)
        case .metaSet: return Self.undoMetaSet(sides, wasSetSince: wasSetSince)
        default: return Back()
        }
    }

    /// What takes an event back, and what of it cannot be.
    struct Back {
        var events: [MemoryEvent] = []
        var content: MemoryContent?
        var statistics: MemoryMetaValues?
        var conflicts: [String] = []
    }

    private mutating func apply(_ back: Back, to memory: UndoMemory) {
        overlay.set(back.content ?? memory.memory.content, of: memory)
        guard let values = back.statistics else { return }
        memory.showsStatistics = true
        memory.memory.meta.createdAt = values.createdAt
        memory.memory.meta.lastAccessedAt = values.lastAccessedAt
        memory.memory.meta.lastLinkedAt = values.lastLinkedAt
        memory.memory.meta.accessCount = values.accessCount
        memory.memory.meta.traverseCount = values.traverseCount
        memory.memory.meta.status = values.status
    }

    private static let setsStatistics: Set<EventType> = [
        MemoryEvent.Name.metaSet, MemoryEvent.Name.legacyRowImported, MemoryEvent.Name.restored,
    ]

    // MARK: Fields

    private static var texts: [(String, WritableKeyPath<MemoryContent, String>, WritableKeyPath<MemoryChange, String?>)]
    {
        [
            ("domain", \.domain, \.domain), ("summary", \.summary, \.summary), ("text", \.text, \.text),
            ("type", \.type, \.type),
        ]
    }

    private static func undoUpdate(_ change: MemoryChange, _ sides: Sides) -> Back {
        let (before, after, now) = (sides.before.content, sides.after.content, sides.now.memory.content)
        var back = Back()
        var undoing = MemoryChange()
        for (name, value, changed) in texts where change[keyPath: changed] != nil {
            let (old, new, present) = (before[keyPath: value], after[keyPath: value], now[keyPath: value])
            switch judge(old.hasSameBytes(as: new), present.hasSameBytes(as: new), present.hasSameBytes(as: old)) {
            case .nothing: break
            case .back: undoing[keyPath: changed] = old
            case .conflict: back.conflicts.append(name)
            }
        }
        if change.keywords != nil {
            let (old, new) = (MemoryColumns.json(before.keywords), MemoryColumns.json(after.keywords))
            let present = MemoryColumns.json(now.keywords)
            switch judge(old == new, present == new, present == old) {
            case .nothing: break
            case .back: undoing.keywords = before.keywords
            case .conflict: back.conflicts.append("keywords")
            }
        }
        if change.links != nil {
            let (old, new) = (MemoryColumns.json(before.links), MemoryColumns.json(after.links))
            let present = MemoryColumns.json(now.links)
            switch judge(old == new, present == new, present == old) {
            case .nothing: break
            case .back: undoing.links = before.links
            case .conflict: back.conflicts.append(MemoryFields.links)
            }
        }
        guard !undoing.isEmpty else { return back }
        back.events = [.updated(undoing)]
        back.content = undoing.applied(to: now)
        return back
    }

    private enum Verdict {
        /// It was not changed, or is back already.
        case nothing
        case back
        case conflict
    }

    private static func judge(_ wasUnchanged: Bool, _ isAsLeft: Bool, _ isBack: Bool) -> Verdict {
        if wasUnchanged || isBack && !isAsLeft { return .nothing }
        return isAsLeft ? .back : .conflict
    }

    // MARK: Links

    private static func undoLink(_ link: MemoryLink, _ sides: Sides) -> Back {
        let (before, after) = (sides.before.content.links, sides.after.content.links)
        var content = sides.now.memory.content
        guard let new = after.place(ofOneLike: link).map({ after[$0] }) else { return Back() }
        let old = before.place(ofOneLike: link).map { before[$0] }
        guard let index = content.links.place(ofOneLike: link) else {
            // The link that it added is gone: that is what undoing wants.
            return old == nil ? Back() : Back(conflicts: [MemoryFields.links])
        }
        let present = content.links[index]
        if let old {
            if old.json == new.json || present.json == old.json { return Back() }
            guard present.json == new.json else { return Back(conflicts: [MemoryFields.links]) }
            content.links[index] = old
            return Back(events: [.linked(old)], content: content)
        }
        guard present.json == new.json else { return Back(conflicts: [MemoryFields.links]) }
        content.links.remove(at: index)
        if let key = link.key {
            let twins = sides.now.memory.content.links.count { $0.matches(key: key, type: link.type, term: new.term) }
            if twins == 1 {
                return Back(events: [.unlinked(key: key, type: new.type, term: new.term)], content: content)
            }
        }
        return Back(events: [.updated(MemoryChange(links: content.links))], content: content)
    }

    private static func undoUnlink(_ sides: Sides) -> Back {
        var content = sides.now.memory.content
        let (before, after) = (sides.before.content.links, sides.after.content.links)
        if MemoryColumns.json(content.links) == MemoryColumns.json(after) {
            guard MemoryColumns.json(before) != MemoryColumns.json(after) else { return Back() }
            content.links = before
            return Back(events: [.updated(MemoryChange(links: before))], content: content)
        }
        var back = Back()
        for link in MemoryDelta.links(before, without: after) {
            // A link of the same kind to the same key that was made since would be overwritten.
            if let place = content.links.place(ofOneLike: link) {
                if content.links[place].json != link.json { back.conflicts = [MemoryFields.links] }
                continue
            }
            content.links.append(link)
            back.events.append(.linked(link))
        }
        if !back.events.isEmpty { back.content = content }
        return back
    }

    // MARK: Statistics

    /// Reading that was counted since is kept: it adds to the counts that were there before.
    static func undoMetaSet(_ sides: Sides, wasSetSince: Bool) -> Back {
        let (before, after) = (MemoryMetaValues(sides.before.meta), MemoryMetaValues(sides.after.meta))
        let now = MemoryMetaValues(sides.now.memory.meta)
        var values = now
        var conflicts: [String] = []
        func take<Value: Equatable>(
            _ name: String, _ path: WritableKeyPath<MemoryMetaValues, Value>, ofReading merged: Value? = nil
        ) {
            switch judge(
                before[keyPath: path] == after[keyPath: path], now[keyPath: path] == after[keyPath: path],
                now[keyPath: path] == before[keyPath: path])
            {
            case .nothing: break
            case .back: values[keyPath: path] = before[keyPath: path]
            case .conflict:
                if let merged, !wasSetSince { values[keyPath: path] = merged } else { conflicts.append(name) }
            }
        }
        take("created_at", \.createdAt)
        take("last_accessed_at", \.lastAccessedAt, ofReading: now.lastAccessedAt)
        take("last_linked_at", \.lastLinkedAt, ofReading: now.lastLinkedAt)
        take("access_count", \.accessCount, ofReading: max(0, now.accessCount - after.accessCount + before.accessCount))
        take(
            "traverse_count", \.traverseCount,
            ofReading: max(0, now.traverseCount - after.traverseCount + before.traverseCount))
        take("status", \.status)
        guard values != now else { return Back(conflicts: conflicts) }
        return Back(events: [.metaSet(values)], statistics: values, conflicts: conflicts)
    }
}
