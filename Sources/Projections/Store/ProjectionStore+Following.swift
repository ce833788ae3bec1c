package import EventLog
package import LedgerStorage
import Logging

/// Tables that follow a log which does not write them itself.
extension ProjectionStore {
    /// The tables commit together with the events: what is in the log is in them.
    package var isInline: Bool { participating != nil }

    /// Brings the tables to a position of the log; does nothing if they commit with the log.
    ///
    /// It never throws, because what was appended is in the log: if the tables cannot follow, that is logged, and the
    /// next call tries again. The caller's cancellation does not end it either.
    package func follow(through position: Position?) async {
        if let position, position <= database.signal.reached { return }
        do { try await bringUp() } catch {
            database.settings.logger.error("The tables do not follow the log", metadata: ["error": "\(error)"])
        }
    }

    /// Brings the tables to the log's end; does nothing if they commit with the log. Who is about to decide calls it:
    /// what is decided on rows that are behind would be wrong.
    ///
    /// - Throws: `EventLogError` with `otherLog` if the log is not the one that the tables were built from, or has lost
    ///   events; `readOnly`, `busy`, `limitExceeded` or `storage`. Every projector has been tried then.
    package func bringUp() async throws {
        guard !isInline else { return }
        try await database.bind()
        var reached = Position.max
        var problem: (any Error)?
        for projector in projectors where !catchesUp(projector) {
            do { reached = min(reached, try await bringUp(projector)) } catch { problem = problem ?? error }
        }
        if let problem { throw problem }
        if reached < .max { database.signal.advance(to: reached) }
    }

    private func bringUp(_ projector: any Projector) async throws -> Position {
        let (catchUp, database) = (catchUp, database)
        while true {
            let at = try await database.onWriter { sqlite in
                try catchUp.batchSettingAside(projector, of: database.committed(sqlite), sqlite)
            }
            guard at.position <= at.head else {
                throw EventLogError(
                    .otherLog,
                    "The tables stand at position \(at.position), and the log ends at \(at.head): it has lost events, or "
                        + "is another one. Bring the log back, or delete the tables' file \(database.path).")
            }
            if at.position == at.head { return at.position }
        }
    }

    /// The position that the tables stand at, in the connection's snapshot: the log's end if they commit with it.
    package func position(_ sqlite: SQLiteConnection) throws -> Position {
        if isInline { return try database.committed(sqlite).head() }
        return try projectors.compactMap { try ProjectorState.load($0, sqlite)?.position }.min() ?? 0
    }

    /// The position of the last event that any of the tables may tell of, in the connection's snapshot.
    package func furthestPosition(_ sqlite: SQLiteConnection) throws -> Position {
        if isInline { return try position(sqlite) }
        return try projectors.compactMap { try ProjectorState.load($0, sqlite)?.position }.max() ?? 0
    }
}
