import EventLog
import LedgerStorage

/// Builds the next generation of some projections, with the others that their projectors build in the same run. Its
/// writers hold what they fold across batches.
package final class GenerationBuilder: Sendable {
    /// Events that projectors refused, with the reasons, by the projector.
    typealias Refusals = [ByteText: [Position: String]]

    /// Something would be replaced that was not compared: it has changed since.
    struct NotCompared: Error {}

    /// What is asked for.
    let projections: [Projection]
    /// What builds it, and maybe more.
    let projectors: [any Projector]
    /// What it does without, as dead letters of its own; nil where a refusal ends the building.
    private let setAside: Refusals?
    private let host: ProjectionStore
    private let side: SideDatabase
    // Proof of safety: made, used and dropped on the side database's queue only, but for `position`, which is read
    // between its batches, and `runs`, which is read when they are done.
    nonisolated(unsafe) private var runs: [ProjectionRun]
    nonisolated(unsafe) private(set) var position: Position = 0
    /// Former generations that go on in the tables, by their projections.
    private let continued: [ByteText: ProjectionState]

    private init(
        _ projections: [Projection], _ host: ProjectionStore, _ side: SideDatabase, _ runs: [ProjectionRun],
        _ setAside: Refusals?, _ continued: [ByteText: ProjectionState]
    ) {
        self.projections = projections
        self.continued = continued
        self.host = host
        self.side = side
        self.setAside = setAside
        self.runs = runs
        projectors = runs.map(\.projector)
    }

    /// Makes the next generation's empty tables.
    ///
    /// - Parameters:
    ///   - setAside: what it does without. Where it is given, what else is refused is noted in `refusals`.
    ///   - stopsAtRefusal: of each projector only the first is noted, and nothing that comes after it is applied.
    ///   - continued: former generations whose rows take the place of what was built, by `goOn`.
    ///   - passedOver: what a projector's tables do without, by projector; what was skipped if it has none here.
    ///   - makeSide: makes the database for them, once it is known that they may be built.
    static func begin(
        _ projections: [Projection], _ host: ProjectionStore, settingAside setAside: Refusals? = nil,
        stopsAtRefusal: Bool = false, continuing continued: [ByteText: ProjectionState] = [:],
        passingOver passedOver: [ByteText: Set<Position>] = [:], in makeSide: @autoclosure () throws -> SideDatabase
    ) async throws -> GenerationBuilder {
        let projectors = projections.projectors
        let skipped = try host.database.readSnapshot { sqlite in
            try projectors.map { projector in
                try ProjectorState.load(projector, sqlite)?.check(isNotNewerThan: projector)
                return try passedOver[projector.key] ?? DeadLetters.skippedPositions(of: projector, sqlite)
            }
        }
        let side = try makeSide()
        do {
            return try await side.run { sqlite in
                for projection in projectors.flatMap(\.built) { try projection.schema.createTables(sqlite) }
                let runs = projectors.map { ProjectionRun($0, sqlite, host.upcasters, isBeingBuilt: true) }
                for (run, positions) in zip(runs, skipped) {
                    run.refused = setAside.map { $0[run.projector.key] ?? [:] }
                    run.stopsAtRefusal = stopsAtRefusal
                    run.passedOver = positions.union(run.refused.map { Set($0.keys) } ?? [])
                }
                return GenerationBuilder(projections, host, side, runs, setAside, continued)
            }
        } catch {
            side.discard {}
            throw error
        }
    }

    func apply(_ page: PreparedEvents) async throws {
        try await side.run { [self] _ in
            try page.apply(to: runs)
            position = page.events.last?.position ?? position
        }
    }

    /// What the projectors can do with events before these are applied.
    func prepare(_ events: [RecordedEvent]) -> PreparedEvents {
        PreparedEvents(events, for: projectors, host.upcasters)
    }

    /// What it does without, and what was refused besides.
    func refusals() throws -> Refusals {
        try side.runAndWait { _ in
            Dictionary(
                uniqueKeysWithValues: runs.compactMap { run in
                    run.refused.flatMap { $0.isEmpty ? nil : (run.projector.key, $0) }
                })
        }
    }

    func createIndexes() async throws {
        try await side.run { [self] sqlite in
            for run in runs { try run.writer.flush() }
            for projection in projections { try projection.schema.createIndexes(sqlite) }
        }
    }

    /// Lets former generations go on that stand where the builder does: their rows are right from here on.
    ///
    /// - Parameter former: the ledger, in a snapshot.
    func goOn(_ projections: [Projection], _ former: SQLiteConnection) throws {
        try side.runAndWait { sqlite in
            for index in runs.indices {
                let (run, projector) = (runs[index], runs[index].projector)
                let own = projections.filter { $0.projector.key == projector.key }
                if own.isEmpty { continue }
                try run.writer.flush()
                // They were filled by nothing but their writer up to here.
                runs[index] = ProjectionRun(projector, sqlite, host.upcasters)
                runs[index].passedOver = run.passedOver
                sqlite.forgetStatements()
                for projection in own { try projection.schema.refill(from: former, sqlite) }
                for projection in projector.built { try projection.schema.createIndexes(sqlite) }
            }
        }
    }

    // MARK: Comparing

    /// The digests of these tables, with every event applied so far.
    func digests(of tables: [TableSource]) async throws -> [String: String] {
        try await side.run { [self] sqlite in
            for run in runs { try run.writer.flush() }
            return try TableDigest.sha256(of: tables, sqlite)
        }
    }

    /// Runs the body on the side database's queue, which waits for it.
    func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T { try side.runAndWait(body) }

    /// Ends the building and keeps the file under another name.
    func keep(at path: String) throws {
        try side.runAndWait { _ in runs = [] }
        try side.finish()
        try side.move(to: path)
    }

    // MARK: Serving

    /// Takes what the log has had since, and puts the next generation in the serving one's place. Call it on the
    /// writer's queue under the writer lock.
    ///
    /// Other projections of the same projectors stay where they hold the same events; where they do not, they could not
    /// go on together, and are replaced, too.
    ///
    /// - Parameter compared: what became of comparing; nil where nothing was to be compared.
    /// - Returns: what serves now, in the order of `projections`, and behind it what was not asked for, with the
    ///   outcomes.
    /// - Throws: `NotCompared` where something would be replaced besides that was not looked at; nothing is changed
    ///   then.
    func swapIn(
        _ log: any CommittedLog, _ sqlite: SQLiteConnection, compared: [ProjectionComparison]? = nil
    ) throws -> (states: [ProjectionState], others: [ProjectionComparison]) {
        let head = try log.head()
        let skipped = runs.map { run in run.passedOver.filter { run.refused?[$0] == nil } }
        let others = try runs.flatMap { try replacedBesides($0, at: head, sqlite) }
        let outcomes = try others.map { other in
            guard let compared else {
                return ProjectionComparison(projection: other.projection.name, outcome: .notCompared(other.why))
            }
            guard let known = compared.first(where: { ByteText($0.projection) == other.projection.key }) else {
                throw NotCompared()
            }
            return known
        }
        let replaced = projections + others.map(\.projection)
        try side.runAndWait { side in
            // What is refused now could not be left out any more.
            for run in runs { run.refused = nil }
            try log.replay(after: position, through: head) { event in
                for run in runs { try run.apply(event) }
            }
            for run in runs { try run.writer.flush() }
            for other in others { try other.projection.schema.createIndexes(side) }
            runs = []
            position = head
        }
        try side.finish()
        sqlite.forgetStatements()
        let attach = try SQLiteStatement(connection: sqlite.handle, sql: "ATTACH ? AS rebuilt")
        attach.bind(1, side.path)
        try attach.run()
        defer { try? sqlite.execute("DETACH rebuilt") }
        let passedOver = Dictionary(uniqueKeysWithValues: zip(projectors.map(\.key), skipped))
        let states = try sqlite.transaction {
            let served = try replaced.map { try ProjectionState.load($0, sqlite) }
            for projection in replaced { try checkFormer(of: projection, sqlite) }
            // SQLite reads the whole schema for each table that gets another name: none of the new ones is made before.
            let former = try FormerGeneration.setAside(replaced, sqlite)
            for projection in replaced { try projection.schema.fill(from: "rebuilt", sqlite) }
            let states = try replaced.indices.map { index in
                try begin(
                    replaced[index], after: served[index], former[index],
                    skipped: passedOver[replaced[index].projector.key] ?? [], head, sqlite)
            }
            for projector in projectors { try ProjectionTables.save(head, of: projector.name, sqlite) }
            return states
        }
        host.repairs.note()
        return (states, outcomes)
    }

    private func checkFormer(of projection: Projection, _ sqlite: SQLiteConnection) throws {
        guard let continued = continued[projection.key] else { return }
        if try FormerGeneration.load(projection, sqlite) != continued {
            throw EventLogError(
                .busy, "The former generation of \(projection.name) was let go of meanwhile; look, then try again.")
        }
    }

    /// Notes what the new tables are: the next generation, or a former one that goes on.
    private func begin(
        _ projection: Projection, after served: ProjectionState?, _ former: FormerGeneration.SetAside,
        skipped: Set<Position>, _ head: Position, _ sqlite: SQLiteConnection
    ) throws -> ProjectionState {
        let continued = continued[projection.key]
        let state = ProjectionState(
            name: projection.name, version: projection.version,
            generation: continued?.generation ?? former.nextGeneration, position: head)
        try state.save(builtBy: projection.projector.name, sqlite)
        try ProjectionTables.note(projection, sqlite)
        try DeadLetters.carry(skipped, to: state, sqlite)
        if let continued, let served {
            // What it goes on without waits as it did in the generation that served.
            try DeadLetters.carryWaiting(after: continued.position, from: served, to: state, sqlite)
        }
        for (position, reason) in (setAside?[projection.projector.key] ?? [:]).sorted(by: { $0.key < $1.key }) {
            try DeadLetters.add(position, state, reason: reason, at: host.clock.now(), sqlite)
        }
        let kept = [state.generation] + (former.kept.map { [$0.generation] } ?? [])
        try DeadLetters.keepOnly(kept, of: projection.name, sqlite)
        return state
    }

    /// What would be replaced with what was asked for, as a snapshot has it.
    func replacedBesides(_ snapshot: ServingSnapshot) throws -> [Projection] {
        try side.runAndWait { _ in
            try snapshot.read { sqlite in
                try runs.flatMap { try replacedBesides($0, at: snapshot.head, sqlite) }.map(\.projection)
            }
        }
    }

    /// What else a run builds and cannot stay beside it as it is, each with the reason.
    private func replacedBesides(
        _ run: ProjectionRun, at head: Position, _ sqlite: SQLiteConnection
    ) throws -> [(projection: Projection, why: String)] {
        let others = run.projector.built.filter { other in !projections.contains { $0.key == other.key } }
        let passedOver = run.passedOver.filter { $0 <= head }
        var isReplaced = false
        let reasons = try others.map { other in
            if let obstacle = try other.obstacle(toComparingAt: head, sqlite) {
                isReplaced = true
                return obstacle
            }
            if let state = try ProjectionState.load(other, sqlite),
                try DeadLetters.lacking(in: state, sqlite).filter({ $0 <= head }) != passedOver
            {
                isReplaced = true
                return "it did without other events"
            }
            return "another projection of its projector had to be replaced"
        }
        return isReplaced ? Array(zip(others, reasons)) : []
    }

    func discard() {
        side.discard { runs = [] }
    }
}
