import EventLog
import LedgerStorage
import Logging

/// Going back to the former generation.
extension ProjectionStore {
    /// Lets the former generation of projections serve again, brought to the log's head, and keeps the one that served
    /// in its place: going back twice is where one began. One transaction for what can catch up in the ledger, and one
    /// for the rest, so that at every moment one of them serves. Writers wait meanwhile.
    ///
    /// Events that the projectors refuse on the way are set aside as dead letters; beside the ledger they end it.
    ///
    /// - Returns: what serves now.
    /// - Throws: `noFormerGeneration` where there is none, where it is of another version, or where it
    ///   does without other events than what stays; `unknownProjection`, `missingTable`, `limitExceeded`, or `busy`
    ///   where a rebuild is under way.
    @discardableResult
    package func rollBack(_ names: [String]? = nil) async throws -> [ProjectionState] {
        try await takeOver()
        // What has no past has none to go back to, unless it is named or was rebuilt.
        let chosen =
            try names == nil
            ? database.readSnapshot { sqlite in
                try projections.filter { try $0.projector.hasPast || FormerGeneration.load($0, sqlite) != nil }
            } : chosen(names)
        let lock = try await RebuildLock(database)
        defer { lock.release() }
        while true {
            let plan = try database.readSnapshot { try RollbackPlan(chosen, head: database.committed($0).head(), $0) }
            do {
                let states = try await rollBack(plan)
                let logger = database.settings.logger
                logger.info("Went back to the former generation", metadata: ["projections": "\(names ?? [])"])
                return chosen.compactMap { projection in states.first { ByteText($0.name) == projection.key } }
            } catch is RollbackPlan.Outdated {}
        }
    }

    private func rollBack(_ plan: RollbackPlan) async throws -> [ProjectionState] {
        let builder = plan.beside.isEmpty ? nil : try await buildBeside(plan)
        defer { builder?.discard() }
        let (catchUp, database, repairs) = (catchUp, database, repairs)
        return try await database.onWriter { sqlite in
            let log = database.committed(sqlite)
            let states = try catchUp.rollBackSettingAside(plan.inPlace, log, sqlite)
            repairs.note()
            return try states + (builder?.swapIn(log, sqlite).states ?? [])
        }
    }

    /// Builds what former generations are to go on with, each from where it stands.
    private func buildBeside(_ plan: RollbackPlan) async throws -> GenerationBuilder {
        let builder = try await GenerationBuilder.begin(
            plan.beside.map(\.projection), self,
            continuing: Dictionary(uniqueKeysWithValues: plan.beside.map { ($0.projection.key, $0.former) }),
            passingOver: plan.passedOver, in: SideDatabase(beside: database.path))
        do {
            let feed = try log.makeFeed(after: 0)
            let snapshot = try ServingSnapshot(database)
            let stops = Dictionary(grouping: plan.beside, by: \.former.position).sorted { $0.key < $1.key }
            for (position, stopping) in stops {
                while builder.position < position {
                    try Task.checkCancellation()
                    let page = try feed.page(limit: Self.batchEvents, through: position)
                    guard !page.isEmpty else {
                        throw EventLogError.damagedLog(at: builder.position + 1, "the event is missing")
                    }
                    try await builder.apply(builder.prepare(page))
                }
                try snapshot.read { try builder.goOn(stopping.map(\.projection), $0) }
            }
            try await build(builder, feed, since: monotonicTime()) { _ in }
            try await builder.createIndexes()
            return builder
        } catch {
            builder.discard()
            throw error
        }
    }
}

extension CatchUp {
    fileprivate func rollBackSettingAside(
        _ projections: [Projection], _ log: any CommittedLog, _ sqlite: SQLiteConnection
    ) throws -> [ProjectionState] {
        while true {
            do {
                return try rollBack(projections, log, sqlite)
            } catch let error as EventLogError where error.code == .projectionFailed {
                let refusing = projections.projectors.first { $0.key == error.projection.map { ByteText($0) } }
                // What will serve: of those that go back the former generation, of the others the one that does.
                let serving = try refusing?.built.compactMap { built in
                    let goesBack = projections.contains { $0.key == built.key }
                    return try goesBack ? FormerGeneration.load(built, sqlite) : ProjectionState.load(built, sqlite)
                }
                guard let refusing, try setAside(error, refusing, serving: serving, of: log, sqlite) else {
                    throw error
                }
            }
        }
    }

    private func rollBack(
        _ projections: [Projection], _ log: any CommittedLog, _ sqlite: SQLiteConnection
    ) throws -> [ProjectionState] {
        // What is prepared for tables that change their names keeps them from doing so.
        sqlite.forgetStatements()
        return try sqlite.transaction {
            let head = try log.head()
            guard try RollbackPlan(projections, head: head, sqlite).beside.isEmpty else {
                throw RollbackPlan.Outdated()
            }
            for projector in projections.projectors {
                let own = projections.filter { $0.projector.key == projector.key }
                try rollBack(own, of: projector, to: head, log, sqlite)
            }
            return try projections.compactMap { try ProjectionState.load($0, sqlite) }
        }
    }

    private func rollBack(
        _ projections: [Projection], of projector: any Projector, to head: Position, _ log: any CommittedLog,
        _ sqlite: SQLiteConnection
    ) throws {
        let skipped = try DeadLetters.skippedPositions(of: projector, sqlite)
        let states = try FormerGeneration.exchange(projections, sqlite)
        guard let position = states.first?.position else { return }
        try ProjectionTables.save(position, of: projector.name, sqlite)
        if position < head { try apply(projector, after: position, through: head, of: log, sqlite) }
        for state in states { try DeadLetters.carry(skipped.filter { $0 > state.position }, to: state, sqlite) }
    }
}
