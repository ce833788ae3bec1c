import EventLog
import LedgerStorage

/// Builds the next generation. Its sessions hold what they fold across batches.
package final class GenerationBuilder: Sendable {
    /// Events that projectors refused, with the reasons, by the projector's name.
    typealias Refusals = [String: [Position: String]]

    let projectors: [any Projector]
    /// What it does without, as dead letters of its own; nil where a refusal ends the building.
    private let setAside: Refusals?
    private let host: ProjectionStore
    private let side: SideDatabase
    // Proof of safety: made, used and dropped on the side database's queue only, but for `position`, which is read
    // between its batches, and `runs`, which is read when they are done.
    nonisolated(unsafe) private var runs: [ProjectionRun]
    nonisolated(unsafe) private(set) var position: Position = 0

    private init(_ host: ProjectionStore, _ side: SideDatabase, _ runs: [ProjectionRun], _ setAside: Refusals?) {
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
    ///   - makeSide: makes the database for them, once it is known that they may be built.
    static func begin(
        _ projectors: [any Projector], _ host: ProjectionStore, settingAside setAside: Refusals? = nil,
        stopsAtRefusal: Bool = false, in makeSide: @autoclosure () throws -> SideDatabase
    ) async throws -> GenerationBuilder {
        let skipped = try host.database.readSnapshot { sqlite in
            try projectors.map { projector in
                try ProjectionState.load(projector.name, sqlite)?.check(isNotNewerThan: projector)
                return try DeadLetters.skippedPositions(of: projector.name, sqlite)
            }
        }
        let side = try makeSide()
        do {
            return try await side.run { sqlite in
                for projector in projectors { try projector.schema.createTables(sqlite) }
                let runs = projectors.map { ProjectionRun($0, sqlite, host.upcasters, isBeingBuilt: true) }
                for (run, positions) in zip(runs, skipped) {
                    run.refused = setAside.map { $0[run.projector.name] ?? [:] }
                    run.stopsAtRefusal = stopsAtRefusal
                    run.passedOver = positions.union(run.refused.map { Set($0.keys) } ?? [])
                }
                return GenerationBuilder(host, side, runs, setAside)
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
                    run.refused.flatMap { $0.isEmpty ? nil : (run.projector.name, $0) }
                })
        }
    }

    func createIndexes() async throws {
        try await side.run { [self] sqlite in
            for run in runs { try run.session.flush() }
            for run in runs { try run.projector.schema.createIndexes(sqlite) }
        }
    }

    // MARK: Comparing

    /// The digests of these tables, with every event applied so far.
    func digests(of tables: [TableSource]) async throws -> [String: String] {
        try await side.run { [self] sqlite in
            for run in runs { try run.session.flush() }
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
    func swapIn(_ log: any CommittedLog, _ sqlite: SQLiteConnection) throws -> [ProjectionState] {
        let head = try log.head()
        let skipped = runs.map { run in run.passedOver.filter { run.refused?[$0] == nil } }
        try side.runAndWait { _ in
            // What is refused now could not be left out any more.
            for run in runs { run.refused = nil }
            try log.replay(after: position, through: head) { event in
                for run in runs { try run.apply(event) }
            }
            for run in runs { try run.session.flush() }
            runs = []
            position = head
        }
        try side.finish()
        sqlite.forgetStatements()
        let attach = try SQLiteStatement(connection: sqlite.handle, sql: "ATTACH ? AS rebuilt")
        attach.bind(1, side.path)
        try attach.run()
        defer { try? sqlite.execute("DETACH rebuilt") }
        return try sqlite.transaction {
            try zip(projectors, skipped).map { projector, skipped in
                let former = try FormerGeneration.setAside(projector, sqlite)
                try projector.schema.fill(from: "rebuilt", sqlite)
                let state = ProjectionState(
                    name: projector.name, version: projector.version, generation: former.nextGeneration, position: head)
                try state.save(sqlite)
                try DeadLetters.carry(skipped, to: state, sqlite)
                for (position, reason) in (setAside?[projector.name] ?? [:]).sorted(by: { $0.key < $1.key }) {
                    try DeadLetters.add(position, state, reason: reason, at: host.clock.now(), sqlite)
                }
                let kept = [state.generation] + (former.kept.map { [$0.generation] } ?? [])
                try DeadLetters.keepOnly(kept, of: projector.name, sqlite)
                return state
            }
        }
    }

    func discard() {
        side.discard { runs = [] }
    }
}
