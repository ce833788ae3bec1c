import EventLog
import LedgerCapabilities

extension MemoryEvent {
    /// What an event that was erased means: a memory that says so and nothing else. Nil where it means nothing.
    static func erased(_ type: EventType) -> MemoryEvent? {
        switch type {
        case Name.added: .added(.erased)
        case Name.replaced, Name.restored, Name.legacyRowImported: .replaced(.erased)
        case Name.updated, Name.linked, Name.unlinked, Name.metaSet: .updated(MemoryChange())
        default: nil
        }
    }
}

extension MemoryContent {
    /// What the past shows of a memory that was erased.
    package static let erased = MemoryContent(summary: "[erased]")
}

extension EventCatalogue {
    /// What holds nothing but names stays in plain: streams are named by them anyway. If a subject leaves its stream,
    /// or ends, the next one there has a data key of its own.
    var protection: ProtectionPolicy {
        ProtectionPolicy(
            plainTypes: types { $0.holdsOnlyNames },
            closingTypes: types { [.arrives, .leaves, .ends].contains($0.step) })
    }
}

extension MemoryLedgerOptions {
    /// How the log's file is opened.
    var logFile: LedgerFileOptions {
        var file = file
        file.protection = events.protection
        file.requireActor = file.requireActor || requireActor
        return file
    }
}

extension LedgerEvent {
    /// The event as a ledger appends it: it happens now.
    func newEvent(_ options: MemoryLedgerOptions, by attribution: Attribution) throws -> NewEvent {
        let now = options.clock.now()
        var event = try newEvent(id: options.ids.next(at: now), by: attribution)
        event.occurredAt = now
        return event
    }
}
