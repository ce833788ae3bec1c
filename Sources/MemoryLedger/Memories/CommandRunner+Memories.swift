import EventLog
import Projections

extension CommandRunner {
    /// An event of a memory to append.
    ///
    /// - Parameter occurred: when it happened; nil: now.
    func newEvent(
        _ event: MemoryEvent, at now: Timestamp, occurred: Timestamp? = nil, by attribution: Attribution
    ) throws -> NewEvent {
        var new = NewEvent(
            id: side.options.ids.next(at: now), type: event.type, schemaVersion: MemoryEvent.schemaVersion,
            payload: try event.payload(), occurredAt: occurred ?? now, attribution: attribution)
        // Here, and not in the transaction, for which others wait; tables that follow a log read it from there.
        if side.store.isInline { new.prepared = PreparedMemoryEvent.of(event) }
        return new
    }
}
