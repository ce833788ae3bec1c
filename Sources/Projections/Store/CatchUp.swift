package import EventLog
import LedgerStorage
import Logging

/// Brings serving tables to where the log is, transaction by transaction, and sets aside what their projector refuses.
///
/// Its functions run on the writer's queue under the writer lock.
struct CatchUp: Sendable {
    let upcasters: UpcasterChain
    package let clock: any TimeSource
    let logger: Logger

    /// Where a projection stands after a transaction, and the log.
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
            guard var state = try ProjectionState.load(projector.name, sqlite) else {
                throw EventLogError(.unknownProjection, "Projection \(projector.name) has not been prepared.")
            }
            try state.check(isNotNewerThan: projector)
            let head = try log.head()
            // Counted by events that exist: no stray number makes it endless.
            let last = try log.end(
                of: ProjectionStore.batchEvents, after: state.position, through: min(head, limit))
            guard state.position < last else { return Reached(position: state.position, head: head) }
            try apply(projector, &state, through: last, of: log, sqlite)
            return Reached(position: last, head: head)
        }
    }

    /// Applies the events up to a position in the transaction that has begun, and saves the state.
    func apply(
        _ projector: any Projector, _ state: inout ProjectionState, through last: Position, of log: any CommittedLog,
        _ sqlite: SQLiteConnection
    ) throws {
        let run = ProjectionRun(projector, sqlite, upcasters)
        run.passedOver = try DeadLetters.passedOver(by: state, sqlite)
        try log.replay(after: state.position, through: last) { try run.apply($0) }
        try run.session.flush()
        state.position = last
        try state.save(sqlite)
    }

    /// The same as `batch`, but an event that the projector refuses is set aside, and the batch ends there.
    func batchSettingAside(
        _ projector: any Projector, of log: any CommittedLog, _ sqlite: SQLiteConnection
    ) throws -> Reached {
        var limit = Position.max
        while true {
            do {
                return try batch(projector, through: limit, of: log, sqlite)
            } catch let error as EventLogError where error.projection == projector.name {
                guard let position = error.position, try setAside(error, projector, of: log, sqlite) else {
                    throw error
                }
                limit = position
            }
        }
    }

    /// Writes a dead letter, in a transaction of its own, for an event of the log that a projector refused in one that
    /// has been rolled back.
    ///
    /// - Parameter state: the generation that refused it; the serving one where none is given.
    /// - Returns: false where the error is another, or where the event did not get into the log.
    /// - Throws: `limitExceeded` where too many wait already.
    func setAside(
        _ error: EventLogError, _ projector: any Projector, serving state: ProjectionState? = nil,
        of log: any CommittedLog, _ sqlite: SQLiteConnection
    ) throws -> Bool {
        guard error.code == .projectionFailed, let position = error.position else { return false }
        let time = clock.now()
        let isSetAside = try sqlite.transaction {
            let head = try log.head()
            guard position <= head, let state = try state ?? ProjectionState.load(projector.name, sqlite) else {
                return false
            }
            try DeadLetters.add(position, state, reason: error.reason ?? error.message, at: time, sqlite)
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
    /// Brings a projection to the log's head. Answers the position it stands at then. Events that the projector refuses
    /// are set aside as dead letters.
    ///
    /// - Throws: `limitExceeded` where more than `DeadLetters.maximumWaiting` would wait; the projection stands before
    ///   the last of them then.
    @discardableResult
    package func catchUp(_ name: String) async throws -> Position {
        let projector = try projector(name)
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
