import EventLog

/// Makes a plan: takes the selected events newest first, compares what each set with what stands, and compensates it
/// where nothing has come after it but what the plan has taken back already.
///
/// The present is read once, memory by memory, and the plan's own compensations are applied to it (`UndoOverlay`).
/// Nothing is guessed: what an event set and others changed since is a conflict.
struct UndoPlanner {
    let ledger: MemoryLedger
    let past: PastMemories
    var plan: UndoPlan
    var overlay: UndoOverlay
    var trails: UndoTrails
    private var seen: Set<EventID> = []
    /// Of the texts in the plan's steps.
    private var bytes = 0
    /// The last event that was found to have undone a selected one.
    private var undoneBy: UndoTrails.Entry?

    private static let pageEvents = 1_024

    init(_ ledger: MemoryLedger, _ selection: UndoSelection, position: Position) {
        self.ledger = ledger
        past = ledger.past
        plan = UndoPlan(selection: selection, position: position)
        overlay = UndoOverlay(ledger: ledger, head: position)
        trails = UndoTrails(log: ledger.log, tables: ledger.tables)
    }

    private var log: any EventLog { ledger.log }

    // MARK: Selecting

    mutating func make() async throws -> UndoPlan {
        switch plan.selection {
        case .events(let ids): try await undo(ids)
        case .matching(let filter): try await undo(filter)
        }
        plan.changes = overlay.differences
        plan.versions = trails.versions
        if plan.steps.count > 1, plan.conflicts.isEmpty, plan.changes.isEmpty, !overlay.bringsBackStatistics {
            // Events and their compensations, selected together: all of it again would change nothing.
            plan.withoutEffect += plan.events
            (plan.steps, plan.events, plan.eventsByActor) = ([], 0, [:])
        }
        return plan
    }

    private mutating func undo(_ ids: [EventID]) async throws {
        guard !ids.isEmpty else {
            throw MemoryLedgerError(.invalidArgument, "No event is named; give the id of at least one.")
        }
        var events: [RecordedEvent] = []
        for id in Set(ids).sorted() {
            guard var event = try await log.event(id: id) else {
                throw EventLogError(.unknownMoment, "The log has no event \(id); `log` shows the ids of those it has.")
            }
            if event.type == MemoryEvent.Name.nameTaken,
                let rename = try await ledger.streams.rename(behind: event)
            {
                event = rename.event
            }
            guard !MemoryEvent.Name.reads.contains(event.type) else {
                throw MemoryLedgerError(
                    .cannotUndo, "Event \(id) is a counted read, which cannot be taken back; leave it out.",
                    memory: MemoryStream.memory(event.stream))
            }
            guard !MemoryEvent.Name.oversight.contains(event.type) else { throw Self.refusal(event) }
            events.append(event)
        }
        for event in events.sorted(by: { $0.position > $1.position }) { try await undo(event) }
        if plan.steps.isEmpty, plan.conflicts.isEmpty, let undone = plan.alreadyUndone.first {
            throw MemoryLedgerError(
                .cannotUndo,
                "Event \(undone.id) has been undone already\(Self.by(undoneBy)); to bring it back, undo event "
                    + "\(undoneBy?.reference.id.description ?? "that did so").")
        }
    }

    /// Events of the ledger as a whole have commands of their own that say the opposite.
    private static func refusal(_ event: RecordedEvent) -> MemoryLedgerError {
        let hint =
            switch event.type {
            case MemoryEvent.Name.quarantined: "`release` brings back what it holds"
            case MemoryEvent.Name.released: "`quarantine` takes it out again"
            case MemoryEvent.Name.policySet: "`policy` sets it otherwise"
            default: "what was read cannot be taken back"
            }
        return MemoryLedgerError(.cannotUndo, "Event \(event.id) is a \(event.type), which is not undone: \(hint).")
    }

