package import EventLog
package import LedgerStorage
package import Synchronization

/// The projections of one ledger: makes their tables, keeps them up with the log, rebuilds and digests them.
package final class ProjectionStore: Sendable {
    package let log: any EventLog
    package let database: any ProjectionDatabase
    /// The log runs inline projections in its appending transactions; otherwise they follow it.
    let participating: (any ParticipatingLog)?
    package let clock: any TimeSource
    package let projectors: [any Projector]
    /// What they build, in their order. Made when it is asked for: it reads schemas, of which most openings need none.
    package var projections: [Projection] { projectors.flatMap(\.built) }
    /// Those whose tables are asked about moments, in their order.
    let projectorsWithPast: [any Projector]
    package var projectionsWithPast: [Projection] { projectorsWithPast.flatMap(\.built) }
    package let deliveries: [String: ProjectionDelivery]
    package let upcasters: UpcasterChain
    /// Counts the changes of rows that came neither with an append nor with another generation.
    let repairs = Repairs()
    /// Set before the first append.
    package let observers = Mutex<[any ServingObserver]>([])

    /// Time since some moment, for rates; it never goes back.
    let monotonicTime: @Sendable () -> Duration

    /// Events per transaction while catching up or rebuilding; between them other writers get their turn.
    static let batchEvents = 16_384

    /// - Parameters:
    ///   - database: where the tables are.
    ///   - participating: the log, if its transactions write to that database.
    ///   - deliveries: by projector name; inline where a name is missing.
    package init(
        log: any EventLog, database: any ProjectionDatabase, participating: (any ParticipatingLog)?,
        projectors: [any Projector], deliveries: [String: ProjectionDelivery] = [:],
        upcasters: UpcasterChain = UpcasterChain(), clock: any TimeSource,
        monotonicTime: @escaping @Sendable () -> Duration = ProjectionStore.runningTime
    ) {
        self.log = log
        self.database = database
        self.participating = participating
        self.clock = clock
        self.projectors = projectors
        projectorsWithPast = projectors.filter(\.hasPast)
        self.deliveries = deliveries
        self.upcasters = upcasters
        self.monotonicTime = monotonicTime
    }

    private static let epoch = ContinuousClock.now
    /// Since some moment in this process.
    package static let runningTime: @Sendable () -> Duration = { epoch.duration(to: .now) }

    /// Takes over the layout of an older program, makes missing tables, rebuilds what an older version of a projector
    /// built, brings inline projections to the log's head, and attaches them to the log. Call it once, before the first
    /// append.
    ///
    /// - Throws: `EventLogError.newerFormat` where a newer program built a projection, `invalidArgument` if the schema
    ///   of a projector cannot be used.
    package func prepare(_ progress: @escaping RebuildProgress = { _ in }) async throws {
        for projection in projections { try projection.schema.check(of: projection.name) }
        do { try await takeOver() } catch let error as EventLogError where error.code == .lostHead {
            // Such a ledger is only read, and either layout can be.
        }
        var outdated: [String] = []
        for projector in projectors {
            switch try await prepare(projector) {
            case .current: break
            case .behind: try await catchUp(projector)
            case .outdated(let names): outdated += names
            }
        }
        // Another version's rows, or rows that are not all there: nothing that could be compared. An event that is in
        // the log already must keep no one from writing.
        if !outdated.isEmpty { try await rebuild(outdated, onDifference: .ignore, settingAside: true, progress) }
        let inline = projectors.filter { !catchesUp($0) }
        let (catchUp, repairs, observers) = (catchUp, repairs, observers.withLock { $0 })
        participating?.setParticipant { sqlite, log in
            InlineProjections(inline, catchUp, repairs, observers, log, sqlite)
        }
    }

    /// True where every projection is of the version that these projectors build, and has every event.
    ///
    /// - Parameter needed: without regard to those that may lag.
    package func isCurrent(onlyWhatIsNeeded needed: Bool = false) async throws -> Bool {
        let others = try database.readSnapshot { sqlite in
            try projectors.compactMap { projector -> (any Projector, Readiness?)? in
                let readiness = try ProjectorState.load(projector, sqlite).map {
                    try self.readiness(of: projector, $0, sqlite)
                }
                return readiness == .current ? nil : (projector, readiness)
            }
        }
        for (projector, readiness) in others where !(needed && projector.mayLag) {
            // Tables that nothing would be in: a ledger that may only be read is not written for them. A program that
            // does not know a projector leaves its tables behind.
            guard readiness == .behind || readiness == nil && !projector.hasPast,
                try await end(without: projector) != nil
            else { return false }
        }
        return true
    }

    /// Those that there are: a ledger that was only read since a projector came may lack its tables if these have no
    /// past.
    func present(_ sqlite: SQLiteConnection) throws -> [Projection] {
        try projections.filter { try $0.projector.hasPast || ProjectionState.load($0, sqlite) != nil }
    }

    /// Where the log ends, if it has no event up to there that a projector wants: nothing is to be built then.
    private func end(without projector: any Projector) async throws -> Position? {
        guard let wanted = projector.eventTypes else { return nil }
        // The end first: of what is appended in between the types may be missing, and it comes after it.
        let head = try await log.head()
        return try await wanted.isDisjoint(with: log.types()) ? head : nil
    }

    private enum Readiness: Equatable, Sendable {
        case current
        /// Somebody appended without projecting.
        case behind
        /// These projections are to be built.
        case outdated([String])
    }

    private func prepare(_ projector: any Projector) async throws -> Readiness {
        // In one snapshot: an append in between would look like events that were not projected.
        let (readiness, abandoned) = try database.readSnapshot { sqlite in
            let state = try ProjectorState.load(projector, sqlite)
            return (try state.map { try self.readiness(of: projector, $0, sqlite) }, state?.abandoned ?? [])
        }
        if abandoned.contains(where: { $0.version > 0 }) { try await outdateAbandoned(by: projector) }
        if let readiness { return readiness }
        let start = try await end(without: projector)
        do {
            return try await begin(projector, at: start)
        } catch let error as EventLogError where error.code == .lostHead && !projector.hasPast && start != nil {
            // Such a ledger is only read, and nothing would be in the tables.
            return .current
        }
    }

    /// Makes a projector's tables for the first time.
    ///
    /// - Parameter start: where the log ended without an event for them; nil: they are to be built.
    private func begin(_ projector: any Projector, at start: Position?) async throws -> Readiness {
        try await database.onWriter { sqlite in
            try sqlite.transaction {
                try ProjectionTables.create(sqlite)
                if let state = try ProjectorState.load(projector, sqlite) {
                    return try self.readiness(of: projector, state, sqlite)
                }
                for projection in projector.built {
                    try projection.schema.drop(sqlite)
                    try projection.schema.create(sqlite)
                    try ProjectionState(name: projection.name, version: projection.version, generation: 1, position: 0)
                        .save(builtBy: projector.name, sqlite)
                    try ProjectionTables.note(projection, sqlite)
                }
                try ProjectionTables.save(start ?? 0, of: projector.name, sqlite)
                let head = try self.database.committed(sqlite).head()
                if head == start ?? 0 { return .current }
                return start == nil ? .outdated(projector.projections.map(\.name)) : .behind
            }
        }
    }

    /// What this program's version of a projector does not build any more does not follow the log from now on. A
    /// program that builds it begins again: no projection has version 0.
    private func outdateAbandoned(by projector: any Projector) async throws {
        do {
            try await database.onWriter { sqlite in
                try sqlite.transaction {
                    // Another process may have been faster.
                    let abandoned = try ProjectorState.load(projector, sqlite)?.abandoned ?? []
                    for state in abandoned { try ProjectionTables.outdate(state.name, sqlite) }
                }
            }
        } catch let error as EventLogError where error.code == .lostHead {
            // Such a ledger is only read, and nothing will be appended.
        }
    }

    private func readiness(
        of projector: any Projector, _ state: ProjectorState, _ sqlite: SQLiteConnection
    ) throws -> Readiness {
        try state.check(isNotNewerThan: projector)
        let log = database.committed(sqlite)
        try log.checkEnd()
        let head = try log.head()
        // A position that no projection reaches was not written by one.
        guard state.position >= 0 else { return .outdated(projector.projections.map(\.name)) }
        let outdated = try projector.built.filter { projection in
            let built = state.projections.first { $0.name.hasSameBytes(as: projection.name) }
            return try built?.version != projection.version || !projection.schema.exists(sqlite)
        }
        if !outdated.isEmpty { return .outdated(outdated.map(\.name)) }
        if catchesUp(projector) { return .current }
        if state.position == head { return .current }
        return state.position < head ? .behind : .outdated(projector.projections.map(\.name))
    }

    /// The projector takes events when it is asked to, not with the appends.
    func catchesUp(_ projector: any Projector) -> Bool {
        deliveries.contains { $0.key.hasSameBytes(as: projector.name) && $0.value == .catchingUp }
    }

    var catchUp: CatchUp { CatchUp(upcasters: upcasters, clock: clock, logger: database.settings.logger) }

    package func states() throws -> [ProjectionState] {
        try database.readSnapshot { sqlite in try projections.compactMap { try ProjectionState.load($0, sqlite) } }
    }

    func projection(_ name: String) throws -> Projection {
        guard let projection = projections.first(where: { $0.name.hasSameBytes(as: name) }) else {
            let names = projections.map(\.name).joined(separator: ", ")
            throw EventLogError(.unknownProjection, "No projection \"\(name)\"; existing: \(names).")
        }
        return projection
    }

    /// These projections, each once; all of them where no names are given.
    func chosen(_ names: [String]?) throws -> [Projection] {
        guard let names else { return projections }
        var seen: Set<ByteText> = []
        return try names.filter { seen.insert(ByteText($0)).inserted }.map { try projection($0) }
    }

    /// The store's own tables, which no projection may have. `projections` is what older programs had, and what a
    /// checkout has.
    package static let tableNames = [
        "projections", "projection_positions", "projection_generations", "projection_tables", "former_projections",
        "dead_letters", "snapshots",
    ]
    /// What the names of tables begin with while a generation is set aside.
    package static let reservedPrefixes = [FormerGeneration.prefix, FormerGeneration.passingPrefix]

    /// Closes the database of the tables, if it is not the log's. Nothing may be under way.
    package func close() async { await database.close() }

    // MARK: Digests

    /// The digest of each table, and the position that they stand at, in one snapshot.
    package func digest(_ names: [String]? = nil) throws -> (position: Position, tables: [String: String]) {
        let chosen = try chosen(names)
        return try database.readSnapshot { sqlite in
            let position = try position(sqlite)
            let tables = try TableDigest.sha256(of: chosen.flatMap(\.schema.sources), sqlite)
            return (position, tables)
        }
    }
}
