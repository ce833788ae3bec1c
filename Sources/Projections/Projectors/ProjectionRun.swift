import EventLog
import LedgerStorage

/// One projector applying events on one connection: to the serving tables or to the next generation's.
final class ProjectionRun {
    let projector: any Projector
    let writer: any ProjectionWriter
    private let preparedWriter: (any PreparedWriter)?
    private let upcasters: UpcasterChain
    /// Events that this projection does without: `apply` leaves them out.
    var passedOver: Set<Position> = []
    /// What the projector refused, and why. Unless it is nil, `apply` notes a refusal here instead of throwing, at most
    /// `maximumRefused` of them; the writer may hold half of such an event then.
    var refused: [Position: String]?
    /// Refusals that are noted; at the next one it throws after all.
    static let maximumRefused = 1_000
    /// After a refusal that was noted `apply` does nothing: what half of an event makes of others is not their fault.
    var stopsAtRefusal = false
    private var hasStopped = false
    /// The type that was asked about last, since neighbours are mostly of one type.
    private var lastType: (type: EventType, isWanted: Bool)?

    init(
        _ projector: any Projector, _ sqlite: SQLiteConnection, _ upcasters: UpcasterChain, isBeingBuilt: Bool = false
    ) {
        self.projector = projector
        self.upcasters = upcasters
        writer = projector.makeWriter(sqlite, isBeingBuilt: isBeingBuilt)
        preparedWriter = writer as? any PreparedWriter
    }

    /// - Parameter prepared: what the projector made of the event beforehand.
    /// - Throws: `projectionFailed` with the position and the projector's name.
    func apply(_ event: RecordedEvent, prepared: PreparedBody? = nil) throws {
        if !wants(event.type) { return }
        if hasStopped || !passedOver.isEmpty && passedOver.contains(event.position) { return }
        // Not the projector's failure: nothing may be set aside for want of a key.
        let isLocked = event.protection.isLocked
        if isLocked, projector.needsPayload(of: event.type) { try event.checkUnlocked() }
        do {
            if let prepared, let preparedWriter {
                try preparedWriter.apply(event, prepared: prepared)
            } else if upcasters.isEmpty || isLocked {
                try writer.apply(event)
            } else {
                try writer.apply(upcasters.upcast(event))
            }
        } catch let error as SQLiteFailure {
            throw error
        } catch {
            let reason = String(describing: error)
            if let count = refused?.count, count < Self.maximumRefused {
                refused?[event.position] = reason
                hasStopped = stopsAtRefusal
                return
            }
            var failure = EventLogError(
                .projectionFailed,
                "Projection \(projector.name) cannot apply the \(event.type) at position \(event.position): \(error)")
            failure.position = event.position
            failure.projection = projector.name
            failure.reason = reason
            throw failure
        }
    }

    private func wants(_ type: EventType) -> Bool {
        if let lastType, lastType.type == type { return lastType.isWanted }
        let isWanted = projector.eventTypes?.contains(type) ?? true
        lastType = (type, isWanted)
        return isWanted
    }
}