    private mutating func undo(_ filter: UndoFilter) async throws {
        let now = ledger.options.clock.now()
        let since = try await filter.since.asyncMap { try await log.resolveBoundary($0, now: now) }
        let until = try await filter.until.asyncMap { try await log.resolveBoundary($0, now: now) }
        guard since?.occurredThrough == nil, until?.occurredThrough == nil else {
            throw MemoryLedgerError(
                .invalidArgument, "Events are undone by when they were recorded; give a position, an id or that time.")
        }
        let first = since?.position ?? 0
        let last = min(until?.position ?? plan.position, plan.position)
        let prefix = filter.namespace.map { MemoryStream.name(MemoryKey(namespace: $0, key: "")).rawValue }
        let events = EventFilter(streamPrefix: prefix, actor: filter.actor, correlationID: filter.correlationID)
        var query = EventQuery(events, direction: .backwards, from: last + 1, limit: Self.pageEvents)
        while true {
            try Task.checkCancellation()
            let page = try await log.read(query)
            for event in page.events {
                guard event.position > first else { return }
                // The first half of a rename stands for both: it is what moves the memory.
                guard event.type != MemoryEvent.Name.nameTaken else { continue }
                try await undo(event)
            }
            guard let next = page.next else { return }
            query.from = next
        }
    }

    // MARK: One event

    private mutating func undo(_ event: RecordedEvent) async throws {
        guard seen.insert(event.id).inserted else { return }
        guard seen.count <= UndoPlan.maximumEvents else {
            throw MemoryLedgerError(
                .cannotUndo,
                "There are more than \(UndoPlan.maximumEvents) events to undo; undo the latest first, by a later moment."
            )
        }
        if MemoryEvent.Name.reads.contains(event.type) {
            plan.reads += 1
            return
        }
        if event.protection.isErased {
            guard case .matching = plan.selection else { throw MemoryLedgerError.erased(event) }
            plan.erased += 1
            return
        }
        guard let stream = MemoryStream.memory(event.stream), let body = try MemoryEvent.decode(event) else {
            plan.withoutEffect += 1
            return
        }
        let undoing = Undoing(event: event, memory: Self.memory(body) ?? stream, body: body)
        if case .matching = plan.selection, try await isOfAnErasedMemory(undoing) {
            plan.erased += 1
            return
        }
        try await trails.look(at: stream)
        var outcome = try await attempt(undoing)
        if outcome.steps.isEmpty || !outcome.conflicts.isEmpty, let by = try await compensation(of: undoing) {
            undoneBy = by
            plan.alreadyUndone.append(EventReference(event))
            outcome = Outcome()
        } else if outcome.steps.isEmpty, outcome.conflicts.isEmpty {
            plan.withoutEffect += 1
        }
        if outcome.conflicts.isEmpty { trails.take(event, of: stream) }
        if !outcome.steps.isEmpty {
            plan.events += 1
            plan.eventsByActor[event.context.actor.map { ByteText($0) }, default: 0] += 1
        }
        plan.steps += outcome.steps
        bytes += outcome.steps.reduce(0) { $0 + $1.events.reduce(0) { $0 + $1.event.textBytes } }
        guard bytes <= UndoPlan.maximumBytes else {
            throw MemoryLedgerError(
                .cannotUndo,
                "Undoing would put back more than \(UndoPlan.maximumBytes) bytes of text; undo the latest first, by a "
                    + "later moment.")
        }
        plan.conflicts += outcome.conflicts
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
        case .nameTaken, .accessed, .traversed, .legacyImportStarted, .oversight: Outcome()
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
        for entry in entries where entry.reference.context.causationID.flatMap({ EventID($0) }) == undoing.event.id {
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
    static func by(_ entry: UndoTrails.Entry?) -> String {
        guard let entry else { return "" }
        return (entry.reference.context.actor.map { " by \($0)" } ?? "") + " at position \(entry.position)"
    }
}

extension MemoryEvent {
    /// About how much memory the texts of a compensation take.
    fileprivate var textBytes: Int {
        switch self {
        case .restored(let restoration): restoration.content.text.utf8.count + restoration.content.summary.utf8.count
        case .updated(let change, _): (change.text?.utf8.count ?? 0) + (change.summary?.utf8.count ?? 0)
        default: 0
        }
    }
}

extension Optional {
    fileprivate func asyncMap<T>(_ transform: (Wrapped) async throws -> T) async rethrows -> T? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
