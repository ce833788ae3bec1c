package import EventLog
package import LedgerStorage

/// The projections of one ledger: makes their tables, keeps them up with the log, rebuilds and digests them.
package final class ProjectionStore: Sendable {
    package let log: any EventLog
    package let database: any ProjectionDatabase
    /// The log runs inline projections in its appending transactions; otherwise they follow it.
    let participating: (any ParticipatingLog)?
    package let clock: any TimeSource
    package let projectors: [any Projector]
    package let deliveries: [String: ProjectionDelivery]
    package let upcasters: UpcasterChain
    /// Counts the changes of rows that came neither with an append nor with another generation.
    let repairs = Repairs()

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
        self.deliveries = deliveries
        self.upcasters = upcasters
        self.monotonicTime = monotonicTime
    }

    private static let epoch = ContinuousClock.now
    /// Since some moment in this process.
    package static let runningTime: @Sendable () -> Duration = { epoch.duration(to: .now) }

    /// Makes missing tables, rebuilds what an older projector version built, brings inline projections to the log's
    /// head, and attaches them to the log. Call it once, before the first append.
    ///
    /// - Throws: `EventLogError.newerFormat` where a newer program built a projection, `invalidArgument` if the schema
    ///   of a projector cannot be used.
    package func prepare(_ progress: @escaping RebuildProgress = { _ in }) async throws {
        for projector in projectors { try projector.schema.check(of: projector.name) }
        var outdated: [String] = []
        for projector in projectors {
            switch try await prepare(projector) {
            case .current: break
            case .behind: try await catchUp(projector.name)
            case .outdated: outdated.append(projector.name)
            }
        }
        // Another version's rows, or rows that are not all there: nothing that could be compared. An event that is in
        // the log already must keep no one from writing.
        if !outdated.isEmpty { try await rebuild(outdated, onDifference: .ignore, settingAside: true, progress) }
        let inline = projectors.filter { deliveries[$0.name] != .catchingUp }
        let (catchUp, repairs) = (catchUp, repairs)
        participating?.setParticipant { sqlite, log in
            InlineProjections(inline, catchUp, repairs, log, sqlite)
        }
    }

    /// True where every projection has been built by these projectors' versions.
    package func isCurrent() throws -> Bool {
        try database.readSnapshot { sqlite in
            try projectors.allSatisfy { try readiness(of: $0, sqlite) == .current }
        }
    }

    private enum Readiness: Sendable {
        case current
        /// Somebody appended without projecting.
        case behind
        case outdated
    }

    private func prepare(_ projector: any Projector) async throws -> Readiness {
        // In one snapshot: an append in between would look like events that were not projected.
        let readiness = try database.readSnapshot { sqlite in try self.readiness(of: projector, sqlite) }
        if let readiness { return readiness }
        return try await database.onWriter { sqlite in
            try sqlite.transaction {
                if let readiness = try self.readiness(of: projector, sqlite) { return readiness }
                try projector.schema.drop(sqlite)
                try projector.schema.create(sqlite)
                try ProjectionState(name: projector.name, version: projector.version, generation: 1, position: 0)
                    .save(sqlite)
                let isEmpty = try self.database.committed(sqlite).head() == 0
                return isEmpty ? .current : .outdated
            }
        }
    }

    /// Nil where the projection has never been built.
    private func readiness(of projector: any Projector, _ sqlite: SQLiteConnection) throws -> Readiness? {
        guard let state = try ProjectionState.load(projector.name, sqlite) else { return nil }
        try state.check(isNotNewerThan: projector)
        let log = database.committed(sqlite)
        try log.checkEnd()
        let head = try log.head()
        guard state.version == projector.version, try projector.schema.exists(sqlite) else { return .outdated }
        // A position that no projection reaches was not written by one.
        guard state.position >= 0 else { return .outdated }
        if deliveries[projector.name] == .catchingUp { return .current }
        return state.position == head ? .current : state.position < head ? .behind : .outdated
    }

    var catchUp: CatchUp { CatchUp(upcasters: upcasters, clock: clock, logger: database.settings.logger) }

    package func states() throws -> [ProjectionState] {
        try database.readSnapshot { sqlite in
            try projectors.compactMap { try ProjectionState.load($0.name, sqlite) }
        }
    }

    func projector(_ name: String) throws -> any Projector {
        guard let projector = projectors.first(where: { $0.name == name }) else {
            let names = projectors.map(\.name).joined(separator: ", ")
            throw EventLogError(.unknownProjection, "There is no projection \(name); there are \(names).")
        }
        return projector
    }

    /// The store's own tables, which no projection may have, but for `projections`.
    package static let tableNames = ["former_projections", "dead_letters", "snapshots"]
    /// What the names of tables begin with while a generation is set aside.
    package static let reservedPrefixes = [FormerGeneration.prefix, FormerGeneration.passingPrefix]

    /// Closes the database of the tables, if it is not the log's. Nothing may be under way.
    package func close() async { await database.close() }

    // MARK: Digests

    /// The digest of each table, and the position that they stand at, in one snapshot.
    package func digest(_ names: [String]? = nil) throws -> (position: Position, tables: [String: String]) {
        let chosen = try names?.map { try projector($0) } ?? projectors
        return try database.readSnapshot { sqlite in
            let position = try position(sqlite)
            let tables = try TableDigest.sha256(of: chosen.flatMap(\.schema.sources), sqlite)
            return (position, tables)
        }
    }
}
