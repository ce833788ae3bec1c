import EventLog

/// Takes events of memories back: compares what each set with what stands, and compensates it if nothing has come after
/// it but what the plan has taken back already.
///
/// The present is read once, memory by memory, and the plan's own compensations are applied to it (`UndoOverlay`).
/// Nothing is guessed: what an event set and others changed since is a conflict.
struct MemoryUndo: ModuleUndo {
    let ledger: MemoryLedger
    let past: PastMemories
    var overlay: UndoOverlay
    var trails: UndoTrails

    init(_ ledger: MemoryLedger, at head: Position) {
        self.ledger = ledger
        past = ledger.past
        overlay = UndoOverlay(ledger: ledger, head: head)
        trails = UndoTrails(log: ledger.log, tables: ledger.tables)
    }

    private var log: any EventLog { ledger.log }

    var versions: [StreamName: StreamVersion] { trails.versions }
    var changes: [any SubjectChange] { overlay.differences }
    var changesNothing: Bool { overlay.differences.isEmpty && !overlay.bringsBackStatistics }

    // MARK: One event

    /// The first half of a rename stands for both: it is what moves the memory.
    func standIn(for event: RecordedEvent) async throws -> RecordedEvent? {
        try await ledger.streams.rename(behind: event)?.event
    }

    mutating func undo(_ event: RecordedEvent, isNamed: Bool) async throws -> UndoOutcome {
        guard let stream = MemoryStream.memory(event.stream), let body = try MemoryEvent.decode(event) else {
            return .withoutEffect
        }
        let undoing = Undoing(event: event, memory: Self.memory(body) ?? stream, body: body)
        if !isNamed, try await isOfAnErasedMemory(undoing) { return .erased }
        try await trails.look(at: stream)
        let outcome = try await attempt(undoing)
        if outcome.steps.isEmpty || !outcome.conflicts.isEmpty, let by = try await compensation(of: undoing) {
            trails.take(event, of: stream)
            return .alreadyUndone(by: by.reference)
        }
        if outcome.conflicts.isEmpty { trails.take(event, of: stream) }
        guard !outcome.steps.isEmpty || !outcome.conflicts.isEmpty else { return .withoutEffect }
        return .undone(outcome.steps, conflicts: outcome.conflicts)
    }

    /// The memory that a row is taken for by today's mapping.
    private static func memory(_ body: MemoryEvent) -> MemoryKey? {
        guard case .legacyRowImported(let row) = body, case .memory(let legacy) = row.interpretation() else {
            return nil
        }
        return legacy.id
    }

    /// An event that is being undone.
    struct Undoing {
        var event: RecordedEvent
        /// The memory that it is about, under the key that it had then.
        var memory: MemoryKey
        var body: MemoryEvent
    }

    /// What became of it: neither steps nor conflicts where it has no effect that stands.
    struct Outcome {
        var steps: [UndoStep] = []
        var conflicts: [UndoConflict] = []
    }

    private mutating func attempt(_ undoing: Undoing) async throws -> Outcome {
        switch undoing.body {
        case .added, .replaced, .restored, .legacyRowImported: try await undoPlacing(undoing)
        case .deleted: try await undoDeleting(undoing)
        case .renamed(let newKey): try await undoRenaming(undoing, to: newKey)
        case .updated, .linked, .unlinked, .metaSet: try await undoChanging(undoing)
        case .nameTaken, .accessed, .traversed, .legacyImportStarted: Outcome()
        }
    }

    // MARK: What others did

    /// The event that compensates it and stands.
    private mutating func compensation(of undoing: Undoing) async throws -> UndoTrails.Entry? {
        var entries = try await trails.standing(undoing.memory, after: undoing.event.version)
        let trail = try await self.trail(of: undoing)
        let known = Set(entries.map(\.reference.id))
        entries += trail.events.filter { !known.contains($0.reference.id) }
        return try await compensation(of: undoing, in: entries)
    }

    private mutating func compensation(
        of undoing: Undoing, in entries: [UndoTrails.Entry]
    ) async throws -> UndoTrails.Entry? {
        for entry in entries where entry.reference.attribution.causationID.flatMap({ EventID($0) }) == undoing.event.id
        {
            guard let event = try await log.event(at: entry.position), let memory = MemoryStream.memory(event.stream),
                let body = try MemoryEvent.decode(event)
            else { continue }
            let by = Undoing(event: event, memory: memory, body: body)
            guard try await takesBack(by, undoing) else { continue }
            // Each undoing of an undoing is later: the search ends.
            let later = entries.filter { $0.position > entry.position }
            if try await compensation(of: by, in: later) == nil { return entry }
        }
        return nil
    }

    mutating func trail(of undoing: Undoing) async throws -> UndoTrails.Trail {
        let event = undoing.event
        guard case .renamed(let newKey) = undoing.body else {
            return try await trails.trail(of: undoing.memory, after: event.version, at: event.position)
        }
        let entry = UndoTrails.Entry(reference: EventReference(event), version: event.version, newKey: newKey)
        guard let arrival = try await trails.arrival(by: entry, from: undoing.memory) else {
            return UndoTrails.Trail(location: nil)
        }
        return try await trails.trail(of: arrival.memory, after: arrival.version, at: arrival.position)
    }

    func conflict(
        _ undoing: Undoing, _ field: String, _ by: UndoTrails.Entry?, _ reason: String
    ) -> UndoConflict {
        UndoConflict(
            event: EventReference(undoing.event), memory: undoing.memory, field: field, changedBy: by?.reference,
            reason: reason)
    }

    /// The memory is not there any more.
    func gone(_ undoing: Undoing, _ trail: UndoTrails.Trail) -> Outcome {
        let how =
            switch trail.endedBy?.type {
            case MemoryEvent.Name.deleted?: "was deleted since"
            case MemoryEvent.Name.renamed?: "was renamed since to where the log does not say"
            case .some: "was replaced by another since"
            case nil: "has expired"
            }
        let reason = "The memory \(undoing.memory.key) \(how)\(Self.by(trail.endedBy))."
        return Outcome(conflicts: [conflict(undoing, "key", trail.endedBy, reason)])
    }

    /// ` by bob at position 7`.
    static func by(_ entry: UndoTrails.Entry?) -> String { EventReference.by(entry?.reference) }
}
