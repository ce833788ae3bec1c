import EventLog
import LedgerStorage

/// The projectors that take events in the appending transaction. Lives on the writer's queue.
///
/// Invariant 5 of the architecture: their rows and positions commit with the events, or not at all.
final class InlineProjections: AppendParticipant {
    /// What must be as it was for what the sessions remember to be true.
    private struct Ground: Equatable {
        var states: [ProjectionState] = []
        /// Moves when another connection commits.
        var dataVersion: Int64?
        var repairs = 0
    }

    private let sqlite: SQLiteConnection
    private let runs: [ProjectionRun]
    private let log: any CommittedLog
    private let catchUp: CatchUp
    private let repairs: Repairs
    private var ground = Ground()

    init(
        _ projectors: [any Projector], _ catchUp: CatchUp, _ repairs: Repairs, _ log: any CommittedLog,
        _ sqlite: SQLiteConnection
    ) {
        self.sqlite = sqlite
        self.log = log
        self.catchUp = catchUp
        self.repairs = repairs
        runs = projectors.map { ProjectionRun($0, sqlite, catchUp.upcasters) }
    }

    /// Checks that the rows stand at the log's head, and brings them there where somebody wrote without projecting.
    func begin(head: Position) throws {
        let states = try runs.map { run in
            guard let state = try ProjectionState.load(run.projector.name, sqlite),
                state.version == run.projector.version
            else {
                throw EventLogError(
                    .newerFormat,
                    "Projection \(run.projector.name) was rebuilt by another version of this program; open the ledger again."
                )
            }
            return state
        }
        let now = Ground(
            states: states, dataVersion: try sqlite.integer("PRAGMA data_version"), repairs: repairs.count)
        if ground != now { for run in runs { run.session.forget() } }
        ground = now
        for index in runs.indices where states[index].position < head {
            let run = runs[index]
            run.passedOver = try DeadLetters.passedOver(by: states[index], sqlite)
            defer { run.passedOver = [] }
            try log.replay(after: states[index].position, through: head) { try run.apply($0) }
            // At once, because the transaction commits even where every append in it is refused.
            try run.session.flush()
            ground.states[index].position = head
            try ground.states[index].save(sqlite)
        }
    }

    func apply(_ event: RecordedEvent, prepared: (any Sendable)?) throws {
        for run in runs { try run.apply(event, prepared: prepared) }
    }

    func finish(through position: Position) throws {
        for index in runs.indices {
            try runs[index].session.flush()
            ground.states[index].position = position
            try ground.states[index].save(sqlite)
        }
    }

    func forget() {
        ground = Ground()
        for run in runs { run.session.forget() }
    }

    /// An event that is in the log already must not keep everybody from writing: it is set aside.
    func recover(from error: any Error) throws -> Bool {
        guard let failure = error as? EventLogError, let position = failure.position,
            let run = runs.first(where: { $0.projector.name == failure.projection }),
            try catchUp.setAside(failure, run.projector, of: log, sqlite)
        else { return false }
        // Through it, so that no event is applied more than twice, however many are set aside.
        _ = try catchUp.batch(run.projector, through: position, of: log, sqlite)
        return true
    }
}
