import EventLog
import LedgerStorage
import Logging

/// Going back to the former generation, and letting go of it.
extension ProjectionStore {
    /// Lets the former generation of projections serve again, brought to the log's head, and keeps the one that served
    /// in its place: going back twice is where one began. One transaction, so that at every moment one of them serves.
    /// Writers wait meanwhile.
    ///
    /// Events that the projectors refuse on the way are set aside as dead letters.
    ///
    /// - Returns: what serves now.
    /// - Throws: `noFormerGeneration` where there is none, or where another version of the projector built it;
    ///   `unknownProjection`, `missingTable`, `limitExceeded`, or `busy` where a rebuild is under way.
    @discardableResult
    package func rollBack(_ names: [String]? = nil) async throws -> [ProjectionState] {
        let chosen = try chosen(names)
        let lock = try await RebuildLock(database)
        defer { lock.release() }
        let (catchUp, database) = (catchUp, database)
        let states = try await database.onWriter { sqlite in
            let log = database.committed(sqlite)
            while true {
                do {
                    return try catchUp.rollBack(chosen, log, sqlite)
                } catch let error as EventLogError where error.code == .projectionFailed {
                    guard let projector = chosen.first(where: { $0.name == error.projection }),
                        let former = try FormerGeneration.load(projector.name, sqlite),
                        try catchUp.setAside(error, projector, serving: former, of: log, sqlite)
                    else { throw error }
                }
            }
        }
        database.settings.logger.info("Went back to the former generation", metadata: ["projections": "\(names ?? [])"])
        return states
    }

    /// Drops the former generation's tables. The ledger's file does not shrink by it; the next rebuild uses the space.
    ///
    /// - Returns: the generations that are gone.
    @discardableResult
    package func forgetFormer(_ names: [String]? = nil) async throws -> [ProjectionState] {
        let chosen = try chosen(names)
        return try await database.onWriter { sqlite in
            sqlite.forgetStatements()
            return try sqlite.transaction {
                try chosen.compactMap { projector in
                    let former = try FormerGeneration.drop(projector, sqlite)
                    if let serving = try ProjectionState.load(projector.name, sqlite) {
                        try DeadLetters.keepOnly([serving.generation], of: projector.name, sqlite)
                    }
                    return former
                }
            }
        }
    }
}

extension CatchUp {
    fileprivate func rollBack(
        _ projectors: [any Projector], _ log: any CommittedLog, _ sqlite: SQLiteConnection
    ) throws -> [ProjectionState] {
        // What is prepared for tables that change their names keeps them from doing so.
        sqlite.forgetStatements()
        return try sqlite.transaction {
            let head = try log.head()
            return try projectors.map { projector in
                var state = try FormerGeneration.exchange(projector, sqlite)
                let skipped = try DeadLetters.skippedPositions(of: projector.name, sqlite)
                let ahead = skipped.filter { $0 > state.position }
                if state.position < head { try apply(projector, &state, through: head, of: log, sqlite) }
                try DeadLetters.carry(ahead, to: state, sqlite)
                return state
            }
        }
    }
}
