import EventLog

/// Makes a plan: takes the selected events newest first, and has the module that each is of take it back.
struct UndoPlanner {
    private let ledger: MemoryLedger
    private var plan: UndoPlan
    private var undos: [ByteText: any ModuleUndo] = [:]
    private var seen: Set<EventID> = []
    /// Of the payloads in the plan's steps.
    private var bytes = 0
    /// The last event that was found to have undone a selected one.
    private var undoneBy: EventReference?

    private static let pageEvents = 1_024

    init(_ ledger: MemoryLedger, _ selection: UndoSelection, position: Position) {
        self.ledger = ledger
        plan = UndoPlan(selection: selection, position: position)
    }

    private var log: any EventLog { ledger.log }

    // MARK: Selecting

    mutating func make() async throws -> UndoPlan {
        switch plan.selection {
        case .events(let ids): try await undo(ids)
        case .matching(let filter): try await undo(filter)
        }
        let undos = undos.sorted { $0.key.text.precedesByBytes($1.key.text) }.map(\.value)
        plan.allChanges = undos.flatMap(\.changes)
        for undo in undos { plan.versions.merge(undo.versions) { min($0, $1) } }
        if plan.steps.count > 1, plan.conflicts.isEmpty, undos.allSatisfy(\.changesNothing) {
            // Events and their compensations, selected together: all of it again would change nothing.
            plan.withoutEffect += plan.events
            (plan.steps, plan.events, plan.eventsByActor) = ([], 0, [:])
        }
        for undo in undos { try undo.check(plan.steps) }
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
            if ledger.events[event.type]?.undoing == .byAnother {
                event = try await undo(for: event.type)?.standIn(for: event) ?? event
            }
            try Self.check(event, id, ledger.events[event.type])
            events.append(event)
        }
        for event in events.sorted(by: { $0.position > $1.position }) { try await undo(event) }
        if plan.steps.isEmpty, plan.conflicts.isEmpty, let undone = plan.alreadyUndone.first {
            throw MemoryLedgerError(
                .cannotUndo,
                "Event \(undone.id) has been undone already\(EventReference.by(undoneBy)); to bring it back, undo event "
                    + "\(undoneBy?.id.description ?? "that did so").")
        }
    }

    /// - Throws: `cannotUndo` if events of the type are never taken back.
    private static func check(_ event: RecordedEvent, _ id: EventID, _ definition: EventDefinition?) throws {
        if definition?.role == .countedRead {
            throw MemoryLedgerError(
                .cannotUndo, "Event \(id) is a counted read, which cannot be taken back; leave it out.",
                memory: MemoryStream.memory(event.stream))
        }
        guard case .never(let hint)? = definition?.undoing else { return }
        throw MemoryLedgerError(.cannotUndo, "Event \(event.id) is a \(event.type), which is not undone: \(hint).")
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
        // Other modules have the namespace's subjects in streams of other names.
        let isAny = !ledger.options.modules.isEmpty
        let prefix = isAny ? nil : filter.namespace.map { MemoryStream.category($0) }
        let events = EventFilter(
            streamPrefix: prefix, namespace: isAny ? filter.namespace : nil, actor: filter.actor,
            correlationID: filter.correlationID)
        var query = EventQuery(events, direction: .backwards, from: last + 1, limit: Self.pageEvents)
        while true {
            try Task.checkCancellation()
            let page = try await log.read(query)
            for event in page.events {
                guard event.position > first else { return }
                guard ledger.events[event.type]?.undoing != .byAnother else { continue }
                try await undo(event)
            }
            guard let next = page.next else { return }
            query.from = next
        }
    }

    // MARK: One event

    /// What takes back events of a type; nil if no module knows it.
    private mutating func undo(for type: EventType) -> (any ModuleUndo)? {
        guard let module = ledger.events.module(of: type) else { return nil }
        let name = ByteText(module.name)
        if let known = undos[name] { return known }
        let made = module.makeUndo(in: ledger, at: plan.position)
        undos[name] = made
        return made
    }

    private mutating func undo(_ event: RecordedEvent) async throws {
        guard seen.insert(event.id).inserted else { return }
        guard seen.count <= UndoPlan.maximumEvents else {
            throw MemoryLedgerError(
                .cannotUndo,
                "There are more than \(UndoPlan.maximumEvents) events to undo; undo the latest first, by a later moment."
            )
        }
        let definition = ledger.events[event.type]
        if definition?.role == .countedRead {
            plan.reads += 1
            return
        }
        let isNamed = if case .events = plan.selection { true } else { false }
        if event.protection.isErased {
            guard !isNamed else { throw MemoryLedgerError.erased(event) }
            plan.erased += 1
            return
        }
        guard definition?.undoing == .possible, let module = ledger.events.module(of: event.type),
            var undo = undo(for: event.type)
        else {
            plan.withoutEffect += 1
            return
        }
        // Taken out meanwhile, so that what it holds is not copied.
        undos[ByteText(module.name)] = nil
        defer { undos[ByteText(module.name)] = undo }
        switch try await undo.undo(event, isNamed: isNamed) {
        case .withoutEffect: plan.withoutEffect += 1
        case .erased: plan.erased += 1
        case .alreadyUndone(let by):
            undoneBy = by
            plan.alreadyUndone.append(EventReference(event))
        case .undone(let steps, let conflicts): try take(steps, conflicts, event)
        }
    }

    private mutating func take(_ steps: [UndoStep], _ conflicts: [UndoConflict], _ event: RecordedEvent) throws {
        if !steps.isEmpty {
            plan.events += 1
            plan.eventsByActor[event.attribution.actor.map { ByteText($0) }, default: 0] += 1
        }
        plan.steps += steps
        plan.conflicts += conflicts
        bytes += try steps.reduce(0) { try $0 + $1.events.reduce(0) { try $0 + $1.event.payload().count } }
        guard bytes <= UndoPlan.maximumBytes else {
            throw MemoryLedgerError(
                .cannotUndo,
                "Undoing would put back more than \(UndoPlan.maximumBytes) bytes of text; undo the latest first, by a "
                    + "later moment.")
        }
    }
}

extension Optional {
    fileprivate func asyncMap<T>(_ transform: (Wrapped) async throws -> T) async rethrows -> T? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
