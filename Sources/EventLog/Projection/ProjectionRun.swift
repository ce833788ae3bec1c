/// One projector applying events on one connection: to the serving tables or to the next generation's.
final class ProjectionRun {
    let projector: any Projector
    let session: any ProjectionSession
    private let upcasters: UpcasterChain
    /// Events that this projection does without: `apply` leaves them out.
    var passedOver: Set<Position> = []

    init(
        _ projector: any Projector, _ sqlite: SQLiteConnection, _ upcasters: UpcasterChain, isBeingBuilt: Bool = false
    ) {
        self.projector = projector
        self.upcasters = upcasters
        session = projector.makeSession(sqlite, isBeingBuilt: isBeingBuilt)
    }

    /// - Throws: `projectionFailed` with the position and the projector's name.
    func apply(_ event: RecordedEvent) throws {
        if let types = projector.eventTypes, !types.contains(event.type) { return }
        if !passedOver.isEmpty, passedOver.contains(event.position) { return }
        do {
            try session.apply(upcasters.isEmpty ? event : upcasters.upcast(event))
        } catch let error as SQLiteFailure {
            throw error
        } catch {
            var failure = EventLogError(
                .projectionFailed,
                "Projection \(projector.name) cannot apply the \(event.type) at position \(event.position): \(error)")
            failure.position = event.position
            failure.projection = projector.name
            failure.reason = String(describing: error)
            throw failure
        }
    }
}
