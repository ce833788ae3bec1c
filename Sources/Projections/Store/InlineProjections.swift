import EventLog
import LedgerStorage

/// The projectors that take events in the appending transaction. Lives on the writer's queue.
///
/// Invariant 5 of the architecture: their rows and positions commit with the events, or not at all.
final class InlineProjections: AppendParticipant {
    /// What must be as it was for what the writers remember to be true, and for the tables to be of this program's
    /// versions.
    private struct ServingState: Equatable {
        var positions: [Position] = []
        /// Moves when anybody else commits.
        var version = FileVersion.unknown(0)
        /// Moves when this one changes rows, or which generations serve.
        var repairs = 0
        /// There are projections of other programs, or some that catch up.
        var hasOthers = true
    }

    private let sqlite: SQLiteConnection
    private let runs: [ProjectionRun]
    /// Of the runs' projectors.
    private let names: [String]
    private let log: any CommittedLog
    private let catchUp: CatchUp
    private let repairs: Repairs
    private let observers: [any ServingObserver]
    private var serving = ServingState()

    init(
        _ projectors: [any Projector], _ catchUp: CatchUp, _ repairs: Repairs, _ observers: [any ServingObserver],
        _ log: any CommittedLog, _ sqlite: SQLiteConnection
    ) {
        self.observers = observers
        self.sqlite = sqlite
        self.log = log
        self.catchUp = catchUp
        self.repairs = repairs
        runs = projectors.map { ProjectionRun($0, sqlite, catchUp.upcasters) }
        names = projectors.map(\.name)
    }

    /// Checks that the rows stand at the log's head, and brings them there where somebody wrote without projecting.
    func begin(head: Position) throws {
        let version = try sqlite.fileVersion
        let isAsItWas = serving.version == version && serving.repairs == repairs.count
        if !isAsItWas || serving.positions.contains(where: { $0 != head }) { try bringUp(to: head, version) }
        for observer in observers { observer.begin(at: head) }
    }

    private func bringUp(to head: Position, _ version: FileVersion) throws {
        let stored = try ProjectionTables.positions(of: names, sqlite)
        let positions = try zip(names, stored.positions).map { name, position in
            guard let position else { throw Self.isOfAnotherVersion(name) }
            return position
        }
        let now = ServingState(
            positions: positions, version: version, repairs: repairs.count,
            hasOthers: stored.hasOthers)
        if serving != now {
            forgetRows()
            for run in runs { try checkVersions(of: run.projector) }
        }
        serving = now
        for index in runs.indices where positions[index] < head {
            let run = runs[index]
            run.passedOver = try DeadLetters.passedOver(by: run.projector, sqlite)
            defer { run.passedOver = [] }
            try log.replay(after: positions[index], through: head) { try run.apply($0) }
            // At once, because the transaction commits even where every append in it is refused.
            try run.writer.flush()
            serving.positions[index] = head
            try ProjectionTables.save(head, of: run.projector.name, sqlite)
        }
    }

    private func checkVersions(of projector: any Projector) throws {
        let state = try ProjectorState.load(projector, sqlite)
        if state?.isBuilt(by: projector) == true { return }
        let other = projector.projections.first { projection in
            state?.projections.first { $0.name.hasSameBytes(as: projection.name) }?.version != projection.version
        }
        throw Self.isOfAnotherVersion(other?.name ?? projector.name)
    }

    private static func isOfAnotherVersion(_ projection: String) -> EventLogError {
        EventLogError(
            .newerFormat,
            "Projection \(projection) was rebuilt by another version of this program; open the ledger again.")
    }

    func apply(_ event: RecordedEvent, prepared: PreparedBody?) throws {
        for run in runs { try run.apply(event, prepared: prepared) }
        for observer in observers { observer.note(event) }
    }

    func finish(through position: Position) throws {
        for index in runs.indices {
            try runs[index].writer.flush()
            serving.positions[index] = position
        }
        try ProjectionTables.save(position, ofAll: names, haveOthers: serving.hasOthers, sqlite)
        for observer in observers { observer.finish(through: position) }
    }

    func forget() {
        serving = ServingState()
        forgetRows()
    }

    private func forgetRows() {
        for run in runs { run.writer.forget() }
        for observer in observers { observer.forget() }
    }

    /// An event that is in the log already must not keep everybody from writing: it is set aside.
    func recover(from error: any Error) throws -> Bool {
        guard let failure = error as? EventLogError, let position = failure.position,
            let run = runs.first(where: { $0.projector.key == failure.projection.map { ByteText($0) } }),
            try catchUp.setAside(failure, run.projector, of: log, sqlite)
        else { return false }
        // Through it, so that no event is applied more than twice, however many are set aside.
        _ = try catchUp.batch(run.projector, through: position, of: log, sqlite)
        return true
    }
}
