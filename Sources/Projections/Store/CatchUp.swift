package import EventLog
import LedgerStorage
import Logging

/// Brings a projector's serving tables to where the log is, transaction by transaction, and sets aside what it refuses:
/// each of its projections does without that.
///
/// Its functions run on the writer's queue under the writer lock.
struct CatchUp: Sendable {
    let upcasters: UpcasterChain
    package let clock: any TimeSource
    let logger: Logger

    /// Where the tables stand after a transaction, and the log.
    struct Reached: Sendable {
        var position: Position
        var head: Position
    }

    /// Applies the next events in one transaction, at most `ProjectionStore.batchEvents` of them.
    ///
    /// - Parameter limit: no event beyond this position.
    /// - Throws: `projectionFailed` where the projector refuses an event; nothing is changed then.
    func batch(
        _ projector: any Projector, through limit: Position = .max, of log: any CommittedLog, _ sqlite: SQLiteConnection
    ) throws -> Reached {
        try sqlite.transaction {
            guard let state = try ProjectorState.load(projector, sqlite) else {
                throw EventLogError(.unknownProjection, "Projection \(projector.name) has not been prepared.")
            }
            try state.check(isNotNewerThan: projector)
            let head = try log.head()
            // Counted by events that exist: no stray number makes it endless.
            let last = try log.end(
                of: ProjectionStore.batchEvents, after: state.position, through: min(head, limit))
            guard state.position < last else { return Reached(position: state.position, head: head) }
            try apply(projector, after: state.position, through: last, of: log, sqlite)
            return Reached(position: last, head: head)
        }
    }

    /// Applies the events from one position to another in the transaction that has begun, and saves where it ends.
    func apply(
        _ projector: any Projector, after first: Position, through last: Position, of log: any CommittedLog,
        _ sqlite: SQLiteConnection
    ) throws {
        let run = ProjectionRun(projector, sqlite, upcasters)
        run.passedOver = try DeadLetters.passedOver(by: projector, sqlite)
        try log.replay(after: first, through: last) { try run.apply($0) }
        try run.writer.flush()
        try ProjectionTables.save(last, of: projector.name, sqlite)
    }

    /// The same as `batch`, but an event that the projector refuses is set aside, and the batch ends there.
    func batchSettingAside(
        _ projector: any Projector, of log: any CommittedLog, _ sqlite: SQLiteConnection
    ) throws -> Reached {
        var limit = Position.max
        while true {
            do {
                return try batch(projector, through: limit, of: log, sqlite)
            } catch let error as EventLogError where error.projection?.hasSameBytes(as: projector.name) == true {
                guard let position = error.position, try setAside(error, projector, of: log, sqlite) else {
                    throw error
                }
                limit = position
            }
        }
    }

    /// Writes a dead letter of each of the projector's projections, in a transaction of its own, for an event of the
    /// log that the projector refused in one that has been rolled back.
    ///
    /// - Parameter states: the generations that refused it; the serving ones where none are given.
    /// - Returns: false where the error is another, or where the event did not get into the log.
    /// - Throws: `limitExceeded` where too many wait already.
    func setAside(
        _ error: EventLogError, _ projector: any Projector, serving states: [ProjectionState]? = nil,
        of log: any CommittedLog, _ sqlite: SQLiteConnection
    ) throws -> Bool {
        guard error.code == .projectionFailed, let position = error.position else { return false }
        let time = clock.now()
        let isSetAside = try sqlite.transaction {
            let head = try log.head()
            guard position <= head,
                let states = try states ?? ProjectorState.load(projector, sqlite)?.projections
            else { return false }
            for state in states {
                try DeadLetters.add(position, state, reason: error.reason ?? error.message, at: time, sqlite)
            }
            return true
        }
        if isSetAside {
            logger.warning(
                "Set an event aside that a projection refused",
                metadata: ["projection": "\(projector.name)", "position": "\(position)", "reason": "\(error.message)"])
        }
        return isSetAside
    }
}

extension ProjectionStore {
    /// Brings a projection to the log's head, with all that its projector builds. Answers the position it stands at
    /// then. Events that the projector refuses are set aside as dead letters.
    ///
    /// - Throws: `limitExceeded` where more than `DeadLetters.maximumWaiting` would wait; the projection stands before
    ///   the last of them then.
    @discardableResult
    package func catchUp(_ name: String) async throws -> Position {
        try await takeOver()
        return try await catchUp(projection(name).projector)
    }

    @discardableResult
    func catchUp(_ projector: any Projector) async throws -> Position {
        let (catchUp, database) = (catchUp, database)
        while true {
            try Task.checkCancellation()
            let reached = try await database.onWriter { sqlite in
                try catchUp.batchSettingAside(projector, of: database.committed(sqlite), sqlite)
            }
            if reached.position >= reached.head { return reached.position }
        }
    }
}
