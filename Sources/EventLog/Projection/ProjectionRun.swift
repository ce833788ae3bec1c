/// One projector applying events on one connection: to the serving tables or to the next generation's.
final class ProjectionRun {
    let projector: any Projector
    let session: any ProjectionSession
    private let upcasters: UpcasterChain

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
            throw failure
        }
    }
}

/// The projectors that take events in the appending transaction. Lives on the writer's queue.
///
/// Invariant 5 of the architecture: their rows and positions commit with the events, or not at all.
final class InlineProjections: InlineApplier {
    private let sqlite: SQLiteConnection
    private let runs: [ProjectionRun]
    private let replay: (Position, Position, (RecordedEvent) throws -> Void) throws -> Void
    private var states: [ProjectionState] = []

    /// - Parameter replay: calls back with every event after the first position up to the second, read on the writer's
    ///   own connection.
    init(
        _ projectors: [any Projector], _ upcasters: UpcasterChain, _ sqlite: SQLiteConnection,
        replay: @escaping (Position, Position, (RecordedEvent) throws -> Void) throws -> Void
    ) {
        self.sqlite = sqlite
        self.replay = replay
        runs = projectors.map { ProjectionRun($0, sqlite, upcasters) }
    }

    /// Checks that the rows stand at the log's head, and brings them there where somebody wrote without projecting.
    func begin(head: Position) throws {
        let before = states
        states = try runs.map { run in
            guard let state = try ProjectionState.load(run.projector.name, sqlite),
                state.version == run.projector.version
            else {
                throw EventLogError(
                    .newerFormat,
                    "Projection \(run.projector.name) was rebuilt by another version of this program; open the ledger anew."
                )
            }
            return state
        }
        if before != states { for run in runs { run.session.forget() } }
        for index in runs.indices where states[index].position < head {
            try replay(states[index].position, head) { try runs[index].apply($0) }
            // At once, because the transaction commits even where every append in it is refused.
            try runs[index].session.flush()
            states[index].position = head
            try states[index].save(sqlite)
        }
    }

    func apply(_ event: RecordedEvent) throws {
        for run in runs { try run.apply(event) }
    }

    func finish(through position: Position) throws {
        for index in runs.indices {
            try runs[index].session.flush()
            states[index].position = position
            try states[index].save(sqlite)
        }
    }

    func forget() {
        states = []
        for run in runs { run.session.forget() }
    }
}
